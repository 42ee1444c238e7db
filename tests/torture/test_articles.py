"""A few of the hostile articles of `make torture`, and proof that something alive would be seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.markup import escape
from tests.torture.articles import markup
from tests.torture.inert import live_in, terminal_live_in
from tests.torture.poison import SNIPPETS
from tests.torture.report import Plan


def test_mark_up_in_every_field_is_shown_inert(tmp_path: Path) -> None:
    (row,) = markup(Plan(scale=0.03, seed=1, folder=tmp_path))
    assert row.tried >= 5
    assert not row.lost


@pytest.mark.parametrize(
    "alive",
    [
        "<@123>",
        "@everyone",
        "[x](<https://evil.example>)",
        "[x](https://evil.example)",
        "https://evil.example",
        "discord.gg/x",
        "**bold",
        "||x||",
        "`x`",
        "# head\n# head",
        "\u202egnp.exe",
        "> > - item",
    ],
)
def test_what_is_alive_is_seen(alive: str) -> None:
    assert live_in(alive, {"https://news.example"})


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_what_is_escaped_is_not(snippet: str) -> None:
    assert live_in(f"> {escape(snippet)}\n-# [1] [Head](<https://news.example>) · x", {"https://news.example"}) is None


@pytest.mark.parametrize("escape_sequence", ["\x1b[2J", "\x1b]8;;x\x07", "\x9b1m", "\x07", "\u202e"])
def test_what_drives_a_terminal_is_seen(escape_sequence: str) -> None:
    assert terminal_live_in(f"a\x1b[1mb\x1b[0m{escape_sequence}", colours=True)
    assert terminal_live_in("a\x1b[1mb\x1b[0m", colours=True) is None
