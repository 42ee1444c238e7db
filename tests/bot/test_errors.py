"""What people are told when something goes wrong, and what the log keeps of it."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest

from bot.__main__ import _note
from bot.cards import TEXT_LIMIT
from bot.errors import wording
from bot.markup import without_paths
from bot.words import EN
from index.errors import ArchiveError, FilterError
from tests.bot.stage import Stage
from tests.bot.test_markup import live_markup


@pytest.mark.parametrize("written", ["https://evil.example", "discord.gg/abc", "<@&123>", "[x](https://evil.example)"])
@pytest.mark.parametrize("kind", [FilterError, ArchiveError])
def test_a_reason_repeats_nothing_that_comes_alive(kind: type[ArchiveError], written: str) -> None:
    text = wording(kind(f"{written} is not a date"), EN)
    assert text is not None
    assert "is not a date" in text
    assert live_markup(text.partition(": ")[2]) is None


def test_a_long_reason_is_shortened() -> None:
    assert len(wording(FilterError("outlet, " * 2_000), EN) or "") < TEXT_LIMIT // 4


async def test_the_log_tells_where_an_error_arose_but_not_what_was_asked(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    alice = stage.discord.person("alice", stage.guild)
    stage.newsroom.failure = ValueError("syntax error near: my secret question")
    stage.newsroom.failure.__cause__ = KeyError("my secret question")
    caplog.set_level("INFO")
    await stage.discord.answer(await alice.slash(stage.channel, "ask", question="my secret question"))
    assert "my secret question" not in caplog.text
    for part in ("ValueError", "caused by builtins.KeyError", "newsroom.py", "in ask"):
        assert part in caplog.text
    caplog.set_level("DEBUG")
    await stage.discord.answer(await alice.slash(stage.channel, "ask", question="my secret question"))
    assert "my secret question" in caplog.text


async def test_a_filter_that_is_a_link_is_not_repeated_as_one(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    asked = await alice.say(stage.channel, f"<@{stage.discord.world.bot.id}> ask ferry since:https://evil.example")
    assert "https://" not in (await stage.discord.reply(asked)).text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no generation in /srv/hidden/data can be read", "no generation in …/data can be read"),
        (r"C:\hidden\data is damaged", "…/data is damaged"),
        (
            "run /reindex, or see https://example.org/a/b and and/or",
            "run /reindex, or see https://example.org/a/b and and/or",
        ),
    ],
)
def test_nobody_is_told_where_the_archive_lies(text: str, told: str) -> None:
    assert without_paths(text) == told
    assert "hidden" not in (wording(ArchiveError(text), EN) or "")


async def test_an_error_in_a_listener_is_noted_without_its_words(
    stage: Stage, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("my secret question")

    monkeypatch.setattr("bot.cogs.messages.question_in", broken)
    caplog.set_level("INFO")
    await stage.discord.person("alice", stage.guild).direct("my secret question")
    await stage.discord.world.until(lambda: "in dealing with on_message" in caplog.text, "the log's word")
    assert "builtins.ValueError" in caplog.text
    assert "my secret question" not in caplog.text


async def test_what_the_event_loop_finds_left_behind_is_noted_without_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop = asyncio.get_running_loop()
    caplog.set_level("INFO")
    _note(loop, {"message": "my secret question", "exception": ValueError("my secret question")})
    assert "builtins.ValueError" in caplog.text
    assert "my secret question" not in caplog.text


@pytest.mark.parametrize("way", ["mention", "reply", "chat command"])
async def test_what_people_are_told_that_the_log_says_it_says(
    way: str, stage: Stage, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    alice, me = stage.discord.person("alice", stage.guild), stage.discord.world.bot
    first = await stage.discord.reply(await alice.say(stage.channel, f"<@{me.id}> When will the ferry resume?"))
    caplog.set_level("INFO")
    if way == "chat command":
        monkeypatch.setattr(stage.office.ledger, "note_lookup", broken)
        asked = await alice.say(stage.channel, f"<@{me.id}> search ferry")
    else:
        monkeypatch.setattr(stage.office.ledger, "chain", broken)
        follow_up = "And why?"
        asked = await (
            alice.reply(first, follow_up) if way == "reply" else alice.say(stage.channel, f"<@{me.id}> {follow_up}")
        )
    assert EN.not_kept in (await stage.discord.reply(asked)).text
    (said,) = [one for one in caplog.records if "disk I/O error" in one.getMessage()]
    assert said.levelname == "ERROR"
