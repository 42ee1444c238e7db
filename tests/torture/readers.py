"""The functions that read foreign text, and what they are grown with: the pieces that patterns and grammars hang on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from bot.conversation import chat_filters, question_in
from bot.markup import bold_part, escape, link, pages, plain, safe_url, shorten
from index.articles.compose import compose
from index.articles.decoding import decode_text
from index.articles.identity import canonical_url
from index.articles.limits import UnfitError
from index.articles.markdown import markdown_fields
from index.articles.plain import plain_fields, story_fields
from index.articles.records import json_value, record_fields
from index.cli.render import printable
from index.dates import DateError, parse_published, weekday_conflict
from index.lexicon import index_form, query_form
from index.passages import PassageSettings, cut_passages
from index.protocols import TokenCounter
from index.sentences import split_sentences
from index.types import Article, Origin
from tests.torture.target import LIMITS, NOW

PIECES: Final = (
    " ",
    "\n",
    "\t ",
    "a",
    "a ",
    "a. ",
    "A",
    "A. ",
    "A.",
    "1",
    "1. ",
    ".",
    ". ",
    "..",
    ",",
    ", ",
    "-",
    "- ",
    '"',
    "“",
    "”",
    "'",
    "’",
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    "{",
    "}",
    "`",
    "*",
    "_",
    "**a",
    "[a](",
    "![",
    "<a ",
    "<b>",
    "<!--",
    "</",
    "&#",
    "&amp;",
    "@",
    "a@",
    "/",
    ":",
    "://",
    "http://",
    "www.",
    "\\",
    "|",
    "|a",
    "#",
    "# a\n",
    "> ",
    "- a\n",
    "  - a\n",
    "~",
    "a\n",
    "\n\n",
    "é",
    "e\u0301\u0327",
    "\u0301\u0327",
    "漢",
    "。",
    "🙂",
    "\u200b",
    "\u202e",
    "U.S. ",
    "us ",
    "By A ",
    "Jan. 1 ",
    "Mon, ",
    "…",
    "! ",
    "”. ",
    "Read the full article at",
    "Read the full ",
    "<script>",
    "<div>",
    "<p>",
    "<li>",
    "<table>",
    "[[",
    '{"a":',
    "a=",
    "a.b=1\n",
    "a: b\n",
    "? ",
    "!a ",
    "&a ",
    "---\n",
    "since:",
    'outlet:"',
    "<@1>",
    "\x1b[",
    "\ufffd",
    "0x",
    "the ",
    "said ",
    "* * ",
    "[x]: <",
)

WRAPPED: Final[Mapping[str, Callable[[str], str]]] = {
    "alone": lambda text: text,
    "after words": lambda text: f"Read the full {text}x",
    "in a story": lambda text: f"Headline\n\nPARIS {text}\nEnd.",
}


def _or_refused(function: Callable[[str], object]) -> Callable[[str], object]:
    def run(text: str) -> object:
        try:
            return function(text)
        except (UnfitError, DateError):
            return None

    return run


def _webpage(text: str) -> object:
    from index.articles.webpage import webpage_fields  # lxml is loaded where pages are

    page = (
        f"<html><head><title>T</title></head><body><article><p>Words to begin with.</p>{text}</article></body></html>"
    )
    return webpage_fields(page.encode())


def _composed(text: str) -> object:
    fields = record_fields(
        {"title": "T", "text": "x", "url": f"https://{text}", "published": text, "updated": "2026-01-01"}
    )
    return compose(fields, origin=Origin(path="a"), place_id="a", now=NOW, limits=LIMITS)


def readers(counter: TokenCounter) -> dict[str, Callable[[str], object]]:
    """Every function by name; ``counter`` counts tokens for the cutting of passages."""

    def cut(text: str) -> object:
        return cut_passages(Article(id="a", title="T", text=text, origin=Origin(path="a")), counter, PassageSettings())

    own: dict[str, Callable[[str], object]] = {
        "articles: plain": plain_fields,
        "articles: story": story_fields,
        "articles: Markdown": lambda text: markdown_fields(f"# T\n\n{text}"),
        "articles: YAML": lambda text: markdown_fields(f"---\ntitle: T\nx: {text}\n---\nText."),
        "articles: TOML": lambda text: markdown_fields(f'+++\ntitle = "T"\n{text}\n+++\nText.'),
        "articles: web page": _webpage,
        "articles: JSON": lambda text: json_value(f'{{"title": {text}'.encode("utf-8", "surrogatepass")),
        "articles: fields": _composed,
        "decoding": lambda text: decode_text(text.encode()),
        "decoding: Latin": lambda text: decode_text(text.encode("cp1252", "replace") + b"\xe9 "),
        "addresses": canonical_url,
        "dates": parse_published,
        "weekdays": weekday_conflict,
        "lexicon: text": lambda text: index_form(text[:3_072]),
        "lexicon: question": lambda text: query_form(text[:2_000]),
        "sentences": split_sentences,
        "passages": cut,
        "mark-up: plain": plain,
        "mark-up: escape": escape,
        "mark-up: bold": lambda text: bold_part(text, (len(text) // 3, len(text) // 2)),
        "mark-up: shorten": lambda text: shorten(text, 300, (len(text) // 2, len(text) // 2 + 5)),
        "mark-up: pages": lambda text: pages(text, 3_000),
        "mark-up: link": lambda text: link(text[:1_000], f"https://news.example/{text}"),
        "mark-up: address": safe_url,
        "messages": lambda text: chat_filters(question_in(text[:6_000])),
        "terminal": printable,
    }
    return {name: _or_refused(function) for name, function in own.items()}
