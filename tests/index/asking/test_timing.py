"""What words for a time do to the search: narrow, fall back, date events, order, and say how old the archive is."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from index.asking.timing import Timing, timing_of
from index.types import Answer, Hit, Manner, NoAnswer, NoAnswerReason, ScoredSentence, Searched, Where

TODAY = dt.date(2026, 3, 10)
SEARCHED = Searched(generation=1, articles=1, earliest=None, latest=None, newest_match=None, where=Where())


class Shelf:
    def __init__(self, *headlines: tuple[str, str]) -> None:
        self._headlines = headlines

    def span(self, where: Where | None = None) -> tuple[str | None, str | None]:
        del where
        days = sorted(day for day, _ in self._headlines)
        return (days[0], days[-1]) if days else (None, None)

    def headlines(self, contains: str = "", limit: int = 25) -> list[tuple[str, str, str | None, str | None]]:
        words = contains.split()
        found = [one for one in self._headlines if all(word in one[1].casefold() for word in words)]
        return [(title, title, None, day) for day, title in found][:limit]


SHELF = Shelf(
    ("2026-01-14", "Blinken to press Netanyahu"),
    ("2026-02-08", "2,300 march for cheaper buses"),
    ("2026-02-09", "Thousands march over inspection"),
    ("2026-03-06", "Inquiry faults city"),
    ("2026-02-01", "First meeting of the council"),
    ("2026-03-01", "Another meeting ends in a row"),
)


def timing(question: str, where: Where | None = None, manner: Manner | None = None, shelf: Shelf = SHELF) -> Timing:
    return timing_of(question, shelf, where, manner or Manner(), today=TODAY)


def answer(confidence: float) -> Answer:
    return Answer(
        question="q", standalone="q", text="t", confidence=confidence, citations=(), passages=(), searched=SEARCHED
    )


def nothing(confidence: float = 0.1) -> NoAnswer:
    return NoAnswer(
        question="q",
        standalone="q",
        reason=NoAnswerReason.NOT_CONVINCING,
        confidence=confidence,
        passages=(),
        searched=SEARCHED,
    )


def settled(found: Timing, narrow: Answer | NoAnswer, whole: Answer | NoAnswer) -> Answer | NoAnswer:
    return found.settle(lambda where: narrow if where and (where.since or where.until) else whole)


def test_days_counted_from_today_narrow_the_search() -> None:
    reply = settled(timing("what did they say last week?"), answer(0.5), answer(0.9))
    assert reply.confidence == 0.5
    assert reply.searched.period is not None
    assert (reply.searched.period.words, reply.searched.period.kept) == ("last week", True)


def test_where_nothing_of_these_days_answers_the_whole_archive_does_and_says_so() -> None:
    reply = settled(timing("what did they say last week?"), nothing(), answer(0.9))
    assert reply.confidence == 0.9
    assert reply.searched.period is not None
    assert not reply.searched.period.kept


def test_a_month_narrows_only_what_it_answers_at_least_as_surely() -> None:
    found = timing("what happened in February?")
    whole = settled(found, answer(0.5), answer(0.9))
    assert (whole.confidence, whole.searched.period) == (0.9, None)
    assert settled(found, answer(0.9), answer(0.9)).searched.period.kept  # type: ignore[union-attr]  # it has one


def test_a_month_that_no_article_is_of_is_left_to_the_words() -> None:
    assert timing("what happened in March 1974?").span is None


def test_the_caller_s_own_filters_are_never_widened() -> None:
    since = dt.datetime(2026, 3, 8, tzinfo=dt.UTC)
    found = timing("what happened this month?", Where(since=since, outlets=("A",)))
    within = found.within(found.span)
    assert within is not None
    assert (within.since, within.outlets) == (since, ("A",))


def test_an_event_is_dated_by_the_headlines_that_name_it() -> None:
    found = timing("what has the city done since the march?")
    assert found.span is not None
    assert (found.span.since, found.event) == (dt.date(2026, 2, 8), "2,300 march for cheaper buses")


def test_an_event_that_headlines_date_differently_or_not_at_all_is_left_to_the_words() -> None:
    assert timing("what has the city done since the meeting?").span is None
    assert timing("what has the city done since the coronation?").span is None


def test_words_count_for_nothing_where_that_is_asked_for() -> None:
    anytime = timing("what did they say last week?", manner=Manner(time_words=False))
    assert (anytime.where, anytime.span, anytime.newest_first) == (None, None, False)


def test_words_that_count_for_nothing_are_not_looked_for_either() -> None:
    anytime = timing("what did they say last week?", manner=Manner(time_words=False))
    assert anytime.bare("what did they say last week?") == "what did they say ?"
    assert anytime.said is not None


def test_a_question_about_now_on_an_old_archive_says_how_old_it_is() -> None:
    assert timing("who is the mayor now?", shelf=Shelf(("2025-12-31", "x"))).behind_days == 69
    assert timing("who is the mayor?", shelf=Shelf(("2025-12-31", "x"))).behind_days is None
    assert timing("who is the mayor now?", shelf=Shelf(("2026-03-09", "x"))).behind_days is None


def test_the_latest_puts_the_newest_of_the_good_sentences_first() -> None:
    def sentence(day: str, score: float) -> ScoredSentence:
        hit = Hit(
            rank=1, score=1, passage_id=1, article_id=day, title="t", outlet=None, published=day, url=None, start=0,
            end=1, text="x",
        )  # fmt: skip
        return ScoredSentence(hit=hit, start=0, end=1, score=score)

    ranked = [sentence("2026-02-01", 5.0), sentence("2026-03-01", 4.0), sentence("2026-03-09", 1.0)]
    found = timing("what's the latest on the bridge?")
    assert [one.hit.published for one in found.ordered(ranked, 2.0)] == ["2026-03-01", "2026-02-01", "2026-03-09"]
    assert replace(found, newest_first=False).ordered(ranked, 2.0) == ranked
