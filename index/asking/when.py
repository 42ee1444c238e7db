"""Time in words: *yesterday*, *last week*, *in October*, *since Friday*, *the latest*. Pure, and linear in the text.

Not a general date finder (dateparser's ``search_dates`` finds a date in *may*, *sat* and *2 million*, and knows no
span of days): a date in a question is mostly that of an event, which articles report later, and a filter that hides
the answer is worse than none. So only what says *when it was published* in all likelihood becomes a span of days,
two of them in one question become none, years and days of the month are left to the words, and what speaks of the
future is left alone. Spans end a little later than their words, since what happens on a day is in the next day's paper.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from index.dates import MONTH_NAMES


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS: Final = tuple(name.lower() for name in MONTH_NAMES)
_NUMBERS: Final = {
    word: number
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), start=1
    )
} | {"a": 1, "an": 1, "couple of": 2, "a couple of": 2, "few": 3, "a few": 3}
_DAYS_IN: Final = {"day": 1, "week": 7, "month": 30}
_LAG: Final = {"day": 1, "week": 3, "month": 7, "year": 366}
"""Days by which articles may lag behind what they report, by the length of the span."""
_MOST_MONTHS: Final = 24
_LONG: Final = 20
"""Words of a question from which on a time in it is not taken to be about all of it, if not counted from today."""

_WEEKDAY: Final = rf"(?P<weekday>{'|'.join(_WEEKDAYS)})"
_MONTH: Final = rf"(?P<month>{'|'.join(_MONTHS)}|jan|feb|apr|aug|sept?|oct|nov|dec)\b\.?"
_NUMBER: Final = rf"(?P<number>\d{{1,3}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_DAY_WORD: Final = (
    r"(?P<word>the day before yesterday|yesterday|last night|earlier today|today|tonight|"
    r"this (?:morning|afternoon|evening))"
)
_GENERAL_EVENTS: Final = _words(
    """
    start beginning end outset day time moment year week month season war pandemic crisis turn century law others
    other rest event fact first last same morning night deadline break
    """
)

_FUTURE: Final = re.compile(
    r"\b(?:will|won't|shall|going to|gonna|next|upcoming|tomorrow|every|each|scheduled to|expected to)\b", re.IGNORECASE
)
_NAMES: Final = re.compile(
    r"\b(?:usa today|last week tonight|(?:monday|thursday|sunday|saturday) night (?:football|live|baseball)|"
    r"today (?:show|programme|program)|mail on sunday)\b",
    re.IGNORECASE,
)
_LATEST: Final = re.compile(
    r"\b(?:(?:latest|newest|most recent) (?:news|updates?|developments?|reports?|figures?|count|toll|numbers?|status)\b"
    r"|(?:what(?:'s| is|s)|give me|tell me) the (?:latest|newest)\b(?: (?:on|about|with|from|in)\b|\W*$)"
    r"|any (?:news|updates?) (?:on|about|from)\b)",
    re.IGNORECASE,
)
_PRESENT: Final = frozenset({"today", "tonight"})
_HAPPENED: Final = re.compile(
    r"\b(?:did|happen(?:s|ed|ing)?|new|news|said|says|announced?|died|killed|won|lost|was|were|has|have|reported|"
    r"today['’]s)\b",
    re.IGNORECASE,
)
"""What makes *today* a day of the news, and not the present age (*how many live there today?*)."""
_OTHER_SIDE: Final = re.compile(
    r"\b(?:before|until|till|by|than|between|over|at least|prior to|ahead of|up to|as of|not(?: since)?)\s+$",
    re.IGNORECASE,
)
"""Words before a time that make it a bound, so that the days meant are others."""
_ONE_MORE: Final = re.compile(
    rf"(?:,\s*|\s+)(?:(?:and|or|to|through|until|till)\s+)(?:on\s+|in\s+)?(?:{'|'.join((*_WEEKDAYS, *_MONTHS))})\b",
    re.IGNORECASE,
)
"""Words after a time that name another, so that it alone is not meant."""
_BEFORE: Final = 16
"""Characters before a time among which ``_OTHER_SIDE`` is looked for."""
_LEAD: Final = r"(?:(?i:from|of|for|during|(?<!were )(?<!was )(?<!been )published) )?"
_POSSESSIVE: Final = r"['’]s?(?!\w)"
_NOW: Final = re.compile(
    r"(?<!until )(?<!till )(?<!by )(?<!usa )\b(?:right now|now(?! that\b)|currently|at the moment|at present|"
    r"these days|today|tonight|nowadays|as of (?:now|today)|this (?:morning|week|month|year))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Days that a question names, inclusive. ``weak``: the words may as well tell when something happened.

    ``lag`` is by how many days articles may come later than what they report.

    ``event`` is a phrase such as *the meeting* whose day the archive may know; the span is open until it is dated, on
    the side that ``before`` tells.
    """

    words: str
    since: dt.date | None = None
    until: dt.date | None = None
    lag: int = 0
    weak: bool = False
    event: tuple[str, ...] = ()
    before: bool = False

    @property
    def lagging(self) -> Span:
        """The span in which articles about these days were published."""
        return replace(self, until=self.until + dt.timedelta(days=self.lag), lag=0) if self.until else self

    def dated(self, day: dt.date) -> Span:
        """The span of an event that happened on a day."""
        since, until = (None, day - dt.timedelta(days=1)) if self.before else (day, None)
        return replace(self, since=since, until=until)


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """What a question says about time: a span of days, that it wants the latest, that it asks about now."""

    span: Span | None = None
    newest_first: bool = False
    about_now: bool = False


