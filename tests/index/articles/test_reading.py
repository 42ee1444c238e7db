"""Reading as a whole: nothing ends the run, whatever lies in the folder, and importing it costs little."""

from __future__ import annotations

import gzip
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.articles import ReadingLimits, read_articles
from index.types import Article
from tests.index.articles.reading_fakes import NOW, read, reason, written

SAMPLES = Path(__file__).parents[3] / "articles"
FORMATS = ["a.txt", "a.md", "a.markdown", "a.html", "a.htm", "a.json", "a.jsonl", "a.ndjson", "a.jsonl.gz"]
SCRAPS = st.lists(
    st.one_of(
        st.binary(max_size=60),
        st.sampled_from(
            [
                b"---\n",
                b"+++\n",
                b"title: T\n",
                b"published: ",
                b"2026-02-30",
                b"Jerusalem, January 14th, 2026 - ",
                b"\n\n",
                b"# ",
                b"Read the Full X Article at:\n[ https://x.com/a ]",
                b"<html><body><p>",
                b"</p>",
                b"<!--",
                b"<![CDATA[",
                b"]]>",
                b"<?xml ",
                b'<script type="application/ld+json">',
                b"</script>",
                b'{"@type": "NewsArticle", "headline": ',
                b'<meta charset="',
                b'">',
                b'{"title": "T", "text": "x"',
                b', "published": ',
                b"}",
                b"[",
                b"]",
                b"\x00",
                b"\xff\xfe",
                b"\xef\xbb\xbf",
                b"\\ud800",
                b'"',
                b"The text goes on for a while, with a sentence or two. ",
                b"| a | b |\n|---|---|\n",
                b"- ",
                b"> ",
                b"```\n",
                b"&#0;",
                b"&#xd800;",
            ]
        ),
    ),
    max_size=14,
).map(b"".join)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=SCRAPS, gzipped=st.booleans())
@pytest.mark.parametrize("name", FORMATS)
def test_whatever_a_file_holds_gives_sound_articles_or_reasons(
    tmp_path: Path, *, name: str, data: bytes, gzipped: bool
) -> None:
    articles, skipped = read(written(tmp_path / name, gzip.compress(data) if gzipped else data))
    assert articles or skipped or not data.strip()
    for article in articles:
        assert article.text.strip()
        assert article.title.strip()
        assert "\x00" not in article.title + article.text
        assert len(article.version) == 64
        repr(article).encode()
    for piece in skipped:
        assert piece.reason
        assert "\n" not in piece.reason
        piece.reason.encode()


def test_one_bad_file_of_each_kind_does_not_stop_the_others(tmp_path: Path) -> None:
    for number, name in enumerate(FORMATS):
        written(tmp_path / f"{number}-bad-{name}", b"\x00\xff\xfe\x01" * 100)
        written(tmp_path / f"{number}-empty-{name}", b"")
    written(tmp_path / "z.txt", "Title\nThe text.")
    articles, skipped = read(tmp_path)
    assert [article.title for article in articles] == ["Title"]
    assert len({piece.path for piece in skipped}) == 2 * len(FORMATS)


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.json"])
def test_a_file_above_its_size_limit_is_not_read(tmp_path: Path, name: str) -> None:
    limits = ReadingLimits(document_bytes=1000, page_bytes=1000, json_bytes=1000)
    assert reason(written(tmp_path / name, b"x" * 1001), limits) == "the file is larger than 1,000 bytes"


def test_a_text_of_the_length_of_a_book_is_no_article(tmp_path: Path) -> None:
    why = reason(written(tmp_path / "a.txt", "Title\n" + "word " * 100), ReadingLimits(text_characters=400))
    assert why == "its text has 499 characters; the most for one article is 400"


def test_articles_come_as_they_are_read(tmp_path: Path) -> None:
    written(tmp_path / "a.txt", "Title\nThe text.")
    stream = read_articles([tmp_path], now=NOW)
    written(tmp_path / "b.txt", "Title\nThe text.")
    assert len(list(islice(stream, 1))) == 1


def test_reading_twice_gives_the_same() -> None:
    assert read(SAMPLES) == read(SAMPLES)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("[!.R]*.*")), ids=lambda path: path.name)
def test_every_sample_file_gives_whole_articles(path: Path) -> None:
    pieces = list(read_articles([path], now=NOW.replace(year=2027)))
    articles = [piece for piece in pieces if isinstance(piece, Article)]
    assert articles
    assert len(articles) == len(pieces)
    for article in articles:
        assert article.outlet
        assert article.published
        assert article.url
        assert "Read the Full" not in article.text
        assert article.title not in article.text


def test_importing_is_light() -> None:
    heavy = ("lxml", "trafilatura", "yaml", "markdown_it", "charset_normalizer", "numpy", "torch", "dateutil")
    script = f"import sys, index.articles; print([name for name in {heavy} if name in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)  # noqa: S603 -- our own interpreter and script
    assert printed.stdout.strip() == "[]"
