"""Outlets and days that a question names, met with those that the archive has. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from index.dates import DATE_PATTERN, DateError, parse_published

_WORD: Final = re.compile(r"\w+")
_SUBTITLE: Final = re.compile(r"\s[-–—|:]\s|:\s")  # dashes that outlets put before a section's name
_DOMAIN: Final = re.compile(r"\.(?:com|org|net|co\.uk|com\.au|news|tv|in|ca|eu)$", re.IGNORECASE)
_DATE: Final = re.compile(DATE_PATTERN, re.IGNORECASE)
_ISO_DATE: Final = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_PLAIN_DATE: Final = len("2026-01-14")

_CUES_BEFORE: Final = frozenset({("according", "to"), ("reported", "by"), ("published", "by"), ("via",), ("per",)})
_CUES_AFTER: Final = frozenset(
    {"article", "articles", "coverage", "piece", "report", "reported", "reporting", "reports", "review"}
    | {"said", "say", "says", "story", "stories", "wrote", "write", "writes"}
)
"""What stands next to an outlet's name and not next to the same words meant as words, as in *on the verge of*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionedSources:
    """Outlets as the archive spells them, and days as ``YYYY-MM-DD``, that a question names."""

    outlets: frozenset[str] = frozenset()
    days: frozenset[str] = frozenset()


class OutletNames:
    """The outlets of an archive, to be recognised in a question. Immutable.

    An outlet such as *FOX News - Health* is also meant by *Fox News*, unless the question names one of its sections;
    *CBSSports.com* by *CBSSports*; and the article before *The Verge* may be missing.
    """

    def __init__(self, outlets: Iterable[str]) -> None:
        self._names: dict[str, list[tuple[tuple[str, ...], str, bool]]] = {}
        for outlet in outlets:
            whole = _key(outlet)
            head = _key(_SUBTITLE.split(outlet, maxsplit=1)[0])
            for words in {whole, head, _key(_DOMAIN.sub("", outlet))}:
                if words and not (len(words) == 1 and len(words[0]) == 1):
                    self._names.setdefault(words[0], []).append((words, outlet, words == head != whole))

    def named_in(self, question: str) -> frozenset[str]:
        """The outlets that the question names, as the archive spells them; linear in the question's length."""
        written = _WORD.findall(question)
        folded = [word.casefold() for word in written]
        whole: dict[str, tuple[str, ...]] = {}
        family: dict[str, tuple[str, ...]] = {}
        for at, word in enumerate(folded):
            for words, outlet, is_head in self._names.get(word, ()):
                end = at + len(words)
                if tuple(folded[at:end]) == words and _is_name(written, folded, at, end):
                    (family if is_head else whole)[outlet] = words
        narrowed = {words[: len(head)] for words in whole.values() for head in family.values()}
        return frozenset(whole) | {outlet for outlet, head in family.items() if head not in narrowed}


def dates_in(question: str) -> frozenset[str]:
    """The days that a question names in full, as ``YYYY-MM-DD``; what is no date is passed over."""
    days = set()
    for match in (*_DATE.finditer(question), *_ISO_DATE.finditer(question)):
        try:
            day = parse_published(match[0])
        except DateError:
            continue
        if day:
            days.add(day[:_PLAIN_DATE])
    return frozenset(days)


def _key(name: str) -> tuple[str, ...]:
    words = tuple(word.casefold() for word in _WORD.findall(name))
    return words[1:] if len(words) > 1 and words[0] == "the" else words


def _is_name(written: list[str], folded: list[str], start: int, end: int) -> bool:
    """Whether the words are written as a name, or stand where a source is named.

    Half of all outlets are called like something else: *the age of*, *a fortune*, *wired to*.
    """
    if all(
        word[0].isupper() or word[0].isdigit() or word in {"of", "the", "and", "for"} for word in written[start:end]
    ):
        return True
    begin = start - 1 if start and folded[start - 1] == "the" else start
    before = {tuple(folded[begin - size : begin]) for size in (1, 2) if begin >= size}
    after = folded[end : end + 1]
    return not before.isdisjoint(_CUES_BEFORE) or not _CUES_AFTER.isdisjoint(after)
