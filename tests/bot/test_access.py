"""What a button, a form or a command opens: what belongs to its place, and for whoever may."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from bot.newsroom import ArchiveNewsroom
from bot.words import EN
from index.errors import DatelineError
from tests.bot.stage import Stage
from tests.discord_server.interactions import COMMAND
from tests.discord_server.people import Person
from tests.discord_server.permissions import Permission
from tests.discord_server.world import Channel, Interaction, Message
from tests.torture.intruders import Scene, heard, press, send, submit, user_installed

FERRY = "When will the ferry to Saltmarsh resume?"


def play_of(stage: Stage) -> Scene:
    """The stage as the intruders know it, with a second guild that the bot doesn't hear of."""
    alice, bob = stage.discord.person("alice", stage.guild), stage.discord.person("bob", stage.guild)
    elsewhere = stage.discord.world.add_guild("elsewhere")
    (far_room,) = elsewhere.channels.values()
    return Scene(
        loopback=stage.discord, bot=stage.bot, newsroom=stage.newsroom, ours=stage.guild, room=stage.channel,
        closed_room=stage.channel, theirs=elsewhere, their_room=far_room, elsewhere=elsewhere, far_room=far_room,
        admin=stage.discord.owner(stage.guild), alice=alice, bob=bob, stranger=stage.discord.owner(elsewhere),
    )  # fmt: skip


async def asked(stage: Stage, person: Person, channel: Channel, *, private: bool = False) -> Message:
    return await stage.discord.answer(await person.slash(channel, "ask", question=FERRY, private=private))


async def newest(stage: Stage, table: str) -> int:
    query = f"SELECT max(id) FROM {table}"  # noqa: S608 - a test's own table
    return int(await stage.office.file(lambda: stage.office.connection.execute(query).fetchone()[0]))


async def test_a_form_goes_on_from_nothing_of_another_guild(stage: Stage) -> None:
    play = play_of(stage)
    await asked(stage, play.alice, play.room)
    about = f"dateline:question:{await newest(stage, 'questions')}:0:x"
    sent = await submit(play, play.stranger.user, play.far_room, about, question="Why?")
    assert await heard(play, sent) == EN.forgotten
    assert len(stage.newsroom.asked) == 1


@pytest.mark.parametrize("private", [True, False])
async def test_nobody_rates_what_they_may_not_see(stage: Stage, *, private: bool) -> None:
    play = play_of(stage)
    await asked(stage, play.alice, play.room, private=private)
    about = f"dateline:reason:{await newest(stage, 'questions')}:x"
    place = (play.bob.user, play.room) if private else (play.stranger.user, play.far_room)
    assert await heard(play, await submit(play, *place, about, reason="wrong", remark="rude")) == EN.forgotten
    counted = await stage.office.file(lambda: dict(stage.office.ledger.kept_about(place[0].id)))
    assert counted["feedback"] == 0


@pytest.mark.parametrize("kind", ["search", "article"])
async def test_a_page_is_turned_where_it_was_asked_for_and_by_whom(stage: Stage, kind: str) -> None:
    play = play_of(stage)
    given = {"search": {"query": "secret ferry"}, "article": {"headline": "ferry"}}[kind]
    await stage.discord.answer(await play.alice.slash(play.room, kind, private=True, **given))
    page = f"dateline:{kind}-page:{await newest(stage, 'lookups')}:0"
    for user, channel in ((play.bob.user, play.room), (play.stranger.user, play.far_room)):
        assert await heard(play, await press(play, user, channel, page)) == EN.forgotten
    pressed = await press(play, play.alice.user, play.room, page)
    assert pressed.source is not None
    source = pressed.source
    await stage.discord.world.until(lambda: "Ferry service" in source.text, "the page")


async def test_what_was_said_in_a_direct_message_stays_there(stage: Stage) -> None:
    play = play_of(stage)
    message = await play.alice.direct(FERRY)
    await stage.discord.reply(message)
    page = f"dateline:sources:{await newest(stage, 'questions')}:0"
    direct = stage.discord.world.direct_channel(play.bob.user)
    assert await heard(play, await press(play, play.bob.user, direct, page)) == EN.forgotten


