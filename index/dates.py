"""Publication dates and date filters: written dates to ISO 8601 text, and that text to instants and words.

A wrong date is worse than none, so nothing is guessed. General date parsers (dateutil, dateparser) fill in what is
missing from today's date and settle 03/04/2026 by a default; here a date counts only when day, month and year are all
written and can be read in one way. What is written beyond that and isn't understood, such as an unknown time zone,
is dropped down to the plain day that the source names. A time without an offset is taken as UTC when compared.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from index.errors import FilterError

# Not the calendar module's names: those follow the locale.
MONTH_NAMES: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAY_NAMES: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# Offsets in minutes: RFC 5322, 4.3, names these and no others. BST, IST and the like mean several things.
_ZONES: Final = {
    name: hours * 60
    for name, hours in {
        "z": 0, "ut": 0, "utc": 0, "gmt": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6,
        "pst": -8, "pdt": -7,
    }.items()
}  # fmt: skip
_FIRST_YEAR: Final = 1450  # the printing press; year 1, year 1601 counts and the like are what empty fields turn into
_LAST_YEAR: Final = 2200

_MONTH: Final = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_WEEKDAY: Final = (
    r"(?:Mon(?:day)?|Tue(?:s(?:day)?)?|Wed(?:nesday)?|Thu(?:r(?:s(?:day)?)?)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)"
    r"\b\.?"
)
_DAY: Final = r"[0-3]?\d(?:st|nd|rd|th)?"
DATE_PATTERN: Final = (
    rf"(?:{_WEEKDAY}(?:\s*+,)?\s*+)?(?:the\s++)?"
    rf"(?:{_MONTH}\s*+{_DAY}(?:\s*+,\s*+|\s++)\d{{4}}|{_DAY}[\s-]++(?:of\s++)?{_MONTH}[\s,-]++\d{{4}})\b"
)
"""An English date with day, month and year, to be searched for without regard to case; no groups."""
YEARLESS_PATTERN: Final = rf"(?:{_WEEKDAY}(?:\s*+,)?\s*+)?(?:{_MONTH}\s*+{_DAY}|{_DAY}\s++{_MONTH})(?![\w,]*\s*+\d)"
"""An English date that leaves the year out, as newspapers do; no groups."""

_ISO: Final = re.compile(
    r"(?P<year>\d{4})(?P<dash>-?)(?P<month>\d\d)(?P=dash)(?P<day>\d\d)(?:[Tt ](?P<rest>\d\d:?\d\d.*))?"
)
_WORDS: Final = re.compile(
    rf"(?:(?P<weekday>{_WEEKDAY})(?:\s*+,)?\s*+)?(?:the\s++)?"
    rf"(?:(?P<month1>{_MONTH})[\s-]*+(?P<day1>{_DAY})(?:\s*+,\s*+|[\s-]++)(?P<year1>\d{{4}})"
    rf"|(?P<day2>{_DAY})[\s-]*+(?:of\s++)?(?P<month2>{_MONTH})[\s,-]++(?P<year2>\d{{4}})"
    rf"|(?P<year3>\d{{4}})[\s,-]++(?P<month3>{_MONTH})[\s-]++(?P<day3>{_DAY}))(?!\d)(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_NUMBERS: Final = re.compile(
    r"(?P<first>\d{1,4})(?P<mark>[/.-])(?P<second>\d{1,2})(?P=mark)(?P<third>\d{4}|\d{1,2})(?!\d)(?P<rest>.*)",
    re.DOTALL,
)
_TIME: Final = re.compile(
    r"\s*+(?:,|at\b|-|–|—|\||·)?\s*+(?:at\s++)?(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?P<fraction>[.,]\d+)?)?"
    r"\s*+(?P<half>[ap]\.?m\b\.?)?\s*+(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_OFFSET: Final = re.compile(r"(?P<sign>[+-])(?P<hours>\d\d)(?::?(?P<minutes>\d\d))?(?!\d)")
_EPOCH_SECONDS: Final = (100_000_000, 4_102_444_800)  # March 1973 to 2099
_EPOCH_MILLISECONDS: Final = (100_000_000_000, 4_102_444_800_000)
_PLAIN_DATE: Final = len("2026-01-14")
_NOON: Final = 12


class DateError(ValueError):
    """A written date can't be used; the message says why, without a full stop."""


