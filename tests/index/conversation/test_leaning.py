"""How a turn that leans is told by its words, and the question that it is put after."""

from __future__ import annotations

import pytest

from index.conversation.leaning import anchored
from index.types import Turn

HISTORY = (Turn(question="what does the US want from Israel?", answer="More aid."),)


@pytest.mark.parametrize(
    "question",
    [
        "why?",
        "and when was that?",
        "when was that?",
        "what about it?",
        "what about Egypt?",
        "and Egypt?",
        "how did they react?",
        "says who?",
        "what did he say about Gaza?",
        "did that work?",
        "what happened there?",
        "why that?",
        "where exactly?",
        "what does that mean for riders?",
    ],
)
def test_a_follow_up_is_searched_with_what_it_follows(question: str) -> None:
    assert anchored(question, HISTORY) == f"what does the US want from Israel? {question}"


@pytest.mark.parametrize(
    "question",
    [
        "who founded the Night Ferry?",
        "what did Mayor Okerlund say about this bridge in Tolvermouth?",
        "bridge repair cost",
        "what is the law that X signed?",
        "what is the law that the mayor signed?",
        "who said that the ferry would stop?",
        "is it true that the bridge closed?",
        "how many people were there at the march?",
        "how big is the budget this year?",
        "when will those MXene carbon catchers be usable",
        "what did Okerlund say about her budget?",
        "who won the one-mile race?",
        "why did the bridge company's boss quit?",
        "when does the night ferry start again",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert anchored(question, HISTORY) == question


def test_a_follow_up_to_a_follow_up_goes_back_to_the_question_that_stands_alone() -> None:
    history = (*HISTORY, Turn(question="why?", answer="Because."))
    assert anchored("and then?", history) == "what does the US want from Israel? and then?"


def test_first_turns_are_untouched() -> None:
    assert anchored("  why?  ", ()) == "why?"
