"""Words as terms."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.conversation.words import content_keys, words


@given(st.text())
def test_every_word_is_a_slice_of_the_text(text: str) -> None:
    for word in words(text):
        assert text[word.start : word.end] == word.text
        assert word.text


def test_a_plural_and_a_possessive_are_the_same_term() -> None:
    assert content_keys("the Palmers' goals") == content_keys("Palmer’s goal") == {"palmer", "goal"}


def test_capitals_tell_a_name_from_a_function_word() -> None:
    assert content_keys("what did the US tell the WHO") == {"us", "who", "tell"}
    assert content_keys("who told us that") == {"told"}


def test_a_question_of_function_words_names_nothing() -> None:
    assert content_keys("and why is that so?") == set()
