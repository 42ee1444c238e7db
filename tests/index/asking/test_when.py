"""Time in words: what becomes a span of days, and what is left alone."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.asking.when import take_out, when_in

THURSDAY = dt.date(2026, 11, 26)


def days(question: str, **given: int) -> tuple[str | None, str | None] | None:
    span = when_in(question, today=THURSDAY, newest=dt.date(2026, 11, 20), **given).span
    if span is None:
        return None
    return (span.since.isoformat() if span.since else None, span.until.isoformat() if span.until else None)


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("what did the mayor say yesterday?", "2026-11-25", "2026-11-25"),
        ("what happened the day before yesterday?", "2026-11-24", "2026-11-24"),
        ("what happened today?", "2026-11-26", None),
        ("what happened last night in the harbour", "2026-11-25", "2026-11-25"),
        ("what did they decide last week?", "2026-11-16", "2026-11-22"),
        ("What has the council done this week?", "2026-11-23", None),
        ("what was said last month", "2026-10-01", "2026-10-31"),
        ("who died last weekend", "2026-11-21", "2026-11-22"),
        ("how many jobs were lost this year", "2026-01-01", None),
        ("who won last year", "2025-01-01", "2025-12-31"),
        ("what did she say on Monday?", "2026-11-23", "2026-11-23"),
        ("what did she say last Thursday?", "2026-11-26", "2026-11-26"),
        ("what has changed since Friday?", "2026-11-20", None),
        ("what happened two days ago?", "2026-11-24", "2026-11-24"),
        ("what happened a couple of weeks ago", "2026-11-09", "2026-11-15"),
        ("what has the port done in the last two weeks?", "2026-11-12", None),
        ("who was hired over the past year", "2025-11-26", None),
        ("what happened in October?", "2026-10-01", "2026-10-31"),
        ("what happened in December?", "2025-12-01", "2025-12-31"),
        ("what did the ECB do in November 2023?", "2023-11-01", "2023-11-30"),
        ("what happened in mid-October?", "2026-10-01", "2026-10-31"),
        ("what has Israel done since October 7?", "2026-10-07", None),
        ("what has Israel done since 7 October 2023?", "2023-10-07", None),
        ("what was known before March 2026", None, "2026-02-28"),
        ("do you have anything on the bridge from october", "2026-10-01", "2026-10-31"),
        ("how did last March's protest end", "2026-03-01", "2026-03-31"),
    ],
)
def test_words_for_a_time_are_days(question: str, since: str | None, until: str | None) -> None:
    assert days(question) == (since, until)


@pytest.mark.parametrize(
    "question",
    [
        "who won the 2020 election",
        "what happened in the October 7 attack?",
        "what did the report of 5 November 2023 say",
        "who will win tonight?",
        "what will the council decide this week?",
        "when does it reopen next Monday?",
        "according to USA Today, who won?",
        "what did The Mail on Sunday claim?",
        "who is in The Day Before Yesterday",
        "how many Protestants live in France today?",
        "what happened yesterday and on Monday?",
        "what happened in the last week of October?",
        "who directed Last Year at Marienbad",
        "what may happen to the bridge",
        "who leads the march",
        "what is the second amendment",
        "what happened in the past 50 years",
        "why is February so short",
        "what happened before last week",
        "who was in charge until last month",
        "what was done by yesterday",
        "what happened more than two weeks ago",
        "who resigned less than a week ago",
        "what happened over a month ago",
        "what changed between last week and now",
        "what changed between last week and yesterday",
        "who was seen often, but not since last week",
        "who joined the last march protest",
        "what happened on friday and saturday",
        "what happened on Friday or on Saturday",
        "what happened in October and November",
        "what happened from October to November",
    ],
)
def test_other_dates_and_the_future_are_left_to_the_words(question: str) -> None:
    assert days(question) is None


def test_a_long_question_is_not_all_about_the_time_in_it() -> None:
    short = "what did the Ledger report in October"
    assert days(short) is not None
    assert (
        days(f"{short}, and how does that compare with what the Dispatch wrote about the bridge, its cost and all")
        is None
    )


def test_a_span_ends_later_for_articles_than_for_what_they_report() -> None:
    span = when_in("what happened last week?", today=THURSDAY).span
    assert span is not None
    assert span.until == dt.date(2026, 11, 22)
    assert span.lagging.until == dt.date(2026, 11, 25)


def test_what_a_year_was_told_of_later_ends_with_today() -> None:
    span = when_in("who won last year", today=THURSDAY).span
    assert span is not None
    assert span.lagging.until == THURSDAY


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("what do you have on the bridge from last week", "what do you have on the bridge"),
        ("what do you have on last week's reopening", "what do you have on reopening"),
        ("show me articles from last week", "show me articles"),
        ("articles on the bridge published last month", "articles on the bridge"),
        ("how many articles were published last week?", "how many articles were published ?"),
        ("what did yesterday's vote decide", "what did vote decide"),
        ("what was the result of last week’s vote", "what was the result of vote"),
        ("Last week, who won?", ", who won?"),
        ("who spoke yesterday", "who spoke"),
    ],
)
def test_a_time_is_taken_out_with_what_leads_to_it_and_its_possessive(question: str, rest: str) -> None:
    span = when_in(question, today=THURSDAY).span
    assert (take_out(question, span) if span else None) == rest


def test_weeks_begin_where_the_asker_s_do() -> None:
    assert days("what happened last week?", week_begins=6) == ("2026-11-15", "2026-11-21")


@pytest.mark.parametrize(
    ("question", "event", "before"),
    [
        ("what has happened since the meeting?", ("meeting",), False),
        ("what did the mayor say before the election?", ("election",), True),
        ("Since the night ferry relaunch, what changed?", ("night", "ferry", "relaunch"), False),
    ],
)
def test_an_event_is_left_for_the_archive_to_date(question: str, event: tuple[str, ...], *, before: bool) -> None:
    span = when_in(question, today=THURSDAY).span
    assert span is not None
    assert (span.event, span.before, span.since, span.until) == (event, before, None, None)
    dated = span.dated(dt.date(2026, 2, 8))
    assert (dated.since, dated.until) == ((None, dt.date(2026, 2, 7)) if before else (dt.date(2026, 2, 8), None))


@pytest.mark.parametrize("question", ["what has happened since the beginning?", "who ruled before the war"])
def test_general_words_are_no_event(question: str) -> None:
    assert when_in(question, today=THURSDAY).span is None


@pytest.mark.parametrize(
    ("question", "newest", "now"),
    [
        ("what's the latest on the bridge?", True, True),
        ("any news about the ferry", True, True),
        ("what is the latest iPhone called?", False, False),
        ("what is the mayor doing now?", False, True),
        ("who currently runs the port", False, True),
        ("now that it is open, who uses it?", False, False),
        ("why was it closed until now", False, False),
        ("who founded the ferry", False, False),
    ],
)
def test_the_latest_and_now_are_told_apart(question: str, *, newest: bool, now: bool) -> None:
    said = when_in(question, today=THURSDAY)
    assert (said.newest_first, said.about_now) == (newest, now)


@given(st.text(max_size=300), st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)))
def test_any_text_has_a_span_in_order_that_is_a_part_of_it(text: str, today: dt.date) -> None:
    span = when_in(text, today=today).span
    if span is not None:
        assert span.words in text
        assert span.words not in take_out(text, span) or text.count(span.words) > 1
        if span.since and span.until:
            assert span.since <= span.until


PIECES = """
yesterday today last week month year this past the in since on before after Monday friday October may 7 2023 ago two
days a few couple of latest now what did he say meeting , ? will
"""
WORDS = st.sampled_from(PIECES.split())


@given(st.lists(WORDS, max_size=14).map(" ".join), st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)))
def test_whatever_the_words_no_span_begins_in_the_future(text: str, today: dt.date) -> None:
    span = when_in(text, today=today).span
    if span is not None and span.since is not None:
        assert span.since <= today
        assert span.until is None or span.since <= span.until


@pytest.mark.parametrize(
    "piece", ["since the ", "in the last ", "the day before ", "since 7 of ", "last ", "ago a few "]
)
def test_time_is_linear_in_the_text(piece: str) -> None:
    text = piece * 20_000
    began = time.perf_counter()
    when_in(text, today=THURSDAY)
    assert time.perf_counter() - began < 5
