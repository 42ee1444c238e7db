"""A question taken apart: its clauses, and the words that count."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.retrieve import clauses, content_words


def test_parts_end_at_punctuation_and_conjunctions() -> None:
    question = "Who closed the bridge, as The Ledger reported, and what did the mayor promise while ferries ran?"
    assert clauses(question, 6) == (
        "Who closed the bridge",
        "as The Ledger reported",
        "what did the mayor promise",
        "ferries ran",
    )


def test_a_question_of_one_part_has_no_clauses() -> None:
    assert clauses("why was the bridge closed?", 6) == ()
    assert clauses("well, why was the bridge closed?", 6) == ()


def test_numbers_and_names_are_not_taken_apart() -> None:
    assert clauses("did it cost 1,500 euros at 10:30?", 6) == ()


@given(st.text(max_size=300), st.integers(1, 5))
def test_clauses_are_slices_in_order_within_the_limit(question: str, limit: int) -> None:
    parts = clauses(question, limit)
    assert len(parts) <= limit
    at = 0
    for part in parts:
        at = question.index(part, at) + len(part)
        assert content_words(part)


def test_of_too_many_parts_the_richest_stay() -> None:
    assert clauses("red, big old stone bridge, blue, new iron pier", 2) == ("big old stone bridge", "new iron pier")


def test_function_words_do_not_count_unless_in_capitals() -> None:
    assert content_words("what does the US want from it?") == ("us", "want")
    assert content_words("What did the WHO tell them?") == ("who", "tell")
    assert content_words("who told them and why") == ("told",)
    assert content_words("does the us want it") == ("us", "want"), "lower case is what people type"
    assert content_words("THE BRIDGE IS IT") == ("bridge",)
