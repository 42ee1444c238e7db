"""Which short answers differ, and which only say less or say it otherwise."""

from __future__ import annotations

import pytest

from index.read.differing import answers_differ, differing, has_one_answer
from index.types import Citation


def terms(text: str) -> list[str]:
    return text.lower().replace(",", "").replace(".", "").split()


def citation(marker: int, short: str, article: str) -> Citation:
    quote = f"It was {short}, they say."
    return Citation(
        marker=marker, article_id=article, title="T", outlet="O", published=None, url=None, start=0, end=len(quote),
        quote=quote, highlight=(7, 7 + len(short)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("2,300 people", "about 6,000", True),
        ("February 8, 1900", "July 15, 1905", True),
        ("2007", "November 1, 2007", False),
        ("3,559 people", "3,559", False),
        ("Ida Brandt", "Orla Finch", True),
        ("Ida Brandt", "Mayor Brandt", False),
        ("at noon", "12 o'clock", False),
        ("", "6,000", False),
        ("5,000", "5000", False),
        ("$3m", "$3 million", False),
        ("$26bn", "$26 billion", False),
        ("October 3rd", "Oct 3", False),
        ("$3 million", "$3 billion", True),
        ("1.2 billion", "2 billion", True),
        ("one two three four five six seven eight nine", "ten", False),
    ],
)
def test_answers_differ(one: str, other: str, *, differ: bool) -> None:
    assert answers_differ(one, other, terms, words=True) is differ
    assert answers_differ(other, one, terms, words=True) is differ


def test_a_question_that_has_many_answers_has_none_that_differ_in_words() -> None:
    assert has_one_answer("who founded the Night Ferry?")
    assert not has_one_answer("why did the ferry stop?")
    two = (citation(1, "a storm", "a"), citation(2, "debts", "b"))
    assert differing("why did the ferry stop?", two, terms) == ()
    assert differing("where did the ferry stop?", two, terms) == (1, 2)


def test_those_that_differ_from_the_first_are_named() -> None:
    three = (citation(1, "2300", "a"), citation(2, "2300", "b"), citation(3, "6000", "c"))
    assert differing("how many came?", three, terms) == (1, 3)


def test_one_article_does_not_disagree_with_itself() -> None:
    assert differing("how many came?", (citation(1, "2300", "a"), citation(2, "6000", "a")), terms) == ()
    assert differing("how many came?", (), terms) == ()
