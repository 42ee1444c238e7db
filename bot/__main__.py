"""The bot as a process: settings, logging, archive, start, supervise."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import discord
import yarl

from bot.console import converse
from bot.database import NAME, BotFilesDamaged, open_database
from bot.desk import Desk, give_way
from bot.errors import traced
from bot.newsroom import ArchiveNewsroom
from bot.office import Office
from bot.settings import BotSettings, load_bot_settings
from bot.words import words_for
from index.care import clear_halves
from index.errors import DatelineError, IndexMissing, UsageError
from index.settings import ArchiveSettings, load_settings

if TYPE_CHECKING:
    from bot.client import DatelineBot


_log = logging.getLogger("bot")
_SWITCH_SECONDS: Final = 0.0005
_NO_ARCHIVE: Final = "no archive yet: run `dateline index --articles articles`, or use /reindex in Discord"


def run(argv: Sequence[str] = ()) -> int:
    """Runs the bot, or with ``--console`` the conversation on the terminal; the exit code.

    One line on standard error for each problem: 2 for settings that can't be used, 1 when Discord says no for good.
    """
    try:
        archive = load_settings()
        if "--console" in argv:
            return _console(archive)
        settings = load_bot_settings()
    except DatelineError as error:
        return _complain(str(error), 2 if isinstance(error, UsageError) else 1)
    _log_to_stderr(settings.log_level)
    _dump_no_core()
    point_at(settings)
    newsroom = ArchiveNewsroom(archive.data, archive.articles)
    # The event loop gets the interpreter back within this time from threads that answer questions.
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        with ThreadPoolExecutor(1, initializer=give_way) as pool:
            pool.submit(newsroom.open).result()
    except IndexMissing:
        _log.warning(_NO_ARCHIVE)
    except DatelineError as error:
        return _complain(str(error), 1)
    try:
        return asyncio.run(_serve(settings, archive, newsroom))
    except Exception as error:  # noqa: BLE001 - Python would print its words, which may be somebody's
        _log.debug("ended", exc_info=error)
        return _complain(f"ended by an unexpected error, see where at DISCORD_LOG_LEVEL=debug\n{traced(error)}", 1)


def point_at(settings: BotSettings) -> None:
    """Sends discord.py to other addresses than Discord's own, where the settings name them."""
    if settings.api_url is not None:
        discord.http.Route.BASE = settings.api_url
    if settings.gateway_url is not None:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.gateway_url)


async def _serve(settings: BotSettings, archive: ArchiveSettings, newsroom: ArchiveNewsroom) -> int:
    # These two load the whole of discord.py's command framework: the console does without.
    from bot.health import health_server
    from bot.supervise import Fatal, keep_running

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_note)
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    desk = Desk(newsroom, workers=settings.workers, queue=settings.queue)
    try:
        for half in clear_halves(archive.data):
            _log.warning("removed %s, which a restore that was killed had begun to write", half)
    except DatelineError as error:
        _log.warning("%s", error)  # whether the bot can use its folder is told below
    try:
        connection = open_database(archive.data / NAME)
        office = Office.open(settings, desk, connection)
    except BotFilesDamaged as error:
        desk.close()
        return _complain(str(error), 1)
    except (sqlite3.Error, OSError) as error:
        desk.close()
        cure = "see that the disk is well, has room, and lets the bot write there"
        return _complain(f"{archive.data / NAME} can't be used ({error}): {cure}", 1)
    bots: list[DatelineBot] = []

    def make() -> DatelineBot:
        from bot.client import DatelineBot

        bots[:] = [DatelineBot(office)]
        return bots[0]

    try:
        async with contextlib.AsyncExitStack() as stack:
            if settings.http_port is not None:
                port = await stack.enter_async_context(
                    health_server(office, settings.http_port, lambda: bool(bots) and bots[0].is_online())
                )
                _log.info("health and metrics on http://127.0.0.1:%d", port)
            await keep_running(make, settings.token.get_secret_value(), stop=stop)
    except Fatal as fatal:
        return _complain(str(fatal), 1)
    finally:
        desk.close()
        connection.close()
        pending = asyncio.all_tasks() - {asyncio.current_task()}
        _log.info("ended with %d tasks pending", len(pending))
        for task in pending:
            _log.debug("pending: %s", task.get_name())
    return 0


def _console(archive: ArchiveSettings) -> int:
    newsroom = ArchiveNewsroom(archive.data, archive.articles)
    newsroom.open()
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    language = (os.environ.get("LANG") or "en").split("_")[0]
    converse(newsroom, _typed(), print, words_for(language), colour=colour)
    return 0


def _typed() -> Iterator[str]:
    prompt = "> " if sys.stdin.isatty() else ""
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            yield input(prompt)


def _log_to_stderr(level: str) -> None:
    logging.basicConfig(
        stream=sys.stderr, level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    # These two warn of voice libraries and of the message content intent, both left out on purpose; the second is
    # said in words of our own at start.
    for name in ("discord.client", "discord.ext.commands.bot"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _note(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Logs what a task left behind, where the loop's own way would log its words too, which may be a question's."""
    error = context.get("exception")
    where = traced(error) if isinstance(error, BaseException) else "no error"
    _log.error("left behind in the event loop: %s", where)
    _log.debug("left behind: %s", context.get("message"), exc_info=error)


def _dump_no_core() -> None:
    """A crash leaves no image of the memory, which has the token and people's questions in it."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # not on Windows, which writes none by itself
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _complain(text: str, code: int) -> int:
    for line in text.splitlines():
        sys.stderr.write(f"dateline bot: {line}\n")
    return code


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
