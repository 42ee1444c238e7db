"""What the bot survives: lost connections, Discord's failures and its clocks; and what it doesn't, with the cure."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from discord import utils

from bot.__main__ import point_at
from bot.client import DatelineBot
from bot.database import NAME, open_database
from bot.desk import Desk
from bot.office import Office
from bot.supervise import Fatal, keep_running
from tests.bot.newsroom import FakeNewsroom
from tests.bot.stage import Stage, running_bot, settings_for
from tests.discord_server.payloads import interaction_event
from tests.discord_server.permissions import Permission
from tests.discord_server.server import LoopbackDiscord

FERRY = "When will the ferry to Saltmarsh resume?"
ANSWER = "14 February"


async def supervised(loopback: LoopbackDiscord, home: Path, stop: asyncio.Event, **given: object) -> None:
    settings = settings_for(loopback, **given)
    point_at(settings)
    connection = open_database(home / NAME)
    desk = Desk(FakeNewsroom(), workers=1, queue=10)
    office = Office.open(settings, desk, connection)
    try:
        await keep_running(
            lambda: DatelineBot(office, ready_timeout=0.05),
            settings.token.get_secret_value(),
            stop=stop,
            first_pause=0.05,
        )
    finally:
        desk.close()
        connection.close()


@pytest.mark.parametrize("path", ["/users/@me$", "/gateway/bot$", "/commands$"])
async def test_a_failure_while_starting_is_tried_again(loopback: LoopbackDiscord, tmp_path: Path, path: str) -> None:
    stop = asyncio.Event()
    for method in ("GET", "PUT"):
        loopback.rest.faults.order(method, path, 503, times=2)
    running = asyncio.create_task(supervised(loopback, tmp_path, stop, shards=None))
    await loopback.online()
    stop.set()
    await running
    assert len(loopback.rest.statuses(503)) == 2


async def test_a_gateway_that_refuses_the_first_connection_is_tried_again(
    loopback: LoopbackDiscord, tmp_path: Path
) -> None:
    stop = asyncio.Event()
    loopback.gateway.refuse_connections = 1
    running = asyncio.create_task(supervised(loopback, tmp_path, stop))
    await loopback.online()
    stop.set()
    await running


async def test_a_wrong_token_ends_with_the_cure(loopback: LoopbackDiscord, tmp_path: Path) -> None:
    wrong = "0" * 24 + ".abcdef." + "0" * 30
    with pytest.raises(Fatal, match=r"Reset Token.*DISCORD_TOKEN"):
        await supervised(loopback, tmp_path, asyncio.Event(), token=wrong)


async def test_an_intent_that_is_not_granted_ends_with_the_cure(loopback: LoopbackDiscord, tmp_path: Path) -> None:
    loopback.gateway.granted_intents = 0
    with pytest.raises(Fatal, match="DISCORD_MESSAGE_CONTENT=false"):
        await supervised(loopback, tmp_path, asyncio.Event(), message_content=True)


async def test_a_question_asked_while_the_socket_was_lost_is_answered_once(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    stage.discord.gateway.drop_sockets()
    await stage.discord.world.until(lambda: not stage.discord.gateway.live, "the loss")
    asked = await alice.say(stage.channel, f"<@{stage.discord.world.bot.id}> {FERRY}")
    await stage.discord.reply(asked, ANSWER)
    assert stage.discord.gateway.resumes == 1
    assert len(stage.discord.replies(asked)) == 1


async def test_an_answer_is_delivered_though_the_socket_was_lost_meanwhile(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    stage.newsroom.open_doors.clear()
    asked = await alice.slash(stage.channel, "ask", question=FERRY)
    await stage.discord.acknowledged(asked)
    stage.discord.gateway.drop_sockets()
    stage.newsroom.open_doors.set()
    assert ANSWER in (await stage.discord.answer(asked)).text


async def test_a_network_that_stays_away_for_a_while_is_waited_for(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    stage.discord.gateway.refuse_connections = 3
    stage.discord.gateway.drop_sockets()
    await stage.discord.world.until(lambda: stage.discord.gateway.refuse_connections == 0, "three attempts", within=40)
    await stage.discord.online()
    assert ANSWER in (await stage.discord.answer(await alice.slash(stage.channel, "ask", question=FERRY))).text


async def test_channels_with_missing_permissions_are_named_at_start(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    fine = loopback.world.add_channel(guild, "fine")
    lacking = Permission.SEND_MESSAGES | Permission.ATTACH_FILES
    channel.overwrites[loopback.world.managed_role(guild).id] = (0, lacking)
    async with running_bot(loopback, newsroom, tmp_path):
        wanted = f"channel {channel.id} of server {guild.id}: missing permissions: Send Messages, Attach Files"
        await loopback.world.until(lambda: wanted in caplog.text, "the warning")
    assert str(fine.id) not in caplog.text


@pytest.mark.parametrize("asked_for", [False, True])
async def test_it_says_at_start_whether_it_has_the_message_content_intent(
    loopback: LoopbackDiscord,
    newsroom: FakeNewsroom,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    asked_for: bool,  # noqa: FBT001 - a parameter
) -> None:
    caplog.set_level("INFO", logger="bot")
    async with running_bot(loopback, newsroom, tmp_path, message_content=asked_for):
        pass
    assert f"{'with' if asked_for else 'without'} the message content intent" in caplog.text


async def test_reconnect_and_invalid_session_are_survived(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    await stage.discord.gateway.ask_to_reconnect()
    await stage.discord.world.until(lambda: stage.discord.gateway.resumes == 1, "a resume")
    await stage.discord.online()
    await stage.discord.gateway.invalidate(resumable=False)
    await stage.discord.world.until(lambda: stage.discord.gateway.identifies == 2, "a new session", within=15)
    await stage.discord.online()
    assert ANSWER in (await stage.discord.answer(await alice.slash(stage.channel, "ask", question=FERRY))).text


@pytest.mark.parametrize(("status", "lost"), [(429, False), (502, False), (None, False), (None, True)])
async def test_a_reply_survives_a_failing_request_and_is_sent_once(
    stage: Stage,
    status: int | None,
    lost: bool,  # noqa: FBT001 - a parameter
) -> None:
    alice = stage.discord.person("alice", stage.guild)
    stage.discord.rest.faults.order("POST", "/messages$", status, lost_answer=lost)
    asked = await alice.say(stage.channel, f"<@{stage.discord.world.bot.id}> {FERRY}")
    await stage.discord.reply(asked, ANSWER)
    await stage.discord.world.until(lambda: stage.bot.answering.under_way == 0, "the end")
    assert len(stage.discord.replies(asked)) == 1


@pytest.mark.parametrize("status", [429, 502, None])
async def test_a_response_survives_a_failing_request(stage: Stage, status: int | None) -> None:
    alice = stage.discord.person("alice", stage.guild)
    stage.discord.rest.faults.order("PATCH", "/webhooks/", status)
    assert ANSWER in (await stage.discord.answer(await alice.slash(stage.channel, "ask", question=FERRY))).text


async def test_an_answer_that_discord_will_not_take_is_owned_up_to(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    alice = stage.discord.person("alice", stage.guild)
    stage.discord.rest.faults.order("PATCH", "/webhooks/", 400, code=50035)
    told = await stage.discord.answer(await alice.slash(stage.channel, "ask", question=FERRY))
    reference = told.text.split("`")[1]
    assert reference in caplog.text
    assert stage.office.metrics.errors._value.get() == 1


async def test_an_answer_whose_message_was_dismissed_is_not_posted_elsewhere(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    stage.newsroom.open_doors.clear()
    asked = await alice.slash(stage.channel, "ask", question=FERRY)
    await stage.discord.acknowledged(asked)
    assert asked.response is not None
    asked.response.deleted = True
    stage.newsroom.open_doors.set()
    await stage.discord.world.until(lambda: stage.bot.answering.under_way == 0, "the end")
    assert not any(ANSWER in message.text for message in stage.discord.world.in_channel(stage.channel))


async def test_an_answer_after_fifteen_minutes_goes_to_the_channel(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    stage.newsroom.open_doors.clear()
    asked = await alice.slash(stage.channel, "ask", question=FERRY)
    await stage.discord.acknowledged(asked)
    stage.discord.clock.advance(16 * 60)
    stage.newsroom.open_doors.set()
    await stage.discord.world.until(
        lambda: any(ANSWER in message.text for message in stage.discord.world.in_channel(stage.channel)),
        "the answer in the channel",
    )


async def test_a_private_answer_after_fifteen_minutes_is_not_made_public(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    stage.newsroom.open_doors.clear()
    asked = await alice.slash(stage.channel, "ask", question=FERRY, private=True)
    await stage.discord.acknowledged(asked)
    stage.discord.clock.advance(16 * 60)
    stage.newsroom.open_doors.set()
    await stage.discord.world.until(lambda: stage.bot.answering.under_way == 0, "the end")
    assert not any(ANSWER in message.text for message in stage.discord.world.in_channel(stage.channel))


async def test_an_interaction_that_expired_is_dropped_quietly(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    alice = stage.discord.person("alice", stage.guild)
    late = await alice.slash(stage.channel, "ask", question=FERRY)
    late.created -= 4
    await stage.discord.world.until(lambda: stage.discord.rest.statuses(404), "the refusal")
    await stage.discord.answer(await alice.slash(stage.channel, "ask", question=FERRY))
    assert late.callback is None
    assert "unexpected error" not in caplog.text


async def test_a_repeated_interaction_is_answered_once(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    asked = await alice.slash(stage.channel, "ask", question=FERRY)
    await stage.discord.answer(asked)
    payload = interaction_event(stage.discord.world, asked)
    await stage.discord.gateway.dispatch("INTERACTION_CREATE", stage.guild.id, lambda _: payload)
    await stage.discord.answer(await alice.slash(stage.channel, "ask", question=FERRY))
    assert len(stage.newsroom.asked) == 2
    assert stage.discord.rest.statuses(400) == []


@pytest.mark.parametrize("lacking", [Permission.SEND_MESSAGES, Permission.READ_MESSAGE_HISTORY])
async def test_missing_permissions_cost_no_refused_request(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path, lacking: Permission
) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    channel.overwrites[loopback.world.managed_role(guild).id] = (0, lacking)
    alice = loopback.person("alice", guild)
    async with running_bot(loopback, newsroom, tmp_path) as bot:
        await alice.say(channel, f"<@{loopback.world.bot.id}> {FERRY}")
        await loopback.world.until(lambda: newsroom.asked, "the question")
        await loopback.world.until(lambda: bot.answering.under_way == 0, "the end")
    told = any(ANSWER in message.text for message in loopback.world.in_channel(channel))
    assert told == (lacking is not Permission.SEND_MESSAGES)
    assert loopback.rest.statuses(403) == []


async def test_two_shards_serve_their_guilds(loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path) -> None:
    guilds = [loopback.world.add_guild(f"guild {shard}", shard=(shard, 2)) for shard in range(2)]
    loopback.application.shards = 2
    async with running_bot(loopback, newsroom, tmp_path, shards=2):
        for guild in guilds:
            (channel,) = guild.channels.values()
            alice = loopback.person("alice", guild)
            assert ANSWER in (await loopback.answer(await alice.slash(channel, "ask", question=FERRY))).text
    assert sorted(session.shard for session in loopback.gateway.sessions.values()) == [(0, 2), (1, 2)]


async def test_heartbeats_keep_time_while_the_desk_is_busy(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path
) -> None:
    loopback.gateway.heartbeat_ms = 1_000
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    async with running_bot(loopback, newsroom, tmp_path):
        people = [loopback.person(f"person {number}", guild) for number in range(30)]
        asked = [await person.slash(channel, "ask", question=FERRY) for person in people]
        for interaction in asked:
            await loopback.answer(interaction)
        await loopback.world.until(lambda: len(loopback.gateway.connections[0].beats) >= 3, "three heartbeats")
    assert loopback.gateway.missed_heartbeats == 0


async def test_zlib_serves_where_zstandard_is_not_installed(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.discord_server.test_loopback import _zlib_context

    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    alice = loopback.person("alice", guild)
    async with running_bot(loopback, newsroom, tmp_path):
        assert {one.compression for one in loopback.gateway.connections} == {"zstd-stream"}
    monkeypatch.setattr(utils, "_ActiveDecompressionContext", _zlib_context())
    async with running_bot(loopback, newsroom, tmp_path):
        assert {one.compression for one in loopback.gateway.connections} == {"zlib-stream"}
        assert ANSWER in (await loopback.answer(await alice.slash(channel, "ask", question=FERRY))).text


def test_every_variable_is_in_the_example() -> None:
    from bot.settings import BotSettings
    from index.settings import ArchiveSettings

    example = (Path(__file__).parents[2] / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))
    bot = {f"DISCORD_{name.upper()}" for name in BotSettings.model_fields}
    archive = {f"DATELINE_{name.upper()}" for name in ArchiveSettings.model_fields}
    assert named == bot | archive
