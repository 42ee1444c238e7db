"""The year that a question is about: an article that is not of it and never names it does not answer.

A reader finds *who won in 2019?* answered by who won this year, since the passage says everything but the year. Of 267
questions with a year that articles of MultiHop-RAG's answer (its own, newsconv's and ours), one and a question with a
mistaken date are lost by it. A year after the archive's newest article's binds nothing: it is written of as *the next*.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from index.dates import MONTH_NAMES, instant
from index.types import Article

_YEAR: Final = re.compile(
    r"(?<![\w.,$€£'’/-])(?P<year>(?:19|20)\d\d)(?![\w%/-]|[.,]\d)(?!\s+(?:"
    r"people|ppl|men|women|children|kids|workers|employees|staff|jobs|dollars|euros|pounds|bucks|homes|houses|deaths|"
    r"dead|soldiers|troops|tons?|tonnes?|miles?|km|kilomet(?:er|re)s?|met(?:er|re)s?|feet|square|fans|spectators|"
    r"seats|students|cars|vehicles|units|members|hours|times|words)\b)",
    re.IGNORECASE,
)
# *Since 2019* asks of what came after, and *more than 2000* is no year.
_BOUND: Final = re.compile(
    r"\b(?:since|until|till|before|after|from|to|by|than|over|about|around|nearly|almost|some|least|most|through|"
    r"between|between \d{4} and)\s+$",
    re.IGNORECASE,
)
_LAST_YEAR: Final = re.compile(
    r"\b(?:last year|(?:a|one) year (?:ago|earlier|before)|(?:previous|past) year|year-ago)\b", re.IGNORECASE
)
_MONTH_BEFORE: Final = re.compile(rf"\b(?P<month>{'|'.join(MONTH_NAMES)})(?: \d{{1,2}})?,? $", re.IGNORECASE)
_HUNDRED: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedYear:
    """A year that a question is about, and the month (from 1) where it says *November 2023*."""

    year: int
    month: int | None = None


def years_in(question: str) -> list[AskedYear]:
    """The years that a question is about; not those that it only reaches from or to."""
    found = []
    for match in _YEAR.finditer(question):
        before = question[: match.start()]
        if _BOUND.search(before) is None:
            named = _MONTH_BEFORE.search(before)
            month = MONTH_NAMES.index(named["month"].capitalize()) + 1 if named else None
            found.append(AskedYear(year=int(match["year"]), month=month))
    return found


def tells_of(article: Article, asked: AskedYear) -> bool:
    """Whether an article is of a year or names it: in full, as the end of a season, short, or as *last year*.

    The month of a question may stand without its year in an article of the next.
    """
    year = asked.year
    of = instant(article.published).year if article.published else None
    if of == year:
        return True
    text = f"{article.title}\n{article.text}"
    short = f"{year % _HUNDRED:02d}"
    named = rf"(?<!\d){year}(?!\d)|(?<!\d){year - 1}[-–/]{short}(?!\d)|['’]{short}(?!\d)"
    if year % _HUNDRED == 0:
        named += f"|{year:,}"  # a number after all
    if re.search(named, text):
        return True
    month = asked.month is not None and re.search(rf"\b{MONTH_NAMES[asked.month - 1]}\b", text) is not None
    return of == year + 1 and (month or _LAST_YEAR.search(text) is not None)
