"""A saved web page → the fields of its article: body by trafilatura, metadata by what the page declares of itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from lxml import etree, html
from trafilatura import bare_extraction

from index.articles.decoding import decode_text
from index.articles.limits import UnfitError
from index.articles.page_metadata import page_metadata
from index.articles.plain import story_fields

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_DECLARED: Final = re.compile(rb"<meta[^>]{1,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
_XML_DECLARED: Final = re.compile(rb"\s*<\?xml[^>]{1,100}?encoding\s*=\s*[\"']([A-Za-z0-9_.-]{1,40})", re.IGNORECASE)
_HEAD_BYTES: Final = 4096
_DEEPEST: Final = 200
_MOST_ELEMENTS: Final = 50_000
_TAG: Final = re.compile(r"<[A-Za-z][A-Za-z0-9:-]*+[\s/](?:[^>\"']++|\"[^\"]*+\"|'[^']*+')++")
_QUOTED: Final = re.compile(r"\"[^\"]*+\"|'[^']*+'")
_MOST_ATTRIBUTES: Final = 10_000
"""Of one element: libxml2 compares each with all before it, 10,000 in .3 s. A script may look like a long tag, too."""


def webpage_fields(data: bytes) -> Mapping[str, object]:
    """The fields of a .html article.

    Raises:
        UnfitError: if the page holds no article, or is built to choke a parser.
    """
    head = data[:_HEAD_BYTES]
    declared = _XML_DECLARED.match(head) or _DECLARED.search(head)
    text = decode_text(data, declared=declared[1].decode("ascii") if declared else None)
    page = _parsed(text)
    metadata = page_metadata(page)
    body = _body(page) or metadata.body
    if body and metadata.body and body.split() == metadata.body.split():
        body = metadata.body  # the extractor took it from there too, and lost its paragraphs
    if not body:
        raise UnfitError("no article was found on the page")
    title = metadata.title
    if title is None:
        raise UnfitError("it has no title")
    body = body.strip()
    if body.startswith(f"{title}\n"):
        body = body[len(title) :].lstrip()
    story, found = story_fields(body)
    return {**found, **metadata.fields, "title": title, "text": story}


def _parsed(text: str) -> HtmlElement:
    if any(_attributes(tag[0]) > _MOST_ATTRIBUTES for tag in _TAG.finditer(text)):
        raise UnfitError("an element of the page has too many attributes for an article")
    # Bytes and not text, because lxml refuses text whose XML declaration names an encoding.
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        page: HtmlElement = html.document_fromstring(text.encode("utf-8"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise UnfitError("it can't be read as HTML") from error
    depth = count = 0
    for event, _ in etree.iterwalk(page, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > _DEEPEST or count > _MOST_ELEMENTS:
            raise UnfitError("the page has too many elements, or too deep ones, to be an article")
    return page


def _attributes(tag: str) -> int:
    """How many attributes an opening tag has at most."""
    bare = _QUOTED.sub("", tag)
    return max(bare.count("="), len(bare.split()))


def _body(page: HtmlElement) -> str | None:
    try:
        found = bare_extraction(
            page, include_comments=False, include_tables=True, deduplicate=False, with_metadata=False
        )
    except Exception as error:  # a page from anywhere may trip the extractor anywhere, and must not end the run
        raise UnfitError(f"it can't be read as HTML ({type(error).__name__})") from error
    return getattr(found, "text", None) or None