def when_in(question: str, *, today: dt.date, newest: dt.date | None = None, week_begins: int = 0) -> When:
    """What a question says about time.

    Args:
        question: as typed.
        today: the day on which it is asked.
        newest: the day of the archive's newest article; a month without a year is the last one that it can be about.
        week_begins: the weekday on which weeks begin, Monday being 0.
    """
    text = _NAMES.sub(lambda match: " " * len(match[0]), question)
    reader = _Reader(today=today, newest=min(newest or today, today), week_begins=week_begins)
    named = list(reader.spans(text))
    spans = [span for span, is_bound in named if not is_bound]
    future = _FUTURE.search(text) is not None
    usable = len(named) == len(spans) == 1 and not future and not _is_title(question, spans[0].words)
    if usable and spans[0].weak and len(question.split()) > _LONG:
        # A long question is about several things, and the time about one of them.
        usable = False
    return When(
        span=spans[0] if usable else None,
        newest_first=_LATEST.search(text) is not None,
        about_now=not future and (_NOW.search(text) is not None or _LATEST.search(text) is not None),
    )


def take_out(question: str, span: Span) -> str:
    """The question without the words of a span, what leads to them (*from*), and their *'s*."""
    own = re.escape(span.words)
    # "The result of last week's vote" is that of the vote, "the result of last week" that of these days.
    found = re.search(rf"(?<!\w)(?:{_LEAD}{own}(?!{_POSSESSIVE})|{own}(?:{_POSSESSIVE})?)", question)
    rest = f"{question[: found.start()]} {question[found.end() :]}" if found else question
    return " ".join(rest.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    today: dt.date
    newest: dt.date
    week_begins: int

    def spans(self, text: str) -> Iterator[tuple[Span, bool]]:
        """Every span that the text names, left to right, the longest words first; and whether it only bounds others."""
        taken = 0
        for match in _EXPRESSION.finditer(text):
            if match.start() < taken:
                continue
            kind = next(name for name in _FORMS if match[name] is not None)
            # Read again by its own form, whose parts have names.
            own = re.compile(_FORMS[kind], re.IGNORECASE).match(text, match.start())
            if own is None:
                continue
            span = _MAKERS[kind](self, own)
            if span is not None:
                taken = match.end()
                yield span, _is_bound(text, match)

    def day_word(self, match: re.Match[str]) -> Span | None:
        word = match["word"].lower()
        if word in _PRESENT and _HAPPENED.search(match.string) is None:
            return None
        back = {"the day before yesterday": 2, "yesterday": 1, "last night": 1}.get(word, 0)
        day = self.today - dt.timedelta(days=back)
        open_end = match["since"] is not None or not back
        return Span(words=match[0], since=day, until=None if open_end else day, lag=_LAG["day"])

    def weekday(self, match: re.Match[str]) -> Span | None:
        day = self._last_weekday(match["weekday"])
        until = None if match["lead"].lower().startswith("since") else day
        return Span(words=match[0], since=day, until=until, lag=_LAG["day"])

    def calendar_unit(self, match: re.Match[str]) -> Span | None:
        """*This week*, *last month*, *last year*, *last weekend*."""
        unit, last = match["unit"].lower(), match["which"].lower() != "this"
        open_end = match["since"] is not None or not last
        if unit == "weekend":
            saturday = self._last_weekday("saturday")
            sunday = saturday + dt.timedelta(days=1)
            return Span(words=match[0], since=saturday, until=None if open_end else sunday, lag=_LAG["day"])
        if unit == "week":
            start = self.today - dt.timedelta(days=(self.today.weekday() - self.week_begins) % 7 + 7 * last)
            end = start + dt.timedelta(days=6)
        elif unit == "month":
            start = _month_before(self.today) if last else self.today.replace(day=1)
            end = _month_end(start)
        else:
            start = dt.date(self.today.year - last, 1, 1)
            end = dt.date(start.year, 12, 31)
        # What happened in a year is told throughout the next, but not later than today.
        lag = min(_LAG[unit], max(0, (self.today - end).days))
        return Span(words=match[0], since=start, until=None if open_end else end, lag=lag)

    def recent(self, match: re.Match[str]) -> Span | None:
        """*In the last two weeks*, *over the past year*."""
        number = _number(match["number"]) if match["number"] else 1
        unit = match["unit"].lower()
        days = number * (365 if unit == "year" else _DAYS_IN[unit])
        if not number or days > _MOST_MONTHS * 31:
            return None
        return Span(words=match[0], since=self.today - dt.timedelta(days=days))

    def ago(self, match: re.Match[str]) -> Span | None:
        """*Two days ago*, *a month ago*."""
        number, unit = _number(match["number"]), match["unit"].lower()
        days = number * _DAYS_IN[unit]
        if not number or days > _MOST_MONTHS * 31:
            return None
        around = {"day": 0, "week": 3, "month": 10}[unit]
        day = self.today - dt.timedelta(days=days)
        since = day - dt.timedelta(days=around)
        until = None if match["since"] else day + dt.timedelta(days=around)
        return Span(words=match[0], since=since, until=until, lag=_LAG["day"])

    def month(self, match: re.Match[str]) -> Span | None:
        """*In October*, *since November 2023*, *last March*; without a year, the last one that there was."""
        number = next(n for n, name in enumerate(_MONTHS, start=1) if name.startswith(match["month"].lower()[:3]))
        year = int(match["year"]) if match["year"] else self._year_of_month(number)
        if not (1900 < year <= self.today.year):  # noqa: PLR2004 - years in which there is news
            return None
        start = dt.date(year, number, 1)
        lead = match["lead"].lower()
        if start > self.today:
            return None
        if lead.startswith("since"):
            return Span(words=match[0], since=start, weak=True)
        if lead.startswith("after"):
            end = _month_end(start)
            return Span(words=match[0], since=end, weak=True) if end <= self.today else None
        if lead.startswith("before"):
            return Span(words=match[0], until=start - dt.timedelta(days=1), weak=True)
        return Span(words=match[0], since=start, until=_month_end(start), lag=_LAG["month"], weak=True)

    def day(self, match: re.Match[str]) -> Span | None:
        """*Since 7 October*, *since October 7, 2023*; other days of a month are left to the words."""
        name, number, year = (
            (match["month"], match["dom"], match["year"])
            if match["month"]
            else (match["month2"], match["dom2"], match["year2"])
        )
        month = next(n for n, full in enumerate(_MONTHS, start=1) if full.startswith(name.lower()[:3]))
        try:
            day = dt.date(int(year) if year else self._year_of_month(month, int(number)), month, int(number))
        except ValueError:
            return None
        return Span(words=match[0], since=day, weak=True) if day <= self.today else None

    def happening(self, match: re.Match[str]) -> Span | None:
        """*Since the meeting*, *before the election*: an event that the archive may date."""
        phrase = tuple((match["opening"] or match["closing"]).lower().split())
        # *The march* is one, though March is a month.
        if phrase[-1] in _GENERAL_EVENTS or phrase[-1] in {*_MONTHS} - {"march"}:
            return None
        lead = (match["lead1"] or match["lead2"]).lower()
        return Span(words=match[0].strip(" ,?.!"), weak=True, event=phrase, before=lead == "before")

    def _last_weekday(self, name: str) -> dt.date:
        back = (self.today.weekday() - _WEEKDAYS.index(name.lower())) % 7
        return self.today - dt.timedelta(days=back)

    def _year_of_month(self, month: int, day: int = 1) -> int:
        """The year of the last such month that the archive can tell of."""
        return self.newest.year if (month, day) <= (self.newest.month, self.newest.day) else self.newest.year - 1


_FORMS: Final = {
    "f_happening": (
        r"(?:^\W*(?P<lead1>since|after|before) the (?P<opening>[^\W\d]+(?: [^\W\d]+){0,3}),)"
        r"|(?:\b(?P<lead2>since|after|before) the (?P<closing>[^\W\d]+(?: [^\W\d]+){0,3})\W*$)"
    ),
    "f_recent": (
        rf"\b(?:(?:in|over|during|within|for) )?the (?:last|past) (?:{_NUMBER} )?"
        r"(?P<unit>day|week|month|year)s?\b(?! of\b)"
    ),
    "f_ago": rf"\b(?P<since>since )?{_NUMBER} (?P<unit>day|week|month)s? ago\b",
    "f_day": (
        rf"\b(?:since|after) (?:the )?(?:{_MONTH} (?P<dom>[0-3]?\d)(?:st|nd|rd|th)?\b(?:,? (?P<year>\d{{4}})\b)?"
        rf"|(?P<dom2>[0-3]?\d)(?:st|nd|rd|th)? (?:of )?{_MONTH.replace('<month>', '<month2>')}"
        r"(?:,? (?P<year2>\d{4})\b)?)"
    ),
    "f_month": (
        r"\b(?P<lead>in|during|throughout|since|after|before|from|(?<!the )last)(?: (?:early|mid|late)[ -])? ?"
        rf"(?<=[ -]){_MONTH}"
        r"(?:,? (?:of )?(?P<year>\d{4})\b)?(?! ?[\d/])"
    ),
    "f_weekday": rf"\b(?P<lead>on|since|last|on last|this past|since last) {_WEEKDAY}\b(?! night \w)",
    "f_unit": (
        r"(?<!\bthe )\b(?P<since>since )?(?P<which>last|this|previous|this past) "
        r"(?P<unit>weekend|week|month|year)\b(?! of\b)"
    ),
    "f_word": rf"\b(?P<since>since )?{_DAY_WORD}\b",
}
_MAKERS: Final[dict[str, Callable[[_Reader, re.Match[str]], Span | None]]] = {
    "f_happening": _Reader.happening,
    "f_recent": _Reader.recent,
    "f_ago": _Reader.ago,
    "f_day": _Reader.day,
    "f_month": _Reader.month,
    "f_weekday": _Reader.weekday,
    "f_unit": _Reader.calendar_unit,
    "f_word": _Reader.day_word,
}
_EXPRESSION: Final = re.compile(
    "|".join(f"(?P<{name}>{re.sub(r'[(][?]P<[^>]+>', '(?:', form)})" for name, form in _FORMS.items()), re.IGNORECASE
)


def _is_bound(text: str, match: re.Match[str]) -> bool:
    """Whether a time only bounds the days that are meant: *before last week*, *on Friday and Saturday*."""
    start, end = match.span()
    return (
        _OTHER_SIDE.search(text[max(0, start - _BEFORE) : start]) is not None or _ONE_MORE.match(text, end) is not None
    )


def _is_title(question: str, words: str) -> bool:
    """Whether words for a time are written as a name, such as *The Day Before Yesterday* or *Last Year*."""
    at = question.find(words)
    inside = [word for word in re.findall(r"[^\W\d_]+", words) if word.lower() not in {*_WEEKDAYS, *_MONTHS}]
    opens = not question[:at].strip()
    return any(word[0].isupper() and not (opens and number == 0) for number, word in enumerate(inside)) and not (
        question.isupper()
    )


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS[word.lower()]


def _month_before(day: dt.date) -> dt.date:
    return (day.replace(day=1) - dt.timedelta(days=1)).replace(day=1)


def _month_end(start: dt.date) -> dt.date:
    return start.replace(day=calendar.monthrange(start.year, start.month)[1])
