"""The JSON forms that scripts rely on, and the rows of a batch."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import FilterError, UsageError
from index.types import (
    Answer,
    Citation,
    Cited,
    Hit,
    IndexReport,
    NoAnswer,
    NoAnswerReason,
    Searched,
    Skipped,
    Turn,
    Where,
)
from index.wire import BatchRow, parse_row, parse_where, reply_json, report_json, search_json

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
SEARCHED = Searched(generation=1, articles=2, earliest=None, latest=None, newest_match=None, where=Where())
HIT = Hit(
    rank=1, score=0.12345678, passage_id=7, article_id="a", title="T", outlet=None, published=None, url=None,
    start=3, end=8, text="aid n",
)  # fmt: skip


def test_a_plain_day_is_whole_in_every_filter() -> None:
    where = parse_where(as_of="2026-02-05", since="2026-02-05", until="2026-02-05")
    assert where.since == dt.datetime(2026, 2, 5, tzinfo=dt.UTC)
    assert where.until == where.as_of == dt.datetime(2026, 2, 5, 23, 59, 59, 999_999, dt.UTC)


def test_a_row_needs_no_more_than_its_text() -> None:
    row = parse_row({"question": "why?"}, field="question", default=Where(outlets=("A",)))
    assert row == BatchRow(id=None, text="why?", history=(), where=Where(outlets=("A",)))


def test_nulls_are_as_good_as_nothing() -> None:
    nulls = dict.fromkeys(("id", "history", "as_of", "since", "until", "outlet"))
    assert parse_row({"query": "x", **nulls}, field="query", default=Where()) == parse_row(
        {"query": "x"}, field="query", default=Where()
    )


def test_a_rows_own_filters_go_before_the_commands() -> None:
    default = parse_where(as_of="2026-03-01", since="2026-01-01", outlets=["A"])
    row = parse_row({"query": "x", "as_of": "2026-02-01", "outlet": ["B", "C"]}, field="query", default=default)
    assert row.where.as_of == parse_where(as_of="2026-02-01").as_of
    assert row.where.since == default.since
    assert row.where.outlets == ("B", "C")


def test_history_keeps_its_order_and_may_lack_answers() -> None:
    history = [{"question": "a?", "answer": "A."}, {"question": "b?"}, {"question": "c?", "answer": None}]
    row = parse_row({"question": "why?", "history": history}, field="question", default=Where())
    assert row.history == (Turn(question="a?", answer="A."), Turn(question="b?"), Turn(question="c?"))


def test_a_replys_own_citations_may_come_back_with_its_turn() -> None:
    citation = {"marker": 1, "article_id": "a1", "start": 3, "end": 9, "quote": "a word"}
    turn = {"question": "a?", "answer": "a word [1]", "standalone": "a or b?", "citations": [citation]}
    row = parse_row({"question": "why?", "history": [turn]}, field="question", default=Where())
    cited = (Cited(article_id="a1", start=3, end=9),)
    assert row.history == (Turn(question="a?", answer="a word [1]", cited=cited, standalone="a or b?"),)


@pytest.mark.parametrize(
    "citations",
    ["a1", [1], [{"article_id": 1, "start": 0, "end": 1}], [{"article_id": "a", "start": 5, "end": 1}], [{}]],
)
def test_citations_that_are_none_are_refused(citations: object) -> None:
    history = [{"question": "a?", "citations": citations}]
    with pytest.raises(UsageError, match="citations"):
        parse_row({"question": "why?", "history": history}, field="question", default=Where())


def test_a_standalone_form_that_is_no_text_is_refused() -> None:
    with pytest.raises(UsageError, match="standalone"):
        parse_row(
            {"question": "why?", "history": [{"question": "a?", "standalone": 3}]}, field="question", default=Where()
        )


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ([], "not a JSON object"),
        ({"id": 1}, '"question" is missing'),
        ({"question": 7}, '"question" is missing or not a text'),
        ({"question": "x", "as_of": 20260201}, '"as_of" is not a text'),
        ({"question": "x", "outlet": {"name": "A"}}, '"outlet"'),
        ({"question": "x", "outlet": [1]}, '"outlet"'),
        ({"question": "x", "history": "why?"}, '"history" is not a list'),
        ({"question": "x", "history": [{"answer": "A."}]}, '"history" holds'),
        ({"question": "x", "history": ["why?"]}, '"history" holds'),
    ],
)
def test_a_row_of_another_form_says_what_is_wrong(row: object, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_row(row, field="question", default=Where())


def test_a_day_that_does_not_exist_is_named() -> None:
    with pytest.raises(FilterError, match="2026-02-30"):
        parse_row({"question": "x", "until": "2026-02-30"}, field="question", default=Where())


@given(row=st.fixed_dictionaries({}, optional=dict.fromkeys(
    ("id", "question", "history", "as_of", "since", "until", "outlet"), JSON_VALUES
)) | JSON_VALUES)  # fmt: skip
def test_any_json_is_a_row_or_a_usage_error(row: object) -> None:
    with suppress(UsageError):
        parsed = parse_row(row, field="question", default=Where())
        assert isinstance(row, dict)
        assert parsed.text == row["question"]


def test_the_form_of_a_hit() -> None:
    assert search_json([1], "q", [HIT]) == {
        "id": [1],
        "query": "q",
        "hits": [{
            "rank": 1, "score": 0.123457, "passage_id": 7, "article_id": "a", "title": "T", "outlet": None,
            "published": None, "url": None, "start": 3, "end": 8, "text": "aid n",
        }],
    }  # fmt: skip


def test_the_forms_of_an_answer_and_of_none_have_the_same_keys() -> None:
    citation = Citation(
        marker=1, article_id="a", title="T", outlet=None, published=None, url=None, start=3, end=6, quote="aid",
        highlight=(0, 3),
    )  # fmt: skip
    answer = Answer(
        question="q", standalone="q", text="aid [1]", confidence=0.51239, citations=(citation,), passages=(HIT,),
        searched=SEARCHED, timing_ms={"total": 1.2345},
    )  # fmt: skip
    none = NoAnswer(
        question="q", standalone="q", reason=NoAnswerReason.NOT_CONVINCING, confidence=0.1, passages=(),
        searched=SEARCHED,
    )  # fmt: skip
    answered, absent = reply_json("x", answer), reply_json("x", none)
    assert (answered["status"], absent["status"]) == ("answered", "no_answer")
    assert set(answered) == set(absent) - {"reason"}
    assert answered["confidence"] == 0.5124
    assert answered["timing_ms"] == {"total": 1.23}
    assert json.loads(json.dumps(answered))["citations"] == [{
        "marker": 1, "article_id": "a", "title": "T", "outlet": None, "published": None, "url": None, "start": 3,
        "end": 6, "quote": "aid", "highlight": [0, 3],
    }]  # fmt: skip
    assert (absent["answer"], absent["citations"]) == ("", [])


def test_the_form_of_a_report() -> None:
    report = IndexReport(
        generation=2, articles=1, added=1, changed=0, removed=0, unchanged=0, passages=1, embedded=1, seconds=0.12345,
        skipped=(Skipped(path="a", reason="empty"), Skipped(path="b", reason="not JSON", line=3)),
    )  # fmt: skip
    row = report_json(report)
    assert row["skipped"] == [{"path": "a", "reason": "empty"}, {"path": "b", "reason": "not JSON", "line": 3}]
    assert row["seconds"] == 0.123
