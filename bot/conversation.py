"""What a message asks, with which filters, and which earlier turns belong to it; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from bot.ledger import Record
from index import Cited, Turn, Where, new_topic
from index.dates import parse_bound
from index.errors import FilterError

__all__ = ["chat_filters", "new_topic", "question_in", "turns", "where_from"]

_MENTION: Final = re.compile(r"<(?:@[!&]?|#)\d+>")
_CUSTOM_EMOJI: Final = re.compile(r"<a?:(\w+):\d+>")
_FILTER: Final = re.compile(r'(?:^|\s)(since|until|as_of|outlet):\s?(?:"([^"]*)"|(\S+))', re.IGNORECASE)


def question_in(content: str) -> str:
    """The question that a message's text asks, without mentions and custom emoji."""
    return " ".join(_CUSTOM_EMOJI.sub(" ", _MENTION.sub(" ", content)).split()).strip(" ,:;")


def chat_filters(text: str) -> tuple[str, dict[str, str]]:
    """A chat command's text taken apart: the question, and filters such as ``since:2026-01-01 outlet:"The Times"``."""
    found = {match[1].lower(): match[2] if match[2] is not None else match[3] for match in _FILTER.finditer(text)}
    return " ".join(_FILTER.sub(" ", text).split()), found


def where_from(filters: Mapping[str, str | None], shown_outlets: Sequence[str] = ()) -> Where:
    """The filters of a question; where only some outlets are shown, those stand unless one of them is named.

    Raises:
        FilterError: a date can't be read, or the outlet is not among those shown.
    """
    outlet = filters.get("outlet")
    shown = {name.casefold() for name in shown_outlets}
    if outlet and shown and outlet.casefold() not in shown:
        raise FilterError(f"only these outlets are shown here: {', '.join(shown_outlets)}")
    since, until, as_of = (filters.get(name) for name in ("since", "until", "as_of"))
    return Where(
        since=parse_bound(since, end=False) if since else None,
        until=parse_bound(until, end=True) if until else None,
        as_of=parse_bound(as_of, end=True) if as_of else None,
        outlets=(outlet,) if outlet else tuple(shown_outlets),
    )


def turns(chain: Sequence[Record]) -> tuple[Turn, ...]:
    """The history that a chain of answered questions makes, oldest first."""
    known = {None, *(record.id for record in chain)}
    return tuple(
        Turn(
            question=record.question,
            answer=record.answer if record.answered else "",
            cited=tuple(
                Cited(article_id=one.citation.article_id, start=one.citation.start, end=one.citation.end)
                for one in record.sources
            ),
            # It has words of the turn before, which may be a private one that this chain leaves out.
            standalone=record.standalone if record.parent_id in known else "",
        )
        for record in chain
        if record.answered is not None
    )
