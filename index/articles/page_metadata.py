"""What a web page declares of itself: JSON-LD first, then meta elements, then microdata; nothing is inferred.

General extractors also take dates from footers, urls and running text. Here a page without a declared date has none.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from index.articles.identity import canonical_url
from index.dates import DateError, parse_published

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_ARTICLE_TYPES: Final = re.compile(
    r"(?:\w*NewsArticle|Article|Report|BlogPosting|LiveBlogPosting|OpinionNewsArticle|ScholarlyArticle|TechArticle)"
)
_PUBLISHED: Final = (
    "article:published_time", "og:published_time", "og:article:published_time", "datepublished", "parsely-pub-date",
    "sailthru.date", "cxenseparse:recs:publishtime", "dc.date.issued", "dcterms.created", "dc.date", "pubdate",
    "publishdate", "publish-date", "publish_date", "publication_date", "date",
)  # fmt: skip
_UPDATED: Final = (
    "article:modified_time", "og:updated_time", "datemodified", "lastmod", "last-modified", "dcterms.modified"
)  # fmt: skip
_DEEPEST_JSON: Final = 8
_MOST_ITEMS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PageMetadata:
    """The headline, an article body if the page carries one as data, and the other fields under an article's names."""

    title: str | None
    body: str | None
    fields: Mapping[str, object]


def page_metadata(page: HtmlElement) -> PageMetadata:
    """Reads the metadata of a parsed page."""
    meta = _meta(page)
    canonical = [_attribute(page, "//link[translate(@rel, 'CANOIL', 'canoil')='canonical']/@href"), meta.get("og:url")]
    data = _structured(page, canonical)
    types = ("datePublished", "dateModified")
    items = {name: _items(page, name) for name in (*types, "headline", "author", "publisher")}
    times = _strings(page, "//time[@pubdate]/@datetime")
    fields: dict[str, object] = {
        "published": _date([*_texts(data.get("datePublished")), *(meta.get(name) for name in _PUBLISHED),
                            *items["datePublished"], *times]),
        "updated": _date([*_texts(data.get("dateModified")), *(meta.get(name) for name in _UPDATED),
                          *items["dateModified"]]),
        "outlet": _first([*_names(data.get("publisher")), meta.get("og:site_name"), *items["publisher"]]),
        "author": _author([_names(data.get("author")), [meta.get("author")], [meta.get("article:author")],
                           items["author"]]),
        "section": _first([*_texts(data.get("articleSection")), meta.get("article:section")]),
        "language": _first([_attribute(page, "/html/@lang"), *_texts(data.get("inLanguage")), meta.get("og:locale")]),
        "url": next((url for url in [*canonical, *_addresses(data)] if url and canonical_url(url)), None),
    }  # fmt: skip
    heads = [*_texts(data.get("headline")), meta.get("og:title"), *items["headline"], *_only_heading(page)]
    return PageMetadata(
        title=_first([*heads, meta.get("twitter:title"), _attribute(page, "//head/title/text()")]),
        body=next(iter(_texts(data.get("articleBody"))), None),
        fields={name: value for name, value in fields.items() if value},
    )


def _meta(page: HtmlElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in page.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        content = (element.get("content") or "").strip()
        if name and content:
            found.setdefault(name.strip().lower(), content)
    return found


def _structured(page: HtmlElement, canonical: Iterable[str | None]) -> Mapping[str, object]:
    """The JSON-LD of the article that the page is about: of several, the one with the page's own address."""
    found: list[Mapping[str, object]] = []
    for script in _strings(page, "//script[@type='application/ld+json']/text()"):
        try:
            found.extend(_articles(json.loads(script, strict=False), _DEEPEST_JSON))
        except (ValueError, RecursionError):
            continue
    addresses = {canonical_url(url) for url in canonical if url} - {None}
    own = [data for data in found if any(canonical_url(url) in addresses for url in _addresses(data))]
    return next(iter(own or found), {})


def _articles(value: object, depth: int) -> Iterator[Mapping[str, object]]:
    if depth == 0:
        return
    if isinstance(value, list):
        for item in value:
            yield from _articles(item, depth - 1)
    elif isinstance(value, dict):
        kinds = _texts(value.get("@type"))
        if any(_ARTICLE_TYPES.fullmatch(kind) for kind in kinds):
            yield value
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _articles(value.get(name), depth - 1)


def _addresses(data: Mapping[str, object]) -> list[str]:
    page = data.get("mainEntityOfPage")
    page_id = page.get("@id") if isinstance(page, dict) else page
    return [*_texts(page_id), *_texts(data.get("url")), *_texts(data.get("@id"))]


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [item.strip() for item in values if isinstance(item, str) and item.strip()]


def _names(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [name for item in values for name in _texts(item.get("name") if isinstance(item, dict) else item)]


def _author(candidates: Iterable[list[str] | list[str | None]]) -> str | None:
    for names in candidates:
        people = [" ".join(name.split()) for name in names if name and "://" not in name]
        if people:
            return re.sub(r"^[Bb]y\s+", "", ", ".join(dict.fromkeys(people)))
    return None


def _date(candidates: Iterable[str | None]) -> str | None:
    """The first that is clear; else the first at all, so that the reason why it isn't comes to light."""
    written = [text for text in candidates if text]
    for text in written:
        try:
            if parse_published(text):
                return text
        except DateError:
            continue
    return next(iter(written), None)


def _items(page: HtmlElement, name: str) -> list[str]:
    """Microdata: what the elements with this itemprop hold."""
    found = []
    for element in itertools.islice(page.xpath("//*[@itemprop=$name]", name=name), _MOST_ITEMS):
        inner = element.xpath(".//*[@itemprop='name']")
        text = element.get("content") or element.get("datetime") or (inner[0] if inner else element).text_content()
        found.append(" ".join(text.split()))
    return [text for text in found if text]


def _only_heading(page: HtmlElement) -> list[str]:
    headings = [" ".join(element.text_content().split()) for element in page.iter("h1")]
    headings = [text for text in headings if text]
    return headings if len(headings) == 1 else []


def _attribute(page: HtmlElement, xpath: str) -> str | None:
    return next(iter(_strings(page, xpath)), None)


def _strings(page: HtmlElement, xpath: str) -> list[str]:
    return [text.strip() for text in map(str, page.xpath(xpath)) if text.strip()]


def _first(candidates: Iterable[str | None]) -> str | None:
    return next((" ".join(text.split()) if "\n" in text else text for text in candidates if text), None)
