"""Sentences put beside each other: each where it says, and of a long one the words about its answer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.read.shortlist import around, side_by_side


@given(st.lists(st.text("ab c.", max_size=40), max_size=8))
def test_pieces_stand_side_by_side_where_it_says(pieces: list[str]) -> None:
    text, places = side_by_side(pieces)
    assert [text[a:b] for a, b in places] == pieces
    assert text.split() == " ".join(pieces).split()


@given(st.integers(0, 99))
def test_of_a_long_sentence_the_words_about_its_answer_are_kept(place: int) -> None:
    words = [f"w{number}" for number in range(100)]
    text = "  ".join(words)
    kept = around(text, text.index(words[place])).split()
    assert len(kept) == 40
    assert words[place] in kept
    assert kept == words[words.index(kept[0]) :][:40]


@given(st.text("ab \n.", max_size=60), st.integers(0, 60))
def test_a_short_one_keeps_all_its_words(text: str, at: int) -> None:
    assert around(text, at) == " ".join(text.split())
