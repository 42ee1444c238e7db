"""The parsers of articles: files of every kind, encodings, dates."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any, Final

from index.articles.compose import compose
from index.articles.decoding import decode_text
from index.articles.limits import UnfitError
from index.articles.lines import LineStream
from index.articles.markdown import markdown_fields
from index.articles.plain import plain_fields
from index.articles.records import json_objects, json_value, record_fields
from index.dates import DateError, display_date, instant, parse_bound, parse_published, weekday_conflict
from index.errors import DatelineError
from index.types import Article, Origin
from index.wire import article_json
from tests.torture.samples import DATES, ENCODED, MARKDOWN, PAGE, PROSE, RECORD, STORY
from tests.torture.target import LIMITS, NOW, Target, must


def _fields_hold(fields: Any) -> None:  # noqa: ANN401 - what a parser gave
    composed = compose(fields, origin=Origin(path="a"), place_id="a", now=NOW, limits=LIMITS)
    article_holds(composed.article)


def article_holds(article: Article) -> None:
    """An article can be stored, dated and shown."""
    must(article.id and article.title and article.text.strip(), "an article has id, title and text")
    must("\x00" not in article.text + article.title + article.id, "no NUL gets in")
    for field in (article.title, article.outlet, article.author, article.section, article.place, article.id):
        must(field is None or not any(c < " " or "\x7f" <= c < "\xa0" for c in field), "a line has no controls")
    for date in (article.published, article.updated):
        if date is not None:
            must(instant(date) <= NOW + dt.timedelta(days=1), "no date lies in the future")
            display_date(date)
    must(article.url is None or article.url.lower().startswith(("http://", "https://")), "a link is a web address")
    json.dumps(article_json(article)).encode()
    article.text.encode()


def _lines(data: bytes) -> None:
    for number, line in LineStream(io.BytesIO(data), LIMITS):
        must(number >= 1 and (line is None or len(line) <= LIMITS.line_bytes), "lines are counted and bounded")
        if line is None or not line.strip():
            continue
        try:
            fields = record_fields(json_value(line))
            article = compose(fields, origin=Origin(path="a"), place_id="a", now=NOW, limits=LIMITS).article
        except UnfitError as error:
            must(len(str(error)) < 300, f"a reason is short, not {error!s:.80}")
            continue
        article_holds(article)
        must(article.text == fields["text"], "a JSON text is stored as it stands")


def _json(data: bytes) -> None:
    for _, value in json_objects(data):
        _fields_hold(record_fields(value))


def _decoding(given: tuple[bytes, str | None]) -> None:
    text = decode_text(given[0], declared=given[1])
    must(text.strip() and "\x00" not in text and "\r" not in text, "decoded text has no NUL and plain line ends")
    text.encode()


def _page(data: bytes) -> None:
    from index.articles.page_metadata import page_metadata  # lxml is loaded where pages are
    from index.articles.webpage import _parsed

    page = page_metadata(_parsed(decode_text(data)))
    must(all(isinstance(value, str) and value for value in page.fields.values()), "metadata is text")


def _whole_page(data: bytes) -> None:
    from index.articles.webpage import webpage_fields  # as above

    _fields_hold(webpage_fields(data))


def _date(text: str) -> None:
    weekday_conflict(text)
    for end in (False, True):
        try:
            bound = parse_bound(text, end=end)
        except DatelineError:
            continue
        must(bound.tzinfo is not None, "a bound has a zone")
    iso = parse_published(text)
    if iso is not None:
        must(parse_published(iso) == iso, f"reading what was written gives the same, not {parse_published(iso)}")
        must(1400 < instant(iso).year < 2300, "a year has news")
        display_date(iso)


TARGETS: Final = (
    Target(
        name="articles: JSON lines",
        check=_lines,
        refuses=(UnfitError,),
        make=lambda m: b"\n".join(m.json(RECORD) for _ in range(m.random.randint(1, 2))),
    ),
    Target(name="articles: JSON files", make=lambda m: m.json([RECORD, RECORD]), check=_json, refuses=(UnfitError,)),
    Target(
        name="articles: plain",
        make=lambda m: m.text(STORY),
        refuses=(UnfitError,),
        check=lambda text: _fields_hold(plain_fields(text)),
    ),
    Target(
        name="articles: Markdown",
        make=lambda m: m.text(MARKDOWN),
        refuses=(UnfitError,),
        check=lambda text: _fields_hold(markdown_fields(text)),
    ),
    Target(
        name="articles: a page's metadata",
        make=lambda m: m.data([page.encode() for page in PAGE]),
        check=_page,
        refuses=(UnfitError,),
    ),
    Target(
        name="articles: whole pages",
        make=lambda m: m.data([page.encode() for page in PAGE]),
        check=_whole_page,
        refuses=(UnfitError,),
        full=4_000,
        why_fewer="trafilatura takes 3 to 10 ms a page",
    ),
    Target(
        name="decoding",
        refuses=(UnfitError,),
        check=_decoding,
        make=lambda m: (
            m.text(PROSE).encode(m.random.choice(("utf-8", "utf-16", "cp1252", "utf-8", "mac_roman")), "replace"),
            m.random.choice((None, None, "latin-1", "base64", "utf-7", "x" * 40, "undefined", "idna")),
        ),
    ),
    Target(
        name="decoding: bytes",
        refuses=(UnfitError,),
        check=lambda data: _decoding((data, None)),
        make=lambda m: m.data(ENCODED),
    ),
    Target(name="dates", make=lambda m: m.text(DATES), check=_date, refuses=(DateError,)),
)
