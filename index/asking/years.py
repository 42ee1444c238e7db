"""The year that a question is about: an article that is not of it and never names it does not answer.

A reader finds *who won in 2019?* answered by who won this year, since the passage says everything but the year. Of 267
questions with a year that articles of MultiHop-RAG's answer (its own, newsconv's and ours), one and a question with a
mistaken date are lost by it. A year after the archive's newest article's binds nothing: it is written of as *the next*.
"""

from __future__ import annotations

import re
from typing import Final

from index.dates import instant
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
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_IN_MONTH: Final = re.compile(
    rf"\b(?:in|since|last|of) (?:early |late |mid-)?(?P<month>{'|'.join(_MONTHS)})\b(?! \d{{4}})"
)
_HUNDRED: Final = 100


def years_in(question: str) -> frozenset[int]:
    """The years that a question is about; not those that it only reaches from or to."""
    found = _YEAR.finditer(question)
    return frozenset(int(year["year"]) for year in found if _BOUND.search(question[: year.start()]) is None)


def tells_of(article: Article, year: int) -> bool:
    """Whether an article is of a year or names it.

    It names it in full, as the end of a season, short, as *last year*, or by a month that comes later in the year than
    the article: *in November* is last year's in January.
    """
    published = instant(article.published) if article.published else None
    if published is not None and published.year == year:
        return True
    text = f"{article.title}\n{article.text}"
    short = f"{year % _HUNDRED:02d}"
    named = rf"(?<!\d){year}(?!\d)|(?<!\d){year - 1}[-–/]{short}(?!\d)|['’]{short}(?!\d)"
    if year % _HUNDRED == 0:
        named += f"|{year:,}"  # a number after all
    if re.search(named, text):
        return True
    if published is None or published.year != year + 1:
        return False
    months = (_MONTHS.index(found["month"]) + 1 for found in _IN_MONTH.finditer(text))
    return _LAST_YEAR.search(text) is not None or any(month > published.month for month in months)
