"""Fields that some format gave → an Article, or the reason why they make none."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from index.articles.identity import canonical_url, web_address
from index.articles.limits import ReadingLimits, UnfitError
from index.articles.records import KIND_OF
from index.dates import ImpossibleDate, UnclearDate, instant, parse_published, weekday_conflict
from index.types import Article, Origin

_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_TOMORROW: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """An article, and what a moderator should know about it though it is indexed."""

    article: Article
    remarks: tuple[str, ...]


def compose(
    fields: Mapping[str, object], *, origin: Origin, place_id: str, now: dt.datetime, limits: ReadingLimits
) -> Composed:
    """Checks the fields and makes the article. ``text`` is taken as it stands, to the character.

    A date that can't be read, or can be read in two ways, is left out with a remark, and so is a link that is no web
    address. The written day counts even where the weekday beside it is wrong, again with a remark: it is what the
    source says, and what would be quoted.

    Args:
        fields: by the names of an article's fields; ``yearless`` is a date that leaves its year out.
        origin: where they were read.
        place_id: the identity of an article that has neither id nor link of its own.
        now: the time of the run; what is dated more than a day later is refused.
        limits: the longest fields.

    Raises:
        UnfitError: with the reason why this is no article.
    """
    remarks: list[str] = []
    title = _line(fields, "title", limits.title_characters)
    text = _text(fields, limits)
    if title is None:
        raise UnfitError("it has no title")
    url = _url(fields, remarks)
    language = (_line(fields, "language", limits.field_characters) or "").replace("_", "-")
    published = _date(fields, "published", now, remarks)
    if published is None and fields.get("yearless"):
        remarks.append(f"its date, {fields['yearless']}, leaves the year out; indexed without a date")
    article = Article(
        id=_id(fields, limits.field_characters) or (canonical_url(url) if url else None) or place_id,
        title=title,
        text=text,
        origin=origin,
        outlet=_line(fields, "outlet", limits.field_characters),
        author=_line(fields, "author", limits.field_characters),
        published=published,
        updated=_date(fields, "updated", now, remarks),
        section=_line(fields, "section", limits.field_characters),
        url=url,
        language=language if _LANGUAGE.fullmatch(language) else None,
        place=_line(fields, "place", limits.field_characters),
    )
    return Composed(article=article, remarks=tuple(remarks))


def _text(fields: Mapping[str, object], limits: ReadingLimits) -> str:
    value = fields.get("text")
    if value is None:
        raise UnfitError("it has no text")
    text = _characters(value, "text")
    if not text.strip():
        raise UnfitError("its text is empty")
    if len(text) > limits.text_characters:
        raise UnfitError(
            f"its text has {len(text):,} characters; the most for one article is {limits.text_characters:,}"
        )
    return text


def _line(fields: Mapping[str, object], name: str, longest: int) -> str | None:
    """A field of one line, without control characters; None where it is missing or blank."""
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, list) and value and name in {"author", "section"}:
        value = ", ".join(_characters(item, name) for item in value)
    line = " ".join(_CONTROLS.sub(" ", _characters(value, name)).split())
    if len(line) > longest:
        raise UnfitError(f"its {name} has {len(line):,} characters; the most is {longest:,}")
    return line or None


def _characters(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise UnfitError(f"its {name} is {KIND_OF.get(type(value), 'something else')}, not text")
    if "\x00" in value:
        raise UnfitError(f"its {name} holds a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise UnfitError(f"its {name} holds half a character ({ascii(value[error.start])[1:-1]})") from error
    return value


def _id(fields: Mapping[str, object], longest: int) -> str | None:
    value = fields.get("id")
    if value is None:
        return None
    identity = str(value) if isinstance(value, int) and not isinstance(value, bool) else _characters(value, "id")
    identity = identity.strip()
    if _CONTROLS.search(identity):
        raise UnfitError("its id holds control characters")
    if len(identity) > longest:
        raise UnfitError(f"its id has {len(identity):,} characters; the most is {longest:,}")
    return identity or None


def _url(fields: Mapping[str, object], remarks: list[str]) -> str | None:
    value = fields.get("url")
    if value is None or not (url := _characters(value, "url").strip()):
        return None
    address = web_address(url)
    if address is None:
        remarks.append("its link is not a web address; indexed without a link")
    return address


def _date(fields: Mapping[str, object], name: str, now: dt.datetime, remarks: list[str]) -> str | None:
    value = fields.get(name)
    if isinstance(value, (bool, list, dict)):
        raise UnfitError(f"its {name} is {KIND_OF[type(value)]}, not a date")
    if isinstance(value, str):
        _characters(value, name)
    what = "its date" if name == "published" else f"its {name} date"
    try:
        iso = parse_published(value)
    except ImpossibleDate as error:
        raise UnfitError(f"{what} is impossible: {error}") from error
    except UnclearDate as error:
        remarks.append(f"{what} is unclear: {error}; indexed without it")
        return None
    if iso is not None and instant(iso) > now + _TOMORROW:
        raise UnfitError(f"{what}, {iso}, is in the future")
    if iso is not None and (conflict := weekday_conflict(value)):
        remarks.append(f"{conflict}; indexed with {iso[:10]}")
    return iso
