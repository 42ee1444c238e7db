"""How a new topic is announced."""

from __future__ import annotations

import pytest

from index import new_topic


@pytest.mark.parametrize(
    ("typed", "question"),
    [
        ("new topic", ""),
        ("New topic.", ""),
        ("/new", ""),
        ("new topic: who runs the ferry?", "who runs the ferry?"),
        ("Neues Thema – wer war das?", "wer war das?"),
    ],
)
def test_a_new_topic_begins_with_or_without_its_question(typed: str, question: str) -> None:
    assert new_topic(typed) == (question, True)


@pytest.mark.parametrize("typed", ["what is the new topic?", "new topics in physics", "who runs the ferry?", ""])
def test_what_only_has_the_words_goes_on(typed: str) -> None:
    assert new_topic(typed) == (typed, False)
