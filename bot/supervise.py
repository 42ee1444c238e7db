"""Keeps the bot connected: what can pass is waited for, what can't ends with its cure in one line."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import aiohttp
import discord

if TYPE_CHECKING:
    from bot.client import DatelineBot

_log = logging.getLogger(__name__)
_LONGEST_PAUSE: Final = 60.0
_WRONG_TOKEN: Final = 4004
_CURES: Final = {
    _WRONG_TOKEN: "Discord refuses the token: make a new one in the developer portal (Bot, Reset Token) and put it "
    "into .env as DISCORD_TOKEN",
    4010: "Discord refuses the shard: unset DISCORD_SHARDS",
    4011: "the bot is in too many servers for so few shards: unset DISCORD_SHARDS, so that Discord says how many",
    4012: "Discord no longer takes this gateway version: upgrade discord.py",
    4013: "Discord doesn't know an intent that was asked for: upgrade discord.py",
    4014: "the message content intent is not granted: switch it on in the developer portal (Bot, Privileged Gateway "
    "Intents), or set DISCORD_MESSAGE_CONTENT=false",
}


class Fatal(Exception):
    """Trying again won't help; the message names cause and cure in one line."""


def cure(error: BaseException) -> str | None:
    """What to do about an error that won't pass by itself; None for one that may."""
    match error:
        case discord.LoginFailure():
            return _CURES[_WRONG_TOKEN]
        case discord.PrivilegedIntentsRequired():
            return _CURES[4014]
        case discord.ConnectionClosed(code=code):
            return _CURES.get(code)
    return None


async def keep_running(
    make: Callable[[], DatelineBot], token: str, *, stop: asyncio.Event, first_pause: float = 1.0
) -> None:
    """Runs bots made by ``make``, one after another, until told to stop.

    discord.py reconnects by itself once it is connected; what it doesn't survive, such as a failure of the very first
    connection or of login, is survived here by starting anew.

    Raises:
        Fatal: Discord says no for good.
    """
    pause = first_pause
    while not stop.is_set():
        bot = make()
        running = asyncio.create_task(bot.start(token), name="gateway")
        stopping = asyncio.create_task(stop.wait(), name="stop")
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not running.done():
            await bot.leave()
            await asyncio.wait({running})
            return
        error = running.exception()
        was_ready = bot.is_ready()
        await bot.close()
        told = cure(error) if error is not None else None
        if told is not None:
            raise Fatal(told) from error
        if error is not None and not _may_pass(error):
            raise error
        pause = first_pause if was_ready else pause
        _log.warning("not connected (%s); trying again in %.0f s", type(error).__name__, pause)
        try:
            await asyncio.wait_for(stop.wait(), pause)
        except TimeoutError:
            pause = min(2 * pause, _LONGEST_PAUSE)


def _may_pass(error: BaseException) -> bool:
    # AttributeError and KeyError are how discord.py 2.7 fails when its first connection does (it reads ``ws`` before
    # there is one).
    passing = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError, AttributeError, KeyError)
    return isinstance(error, passing)
