"""kill -9 of reindexing that was started from Discord: of the bot's child, and of the whole bot."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import discord

from bot.database import NAME
from bot.newsroom import ArchiveNewsroom
from index import Archive, IndexReport
from index.bootstrap import open_with
from index.settings import load_settings
from tests.bot.process import READER, child
from tests.bot.stage import running_bot
from tests.discord_server.people import Person
from tests.discord_server.permissions import Permission
from tests.discord_server.server import LoopbackDiscord
from tests.discord_server.world import Channel
from tests.torture.report import Plan, Row

_CHILD_KILLS, _BOT_KILLS = 40, 6
_ARTICLES = 6
_WITHIN = 120.0
"""Seconds within which anything must come to its end, also on a machine with much else to do."""


def attacks(plan: Plan) -> Iterator[Row]:
    """Both rows; without /proc nobody finds the child to kill."""
    if not Path("/proc/self/task").exists():
        yield Row(attack="kill -9 of a reindexing from Discord", tried=0, left_out="needs Linux's /proc")
        return
    yield asyncio.run(child_kills(plan))
    yield asyncio.run(bot_kills(plan))


async def child_kills(plan: Plan) -> Row:
    """Kills the indexing child of a running bot, which goes on answering and tells the admin what happened."""
    dice = random.Random(plan.seed)  # noqa: S311  # no secret
    home = plan.folder / "child"
    live, edition, lost, seen = write_edition(home, 0), 0, list[str](), Counter[str]()
    times = plan.times(_CHILD_KILLS)
    with reader_of_the_child(), _discord_put_back():
        async with LoopbackDiscord() as server:
            channel, admin = _admin(server)
            newsroom = newsroom_of(home)
            span, held_span = await asyncio.to_thread(_undisturbed, newsroom)
            async with running_bot(server, newsroom, home) as bot:
                while seen.total() < times:
                    edition += 1
                    wanted = write_edition(home, edition)
                    await admin.slash(channel, "reindex")
                    pid = await server.world.until(indexer_of, "the indexing process", _WITHIN)
                    if dice.random() < 0.6:
                        await _until_locked(home, pid)
                        await asyncio.sleep(dice.uniform(0.0, held_span))
                    else:
                        await asyncio.sleep(dice.uniform(0.0, span - held_span))
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                    job = bot.reindexing.job
                    assert job is not None
                    outcome = await server.world.until(lambda: job.outcome, "the end of the run", _WITHIN)  # noqa: B023  # called before the next
                    found = await asyncio.to_thread(versions_of, newsroom)
                    fate = "new" if found == wanted else "old" if found == live else "neither"
                    if isinstance(outcome, IndexReport):
                        live = wanted
                        if fate != "new":
                            lost.append(f"seed {plan.seed}, run {edition} was reported as done: {fate}")
                        continue
                    seen[fate] += 1
                    if fate == "neither" or "ended by SIGKILL" not in str(outcome):
                        lost.append(f"seed {plan.seed}, run {edition}: {fate}, the admin was told {outcome}")
                    live = wanted if fate == "new" else live
                done = await asyncio.to_thread(_reindex, newsroom)
                if versions_of(newsroom) != wanted or newsroom.status().warnings:
                    lost.append(f"seed {plan.seed}: the last run did not finish what was killed: {done}")
    held = f"old archive {seen['old']}, new {seen['new']}; it answered after each, and the admin was told"
    return Row(attack="kill -9 of the bot's indexing process", tried=seen.total(), held=held, lost=tuple(lost))


async def bot_kills(plan: Plan) -> Row:
    """Kills the whole bot while its child indexes, just after an admin was told that a setting holds."""
    dice = random.Random(plan.seed + 1)  # noqa: S311  # no secret
    home = plan.folder / "whole"
    (home / "data").mkdir(parents=True)
    live, lost, seen = write_edition(home, 0), list[str](), Counter[str]()
    times = plan.times(_BOT_KILLS)
    with reader_of_the_child(), _discord_put_back():
        newsroom = newsroom_of(home)
        span, _ = await asyncio.to_thread(_undisturbed, newsroom)
        for number in range(1, times + 1):
            wanted = write_edition(home, number)
            async with LoopbackDiscord() as server:
                channel, admin = _admin(server)
                async with child(server, home) as bot:
                    await server.online()
                    await admin.slash(channel, "reindex")
                    pid = await server.world.until(
                        lambda: indexer_of(bot.process.pid), "the indexing process", _WITHIN
                    )  # called before the next
                    await asyncio.sleep(dice.uniform(0.0, span))
                    private = bool(number % 2)
                    await server.answer(await admin.slash(channel, "settings answers", private=private), _WITHIN)
                    bot.process.kill()
                    await bot.ends()
                    await asyncio.to_thread(_until_gone, pid)
                kept = _setting(home, channel.guild_id)
            if kept is not private:
                lost.append(f"seed {plan.seed}, kill {number}: the admin was told of a setting, and it is {kept}")
            found = await asyncio.to_thread(versions_of, newsroom)
            fate = "new" if found == wanted else "old" if found == live else "neither"
            seen[fate] += 1
            if fate == "neither":
                lost.append(f"seed {plan.seed}, kill {number}: neither the old archive nor the new one")
            done = await asyncio.to_thread(_reindex, newsroom)  # the lock of the dead is no obstacle
            live = versions_of(newsroom)
            if live != wanted:
                lost.append(f"seed {plan.seed}, kill {number}: the next run did not finish it: {done}")
    held = f"old archive {seen['old']}, new {seen['new']}; every setting that was confirmed was kept"
    return Row(attack="kill -9 of the whole bot while it reindexes", tried=times, held=held, lost=tuple(lost))


def newsroom_of(home: Path) -> ArchiveNewsroom:
    """A newsroom with the untrained reader, which always answers; its articles lie in ``home/articles``."""

    def opened(path: Path) -> Archive:
        return open_with(load_settings(data=path, reader="evidence", threshold=0.0))

    return ArchiveNewsroom(home / "data", home / "articles", opened=opened)


def write_edition(home: Path, edition: int, articles: int = _ARTICLES) -> dict[str, int]:
    """Makes the articles' folder that of an edition: the number that each article's text names, by id."""
    folder = home / "articles"
    folder.mkdir(parents=True, exist_ok=True)
    texts = {f"a{number}": edition if (number + edition) % 2 else 0 for number in range(articles)}
    for article_id, version in texts.items():
        text = f"Report {version} on {article_id}. The harbour of {article_id} counted {version} ships on Monday."
        content = {"id": article_id, "title": f"The harbour of {article_id}", "text": text}
        (folder / f"{article_id}.json").write_text(json.dumps(content), encoding="utf-8")
    return texts


def versions_of(newsroom: ArchiveNewsroom) -> dict[str, int]:
    """The number that each article of the live generation names; proves on the way that it answers verbatim."""
    articles = {article_id: newsroom.article(article_id) for article_id, *_ in newsroom.headlines(limit=1_000)}
    for hit in newsroom.search("How many ships did the harbour count?", 3):
        assert articles[hit.article_id].text[hit.start : hit.end] == hit.text, "a passage is not of its article"
    assert newsroom.ask("How many ships did the harbour of a1 count?").passages, "no passage for a question"
    return {article_id: int(article.text.split()[1]) for article_id, article in articles.items()}


def indexer_of(pid: int | None = None) -> int | None:
    """The indexing process that a process (this one) has started, if one is running."""
    for task in Path(f"/proc/{pid or os.getpid()}/task").iterdir():
        with contextlib.suppress(OSError):
            for other in (task / "children").read_text().split():
                if b"bot.indexer" in Path(f"/proc/{other}/cmdline").read_bytes():
                    return int(other)
    return None


@contextlib.contextmanager
def reader_of_the_child() -> Iterator[None]:
    """The environment in which the bot's processes use the untrained reader."""
    before = dict(os.environ)
    os.environ |= {**READER, "PYTHONPATH": os.pathsep.join(sys.path)}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before


