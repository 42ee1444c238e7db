"""The year of a question, and which articles tell of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.asking import tells_of, years_in
from index.asking.years import AskedYear
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
    assert {one.year for one in years_in(question)} == years


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
        ("It was closed in November.", "2020-01-09", False),
    ],
)
def test_articles_that_tell_of_2019(text: str, published: str | None, *, told: bool) -> None:
    assert tells_of(article(text, published), AskedYear(year=2019)) is told


def test_a_year_is_named_in_the_headline_or_is_a_number_after_all() -> None:
    assert tells_of(
        Article(id="a", title="The 2019 flood", text="It rose.", origin=Origin(path="a")), AskedYear(year=2019)
    )
    assert tells_of(article("It has 2,000 berths.", "2026-01-01"), AskedYear(year=2000))


@pytest.mark.parametrize("question", ["why did it close in november 2019?", "what happened on November 5, 2019"])
def test_the_month_of_a_question_may_stand_alone_in_an_article_of_the_next_year(question: str) -> None:
    (asked,) = years_in(question)
    assert asked == AskedYear(year=2019, month=11)
    assert tells_of(article("It was closed in November.", "2020-01-09"), asked)
    assert not tells_of(article("It was closed in December.", "2020-01-09"), asked)
    assert not tells_of(article("It was closed in November.", "2021-01-09"), asked)


@given(st.integers(1900, 2099), st.text(alphabet="abc .,'?!-", max_size=30), st.text(alphabet="abc .?!", max_size=30))
def test_what_names_a_year_tells_of_it(year: int, before: str, after: str) -> None:
    text = f"{before} in {year} {after}"
    (asked,) = years_in(text)
    assert asked == AskedYear(year=year)
    assert tells_of(article(text, None), asked)
