"""Settings by guild and channel, statistics, privacy."""

from __future__ import annotations

import csv
import io
import sqlite3
import threading
from pathlib import Path

import pytest

from bot.preferences import Preferences
from bot.tally import Tally, tally, topics
from bot.words import DE, EN
from tests.bot.newsroom import FakeNewsroom
from tests.bot.stage import Stage, running_bot
from tests.discord_server.people import Person
from tests.discord_server.permissions import Permission
from tests.discord_server.server import LoopbackDiscord
from tests.discord_server.world import Message

FERRY = "When will the ferry to Saltmarsh resume?"
ANSWER = "14 February"


def admin_of(stage: Stage) -> Person:
    role = stage.discord.world.add_role(stage.guild, "editors", Permission.MANAGE_GUILD)
    return stage.discord.person("editor", stage.guild, roles=(role,))


async def ask(stage: Stage, person: Person, question: str = FERRY) -> Message:
    return await stage.discord.answer(await person.slash(stage.channel, "ask", question=question))


async def test_only_allowed_channels_are_answered_in(stage: Stage) -> None:
    admin, alice = admin_of(stage), stage.discord.person("alice", stage.guild)
    news = await stage.discord.new_channel(stage.guild, "news")
    await stage.discord.answer(
        await admin.slash(stage.channel, "settings channels", action="add", channel=str(news.id))
    )
    told = await ask(stage, alice)
    assert told.ephemeral
    assert f"<#{news.id}>" in told.text
    assert ANSWER in (await stage.discord.answer(await alice.slash(news, "ask", question=FERRY))).text
    await stage.discord.answer(await admin.slash(stage.channel, "settings channels", action="clear"))
    assert ANSWER in (await ask(stage, alice)).text


async def test_only_allowed_roles_may_ask(stage: Stage) -> None:
    admin, alice = admin_of(stage), stage.discord.person("alice", stage.guild)
    readers = await stage.discord.new_role(stage.guild, "readers")
    bob = stage.discord.person("bob", stage.guild, roles=(readers,))
    await stage.discord.answer(
        await admin.slash(stage.channel, "settings roles", purpose="ask", action="add", role=str(readers.id))
    )
    assert EN.not_you in (await ask(stage, alice)).text
    assert ANSWER in (await ask(stage, bob)).text
    told = await stage.discord.answer(await alice.slash(stage.channel, "search", query="ferry"))
    assert EN.not_you in told.text


async def test_mentions_can_be_turned_off_for_one_channel(stage: Stage) -> None:
    admin, alice = admin_of(stage), stage.discord.person("alice", stage.guild)
    other = await stage.discord.new_channel(stage.guild, "other")
    await stage.discord.answer(
        await admin.slash(stage.channel, "settings answers", mentions=False, channel=str(stage.channel.id))
    )
    me = f"<@{stage.discord.world.bot.id}>"
    silent = await alice.say(stage.channel, f"{me} {FERRY}")
    await stage.discord.reply(await alice.say(other, f"{me} {FERRY}"), ANSWER)
    assert stage.discord.replies(silent) == []


async def test_private_by_default_and_the_language_of_the_interface(stage: Stage) -> None:
    admin, alice = admin_of(stage), stage.discord.person("alice", stage.guild)
    await stage.discord.answer(await admin.slash(stage.channel, "settings answers", private=True, language="de"))
    answer = await ask(stage, alice)
    assert answer.ephemeral
    assert [button["label"] for button in answer.buttons][-1] == DE.share
    assert "2 Artikel durchsucht" in answer.text
    told = await ask(stage, alice, "Who won?")
    assert DE.no_answer in told.text


async def test_what_was_set_can_be_reset(stage: Stage) -> None:
    admin, alice = admin_of(stage), stage.discord.person("alice", stage.guild)
    await stage.discord.answer(await admin.slash(stage.channel, "settings answers", private=True, language="de"))
    here = await stage.discord.answer(
        await admin.slash(stage.channel, "settings answers", private=False, channel=str(stage.channel.id))
    )
    assert f"<#{stage.channel.id}>" in here.text
    assert not (await ask(stage, alice)).ephemeral
    await stage.discord.answer(
        await admin.slash(stage.channel, "settings answers", reset=True, channel=str(stage.channel.id))
    )
    assert (await ask(stage, alice)).ephemeral
    shown = await stage.discord.answer(await admin.slash(stage.channel, "settings answers", reset=True, mentions=False))
    assert "Language: each person’s own" in shown.text
    assert "privately: as the default" in shown.text
    assert "Mentions and replies answered: no" in shown.text


