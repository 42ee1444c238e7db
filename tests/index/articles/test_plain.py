"""Plain text in the shape of a news story."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.index.articles.reading_fakes import NOW, read, read_one, reason, written

STORY = """Mayor Shuts the Bridge

Tolvermouth, Wednesday, January 14th, 2026 - The bridge was shut at noon.
Nobody was hurt, the mayor said.
Read the Full The Tolvermouth Ledger Article at:
[ https://ledger.example.com/bridge?utm_source=feed#top ]
"""


def test_headline_dateline_and_closing_become_fields_and_leave_the_text(tmp_path: Path) -> None:
    article = read_one(written(tmp_path / "a.txt", STORY))
    assert article.title == "Mayor Shuts the Bridge"
    assert article.text == "The bridge was shut at noon.\nNobody was hurt, the mayor said."
    assert article.place == "Tolvermouth"
    assert article.published == "2026-01-14"
    assert article.outlet == "The Tolvermouth Ledger"
    assert article.url == "https://ledger.example.com/bridge?utm_source=feed#top"
    assert article.id == "https://ledger.example.com/bridge"
    assert article.author is None


def test_line_ends_are_normalised_and_paragraphs_kept(tmp_path: Path) -> None:
    article = read_one(written(tmp_path / "a.txt", "Title\r\n\r\nOne.  \r\n\r\n\r\n\r\nTwo.\rThree.\n"))
    assert article.text == "One.\n\nTwo.\nThree."


def test_without_dateline_the_first_line_is_the_headline_and_there_is_no_date(tmp_path: Path) -> None:
    article = read_one(written(tmp_path / "a.txt", "\n\nTitle\nThe text."))
    assert (article.title, article.text, article.published, article.url) == ("Title", "The text.", None, None)
    assert article.id == (tmp_path / "a.txt").as_posix()


def test_byline_and_agency_are_fields(tmp_path: Path) -> None:
    article = read_one(written(tmp_path / "a.txt", "Title\nBy Jane Doe\nLONDON, Jan. 14, 2026 (Reuters) - The text."))
    assert (article.author, article.outlet, article.place) == ("Jane Doe", "Reuters", "LONDON")
    assert article.text == "The text."


def test_the_agency_is_the_author_where_the_closing_names_an_outlet(tmp_path: Path) -> None:
    story = STORY.replace("January 14th, 2026 -", "January 14th, 2026 (AP) -")
    article = read_one(written(tmp_path / "a.txt", story))
    assert (article.author, article.outlet) == ("AP", "The Tolvermouth Ledger")


def test_a_wrong_weekday_keeps_the_written_day_with_a_remark(tmp_path: Path) -> None:
    articles, skipped = read(written(tmp_path / "a.txt", STORY.replace("Wednesday", "Friday")))
    assert articles[0].published == "2026-01-14"
    assert skipped[0].reason == "its date says Friday, but 2026-01-14 is a Wednesday; indexed with 2026-01-14"


def test_a_date_without_a_year_is_not_completed(tmp_path: Path) -> None:
    articles, skipped = read(written(tmp_path / "a.txt", "Title\nLONDON, Jan. 14 (AP) - The text."))
    assert articles[0].published is None
    assert articles[0].text == "The text."
    assert skipped[0].reason == "its date, Jan. 14, leaves the year out; indexed without a date"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("Only a headline", "there is no text below the headline"),
        (STORY.replace("January 14th", "February 30th"), "its date is impossible"),
        (STORY.replace("January 14th, 2026", f"March 3rd, {NOW.year}"), "is in the future"),
        (STORY.replace("Mayor Shuts the Bridge\n\n", ""), "there is no headline above the dateline"),
        ("x" * 400 + "\nThe text.", "there is no headline: the first line has 400 characters"),
        ("Title\nRead the Full X Article at:\n[ https://x.com/a ]", "its text is empty"),
    ],
)
def test_what_is_no_story_is_skipped_with_its_reason(tmp_path: Path, content: str, why: str) -> None:
    assert why in reason(written(tmp_path / "a.txt", content))


def test_a_headline_with_a_date_is_a_headline(tmp_path: Path) -> None:
    article = read_one(written(tmp_path / "a.txt", "January 6, 2021: A Timeline\nThe text."))
    assert article.title == "January 6, 2021: A Timeline"
