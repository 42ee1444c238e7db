"""Two links to one article are equal, and two articles never are."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.articles.identity import canonical_url, web_address
from tests.index.articles.reading_fakes import json_lines, read_one, written


@pytest.mark.parametrize(
    "url",
    [
        "https://x.com/a/b?id=5",
        "HTTPS://X.com/a/b?id=5",
        "https://x.com:443/a/b/?id=5",
        "https://x.com/a/b?id=5#comments",
        "https://x.com/a/b?utm_source=rss&id=5&utm_medium=feed&fbclid=1",
        " https://x.com/a/b?id=5\n",
    ],
)
def test_links_to_one_article_are_equal(url: str) -> None:
    assert canonical_url(url) == "https://x.com/a/b?id=5"


@pytest.mark.parametrize(
    "url", ["https://x.com/a?cid=6", "https://x.com/A?cid=5", "http://x.com/a?cid=5", "https://x.com:8443/a?cid=5"]
)
def test_links_to_different_articles_differ(url: str) -> None:
    assert canonical_url(url) != canonical_url("https://x.com/a?cid=5")


@pytest.mark.parametrize("url", ["https://x.com", "https://x.com/", "https://x.com/?utm_source=a"])
def test_a_front_page_can_be_shown_and_identifies_nothing(url: str) -> None:
    assert canonical_url(url) is None
    assert web_address(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x.com/a",
        "javascript:alert(1)",
        "ftp://x.com/a",
        "https://",
        "https:///a",
        "https://x.com/a b",
        "https://[::1/a",
        "https://x.com:99999/a",
        "https://user:secret@x.com/a",
        "https://x.com/\x07",
        "https://x.com/<b>",
        "https://x.com/" + "a" * 3000,
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    assert web_address(url) is None
    assert canonical_url(url) is None


@given(st.one_of(st.text(), st.text().map("https://".__add__), st.text().map("https://x.com/".__add__)))
def test_a_canonical_url_is_its_own_and_can_be_shown(url: str) -> None:
    canonical = canonical_url(url)
    assert canonical is None or (canonical_url(canonical) == canonical and web_address(canonical) == canonical)


@pytest.mark.parametrize(
    ("fields", "identity"),
    [
        ({"id": " a-1 ", "url": "https://x.com/a"}, "a-1"),
        ({"id": "", "url": "https://X.com/a/#top"}, "https://x.com/a"),
        ({"url": "https://x.com/"}, "a.jsonl:1"),
        ({}, "a.jsonl:1"),
    ],
)
def test_identity_is_the_id_else_the_link_else_the_path(tmp_path: Path, fields: dict[str, str], identity: str) -> None:
    article = read_one(written(tmp_path / "a.jsonl", json_lines([{"title": "T", "text": "x", **fields}])))
    assert article.id.removeprefix(f"{tmp_path.as_posix()}/") == identity


def test_a_long_host_full_of_accents_takes_no_time() -> None:
    began = time.process_time()
    assert web_address("https://a" + "\u0301\u0327" * 50_000 + ".example/") is None
    assert time.process_time() - began < 1
