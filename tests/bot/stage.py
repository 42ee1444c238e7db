"""A running bot on a loopback Discord, in this process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.__main__ import point_at
from bot.client import DatelineBot
from bot.database import NAME, open_database
from bot.desk import Desk, Newsroom
from bot.office import Office
from bot.settings import BotSettings
from tests.bot.newsroom import FakeNewsroom
from tests.discord_server.server import LoopbackDiscord
from tests.discord_server.world import Channel, Guild


@dataclass(slots=True, kw_only=True)
class Stage:
    """Everything a test of the bot needs."""

    discord: LoopbackDiscord
    guild: Guild
    channel: Channel
    newsroom: FakeNewsroom
    bot: DatelineBot
    office: Office


def settings_for(discord: LoopbackDiscord, **given: Any) -> BotSettings:  # noqa: ANN401 - settings of any kind
    """Settings that point at the loopback server; nothing is read from a file."""
    return BotSettings(
        _env_file=None,  # type: ignore[call-arg]  # pydantic-settings' own
        **{
            "token": discord.token,
            "api_url": discord.api_url,
            "gateway_url": discord.gateway_url,
            "shards": 1,
            **given,
        },
    )


@contextlib.asynccontextmanager
async def running_bot(
    discord: LoopbackDiscord,
    newsroom: Newsroom,
    home: Path,
    **given: Any,  # noqa: ANN401 - settings of any kind
) -> AsyncIterator[DatelineBot]:
    """The bot, logged in and connected; afterwards it has left in good order."""
    settings = settings_for(discord, **given)
    point_at(settings)
    connection = open_database(home / NAME)
    desk = Desk(newsroom, workers=settings.workers, queue=settings.queue)
    bot = DatelineBot(Office.open(settings, desk, connection), ready_timeout=0.05)
    bot.reindexing._show_every = 0.05
    task = asyncio.create_task(bot.start(settings.token.get_secret_value()))
    try:
        online = asyncio.create_task(discord.online(settings.shards or 1))
        await asyncio.wait({task, online}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            online.cancel()
            await task
        await online
        await asyncio.wait_for(bot.wait_until_ready(), 10)
        yield bot
    finally:
        await bot.leave()
        await asyncio.wait({task}, timeout=10)
        if not task.done():
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        desk.close()
        connection.close()
