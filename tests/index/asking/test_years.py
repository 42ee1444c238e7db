"""The year of a question, and which articles tell of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.asking import tells_of, years_in
from index.types import Article, Origin


@pytest.mark.parametrize(
    ("question", "years"),
    [
        ("why was the bridge closed in 2019?", {2019}),
        ("who won the 2008 champions league final", {2008}),
        ("how did 2019 and 1999 compare, and 2001?", {2019, 1999, 2001}),
        ("2016?", {2016}),
        ("the budget of 2021, 2022", {2021, 2022}),
        ("what has happened since 2019?", set()),
        ("how many of the 2000 people stayed", set()),
        ("is it more than 2000", set()),
        ("did it cost $2019 or €2020", set()),
        ("flight 2019-b and model x2020, 2020s, 12019 or 2019.5", set()),
        ("from 1990 to 2000 and between 2003 and 2005", set()),
        ("who runs the ferry?", set()),
    ],
)
def test_years_that_a_question_is_about(question: str, years: set[int]) -> None:
    assert years_in(question) == years


def article(text: str, published: str | None) -> Article:
    return Article(id="a", title="Harbour", text=text, published=published, origin=Origin(path="a.txt"))


@pytest.mark.parametrize(
    ("text", "published", "told"),
    [
        ("The bridge was closed.", "2019-03-01", True),
        ("The bridge was closed.", "2020-03-01", False),
        ("The bridge was closed.", None, False),
        ("It had been closed in 2019.", None, True),
        ("It sold 120190 tickets.", "2026-01-01", False),
        ("The 2018-19 season was its best.", "2026-01-01", True),
        ("The 2018–19 season was its best.", "2026-01-01", True),
        ("The class of ’19 met.", "2026-01-01", True),
        ("It was closed last year.", "2020-03-01", True),
        ("It was closed last year.", "2021-03-01", False),
        ("Sales rose from a year earlier.", "2020-03-01", True),
        ("It was closed in November.", "2020-01-09", True),
        ("It was closed in late November 2018.", "2020-01-09", False),
        ("It was closed in January.", "2020-03-09", False),
        ("It was closed in November.", "2021-01-09", False),
        ("It stays closed until May 20.", "2020-03-09", False),
    ],
)
def test_articles_that_tell_of_2019(text: str, published: str | None, *, told: bool) -> None:
    assert tells_of(article(text, published), 2019) is told


def test_a_year_is_named_in_the_headline_or_is_a_number_after_all() -> None:
    assert tells_of(Article(id="a", title="The 2019 flood", text="It rose.", origin=Origin(path="a")), 2019)
    assert tells_of(article("It has 2,000 berths.", "2026-01-01"), 2000)


@given(st.integers(1900, 2099), st.text(alphabet="abc .,'?!-", max_size=30), st.text(alphabet="abc .?!", max_size=30))
def test_what_names_a_year_tells_of_it(year: int, before: str, after: str) -> None:
    text = f"{before} in {year} {after}"
    assert year in years_in(text)
    assert tells_of(article(text, None), year)
