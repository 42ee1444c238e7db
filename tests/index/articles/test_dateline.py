"""Datelines, by-lines and closing links: taken off where they stand, and nothing that is none."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.articles.dateline import take_byline, take_closing, take_dateline


@pytest.mark.parametrize(
    ("text", "place", "agency", "date"),
    [
        ("Jerusalem, Wednesday, January 14th, 2026 - A", "Jerusalem", None, "Wednesday, January 14th, 2026"),
        ("JERUSALEM, Jan. 14, 2026 — A", "JERUSALEM", None, "Jan. 14, 2026"),
        ("JERUSALEM, Jan. 14, 2026—A", "JERUSALEM", None, "Jan. 14, 2026"),
        ("Jerusalem, 14 January 2026 – A", "Jerusalem", None, "14 January 2026"),
        ("Jerusalem - Wednesday, January 14th, 2026 - A", "Jerusalem", None, "Wednesday, January 14th, 2026"),
        ("Kfar Saba, Israel, Wed., Jan 14, 2026 -- A", "Kfar Saba, Israel", None, "Wed., Jan 14, 2026"),
        ("Washington, D.C., February 3, 2026: A", "Washington, D.C.", None, "February 3, 2026"),
        ("Port-au-Prince, Sept. 9, 2025 - A", "Port-au-Prince", None, "Sept. 9, 2025"),
        ("Rio de Janeiro, 9 Sept 2025 - A", "Rio de Janeiro", None, "9 Sept 2025"),
        ("ST. LOUIS, Mo., March 3, 2025 (AP) -- A", "ST. LOUIS, Mo.", "AP", "March 3, 2025"),
        ("TEL AVIV/JERUSALEM, Jan 14 (Reuters) - A", "TEL AVIV/JERUSALEM", "Reuters", "Jan 14"),
        ("LONDON (Reuters) - A", "LONDON", "Reuters", None),
        ("TOLVERMOUTH (Corrant Press) — A", "TOLVERMOUTH", "Corrant Press", None),
        ("London (AFP) – A", "London", "AFP", None),
        ("(Reuters) - A", None, "Reuters", None),
        ("WASHINGTON, D.C. — A", "WASHINGTON, D.C.", None, None),
        ("ZÜRICH — A", "ZÜRICH", None, None),
        ("January 14, 2026 - A", None, None, "January 14, 2026"),
        ("Wednesday, January 14th, 2026 - A", None, None, "Wednesday, January 14th, 2026"),
        ("Jerusalem, January 14, 2026\nA", "Jerusalem", None, "January 14, 2026"),
        ("\n  Jerusalem, January 14, 2026 -  A", "Jerusalem", None, "January 14, 2026"),
    ],
)
def test_a_dateline_is_taken_apart_and_off_the_text(
    text: str, place: str | None, agency: str | None, date: str | None
) -> None:
    found, rest = take_dateline(text)
    assert (found.place, found.agency, found.date) == (place, agency, date)
    assert found.has_year == (date is not None and "20" in date)
    assert rest == "A"


@pytest.mark.parametrize(
    "text",
    [
        "NASA — the space agency — said on Tuesday",
        "UK — The prime minister",
        "BREAKING — Police said",
        "On Wednesday, January 14th, 2026 - the day",
        "In 2019 - the year",
        "May 3: the bridge closes",
        "The mayor said on January 14, 2026 - a Wednesday - that",
        "Jones, who left on January 14, 2026 - later",
        "Mayor Ruthanne Okerlund — The first",
        "Manchester United (Premier League) – The club",
        "I-95 — The road",
        "A plain sentence.",
        "",
    ],
)
def test_a_sentence_is_left_alone(text: str) -> None:
    found, rest = take_dateline(text)
    assert rest == text
    assert found.place is None
    assert found.date is None


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("By Jane Doe", "Jane Doe"),
        ("BY JANE DOE", "JANE DOE"),
        ("By Jane Doe and John A. Roe, Reuters", "Jane Doe and John A. Roe, Reuters"),
        ("By Jane Doe Jr.", "Jane Doe Jr."),
    ],
)
def test_a_byline_gives_the_author(line: str, author: str) -> None:
    assert take_byline(f"{line}\nThe text.") == (author, "The text.")


@pytest.mark.parametrize("text", ["By the river stood a man.\nHe", "By Monday the bridge\nwas shut", "By Jane Doe"])
def test_a_sentence_that_begins_with_by_is_no_byline(text: str) -> None:
    assert take_byline(text) == (None, text)


@pytest.mark.parametrize(
    ("closing", "outlet", "url"),
    [
        ("Read the Full The Jerusalem Post Blogs Article at:\n[ https://x.com/a ]", "The Jerusalem Post Blogs", "https://x.com/a"),
        ("Read the Full BBC Article at: [ https://x.com/a ]", "BBC", "https://x.com/a"),
        ("Read the full article at: https://x.com/a", None, "https://x.com/a"),
        ("read the full NPR story at\n\n[https://x.com/a]  ", "NPR", "https://x.com/a"),
        ("Read the Full X Article at:", "X", None),
        ("Read the Full X Article at:\n[ ]", "X", None),
        ("Read the Full X Article at:\n[ https://x.com/a ]\nRead the Full Y Article at:\n[ https://y.com ]", "Y", "https://y.com"),
    ],
)  # fmt: skip
def test_the_closing_goes_and_leaves_outlet_and_link(closing: str, outlet: str | None, url: str | None) -> None:
    found_outlet, found_url, rest = take_closing(f"Body.\n{closing}\n")
    assert (found_outlet, found_url) == (outlet, url)
    assert rest.strip() == "Body."


def test_text_after_the_closing_is_kept() -> None:
    assert take_closing("A.\nRead the Full X Article at:\n[ https://x.com ]\nB.")[2].split() == ["A.", "B."]


def test_a_sentence_about_reading_is_no_closing() -> None:
    text = "Read the full story at the library on Main Street.\nThey read the full article at: home."
    assert take_closing(text) == (None, None, text)


@given(
    st.text(
        alphabet=st.sampled_from("AbcJerusalem ,.-—–():/\n[]0123456789Jan 14, 2026 (Reuters) By Read the Full"),
        max_size=300,
    )
)
def test_whatever_is_taken_off_the_rest_is_an_end_of_the_text(text: str) -> None:
    _, rest = take_dateline(text)
    assert text.endswith(rest)
    _, rest = take_byline(text)
    assert text.endswith(rest)
    assert len(take_closing(text)[2]) <= len(text)


def test_blanks_without_end_take_no_time() -> None:
    began = time.process_time()
    for lead in ("Paris", "Paris, Mon", "Paris (Reuters)", "Read the full", "Read the full article at"):
        text = lead + " " * 20_000 + "x"
        take_dateline(text)
        take_closing(text)
    assert time.process_time() - began < 2
