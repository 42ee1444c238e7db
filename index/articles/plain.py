"""Plain text in the shape of a news story: headline, by-line, dateline, body, closing link."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from index.articles.dateline import take_byline, take_closing, take_dateline
from index.articles.limits import UnfitError

_LONGEST_HEADLINE: Final = 300


def story_fields(body: str) -> tuple[str, dict[str, object]]:
    """The text of a story alone, and the fields that stood around it, under the names of an article's fields.

    ``published`` is the date as the dateline writes it, ``yearless`` the same where it leaves the year out.
    """
    outlet, url, body = take_closing(body)
    author, body = take_byline(body)
    dateline, body = take_dateline(body)
    if author is None:
        author, body = take_byline(body)
    fields: dict[str, object] = {
        "outlet": outlet or dateline.agency,
        "url": url,
        "author": author or (dateline.agency if outlet else None),
        "place": dateline.place,
        "published" if dateline.has_year else "yearless": dateline.date,
    }
    paragraphs = "\n".join(line.rstrip() for line in body.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", paragraphs).strip(), {name: value for name, value in fields.items() if value}


def plain_fields(text: str) -> Mapping[str, object]:
    """The fields of a .txt article: its first line is the headline, what stands around the body is taken from it.

    Raises:
        UnfitError: if there is no headline, or nothing below it.
    """
    title, _, body = text.strip().partition("\n")
    title = title.strip()
    if not body.strip():
        raise UnfitError("there is no text below the headline")
    if len(title) > _LONGEST_HEADLINE:
        raise UnfitError(f"there is no headline: the first line has {len(title):,} characters")
    dateline, _ = take_dateline(title)
    if dateline.place and dateline.has_year:
        raise UnfitError("there is no headline above the dateline")
    story, fields = story_fields(body)
    return {**fields, "title": title, "text": story}
