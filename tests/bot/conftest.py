"""A loopback Discord with one guild, and the bot on it with a fake archive."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest

from tests.bot.newsroom import FakeNewsroom
from tests.bot.stage import Stage, running_bot
from tests.discord_server.contract import DESCRIPTION, Contract
from tests.discord_server.server import LoopbackDiscord


@pytest.fixture(scope="session")
def description() -> Contract | None:
    return Contract.read() if DESCRIPTION.exists() else None


@pytest.fixture(autouse=True)
def _unpointed(monkeypatch: pytest.MonkeyPatch) -> None:
    """discord.py's addresses are put back after each test."""
    monkeypatch.setattr(discord.http.Route, "BASE", discord.http.Route.BASE)
    gateway = discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)


@pytest.fixture
async def loopback(description: Contract | None) -> AsyncIterator[LoopbackDiscord]:
    """Every test that uses it also proves that no request broke a rule of Discord's, and that nobody was pinged."""
    async with LoopbackDiscord(description) as server:
        yield server
    assert server.violations == []
    own = [message for message in server.world.messages.values() if message.author is server.world.bot]
    assert [message.pinged for message in own if message.pinged] == []


@pytest.fixture
def newsroom() -> FakeNewsroom:
    return FakeNewsroom()


@pytest.fixture
async def stage(loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path) -> AsyncIterator[Stage]:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    async with running_bot(loopback, newsroom, tmp_path) as bot:
        yield Stage(discord=loopback, guild=guild, channel=channel, newsroom=newsroom, bot=bot, office=bot.office)
