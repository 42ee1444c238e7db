"""What is kept, for whom it is readable, and that deleted means gone."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.conversation import turns
from bot.database import NAME, hash_key, meta_value, open_database, set_meta_value
from bot.ledger import Ledger
from bot.preferences import PreferenceBook, Preferences
from bot.rooms import Rooms
from index import Answer, Choice, Where
from tests.bot.newsroom import FakeNewsroom
from tests.bot.stage import Stage, running_bot
from tests.discord_server.server import LoopbackDiscord


def stored(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in home.iterdir())


@pytest.mark.parametrize("way", ["forget", "drop", "expire"])
def test_what_is_deleted_is_in_no_file_any_more(tmp_path: Path, way: str) -> None:
    ledger = Ledger(open_database(tmp_path / NAME))
    record_id = ledger.open(user_id=7, question="zebrasecret?", guild_id=1, channel_id=2)
    assert record_id is not None
    assert b"zebrasecret" in stored(tmp_path)
    if way == "forget":
        assert ledger.forget(7) == 1
    elif way == "drop":
        ledger.drop(record_id)
    else:
        assert ledger.expire(keep_days=0, grace_days=7) == 1
    assert b"zebrasecret" not in stored(tmp_path)


def test_only_the_owner_can_read_the_files(tmp_path: Path) -> None:
    (tmp_path / NAME).touch(mode=0o644)
    ledger = Ledger(open_database(tmp_path / NAME))
    ledger.open(user_id=7, question="?", guild_id=1, channel_id=2)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert {NAME, f"{NAME}-wal", "bot.key"} <= set(modes)
    assert set(modes.values()) == {0o600}


def test_the_key_is_not_in_the_database_and_stays_the_same(tmp_path: Path) -> None:
    connection = open_database(tmp_path / NAME)
    key = hash_key(connection)
    connection.close()
    again = open_database(tmp_path / NAME)
    assert hash_key(again) == key
    assert meta_value(again, "hash_key") is None


def test_a_key_that_was_kept_in_the_database_moves_out_of_it(tmp_path: Path) -> None:
    connection = open_database(tmp_path / NAME)
    set_meta_value(connection, "hash_key", "ab" * 32)
    assert hash_key(connection) == bytes.fromhex("ab" * 32)
    assert hash_key(connection) == bytes.fromhex("ab" * 32)
    assert b"abab" not in b"".join(path.read_bytes() for path in tmp_path.glob(f"{NAME}*"))


def test_a_guild_left_while_offline_expires_and_one_joined_again_stays(tmp_path: Path) -> None:
    connection = open_database(tmp_path / NAME)
    ledger = Ledger(connection)
    ledger.reconcile([1, 2, 3])
    for guild_id in (1, 2, 3, 4):
        ledger.open(user_id=7, question="?", guild_id=guild_id, channel_id=9)
    ledger.guild_left(2)
    ledger.reconcile([2, 3])
    ledger.expire(keep_days=90, grace_days=0)
    kept = [row[0] for row in connection.execute("SELECT guild_id FROM questions ORDER BY guild_id")]
    assert kept == [2, 3, 4], "1 was left; 4, where a user brought the bot along, never had it as a member"


async def test_departures_are_reconciled_when_the_bot_is_back(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path
) -> None:
    guild = loopback.world.add_guild()
    connection = open_database(tmp_path / NAME)
    ledger = Ledger(connection)
    ledger.reconcile([guild.id, 5])
    ledger.guild_left(guild.id)
    async with running_bot(loopback, newsroom, tmp_path) as bot:
        left: list[int] = []
        for _ in range(200):
            left = [
                row[0] for row in await bot.office.file(connection.execute("SELECT guild_id FROM departures").fetchall)
            ]
            if left == [5]:
                break
        assert left == [5]
    connection.close()


async def test_settings_of_an_expired_guild_are_gone_from_memory_too(stage: Stage) -> None:
    owner = stage.discord.owner(stage.guild)
    await stage.discord.answer(await owner.slash(stage.channel, "settings answers", language="de"))

    def leave() -> None:
        stage.office.ledger.guild_left(stage.guild.id)
        stage.office.connection.execute("UPDATE departures SET left_at = 0")

    await stage.office.file(leave)
    assert await stage.bot.clean() > 0
    assert stage.office.book.own(stage.guild.id) == Preferences()


async def test_a_failing_clean_up_is_tried_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def locked(*_: int) -> int:
        asked.append(1)
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(stage.office.ledger, "expire", locked)
    stage.bot._clean.change_interval(seconds=0.02)
    stage.bot._clean.restart()
    for _ in range(500):
        await asyncio.sleep(0.02)
        if len(asked) > 2:
            break
    assert len(asked) > 2


async def test_the_channel_above_a_thread_is_known(stage: Stage) -> None:
    guild = stage.bot.guilds[0]
    state = {"archived": False, "auto_archive_duration": 60, "archive_timestamp": "2026-01-01T00:00:00Z"}
    facts = {
        "id": "77", "guild_id": str(guild.id), "parent_id": str(stage.channel.id), "owner_id": "1", "name": "t",
        "type": 11, "message_count": 0, "member_count": 1, "thread_metadata": state,
    }  # fmt: skip
    guild._add_thread(discord.Thread(guild=guild, state=stage.bot._connection, data=facts))  # type: ignore[arg-type]  # as Discord sends it
    stage.office.book.set(guild.id, stage.channel.id, Preferences(language="de"))
    assert stage.office.words(guild.id, 77).code == "de"
    assert stage.office.words(guild.id, 78).code == "en"


def test_settings_of_a_channel_hold_in_its_threads(tmp_path: Path) -> None:
    book = PreferenceBook(open_database(tmp_path / NAME))
    book.set(1, 0, Preferences(language="de", private=True))
    book.set(1, 20, Preferences(outlets=("Wire",), mentions=False))
    book.set(1, 21, Preferences(mentions=True))
    book.parent_of = lambda _guild_id, channel_id: 20 if channel_id == 21 else None
    assert book.effective(1, 21) == Preferences(language="de", private=True, outlets=("Wire",), mentions=True)
    assert book.effective(1, 22) == Preferences(language="de", private=True)


def filed(ledger: Ledger, question: str, **given: Any) -> int:  # noqa: ANN401 - facts of any kind
    """A question with its answer, of user 7 in channel 2 of guild 1 unless told otherwise; its id."""
    record_id = ledger.open(**{"user_id": 7, "question": question, "guild_id": 1, "channel_id": 2, **given})
    assert record_id is not None
    reply = FakeNewsroom().ask("When will the ferry resume?")
    ledger.answer(record_id, replace(reply, question=question, standalone=f"{question} understood"), "it will", 0.1)
    return record_id


def test_forgetting_leaves_no_trace_in_threads_and_topics(tmp_path: Path) -> None:
    connection = open_database(tmp_path / NAME)
    ledger, rooms = Ledger(connection), Rooms(connection, hours=12)
    rooms.adopt(70, 1, filed(ledger, "in a guild?"))
    rooms.adopt(71, 1, filed(ledger, "another's?", user_id=8))
    filed(ledger, "directly?", guild_id=None, channel_id=9)
    filed(ledger, "another's directly?", user_id=8, guild_id=None, channel_id=10)
    for channel_id in (9, 10):
        rooms.new_topic(channel_id)
    ledger.forget(7)
    threads = connection.execute("SELECT thread_id, record_id FROM threads ORDER BY thread_id").fetchall()
    assert [tuple(row) for row in threads] == [(70, None), (71, 2)]
    assert [row[0] for row in connection.execute("SELECT channel_id FROM topics")] == [10]


def test_a_new_topic_where_nothing_was_asked_keeps_nothing(tmp_path: Path) -> None:
    connection = open_database(tmp_path / NAME)
    Rooms(connection, hours=12).new_topic(9)
    assert connection.execute("SELECT * FROM topics").fetchall() == []


@pytest.mark.parametrize("way", ["too old", "guild left"])
def test_what_expires_takes_its_asides_topics_and_threads_along(tmp_path: Path, way: str) -> None:
    connection = open_database(tmp_path / NAME)
    ledger, rooms = Ledger(connection), Rooms(connection, hours=12)
    record_id = filed(ledger, "in a guild?")
    ledger.set_aside(record_id, None, ())
    rooms.adopt(70, 1, record_id)
    rooms.new_topic(70)
    rooms.new_topic(2)
    if way == "guild left":
        ledger.guild_left(1)
    ledger.expire(keep_days=0 if way == "too old" else 90, grace_days=0)
    left = {
        table: [tuple(row) for row in connection.execute(f"SELECT * FROM {table}")]  # noqa: S608 - the names are these
        for table in ("questions", "asides", "topics", "threads")
    }
    threads = [(70, 1, None)] if way == "too old" else []
    assert left == {"questions": [], "asides": [], "topics": [], "threads": threads}


async def test_threads_of_an_expired_guild_are_gone_from_memory_too(stage: Stage) -> None:
    def leave() -> None:
        stage.office.rooms.adopt(70, stage.guild.id)
        stage.office.rooms.adopt(71, 5)
        stage.office.ledger.guild_left(stage.guild.id)
        stage.office.connection.execute("UPDATE departures SET left_at = 0")

    await stage.office.file(leave)
    # The database is the clerk's alone: nothing of it may be used on the event loop's thread.
    used: set[int] = set()
    threads_of = stage.office.rooms.threads_of

    def noted(guild_ids: Collection[int]) -> set[int]:
        used.add(threading.get_ident())
        return threads_of(guild_ids)

    stage.office.rooms.threads_of = noted  # type: ignore[method-assign]  # noted, and passed on
    await stage.bot.clean()
    assert (stage.office.rooms.has(70), stage.office.rooms.has(71)) == (False, True)
    assert used
    assert threading.get_ident() not in used


@pytest.mark.parametrize(("alone", "history"), [(None, []), ("asker", ["private?"]), ("another", [])])
def test_a_private_question_is_history_for_its_asker_s_eyes_alone(
    tmp_path: Path, alone: str | None, history: list[str]
) -> None:
    ledger = Ledger(open_database(tmp_path / NAME))
    record_id = filed(ledger, "private?", private=True)
    who = {"asker": ledger.alias(7), "another": ledger.alias(8), None: None}[alone]
    assert [record.question for record in ledger.chain(record_id, alone=who)] == history


def test_what_is_shared_forgets_how_it_was_understood_while_the_question_before_is_private(tmp_path: Path) -> None:
    ledger = Ledger(open_database(tmp_path / NAME))
    first = filed(ledger, "first?", private=True)
    second = filed(ledger, "second?", private=True, parent_id=first)
    third = filed(ledger, "third?", private=True, parent_id=second)
    # The third one's reading has words of the first, however far the conversation is shared afterwards.
    for record_id in (second, third):
        assert ledger.set_private(record_id, private=False)
    assert [(turn.question, turn.standalone) for turn in turns(ledger.chain(third))] == [
        ("second?", ""),
        ("third?", ""),
    ]
    assert ledger.set_private(first, private=False)
    assert [turn.standalone for turn in turns(ledger.chain(first))] == ["first? understood"]


def test_a_reading_is_left_out_where_the_question_before_it_is(tmp_path: Path) -> None:
    ledger = Ledger(open_database(tmp_path / NAME))
    first = filed(ledger, "first?")
    second = filed(ledger, "second?", parent_id=first)
    assert [turn.standalone for turn in turns(ledger.chain(second))] == ["first? understood", "second? understood"]
    ledger.drop(first)
    assert [turn.standalone for turn in turns(ledger.chain(second))] == [""]


def test_what_is_committed_is_on_the_disk_when_it_is_acknowledged(tmp_path: Path) -> None:
    (synchronous,) = open_database(tmp_path / NAME).execute("PRAGMA synchronous").fetchone()
    assert synchronous == 2  # FULL


def test_the_key_is_on_the_disk_before_anything_is_hashed_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[tuple[str, bool]] = []
    key = (tmp_path / NAME).with_suffix(".key")
    monkeypatch.setattr(
        os, "fsync", lambda number: flushed.append((str(Path(f"/proc/self/fd/{number}").readlink()), key.exists()))
    )
    hash_key(open_database(tmp_path / NAME))
    assert flushed == [(f"{key}.new", False), (str(tmp_path), True)]


@pytest.mark.parametrize(
    ("table", "act"),
    [
        ("lookups", lambda ledger: ledger.forget(7)),
        ("departures", lambda ledger: ledger.expire(90, 0)),
        ("memberships", lambda ledger: ledger.guild_left(3)),
        ("departures", lambda ledger: ledger.guild_joined(1)),
    ],
)
def test_what_fails_half_way_has_not_happened(tmp_path: Path, table: str, act: Callable[[Ledger], object]) -> None:
    connection = open_database(tmp_path / NAME)
    ledger = Ledger(connection)
    filed(ledger, "directly?", guild_id=None, channel_id=9)
    Rooms(connection, hours=12).new_topic(9)
    ledger.note_lookup(7, "search", {}, guild_id=None, channel_id=1, private=False)
    ledger.guild_left(1)
    ledger.guild_joined(3)
    before = list(connection.iterdump())
    # The last table that each of them changes.
    last = "departures" if table == "memberships" else table
    for change in ("DELETE", "INSERT"):
        connection.execute(
            f"CREATE TEMP TRIGGER no_{change} BEFORE {change} ON {last} BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    with pytest.raises(sqlite3.IntegrityError, match="no"):
        act(ledger)
    assert list(connection.iterdump()) == before


def test_an_answer_to_a_question_that_was_deleted_meanwhile_is_let_go(tmp_path: Path) -> None:
    ledger = Ledger(open_database(tmp_path / NAME))
    reply = FakeNewsroom().ask("When will the ferry resume?")
    assert isinstance(reply, Answer)
    unclear = replace(reply, choices=(Choice(label="one", hint="", question="One?"),))
    ledger.conclude(1, None, unclear, "it will", 0.1)
    assert ledger.aside(1) == (Where(), ())
