"""Whether short answers differ: then two sources say different things, and neither is picked silently."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from index.read.coverage import Terms
from index.read.questions import Kind, kind_of
from index.types import Citation

_LONGEST: Final = 8
"""Terms of a short answer; of longer ones hardly two are alike, though they say the same."""
_SHARED: Final = 0.5
"""Two answers that share this much of the shorter one are worded differently at most."""
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_DECIMAL: Final = re.compile(r"(?<=\d)\.(?=\d)")
_UNIT: Final = re.compile(r"(\d)\s?(%|(?:bn|b|mn|m|k|tn|pct|am|pm|st|nd|rd|th)\b)")
_UNITS: Final = {
    "bn": "billion", "b": "billion", "mn": "million", "m": "million", "k": "thousand", "tn": "trillion",
    "pct": "percent", "%": "percent", "st": "", "nd": "", "rd": "", "th": "",
}  # fmt: skip
_SCALES: Final = frozenset({"thousand", "million", "billion", "trillion", "percent"})
_ONE_ANSWER: Final = frozenset({Kind.WHO, Kind.WHEN, Kind.WHERE, Kind.QUANTITY})
"""What has one answer, as a rule, so that different ones are worth a word."""


def has_one_answer(question: str) -> bool:
    """Whether a question asks who, when, where or how many; one that asks why or what has many good answers."""
    return kind_of(question) in _ONE_ANSWER


def answers_differ(one: str, other: str, terms: Terms, *, words: bool) -> bool:
    """Whether two short answers say different things; False where that can't be told.

    Numbers decide where both have some: one with fewer, such as the year alone of a date, does not differ. Else they
    differ if they share less than half of their terms, and if ``words`` can differ at all: where a question has many
    answers, different words say nothing.
    """
    own, others = set(terms(_spelled(one))), set(terms(_spelled(other)))
    if not own or not others or max(len(own), len(others)) > _LONGEST:
        return False
    numbers, other_numbers = _numbers(own), _numbers(others)
    if numbers and other_numbers:
        scale, other_scale = own & _SCALES, others & _SCALES
        if scale and other_scale and scale != other_scale:
            return True
        return not (numbers <= other_numbers or other_numbers <= numbers)
    if numbers or other_numbers or not words:
        return False
    return len(own & others) < _SHARED * min(len(own), len(others))


def differing(question: str, citations: Sequence[Citation], terms: Terms) -> tuple[int, ...]:
    """The markers of quotations of several articles whose short answers differ from the first's, with the first's.

    Empty where they agree, and where that can't be told: only numbers can differ in answers to a question that may well
    have several.
    """
    words = has_one_answer(question)
    found = [
        citation.marker
        for citation in citations[1:]
        if citation.article_id != citations[0].article_id
        and answers_differ(_short(citations[0]), _short(citation), terms, words=words)
    ]
    return (citations[0].marker, *found) if found else ()


def _spelled(text: str) -> str:
    """Numbers in one form: no commas for thousands, decimals whole, units apart and in full."""
    text = _THOUSANDS.sub("", text.casefold())
    text = _DECIMAL.sub("point", text)
    return _UNIT.sub(lambda found: f"{found[1]} {_UNITS.get(found[2], found[2])} ", text)


def _short(citation: Citation) -> str:
    return citation.quote[slice(*citation.highlight)] if citation.highlight else ""


def _numbers(terms: set[str]) -> set[str]:
    return {term for term in terms if any(character.isdigit() for character in term)}