async def test_only_the_outlets_shown_are_searched_and_offered(stage: Stage) -> None:
    admin, alice = admin_of(stage), stage.discord.person("alice", stage.guild)
    await stage.discord.answer(
        await admin.slash(stage.channel, "settings outlets", action="add", outlet="Northern Wire")
    )
    assert EN.no_answer in (await ask(stage, alice, "Which harbour did the storm close?")).text
    typed = await stage.discord.acknowledged(await alice.autocomplete(stage.channel, "ask", "outlet", outlet=""))
    assert typed.choices is not None
    assert [choice["name"] for choice in typed.choices] == ["Northern Wire"]
    told = await stage.discord.answer(
        await alice.slash(stage.channel, "ask", question=FERRY, outlet="The Harbour Post")
    )
    assert "only these outlets" in told.text
    wrong = await stage.discord.answer(
        await admin.slash(stage.channel, "settings outlets", action="add", outlet="No Such Paper")
    )
    assert "no outlet" in wrong.text


async def test_settings_outlive_a_restart_and_are_audited(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path
) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    owner = loopback.owner(guild)
    async with running_bot(loopback, newsroom, tmp_path):
        await loopback.answer(await owner.slash(channel, "settings answers", language="de"))
    async with running_bot(loopback, newsroom, tmp_path) as bot:
        shown = await loopback.answer(await owner.slash(channel, "settings show"))
        assert "Language: de" in shown.text
        entries = await bot.office.file(lambda: bot.office.audit.entries(guild.id))
        assert [(entry.actor_id, entry.action) for entry in entries] == [(owner.user.id, "settings answers")]


async def test_the_owner_names_roles_that_administer_too(stage: Stage) -> None:
    admin, owner = admin_of(stage), stage.discord.owner(stage.guild)
    desk = await stage.discord.new_role(stage.guild, "desk")
    carol = stage.discord.person("carol", stage.guild, roles=(desk,))
    order = {"purpose": "admin", "action": "add", "role": str(desk.id)}
    refused = await stage.discord.answer(await admin.slash(stage.channel, "settings roles", **order))
    assert "owner" in refused.text
    told = await stage.discord.answer(await carol.forced_slash(stage.channel, "status"))
    assert EN.not_admin in told.text
    await stage.discord.answer(await owner.slash(stage.channel, "settings roles", **order))
    shown = await stage.discord.answer(await carol.forced_slash(stage.channel, "status"))
    assert "Generation 1" in shown.text


@pytest.mark.parametrize("command", ["stats", "settings show", "settings channels"])
async def test_settings_and_statistics_are_refused_to_others(stage: Stage, command: str) -> None:
    alice = stage.discord.person("alice", stage.guild)
    options = {"action": "clear"} if command == "settings channels" else {}
    told = await stage.discord.answer(await alice.forced_slash(stage.channel, command, **options))
    assert EN.not_admin in told.text


async def test_statistics_as_table_picture_and_csv(stage: Stage) -> None:
    admin, alice = admin_of(stage), stage.discord.person("alice", stage.guild)
    answer = await ask(stage, alice)
    await ask(stage, alice, "Who won the football match?")
    await ask(stage, alice, "=football(1)")
    shown = await stage.discord.acknowledged(await alice.click(answer, EN.not_helpful))
    await stage.discord.answer(await alice.submit(shown, reason=["missed"]))
    told = await stage.discord.answer(await admin.slash(stage.channel, "stats", days=7))
    assert told.ephemeral
    for row in ("Questions            3", "Answered             1", "Unanswered           2", "  missed             1"):
        assert row in told.text
    assert "**football** (2)" in told.text
    assert told.files["questions.png"].startswith(b"\x89PNG")
    rows = list(csv.DictReader(io.StringIO(told.files["questions.csv"].decode())))
    assert [row["question"] for row in rows] == [FERRY, "Who won the football match?", "'=football(1)"]
    assert str(alice.user.id) not in told.files["questions.csv"].decode()


async def test_statistics_count_private_questions_without_their_text(stage: Stage) -> None:
    admin, alice = admin_of(stage), stage.discord.person("alice", stage.guild)
    for question in ("secretprivate zorblax?", FERRY):
        await stage.discord.answer(await alice.slash(stage.channel, "ask", question=question, private=True))
    told = await stage.discord.answer(await admin.slash(stage.channel, "stats"))
    assert "Questions            2" in told.text
    everything = told.text.encode() + b"".join(told.files.values())
    for text in (b"secretprivate", b"zorblax", b"Saltmarsh"):
        assert text not in everything
    rows = list(csv.DictReader(io.StringIO(told.files["questions.csv"].decode())))
    assert [row["question"] for row in rows] == ["", ""]