class ImpossibleDate(DateError):
    """The date can be read, and names a day or a time that does not exist."""


class UnclearDate(DateError):
    """The date can't be read, or can be read in more than one way."""


def parse_published(value: object) -> str | None:
    """The ISO 8601 text of a date as a source gives it; None where it gives none.

    Understands ISO 8601, RFC 5322, English dates with day, month and year, numeric dates that can be read in one way,
    and seconds or milliseconds since 1970 (numbers, or text of digits). A plain day stays a plain day and an offset
    stays as written.

    Raises:
        ImpossibleDate: for 2026-02-30 and its like.
        UnclearDate: for 03/04/2026, for "January 2026", for anything that isn't a date.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise UnclearDate(f"a date must be text, not {type(value).__name__}")
    try:
        text = " ".join(str(value).split())
    except ValueError as error:  # Python refuses to print integers of thousands of digits
        raise UnclearDate("its number is far too large for a date") from error
    if not text:
        return None
    shown = _shown(text)
    moment = _from_epoch(text)
    if moment is not None:
        return moment.isoformat()
    for pattern, reader in ((_ISO, _from_iso), (_WORDS, _from_words), (_NUMBERS, _from_numbers)):
        match = pattern.fullmatch(text)
        if match:
            return _finish(*reader(match, shown), shown=shown)
    raise UnclearDate(f"{shown} is not a date with day, month and year")


def weekday_conflict(value: object) -> str | None:
    """Why the weekday that a written date names can't be right; None where it is, or none is named."""
    match = _WORDS.fullmatch(" ".join(value.split())) if isinstance(value, str) else None
    if match is None or match["weekday"] is None:
        return None
    try:
        day, _ = _from_words(match, _shown(match[0]))
    except DateError:
        return None
    named = _starting_with(match["weekday"], _WEEKDAY_NAMES)
    if day.weekday() == named:
        return None
    return f"its date says {_WEEKDAY_NAMES[named]}, but {day} is a {_WEEKDAY_NAMES[day.weekday()]}"


def instant(iso: str) -> dt.datetime:
    """The moment, in UTC, of an ISO 8601 text; of a plain date its midnight UTC, and no offset counts as UTC.

    Raises:
        ValueError: if the text is not ISO 8601.
    """
    moment = dt.datetime.fromisoformat(iso)
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def parse_bound(text: str, *, end: bool) -> dt.datetime:
    """The instant of a filter's bound, in UTC. With ``end``, a plain date means the last moment of that day.

    Raises:
        FilterError: if the text is not an ISO date or datetime, or names a day that does not exist.
    """
    written = text.strip()
    if not _ISO.fullmatch(written):
        raise FilterError(f"{_shown(written)} is not a date: give it as YYYY-MM-DD, such as 2026-01-31")
    try:
        iso = parse_published(written)
    except DateError as error:
        raise FilterError(f"{error}: give a day that exists as YYYY-MM-DD, such as 2026-01-31") from error
    if iso is None:
        raise FilterError("the date is empty: give it as YYYY-MM-DD, such as 2026-01-31")
    moment = instant(iso)
    if end and len(iso) == _PLAIN_DATE:
        return moment + dt.timedelta(days=1, microseconds=-1)
    return moment


def display_date(iso: str) -> str:
    """The day as the source gave it, in words: ``14 January 2026``. The offset never shifts it.

    Raises:
        ValueError: if the text is not ISO 8601.
    """
    day = dt.date.fromisoformat(iso[:_PLAIN_DATE])
    return f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"


def _starting_with(word: str, names: tuple[str, ...]) -> int:
    return next(number for number, name in enumerate(names) if name[:3].lower() == word[:3].lower())


def _shown(text: str) -> str:
    longest = 60
    return text if len(text) <= longest else f"{text[:longest]}…"


def _from_epoch(text: str) -> dt.datetime | None:
    try:
        number = float(text)
    except ValueError:
        return None
    for (low, high), unit in ((_EPOCH_SECONDS, 1), (_EPOCH_MILLISECONDS, 1000)):
        if low <= number < high:
            return dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(milliseconds=round(number * 1000 / unit))
    return None


