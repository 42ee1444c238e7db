"""Augmentation: repeatable, varied, and never destroying the question."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from training.draws import seeded
from training.headers import invent_header, join_header
from training.phrasing import misspell, typed

QUESTION = "What is the government's plan, and why did people oppose it?"


@given(st.text(min_size=1).filter(str.strip), st.integers())
def test_a_question_never_becomes_empty(question: str, seed: int) -> None:
    assert typed(question, seeded(str(seed))).strip()


def test_the_same_draws_give_the_same_question() -> None:
    assert [typed(QUESTION, seeded(str(n))) for n in range(50)] == [typed(QUESTION, seeded(str(n))) for n in range(50)]


def test_people_leave_out_marks_and_shorten_words() -> None:
    variants = [typed(QUESTION, seeded(str(n))) for n in range(400)]
    assert any(v == QUESTION for v in variants)
    assert any("ppl" in v for v in variants)
    assert any("governments" in v for v in variants)
    assert any(v.lower().startswith(("what's", "whats")) for v in variants)
    assert sum(not v.endswith("?") for v in variants) > 100


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", max_size=12), st.integers())
def test_one_slip_changes_at_most_one_letter_in_length(word: str, seed: int) -> None:
    assert abs(len(misspell(word, seeded(str(seed)))) - len(word)) <= 1


def test_a_header_leaves_out_what_is_not_known() -> None:
    assert join_header(headline="Rain", outlet="The Post", date="2024-05-01") == "Rain — The Post, 2024-05-01"
    assert join_header(headline="Rain", outlet="", date="2024-05-01") == "Rain — 2024-05-01"
    assert join_header(headline="", outlet="The Post", date="") == "The Post"
    assert join_header(headline="Rain", outlet="", date="") == "Rain"


def test_about_three_in_five_passages_get_a_header() -> None:
    made = [invent_header(title="Rain", neighbour="It rained all day.", rng=seeded(str(n))) for n in range(1000)]
    assert 550 < sum(bool(h) for h in made) < 650
    assert any("It rained all day" in h for h in made)
