"""Follow-ups as plain context."""

from __future__ import annotations

import pytest

from index.context import standalone
from index.types import Turn

HISTORY = (Turn(question="what does the US want from Israel?", answer="More aid."),)


@pytest.mark.parametrize(
    "question", ["why?", "and when was that?", "what about it?", "how did they react?", "says who?"]
)
def test_a_follow_up_is_searched_with_what_it_follows(question: str) -> None:
    assert standalone(question, HISTORY) == f"what does the US want from Israel? {question}"


@pytest.mark.parametrize(
    "question",
    [
        "who founded the Night Ferry?",
        "what did Mayor Okerlund say about this bridge in Tolvermouth?",
        "bridge repair cost",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert standalone(question, HISTORY) == question


def test_a_follow_up_to_a_follow_up_goes_back_to_the_question_that_stands_alone() -> None:
    history = (*HISTORY, Turn(question="why?", answer="Because."))
    assert standalone("and then?", history) == "what does the US want from Israel? and then?"


def test_first_turns_are_untouched() -> None:
    assert standalone("  why?  ", ()) == "why?"
