"""Written dates, instants, filter bounds and display: nothing is guessed and no day ever shifts."""

from __future__ import annotations

import datetime as dt
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dates import (
    DateError,
    ImpossibleDate,
    UnclearDate,
    display_date,
    instant,
    parse_bound,
    parse_published,
    weekday_conflict,
)
from index.errors import FilterError

DAYS = st.dates(min_value=dt.date(1500, 1, 1), max_value=dt.date(2199, 12, 31))
OFFSETS = st.integers(min_value=-14 * 60, max_value=14 * 60).map(
    lambda minutes: dt.timezone(dt.timedelta(minutes=minutes))
)
MOMENTS = st.datetimes(
    min_value=dt.datetime(1975, 1, 1),  # noqa: DTZ001 -- hypothesis adds the time zone
    max_value=dt.datetime(2199, 12, 30),  # noqa: DTZ001 -- as above
    timezones=OFFSETS,
)


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2026-01-14", "2026-01-14"),
        ("2023-11-27T08:45:59+00:00", "2023-11-27T08:45:59+00:00"),
        ("2023-11-27T08:45:59Z", "2023-11-27T08:45:59+00:00"),
        ("2023-11-27T23:45:59-05:00", "2023-11-27T23:45:59-05:00"),
        ("2023-11-27T23:45:59-05", "2023-11-27T23:45:59-05:00"),
        ("2023-11-27 08:45", "2023-11-27T08:45:00"),
        ("20260114", "2026-01-14"),
        ("20260114T0830Z", "2026-01-14T08:30:00+00:00"),
        ("2026-01-14T08:00:00.123456789Z", "2026-01-14T08:00:00.123456+00:00"),
        ("2026-01-14T08:00:00+05:30[Asia/Kolkata]", "2026-01-14T08:00:00+05:30"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59+00:00"),
        ("Wednesday, January 14th, 2026", "2026-01-14"),
        ("Jan. 14, 2026", "2026-01-14"),
        ("January 14 2026", "2026-01-14"),
        ("the 14th of January, 2026", "2026-01-14"),
        ("Sept. 3, 2025", "2025-09-03"),
        ("2026 Jan 14", "2026-01-14"),
        ("Wed, 14 Jan 2026 08:00:00 GMT", "2026-01-14T08:00:00+00:00"),
        ("Wed, 14 Jan 2026 08:00:00 -0500", "2026-01-14T08:00:00-05:00"),
        ("Feb. 3, 2026, 7:40 p.m.", "2026-02-03T19:40:00"),
        ("Feb. 3, 2026 at 12:05 a.m. EST", "2026-02-03T00:05:00-05:00"),
        ("19-OCT-1987 13:30:41.59", "1987-10-19T13:30:41.590000"),
        ("13/04/2026", "2026-04-13"),
        ("04/13/2026", "2026-04-13"),
        ("04/04/2026", "2026-04-04"),
        ("14.01.2026", "2026-01-14"),
        ("2026/01/14", "2026-01-14"),
        (1701074759, "2023-11-27T08:45:59+00:00"),
        (1701074759.5, "2023-11-27T08:45:59.500000+00:00"),
        (1701074759000, "2023-11-27T08:45:59+00:00"),
        ("1701074759", "2023-11-27T08:45:59+00:00"),
        (20260114, "2026-01-14"),
        (None, None),
        ("  ", None),
    ],
)
def test_a_clear_date_becomes_iso_text(written: object, iso: str | None) -> None:
    assert parse_published(written) == iso


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("Feb. 3, 2026, 7:40 p.m. ET", "2026-02-03"),
        ("2026-01-14 08:00 BST", "2026-01-14"),
        ("27-MAR-1987 00:02:59.13RM", "1987-03-27"),
        ("9-APR-1987 00:00:00.00    # date added by hand", "1987-04-09"),
    ],
)
def test_a_time_in_an_unknown_zone_is_dropped_and_the_written_day_stays(written: str, day: str) -> None:
    assert parse_published(written) == day


@pytest.mark.parametrize(
    "written",
    [
        "03/04/2026",
        "3/4/26",
        "yesterday",
        "January 2026",
        "14 January",
        "2026",
        "2026-01",
        "14 January 2026 to 16 January 2026",
        "0000-00-00 00:00:00",
        "0001-01-01T00:00:00",
        "1970-01-01T00:00:00Z",
        0,
        -1,
        True,
        float("nan"),
        float("inf"),
        pytest.param(10**5000, id="thousands of digits"),
        ["2026-01-14"],
    ],
)
def test_an_unclear_date_is_refused_and_not_guessed(written: object) -> None:
    with pytest.raises(UnclearDate):
        parse_published(written)


@pytest.mark.parametrize(
    "written",
    [
        "2026-02-30",
        "2026-13-01",
        "2025-02-29",
        "Feb 30, 2026",
        "31/02/2026",
        "02/30/2026",
        "13/13/2026",
        "2026-01-14T25:00",
        "2026-01-14T08:61",
        "2026-01-14T08:00:00+25:00",
        "Feb 3, 2026 13:00 p.m.",
    ],
)
def test_a_day_or_time_that_does_not_exist_is_told_apart_from_an_unclear_one(written: str) -> None:
    with pytest.raises(ImpossibleDate):
        parse_published(written)


