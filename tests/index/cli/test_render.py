"""What a person sees: nothing from an article drives the terminal, and every date is the source's own."""

from __future__ import annotations

import datetime as dt
import io
import unicodedata
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType

from index.cli import render
from index.types import (
    Answer,
    ArchiveStatus,
    Article,
    Choice,
    Citation,
    Hit,
    IndexReport,
    NoAnswer,
    NoAnswerReason,
    Origin,
    Overview,
    OverviewKind,
    Period,
    Searched,
    Skipped,
    Where,
)  # fmt: skip
from index.wire import parse_where

HOSTILE = (
    "[bold red]x[/] \x1b[2J\x1b]8;;http://evil\x07 \x9b2J \u202eabc\u202c \u2066d\u2069 :bomb: [link=http://e]y[/link]"
)
RECEIPT = Searched(generation=3, articles=1, earliest=None, latest=None, newest_match=None, where=Where())


def shown(what: RenderableType, *, width: int = 200, colour: bool = False) -> str:
    """As on a terminal, in black and white unless ``colour``."""
    out = io.StringIO()
    system: Literal["standard"] | None = "standard" if colour else None
    Console(file=out, width=width, force_terminal=True, color_system=system, highlight=False).print(what)
    return out.getvalue()


def hit(text: str) -> Hit:
    return Hit(
        rank=1, score=1.0, passage_id=1, article_id=text, title=text, outlet=text, published="2026-02-05", url=text,
        start=0, end=len(text), text=text,
    )  # fmt: skip


def answer(text: str, *, highlight: tuple[int, int] | None = None, published: str = "2026-02-05") -> Answer:
    citation = Citation(
        marker=1, article_id="a", title=text, outlet=text, published=published, url=text, start=0, end=len(text),
        quote=text, highlight=highlight,
    )  # fmt: skip
    return Answer(
        question="q", standalone=text, text=text, confidence=0.5, citations=(citation,), passages=(hit(text),),
        searched=RECEIPT,
    )  # fmt: skip


def everything(text: str) -> list[RenderableType]:
    """Every screen, with one text wherever a text from outside can stand."""
    article = Article(
        id=text, title=text, text=text, origin=Origin(path=text), outlet=text, author=text, section=text, url=text,
        place=text, published="2026-02-05",
    )  # fmt: skip
    none = NoAnswer(
        question="q", standalone=text, reason=NoAnswerReason.NOT_CONVINCING, confidence=0.5, passages=(hit(text),),
        searched=Searched(
            generation=1, articles=1, earliest=None, latest=None, newest_match=None, where=Where(outlets=(text,))
        ),
    )  # fmt: skip
    report = IndexReport(
        generation=1, articles=1, added=1, changed=0, removed=0, unchanged=0, passages=1, embedded=1, seconds=1.0,
        skipped=tuple(Skipped(path=text, reason=text) for _ in range(30)),
    )  # fmt: skip
    status = ArchiveStatus(
        generation=1, articles=1, passages=1, outlets=1, earliest=None, latest=None, embedder=text, reader=text,
        bytes_on_disk=1, indexed_at=None, warnings=(text,),
    )  # fmt: skip
    overview = Overview(
        question="q", standalone=text, kind=OverviewKind.ARTICLES, text=text, words=(text,), whole=True, articles=2,
        outlets=((text, 2),), citations=answer(text).citations,
        searched=replace(none.searched, period=Period(words=text, since="2026-01-01", until=None, event=text)),
    )  # fmt: skip
    unclear = replace(answer(text), choices=(Choice(label=text, hint=text, question=text),) * 2)
    return [
        render.answer(overview), render.answer(unclear),
        render.answer(answer(text)), render.answer(none), render.hits([hit(text)]), render.article(article),
        render.report(report), render.status(status),
    ]  # fmt: skip


@pytest.mark.parametrize("screen", range(8))
def test_no_text_from_outside_drives_the_terminal(screen: int) -> None:
    seen = shown(everything(HOSTILE)[screen])
    assert all(c == "\n" or c.isprintable() for c in seen)
    assert "[bold red]" in seen, "markup is shown, not obeyed"
    assert ":bomb:" in seen


@given(st.text())
def test_printable_keeps_every_offset_and_no_control(text: str) -> None:
    safe = render.printable(text)
    assert len(safe) == len(text)
    assert all(c in "\n\t" or unicodedata.category(c)[0] != "C" for c in safe)


def test_the_highlight_is_set_off_where_it_stands() -> None:
    seen = shown(render.answer(answer("a\u200bb forty days", highlight=(4, 9))), colour=True)
    assert "\x1b[1mforty\x1b[0m" in seen


def test_a_date_is_the_sources_own_day_whatever_its_offset() -> None:
    seen = shown(render.answer(answer("x", published="2026-02-05T23:30:00-05:00")))
    assert "5 February 2026" in seen


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"until": "2026-02-05"}, "until 5 February 2026 ·"),
        ({"as_of": "2026-02-28"}, "as of 28 February 2026 ·"),
        ({"since": "2026-02-05"}, "since 5 February 2026 ·"),
        ({"until": "2026-02-05T10:00:00"}, "until 5 February 2026 10:00 UTC ·"),
        ({"as_of": "2026-02-05T23:00:00-05:00"}, "as of 6 February 2026 04:00 UTC ·"),
    ],
)
def test_the_receipt_names_a_day_for_a_whole_day_and_a_moment_otherwise(filters: dict[str, str], said: str) -> None:
    searched = Searched(
        generation=3, articles=1, earliest=None, latest=None, newest_match=None, where=parse_where(**filters)
    )
    assert said in render.receipt(searched)


def test_the_receipt_of_one_day_says_it_once() -> None:
    searched = Searched(
        generation=3,
        articles=1,
        earliest="2026-02-05T08:00:00+00:00",
        latest="2026-02-05",
        newest_match="2026-02-05",
        where=Where(since=dt.datetime(2026, 2, 5, tzinfo=dt.UTC)),
    )
    assert render.receipt(searched).startswith("searched 1 article · 5 February 2026 · since")


@pytest.mark.parametrize("width", [8, 20, 40])
def test_a_narrow_terminal_loses_nothing(width: int) -> None:
    url = "https://ledger.example.com/2026/02/02/lanyard-bridge-closed"
    seen = shown(render.hits([hit(url)]), width=width)
    assert "".join(seen.split()).count(url) >= 2
    assert all(len(line) <= width for line in seen.splitlines())


def test_skipped_files_beyond_the_first_are_counted_by_reason() -> None:
    skipped = [Skipped(path=f"{n}.txt", reason="empty" if n < 20 else "binary") for n in range(25)]
    seen = shown(render.skipped_table(skipped))
    assert "25 skipped" in seen
    assert "… 10 more" in seen
    assert "… 5 more" in seen
