"""Saved web pages: the story without its surroundings, and only the metadata that the page declares."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.index.articles.reading_fakes import read, read_one, reason, written

PARAGRAPHS = [
    "The two ferries that stand in for the bridge carried 9,400 passengers on Tuesday, their first day on the river.",
    "The trip takes six minutes and is free, said the transport commissioner, who promised a third boat by Thursday.",
    "By six in the evening the line reached the door of the customs house, and the wait was an hour and a quarter.",
]
LINKED_DATA = """<script type="application/ld+json">{"@context": "https://schema.org", "@graph": [
{"@type": "WebSite", "name": "Wrong", "datePublished": "2001-01-01"},
{"@type": "NewsArticle", "headline": "Other story", "datePublished": "2002-02-02", "url": "https://x.com/other"},
{"@type": ["NewsArticle"], "headline": "Ferries Carry 9,400", "datePublished": "2026-02-03T19:40:00+01:00",
 "dateModified": "2026-02-04T08:00:00+01:00", "author": [{"@type": "Person", "name": "Mirela Aske"}, "Teo Lasko"],
 "publisher": {"name": "Harbor Dispatch"}, "articleSection": ["City"], "mainEntityOfPage": {"@id": "https://X.com/ferries"}}
]}</script>"""


def page(head: str = "", *, lang: str = "en", charset: str = "utf-8", body: str | None = None) -> str:
    story = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS) if body is None else body
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="{charset}"><title>Ferries - Dispatch</title>'
        f"{head}</head><body><nav><a href='/'>Home</a> <a href='/city'>City</a></nav><main><article>"
        f"<h1>Ferries Carry 9,400</h1>{story}"
        "</article></main><footer>© 2019 Dispatch. First published 1 May 2019.</footer></body></html>"
    )


def test_linked_data_of_the_pages_own_article_gives_the_fields(tmp_path: Path) -> None:
    head = LINKED_DATA + '<link rel="canonical" href="https://x.com/ferries?utm_medium=rss">'
    article = read_one(written(tmp_path / "a.html", page(head)))
    assert article.title == "Ferries Carry 9,400"
    assert article.text.split("\n") == PARAGRAPHS
    assert (article.published, article.updated) == ("2026-02-03T19:40:00+01:00", "2026-02-04T08:00:00+01:00")
    assert (article.author, article.outlet) == ("Mirela Aske, Teo Lasko", "Harbor Dispatch")
    assert (article.section, article.language) == ("City", "en")
    assert article.id == "https://x.com/ferries"


def test_meta_elements_give_the_fields_where_there_is_no_linked_data(tmp_path: Path) -> None:
    head = (
        '<meta property="og:title" content="Ferries"><meta property="og:site_name" content="Dispatch">'
        '<meta property="og:url" content="https://x.com/ferries"><meta name="author" content="By Mirela Aske">'
        '<meta property="article:published_time" content="2026-02-03"><meta property="article:section" content="City">'
    )
    article = read_one(written(tmp_path / "a.htm", page(head)))
    assert (article.title, article.outlet, article.author) == ("Ferries", "Dispatch", "Mirela Aske")
    assert (article.published, article.section, article.url) == ("2026-02-03", "City", "https://x.com/ferries")


def test_microdata_gives_the_date(tmp_path: Path) -> None:
    body = "<time itemprop='datePublished' datetime='2026-02-03'>3 Feb</time>" + "".join(
        f"<p>{p}</p>" for p in PARAGRAPHS
    )
    assert read_one(written(tmp_path / "a.html", page(body=body))).published == "2026-02-03"


def test_a_page_that_declares_no_date_has_none(tmp_path: Path) -> None:
    assert read_one(written(tmp_path / "a.html", page())).published is None


def test_a_canonical_link_to_the_front_page_is_no_identity(tmp_path: Path) -> None:
    article = read_one(written(tmp_path / "a.html", page('<link rel="canonical" href="https://x.com/">')))
    assert article.id == (tmp_path / "a.html").as_posix()


def test_broken_linked_data_is_passed_over(tmp_path: Path) -> None:
    head = '<script type="application/ld+json">{"@type": "NewsArticle", </script>'
    nested = '<script type="application/ld+json">' + "[" * 100_000 + "</script>"
    assert read_one(written(tmp_path / "a.html", page(head + nested))).title == "Ferries Carry 9,400"


def test_an_unclear_date_yields_to_a_clear_one_and_alone_is_remarked_on(tmp_path: Path) -> None:
    unclear = '<meta property="article:published_time" content="03/04/2026">'
    clear = '<meta name="date" content="2026-02-03">'
    assert read_one(written(tmp_path / "a.html", page(unclear + clear))).published == "2026-02-03"
    articles, skipped = read(written(tmp_path / "b.html", page(unclear)))
    assert articles[0].published is None
    assert "indexed without it" in skipped[0].reason


@pytest.mark.parametrize(
    ("charset", "codec"), [("windows-1251", "cp1251"), ("iso-8859-1", "cp1252"), ("Shift_JIS", "shift_jis")]
)
def test_the_declared_encoding_counts(tmp_path: Path, charset: str, codec: str) -> None:
    word = {"cp1251": "мост", "cp1252": "“café”", "shift_jis": "東京"}[codec]
    body = "".join(f"<p>{paragraph} {word}</p>" for paragraph in PARAGRAPHS)
    article = read_one(
        written(tmp_path / "a.html", page(charset=charset, body=body).encode(codec, "xmlcharrefreplace"))
    )
    assert article.text.count(word) == len(PARAGRAPHS)


def test_an_xml_declaration_is_no_obstacle(tmp_path: Path) -> None:
    article = read_one(written(tmp_path / "a.html", '<?xml version="1.0" encoding="UTF-8"?>' + page()))
    assert article.text.split("\n") == PARAGRAPHS


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("<html><body></body></html>", "no article was found on the page"),
        ("<div>" * 5000 + "text", "too many elements, or too deep ones"),
        ("<p " + " ".join(f"a{n}='>'" for n in range(60_000)) + ">text", "too many attributes"),
        ("<p>" + "<b>x</b>" * 60_000, "too many elements, or too deep ones"),
        (page('<meta property="article:published_time" content="2026-02-30">'), "its date is impossible"),
        (page('<meta property="article:published_time" content="2031-02-03">'), "is in the future"),
    ],
)
def test_a_page_that_gives_no_article_is_skipped_with_its_reason(tmp_path: Path, content: str, why: str) -> None:
    assert why in reason(written(tmp_path / "a.html", content))


def test_a_long_attribute_is_no_sign_of_a_trap(tmp_path: Path) -> None:
    drawing = f'<svg><path d="{"M 1 2 L 3 4 " * 5_000}"/></svg><img src="data:image/png;base64,{"QUJD" * 50_000}==">'
    content = page(body=drawing + "".join(f"<p>{one}</p>" for one in PARAGRAPHS))
    assert read_one(written(tmp_path / "a.html", content)).text.split("\n") == PARAGRAPHS


def test_a_body_that_the_page_carries_as_data_is_taken_where_the_markup_has_none(tmp_path: Path) -> None:
    data = json.dumps({"@type": "NewsArticle", "headline": "Ferries", "articleBody": "\n\n".join(PARAGRAPHS)})
    head = f'<script type="application/ld+json">{data}</script>'
    assert read_one(written(tmp_path / "a.html", page(head, body=""))).text == "\n\n".join(PARAGRAPHS)
