"""Outlets and days that a question names are told from words that only look like them."""

from __future__ import annotations

import pytest

from index.retrieve import OutletNames, dates_in

OUTLETS = OutletNames(
    [
        "The Verge",
        "The Age",
        "Fortune",
        "TechCrunch",
        "Cnbc | World Business News Leader",
        "CBSSports.com",
        "FOX News - Health",
        "FOX News - Travel",
        "The Independent - Sports",
    ]
)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("as reported by both The Verge and TechCrunch?", {"The Verge", "TechCrunch"}),
        ("according to 'FOX News - Health', is it safe?", {"FOX News - Health"}),
        ("what did Fox News say?", {"FOX News - Health", "FOX News - Travel"}),
        ("what did CNBC report?", {"Cnbc | World Business News Leader"}),
        ("the CBSSports.com preview", {"CBSSports.com"}),
        ("what does CBSSports think", {"CBSSports.com"}),
        ("what did the verge say about discord?", {"The Verge"}),
        ("according to fortune, who won", {"Fortune"}),
        ("who is on the verge of losing a fortune at the age of nine?", set()),
        ("how much is his fortune?", set()),
        ("vergers and agents", set()),
        ("", set()),
    ],
)
def test_outlets_are_recognised_where_they_are_meant(question: str, expected: set[str]) -> None:
    assert OUTLETS.named_in(question) == expected


def test_an_outlet_without_letters_is_no_outlet_that_can_be_named() -> None:
    assert OutletNames(["", "—", "X"]).named_in("— X") == frozenset()


def test_days_are_read_in_full_only() -> None:
    assert dates_in("published on October 13, 2023, and 2023-11-02; the 5th November 2023") == {
        "2023-10-13",
        "2023-11-02",
        "2023-11-05",
    }
    assert dates_in("in October, on the 13th, February 31, 2023") == frozenset()