def test_both_readings_of_an_ambiguous_date_are_named() -> None:
    with pytest.raises(UnclearDate, match="3 April or 4 March 2026"):
        parse_published("03/04/2026")


@given(DAYS)
def test_every_day_survives_every_way_of_writing_it(day: dt.date) -> None:
    iso = day.isoformat()
    shown = display_date(iso)
    assert parse_published(iso) == iso
    assert parse_published(shown) == iso
    assert parse_published(iso.replace("-", "/")) == iso
    month = shown.split()[1]
    assert parse_published(f"{month[:3]}. {day.day}, {day.year}") == iso
    assert parse_published(f"{month.upper()} {day.day}th, {day.year}") == iso


@given(MOMENTS)
def test_a_moment_keeps_its_offset_its_instant_and_its_day(moment: dt.datetime) -> None:
    iso = parse_published(moment.isoformat())
    assert iso is not None
    assert dt.datetime.fromisoformat(iso) == moment
    assert dt.datetime.fromisoformat(iso).utcoffset() == moment.utcoffset()
    assert instant(iso) == moment
    assert instant(iso).utcoffset() == dt.timedelta(0)
    assert display_date(iso).split()[0] == str(moment.day)
    assert parse_published(iso) == iso


@given(MOMENTS)
def test_mail_dates_mean_the_same_moment(moment: dt.datetime) -> None:
    iso = parse_published(format_datetime(moment))
    assert iso is not None
    assert dt.datetime.fromisoformat(iso) == moment.replace(microsecond=0)


@given(st.integers(min_value=157_766_400, max_value=4_102_444_799))
def test_seconds_and_milliseconds_since_1970_mean_the_same_moment(seconds: int) -> None:
    assert parse_published(seconds) == parse_published(seconds * 1000)
    assert instant(parse_published(seconds) or "").timestamp() == seconds


@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.lists(st.integers())))
def test_anything_at_all_is_a_date_none_or_a_reason(value: object) -> None:
    try:
        iso = parse_published(value)
    except DateError as error:
        assert str(error)  # noqa: PT017 -- most values are refused, some are dates, none may raise anything else
    else:
        assert iso is None or instant(iso)


@given(st.from_regex(r"[0-9]{1,4}[-/. ][0-9A-Za-z]{1,3}[-/. ][0-9]{1,4}([T ][0-9:]{1,8}[Z+-]?[0-9:]{0,5})?"))
def test_what_looks_like_a_date_never_breaks_the_parser(text: str) -> None:
    try:
        iso = parse_published(text)
    except DateError:
        return
    assert iso is None or parse_published(iso) == iso


def test_a_wrong_weekday_is_noticed() -> None:
    assert weekday_conflict("Wednesday, January 14th, 2026") is None
    assert weekday_conflict("January 14th, 2026") is None
    assert weekday_conflict(5) is None
    assert weekday_conflict("Thursday, February 30th, 2026") is None
    assert weekday_conflict("Thu, 14 Jan 2026") == "its date says Thursday, but 2026-01-14 is a Wednesday"


def test_a_plain_date_is_its_midnight_in_utc_and_so_is_a_time_without_offset() -> None:
    assert instant("2026-01-14") == dt.datetime(2026, 1, 14, tzinfo=dt.UTC)
    assert instant("2026-01-14T08:00:00") == dt.datetime(2026, 1, 14, 8, tzinfo=dt.UTC)
    assert instant("2026-01-14T01:00:00+03:00") == dt.datetime(2026, 1, 13, 22, tzinfo=dt.UTC)


@given(DAYS)
def test_a_days_bounds_hold_that_day_and_nothing_else(day: dt.date) -> None:
    since, until = parse_bound(day.isoformat(), end=False), parse_bound(day.isoformat(), end=True)
    assert since == instant(day.isoformat())
    assert since <= instant(f"{day}T23:59:59.999999Z") == until
    assert until < instant((day + dt.timedelta(days=1)).isoformat())


def test_an_exact_bound_is_not_stretched() -> None:
    assert parse_bound("2026-01-14T08:00:00Z", end=True) == dt.datetime(2026, 1, 14, 8, tzinfo=dt.UTC)
    assert parse_bound(" 2026-01-14T08:00+02:00 ", end=False) == dt.datetime(2026, 1, 14, 6, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "text", ["2026-02-30", "14/01/2026", "last week", "", "2026-1-1", "2026-01-14T99:00", "0001-01-01"]
)
def test_a_bound_that_is_no_iso_date_is_refused_with_the_cure(text: str) -> None:
    with pytest.raises(FilterError, match="YYYY-MM-DD, such as 2026-01-31"):
        parse_bound(text, end=True)


def test_a_day_is_displayed_as_the_source_wrote_it() -> None:
    assert display_date("2026-01-14") == "14 January 2026"
    assert display_date("2026-01-01T00:30:00+14:00") == "1 January 2026"
