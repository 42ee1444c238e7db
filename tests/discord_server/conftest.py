"""A loopback Discord, and a plain discord.py client on it: the server's own tests use no code of the bot."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import discord
import pytest
import yarl

from tests.discord_server.contract import DESCRIPTION, Contract
from tests.discord_server.server import LoopbackDiscord
from tests.discord_server.world import Guild


@pytest.fixture(scope="session")
def contract() -> Contract:
    if not DESCRIPTION.exists():
        pytest.skip(f"Discord's OpenAPI description is not at {DESCRIPTION}")
    return Contract.read()


@pytest.fixture
async def loopback() -> AsyncIterator[LoopbackDiscord]:
    async with LoopbackDiscord() as server:
        yield server


@pytest.fixture
def guild(loopback: LoopbackDiscord) -> Guild:
    return loopback.world.add_guild()


@pytest.fixture(autouse=True)
def _pointed(loopback: LoopbackDiscord, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", loopback.api_url)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(loopback.gateway_url))


class Plain(discord.Client):
    """Remembers what it hears."""

    def __init__(self, intents: discord.Intents) -> None:
        super().__init__(intents=intents, allowed_mentions=discord.AllowedMentions.none(), guild_ready_timeout=0.1)
        self.heard: list[discord.Message] = []

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message)


@contextlib.asynccontextmanager
async def running(server: LoopbackDiscord, intents: discord.Intents | None = None) -> AsyncIterator[Plain]:
    """A client that is logged in and connected."""
    client = Plain(intents or discord.Intents.default())
    task = asyncio.create_task(client.start(server.token))
    try:
        await server.online()
        yield client
    finally:
        await client.close()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