def _from_iso(match: re.Match[str], shown: str) -> tuple[dt.date, str]:
    return _day(int(match["year"]), int(match["month"]), int(match["day"]), shown), match["rest"] or ""


def _from_words(match: re.Match[str], shown: str) -> tuple[dt.date, str]:
    form = next(form for form in "123" if match[f"year{form}"])
    month = _starting_with(match[f"month{form}"], MONTH_NAMES) + 1
    day = int(re.sub(r"\D", "", match[f"day{form}"]))
    return _day(int(match[f"year{form}"]), month, day, shown), match["rest"]


def _from_numbers(match: re.Match[str], shown: str) -> tuple[dt.date, str]:
    first, second, third = (int(match[name]) for name in ("first", "second", "third"))
    if len(match["first"]) == 4:  # noqa: PLR2004 -- a year has four digits
        return _day(first, second, third, shown), match["rest"]
    if len(match["third"]) != 4 or len(match["first"]) > 2:  # noqa: PLR2004 -- as above, and days and months two
        raise UnclearDate(f"{shown} does not say which number is the year")
    months_in_a_year = 12
    if first > months_in_a_year or first == second:
        return _day(third, second, first, shown), match["rest"]
    if second > months_in_a_year:
        return _day(third, first, second, shown), match["rest"]
    raise UnclearDate(f"{shown} can be read as {_readings(third, first, second)}")


def _readings(year: int, first: int, second: int) -> str:
    return f"{first} {MONTH_NAMES[second - 1]} or {second} {MONTH_NAMES[first - 1]} {year}"


def _day(year: int, month: int, day: int, shown: str) -> dt.date:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise UnclearDate(f"{shown} is not in a year that has news")
    try:
        return dt.date(year, month, day)
    except ValueError as error:
        raise ImpossibleDate(f"{shown} is a day that does not exist") from error


def _finish(day: dt.date, rest: str, *, shown: str) -> str:
    if not rest.strip(" .,"):
        return day.isoformat()
    compact = re.fullmatch(r"(\d\d)(\d\d)(\d\d)?(.*)", rest)
    match = _TIME.fullmatch(f"{compact[1]}:{compact[2]}:{compact[3] or '00'}{compact[4]}" if compact else rest)
    if match is None:
        if re.search(r"\d", rest):
            raise UnclearDate(f"{shown} says more than a date and a time")
        return day.isoformat()
    hour, second = int(match["hour"]), int(match["second"] or 0)
    if match["half"]:
        if not 1 <= hour <= _NOON:
            raise ImpossibleDate(f"{shown} is a time that does not exist")
        hour = hour % _NOON + (_NOON if match["half"][0] in "pP" else 0)
    leap_second = 60
    microsecond = int(match["fraction"][1:7].ljust(6, "0")) if match["fraction"] else 0
    try:
        clock = dt.time(hour, int(match["minute"]), min(second, 59) if second == leap_second else second, microsecond)
    except ValueError as error:
        raise ImpossibleDate(f"{shown} is a time that does not exist") from error
    zone_text = match["rest"].strip(" .,()")
    moment = dt.datetime.combine(day, clock)
    if not zone_text:
        written = moment.isoformat()
    else:
        zone = _zone(zone_text, shown)
        written = day.isoformat() if zone is None else moment.replace(tzinfo=zone).isoformat()
    if written.startswith("1970-01-01T00:00:00"):
        raise UnclearDate(f"{shown} is what computers write when they have no date")
    return written


def _zone(text: str, shown: str) -> dt.tzinfo | None:
    """The offset that a text after a time names; None if it is none that we know."""
    minutes = _ZONES.get(text.lower())
    if minutes is not None:
        return dt.timezone(dt.timedelta(minutes=minutes)) if minutes else dt.UTC
    offset = _OFFSET.match(text)
    if offset:
        size = dt.timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"] or 0))
        if size >= dt.timedelta(hours=15) or int(offset["minutes"] or 0) > 59:  # noqa: PLR2004 -- minutes in an hour
            raise ImpossibleDate(f"{shown} has an offset from UTC that does not exist")
        return dt.timezone(-size if offset["sign"] == "-" else size)
    if re.search(r"\d", text):
        raise UnclearDate(f"{shown} says more than a date and a time")
    return None