def _undisturbed(newsroom: ArchiveNewsroom) -> tuple[float, float]:
    """Seconds that a run takes here, and how many of them it holds the lock: (whole, held)."""
    began, locked = time.monotonic(), list[float]()
    newsroom.reindex(lambda _: locked.append(time.monotonic()), force=False, asked_by="the torture")
    ended = time.monotonic()
    newsroom.open()
    return ended - began, ended - locked[0]


def _reindex(newsroom: ArchiveNewsroom) -> IndexReport:
    return newsroom.reindex(lambda _: None, force=False, asked_by="the torture")


async def _until_locked(home: Path, pid: int) -> None:
    """Waits until the process holds the lock, or is gone."""
    while indexer_of() == pid and _holder(home) != pid:  # noqa: ASYNC110  # another process sets no event of ours
        await asyncio.sleep(0.002)


def _holder(home: Path) -> object:
    with contextlib.suppress(OSError, ValueError):
        return json.loads((home / "data" / "lock").read_bytes())["pid"]
    return None


def _until_gone(pid: int) -> None:
    end = time.monotonic() + _WITHIN
    while Path(f"/proc/{pid}/exe").exists() and time.monotonic() < end:
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return
        time.sleep(0.02)


def _setting(home: Path, guild_id: int | None) -> object:
    with contextlib.closing(sqlite3.connect(home / "data" / NAME)) as connection:
        row = connection.execute(
            "SELECT content FROM preferences WHERE guild_id = ? AND channel_id = 0", (guild_id,)
        ).fetchone()
    return None if row is None else json.loads(row[0])["private"]


def _admin(server: LoopbackDiscord) -> tuple[Channel, Person]:
    guild = server.world.add_guild()
    (channel,) = guild.channels.values()
    editors = server.world.add_role(guild, "editors", Permission.MANAGE_GUILD)
    return channel, server.person("editor", guild, roles=(editors,))


@contextlib.contextmanager
def _discord_put_back() -> Iterator[None]:
    """discord.py's addresses are Discord's again afterwards."""
    base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    try:
        yield
    finally:
        discord.http.Route.BASE = base
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = gateway
