"""What a question asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.read.questions import Kind, asks, bears, fragment, kind_of


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("who founded the Night Ferry?", Kind.WHO),
        ("when does the bridge reopen", Kind.WHEN),
        ("whens the ID app coming to android?", Kind.OTHER),
        ("where did they meet?", Kind.WHERE),
        ("how many ppl is spotify laying off?", Kind.QUANTITY),
        ("how much did it cost", Kind.QUANTITY),
        ("why did he say that?", Kind.WHY),
        ("what does the US want from Israel?", Kind.WANT),
        ("what did schumer say about Biden's AI order", Kind.SAY),
        ("is joe schmidt up for the job?", Kind.OTHER),
        ("who was that? (why did he quit, he said so)", Kind.WHO),
        ("and the mayor? (what does the governor want, he says no)", Kind.WANT),
        ("and the mayor? (was he there, he says no)", Kind.OTHER),
        ("Did the ECB (the central bank, in Frankfurt) tell why it raised rates?", Kind.WHY),
    ],
)
def test_kind_of_a_question(question: str, kind: Kind) -> None:
    assert kind_of(question) is kind


@pytest.mark.parametrize(
    ("kind", "sentence", "held"),
    [
        (Kind.WHO, "It was founded by Hedda Brasker.", True),
        (Kind.WHO, "It was founded long ago.", False),
        (Kind.WHEN, "It closed on Monday.", True),
        (Kind.WHEN, "It closed.", False),
        (Kind.QUANTITY, "The work cost $9.1 million.", True),
        (Kind.QUANTITY, "The work was dear.", False),
        (Kind.WHY, "It closed because a bearing failed.", True),
        (Kind.WANT, "His objective is to persuade him.", True),
        (Kind.WANT, "The alliance is old.", False),
        (Kind.WANT, "The U.S. needs to balance the demands of its partners.", False),
        (Kind.OTHER, "Anything at all.", True),
    ],
)
def test_what_a_sentence_bears(kind: Kind, sentence: str, *, held: bool) -> None:
    assert bears(kind, sentence) is held


@given(st.text(max_size=2000))
def test_any_text_has_a_kind(text: str) -> None:
    assert bears(kind_of(text), text) in (True, False)


@pytest.mark.parametrize(
    ("sentence", "is_one"),
    [("Will it reopen?", True), ("“Will it reopen?” ", True), ("Will it reopen? Yes.", False), ("It will.", False)],
)
def test_a_question_is_told_by_its_mark(sentence: str, is_one: bool) -> None:  # noqa: FBT001 - a table of cases
    assert asks(sentence) is is_one


def test_a_scrap_has_too_few_words_to_answer() -> None:
    assert fragment("James Ward-Prowse ????")
    assert not fragment("It will reopen to cars in May.")
