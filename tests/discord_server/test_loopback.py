"""The loopback Discord behaves as Discord does towards an unmodified discord.py."""

from __future__ import annotations

import asyncio
import zlib

import aiohttp
import discord
import pytest
from discord import utils

from tests.discord_server.conftest import Plain, running
from tests.discord_server.contract import Contract
from tests.discord_server.permissions import EVERYONE, Permission
from tests.discord_server.rules import command_problems, message_problems, new_message_problems
from tests.discord_server.server import LoopbackDiscord
from tests.discord_server.world import JSON, Guild


async def until_heard(client: Plain, number: int) -> discord.Message:
    for _ in range(500):
        if len(client.heard) >= number:
            return client.heard[number - 1]
        await asyncio.sleep(0.01)
    raise AssertionError(f"heard {len(client.heard)} of {number} messages")


@pytest.mark.parametrize("compression", ["zlib-stream", "zstd-stream"])
async def test_both_compressions_carry_events(
    loopback: LoopbackDiscord, guild: Guild, compression: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    contexts = {"zlib-stream": "_ZlibDecompressionContext", "zstd-stream": "_ZstdDecompressionContext"}
    context = getattr(utils, contexts[compression], None)
    if context is None:
        context = _zlib_context()
    monkeypatch.setattr(utils, "_ActiveDecompressionContext", context)
    alice = loopback.person("alice", guild)
    (channel,) = guild.channels.values()
    async with running(loopback) as client:
        assert [one.compression for one in loopback.gateway.connections] == [compression]
        for number in range(1, 4):
            await alice.say(channel, f"<@{loopback.world.bot.id}> {number} " + "x" * 500)
            assert (await until_heard(client, number)).content.split()[1] == str(number)


def _zlib_context() -> type:
    """discord.py defines only the context it will use; this is its other one, for the zlib stream."""

    class Context:
        COMPRESSION_TYPE = "zlib-stream"

        def __init__(self) -> None:
            self.decompressor = zlib.decompressobj()

        def decompress(self, data: bytes, /) -> str | None:
            assert data.endswith(b"\x00\x00\xff\xff")
            return self.decompressor.decompress(data).decode()

    return Context


async def test_content_is_withheld_without_the_intent(loopback: LoopbackDiscord, guild: Guild) -> None:
    alice = loopback.person("alice", guild)
    (channel,) = guild.channels.values()
    async with running(loopback) as client:
        await alice.say(channel, "nobody in particular")
        await alice.say(channel, f"<@{loopback.world.bot.id}> you there")
        await alice.direct("in private")
        assert (await until_heard(client, 1)).content == ""
        assert (await until_heard(client, 2)).content.endswith("you there")
        assert (await until_heard(client, 3)).content == "in private"


async def test_a_dropped_socket_resumes_and_replays(loopback: LoopbackDiscord, guild: Guild) -> None:
    alice = loopback.person("alice", guild)
    async with running(loopback) as client:
        loopback.gateway.drop_sockets()
        await loopback.world.until(lambda: not loopback.gateway.live, "the drop")
        await alice.direct("said while away")
        assert (await until_heard(client, 1)).content == "said while away"
        assert (loopback.gateway.identifies, loopback.gateway.resumes) == (1, 1)


async def test_reconnect_request_resumes(loopback: LoopbackDiscord) -> None:
    async with running(loopback) as client:
        await client.wait_until_ready()
        await loopback.gateway.ask_to_reconnect()
        await loopback.world.until(lambda: loopback.gateway.resumes == 1, "a resume")
        await loopback.online()


async def test_invalid_session_identifies_anew(loopback: LoopbackDiscord) -> None:
    async with running(loopback) as client:
        await client.wait_until_ready()
        await loopback.gateway.invalidate(resumable=False)
        await loopback.world.until(lambda: loopback.gateway.identifies == 2, "a second identify", within=20)


async def test_a_wrong_token_is_closed_with_4004(loopback: LoopbackDiscord) -> None:
    client = Plain(discord.Intents.default())
    await client.login(loopback.token)
    client.http.token = loopback.token[::-1]
    with pytest.raises(discord.ConnectionClosed) as caught:
        await client.connect()
    assert caught.value.code == 4004
    await client.close()


async def test_an_intent_that_is_not_granted_is_closed_with_4014(loopback: LoopbackDiscord) -> None:
    loopback.gateway.granted_intents = 0
    client = Plain(discord.Intents(message_content=True, guilds=True))
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await client.start(loopback.token)
    await client.close()


async def test_rate_limits_hold_a_client_back_and_refuse_one_that_ignores_them(
    loopback: LoopbackDiscord, guild: Guild
) -> None:
    loopback.rest.limits.limit, loopback.rest.limits.window = 3, 0.2
    (channel,) = guild.channels.values()
    async with running(loopback) as client:
        target = client.get_partial_messageable(channel.id, guild_id=guild.id)
        for number in range(7):
            await target.send(str(number))
        assert loopback.rest.limits.exceeded == 0
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {loopback.token}"}) as session:
        statuses = []
        for _ in range(5):
            async with session.get(f"{loopback.api_url}/users/@me") as response:
                statuses.append(response.status)
    assert statuses[-1] == 429


async def test_ordered_faults_are_survived_by_a_retry(loopback: LoopbackDiscord, guild: Guild) -> None:
    (channel,) = guild.channels.values()
    async with running(loopback) as client:
        target = client.get_partial_messageable(channel.id, guild_id=guild.id)
        loopback.rest.faults.order("POST", "/messages$", 429)
        loopback.rest.faults.order("POST", "/messages$", 502)
        await target.send("after all")
    assert [message.content for message in loopback.world.in_channel(channel)] == ["after all"]
    assert len(loopback.rest.statuses(429, 502)) == 2


@pytest.mark.parametrize(("lacking", "code"), [(Permission.SEND_MESSAGES, 50013), (Permission.VIEW_CHANNEL, 50001)])
async def test_missing_permissions_are_refused(loopback: LoopbackDiscord, lacking: Permission, code: int) -> None:
    guild = loopback.world.add_guild("strict")
    (channel,) = guild.channels.values()
    channel.overwrites[guild.id] = (0, lacking)
    channel.overwrites[loopback.world.managed_role(guild).id] = (0, lacking)
    async with running(loopback) as client:
        target = client.get_partial_messageable(channel.id, guild_id=guild.id)
        with pytest.raises(discord.Forbidden) as caught:
            await target.send("hello")
    assert caught.value.code == code
    assert EVERYONE & lacking


async def test_an_unknown_token_cannot_log_in() -> None:
    client = Plain(discord.Intents.default())
    with pytest.raises(discord.LoginFailure):
        await client.login("not-the-token")
    await client.close()


def test_the_description_catches_a_wrong_request(contract: Contract) -> None:
    path = "/channels/{channel_id}/messages"
    problems = list(contract.problems("POST", path, {"channel_id": "12"}, {}, {"content": 5}))
    assert problems
    assert not list(contract.problems("POST", path, {"channel_id": "12"}, {}, {"content": "5", "tts": False}))
    assert list(contract.problems("POST", path, {"channel_id": "x"}, {}, {"content": "5"}))
    assert list(contract.problems("POST", path, {"channel_id": "12"}, {}, {"contents": "5"}))
    assert list(contract.problems("POST", "/nowhere", {}, {}, None))


def test_the_rules_catch_what_the_description_lets_pass() -> None:
    mentions: JSON = {"allowed_mentions": {"parse": []}}
    text = {"type": 10, "content": "x" * 2_500}
    button = {"type": 2, "style": 1, "label": "a", "custom_id": "same"}
    assert list(message_problems({"content": "x" * 2_001}))
    assert list(new_message_problems({"content": "no mentions set"}))
    assert list(new_message_problems({**mentions}))
    assert list(message_problems({"flags": 1 << 15, "components": [text, text]}))
    assert list(message_problems({"flags": 1 << 15, "components": [text], "content": "beside"}))
    assert list(message_problems({"components": [text]}))
    assert list(message_problems({"components": [{"type": 1, "components": [button, button]}]}))
    assert list(message_problems({"embeds": [{"description": "x" * 4_000}, {"description": "x" * 4_000}]}))
    assert list(command_problems([{"name": "Ask", "description": "d"}]))
    assert list(command_problems([{"name": "ask", "description": "d"}] * 2))
    fine = {"flags": 1 << 15, "components": [{"type": 10, "content": "fine"}, {"type": 1, "components": [button]}]}
    assert not list(new_message_problems(fine | mentions))