async def test_settings_with_full_lists_are_shown(stage: Stage) -> None:
    owner, ids = stage.discord.owner(stage.guild), tuple(10**18 + n for n in range(50))
    full = Preferences(outlets=tuple(f"Outlet_{n} " * 9 for n in range(50)), channels=ids, roles=ids, admin_roles=ids)
    for channel_id in (0, stage.channel.id):
        stage.office.book.set(stage.guild.id, channel_id, full)
    told = await stage.discord.answer(await owner.slash(stage.channel, "settings show"))
    assert told.text.count("more") == 8
    assert "Manage Server" not in told.text


async def test_statistics_wait_for_nobody_who_writes_and_keep_nobody_waiting(stage: Stage) -> None:
    owner = stage.discord.owner(stage.guild)
    asked: list[int] = []

    def slow(connection: sqlite3.Connection, guild_id: int, days: int) -> Tally:
        asked.append(threading.get_ident())
        assert connection is not stage.office.connection
        return tally(connection, guild_id, days)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.cogs.guild.tally", slow)
        await stage.discord.answer(await owner.slash(stage.channel, "stats"))
    assert asked
    assert asked[0] != await stage.office.file(threading.get_ident)


def test_unanswered_questions_gather_under_the_word_they_share() -> None:
    found = topics(["Who won the match?", "When is the next match?", "What is the weather?", "?"])
    assert [(topic.word, topic.count) for topic in found] == [("match", 2), ("weather", 1)]


async def test_privacy_shows_what_is_kept_and_forgets_it(stage: Stage) -> None:
    alice, bob = (stage.discord.person(name, stage.guild) for name in ("alice", "bob"))
    answer = await ask(stage, alice)
    await ask(stage, bob)
    await stage.discord.answer(await alice.click(answer, EN.helpful))
    shown = await stage.discord.answer(await alice.slash(stage.channel, "privacy"))
    assert shown.ephemeral
    assert "1 questions, 1 ratings" in shown.text
    await alice.click(shown, EN.forget_me)
    await stage.discord.world.until(lambda: EN.forgot.format(count=2) in shown.text, "the deletion")
    kept = {
        person: await stage.office.file(lambda one=person: stage.office.ledger.kept_about(one.user.id))  # type: ignore[misc]
        for person in (alice, bob)
    }
    assert kept[alice]["questions"] == 0
    assert kept[bob]["questions"] == 1


async def test_the_file_names_nobody(stage: Stage, tmp_path: Path) -> None:
    alice = stage.discord.person("alice", stage.guild)
    await ask(stage, alice)
    await stage.discord.reply(await alice.direct(FERRY))
    stored = await stage.office.file(lambda: b"".join(path.read_bytes() for path in tmp_path.glob("bot.sqlite3*")))
    assert str(alice.user.id).encode() not in stored
    assert b"alice" not in stored


async def test_a_guild_that_was_left_is_deleted_after_the_grace_period(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path
) -> None:
    guild, other = loopback.world.add_guild("left"), loopback.world.add_guild("stayed")
    alice = loopback.person("alice", guild, other)
    async with running_bot(loopback, newsroom, tmp_path) as bot:
        for one in (guild, other):
            (channel,) = one.channels.values()
            await loopback.answer(await alice.slash(channel, "ask", question=FERRY))
        payload = {"id": str(guild.id), "unavailable": None}
        del payload["unavailable"]
        await loopback.gateway.dispatch("GUILD_DELETE", guild.id, lambda _: payload)
        await loopback.world.until(lambda: len(bot.guilds) == 1, "the guild's leaving")

        def left() -> list[int]:
            ledger, connection = bot.office.ledger, bot.office.connection
            ledger.expire(keep_days=90, grace_days=7)
            kept = [row[0] for row in connection.execute("SELECT guild_id FROM questions ORDER BY id")]
            ledger.expire(keep_days=90, grace_days=0)
            return kept + [row[0] for row in connection.execute("SELECT guild_id FROM questions")]

        for _ in range(100):
            departed = await bot.office.file(
                lambda: bot.office.connection.execute("SELECT count(*) FROM departures").fetchone()[0]
            )
            if departed:
                break
        assert await bot.office.file(left) == [guild.id, other.id, other.id]


async def test_a_setting_that_can_not_be_kept_is_not_said_to_hold(stage: Stage) -> None:
    admin = admin_of(stage)
    stage.office.connection.execute("PRAGMA query_only = ON")
    told = await stage.discord.answer(await admin.slash(stage.channel, "settings answers", private=True))
    assert EN.not_kept in told.text
    assert stage.office.book.own(stage.guild.id).private is None
    stage.office.connection.execute("PRAGMA query_only = OFF")
    await stage.discord.answer(await admin.slash(stage.channel, "settings answers", private=True))
    kept = stage.office.connection.execute("SELECT content FROM preferences").fetchall()
    assert ['"private": true' in row["content"] for row in kept] == [True]