async def test_a_closed_channels_answer_is_opened_in_no_other(stage: Stage) -> None:
    play = play_of(stage)
    editors = await stage.discord.new_channel(stage.guild, "editors-only")
    await asked(stage, play.alice, editors)
    page = f"dateline:sources:{await newest(stage, 'questions')}:0"
    assert await heard(play, await press(play, play.bob.user, play.room, page)) == EN.forgotten


async def command(play: Scene, path: str, **options: str | bool) -> Interaction:
    """Run by the owner of a guild without the bot, who has the app as their own."""
    data = play.stranger._command_data(play.far_room, path, dict(options), forced=True)
    alter = user_installed(play.stranger.user)
    return await send(play, play.stranger.user, play.far_room, COMMAND, data, alter=alter)


@pytest.mark.parametrize("path", ["reindex", "status", "stats", "settings show"])
async def test_having_the_app_makes_nobody_admin(stage: Stage, path: str) -> None:
    play = play_of(stage)
    assert await heard(play, await command(play, path)) == EN.not_admin
    assert stage.bot.reindexing.job is None


async def test_settings_are_refused_before_they_are_looked_at(stage: Stage) -> None:
    play = play_of(stage)
    told = await play.alice.forced_slash(play.room, "settings outlets", action="add", outlet="No Such Paper")
    assert await heard(play, told) == EN.not_admin


async def test_a_role_of_another_server_is_refused(stage: Stage) -> None:
    play = play_of(stage)
    role = stage.discord.world.add_role(stage.guild, "unheard of")
    told = await play.admin.slash(play.room, "settings roles", purpose="ask", action="add", role=str(role.id))
    assert "not of this server" in await heard(play, told)
    assert stage.office.book.own(stage.guild.id).roles == ()


@pytest.mark.parametrize("custom_id", ["dateline:nothing:1:0", "x", f"dateline:sources:{'9' * 40}:0"])
async def test_a_button_of_nobodys_is_answered_politely(stage: Stage, custom_id: str) -> None:
    play = play_of(stage)
    assert await heard(play, await press(play, play.alice.user, play.room, custom_id)) == EN.forgotten


async def test_a_busy_archive_names_nobody_of_another_server(stage: Stage) -> None:
    role = stage.discord.world.add_role(stage.guild, "editors", Permission.MANAGE_GUILD)
    admin = stage.discord.person("editor", stage.guild, roles=(role,))
    job = stage.bot.reindexing.begin(4711, guild_id=1)
    told = await stage.discord.answer(await admin.slash(stage.channel, "reindex"))
    assert "Somebody in another server" in told.text
    assert "4711" not in told.text
    stage.bot.reindexing.abandon(job, RuntimeError("over"))


async def test_searches_go_with_their_guild(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    await stage.discord.answer(await alice.slash(stage.channel, "search", query="ferry"))

    def left() -> int:
        stage.office.ledger.guild_left(stage.guild.id)
        stage.office.ledger.expire(keep_days=90, grace_days=0)
        return int(stage.office.connection.execute("SELECT count(*) FROM lookups").fetchone()[0])

    assert await stage.office.file(left) == 0


def test_the_indexer_is_given_neither_the_token_nor_an_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen.json"
    stand_in = tmp_path / "python"
    stand_in.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        f"json.dump([sys.argv[1:], dict(os.environ), sys.stdin.read()], open({str(seen)!r}, 'w'))\n"
    )
    stand_in.chmod(stand_in.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("DISCORD_TOKEN", "a secret")
    monkeypatch.setenv("DATELINE_THREADS", "1")
    monkeypatch.setattr(sys, "executable", str(stand_in))
    with pytest.raises(DatelineError, match="ended with code 0"):
        ArchiveNewsroom(tmp_path / "data", tmp_path / "articles").reindex(
            lambda _: None, force=False, asked_by="an admin"
        )
    arguments, environment, order = json.loads(seen.read_text())
    assert arguments == ["-m", "bot.indexer"]
    assert not [name for name in environment if name.startswith("DISCORD_")]
    assert environment["DATELINE_THREADS"] == "1"
    assert environment["PATH"] == os.environ["PATH"]
    assert json.loads(order)["asked_by"] == "an admin"
