"""Load and soak against the loopback Discord: ``python -m tests.bot.soak --minutes 30 --rate 2``.

First a burst: fifty people ask at once while a reindexing runs. Then questions at a steady rate. Prints, as JSON, the
times to acknowledge, missed heartbeats, the bot's memory with its slope, its tasks, refused requests and broken rules.
Ends with 1 if any of that is not as it must be, naming what. On a machine too busy for the rate, the line fills, and
whoever finds it full is told so: that is counted apart, and silence is what fails. Reading is what costs, and it is the
bot that is loaded here: nine in ten of the steady questions are kept to an outlet of two-sentence notices, which take a
fifth of the time of long articles.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import re
import shutil
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp

from bot.words import EN
from index import reindex
from tests.bot.process import ROOT, Child, child
from tests.discord_server.contract import DESCRIPTION, Contract
from tests.discord_server.server import LoopbackDiscord
from tests.discord_server.world import Channel, Interaction

QUESTIONS = (
    "What does the US want from Israel?",
    "Why is the Lanyard Bridge closed?",
    "How much will the repair cost?",
    "Who runs the night ferry?",
    "When does the bridge reopen?",
    "Who won the chess championship?",
)
NOTICES = 400
OUTLET = "Port Office"
FILTERED = 10
"""Of so many steady questions, one searches all outlets."""
BURST = 50
SAMPLE_EVERY = 5.0
COUNTS = ("tasks", "questions_waiting")
ACKNOWLEDGED_MS = 300.0
REFUSED_SHARE = 0.001
SLOPE_MIB_PER_HOUR = 4.0
"""What counts as flat: less than what Python's own allocator moves up and down by."""


def resident_mib(pid: int) -> float:
    """Memory that a process holds now."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


async def measured(bot: Child) -> tuple[int, int]:
    """The bot's own count of its event loop's tasks that are not done, and of the questions in line."""
    port = re.search(r"metrics on http://127\.0\.0\.1:(\d+)", bot.log)
    assert port is not None, "the bot serves no metrics"
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port[1]}/metrics") as response:
        text = await response.text()
    tasks, waiting = (re.findall(rf"^dateline_{name} (\S+)$", text, re.MULTILINE) for name in COUNTS)
    return int(float(tasks[0])), int(float(waiting[0]))


def spread(values: list[float]) -> dict[str, float]:
    """Milliseconds: median, 99th percentile, most."""
    ordered = sorted(values)
    last = len(ordered) - 1
    return {
        "n": len(ordered),
        "p50": round(1000 * ordered[last // 2], 1),
        "p99": round(1000 * ordered[round(0.99 * last)], 1),
        "max": round(1000 * ordered[-1], 1),
    }


async def finished(discord: LoopbackDiscord, asked: list[Interaction], within: float) -> dict[str, int]:
    """How many were asked, answered in time, told that the desk is full, and told nothing."""

    def said(interaction: Interaction, text: str) -> bool:
        response = interaction.response
        return response is not None and text in response.text

    def answered(interaction: Interaction) -> bool:
        return said(interaction, "generation")

    def turned_away(interaction: Interaction) -> bool:
        return said(interaction, EN.desk_full)

    def all_told() -> bool:
        return all(answered(one) or turned_away(one) for one in asked)

    with contextlib.suppress(AssertionError):
        await discord.world.until(all_told, "every answer", within)
    counts = {"asked": len(asked), "answered": sum(map(answered, asked)), "turned_away": sum(map(turned_away, asked))}
    return counts | {"silent": counts["asked"] - counts["answered"] - counts["turned_away"]}


async def burst(discord: LoopbackDiscord, channel: Channel, home: Path) -> dict[str, object]:
    """Fifty at once while the archive is reindexed from changed articles."""
    guild = discord.world.guilds[channel.guild_id or 0]
    with (home / "articles" / "notices.jsonl").open("w", encoding="utf-8") as file:
        for number in range(NOTICES):
            text = f"Pier {number} opens at {number % 12} o'clock. The ferry to berth {number * 7} waits for nobody."
            article = {"id": f"notice-{number}", "title": f"Notice {number}", "text": text, "outlet": OUTLET}
            file.write(json.dumps(article) + "\n")
    await discord.owner(guild).slash(channel, "reindex")
    await discord.world.until(
        lambda: any("Reindex" in one.text for one in discord.world.in_channel(channel)), "progress"
    )
    people = [discord.person(f"person {number}", guild) for number in range(BURST)]
    asked = [
        await person.slash(channel, "ask", question=question)
        for person, question in zip(people, itertools.cycle(QUESTIONS))
    ]
    counts = await finished(discord, asked, 300)
    await discord.world.until(
        lambda: any("Reindexed" in one.text for one in discord.world.in_channel(channel)), "the reindexing", 600
    )
    acknowledged = [one.delay for one in asked if one.acknowledged is not None]
    return {**counts, "acknowledge_ms": spread(acknowledged)}


async def steady(
    discord: LoopbackDiscord, channel: Channel, bot: Child, minutes: float, rate: float
) -> dict[str, object]:
    """Questions at a rate, and memory meanwhile; the slope is over the second half, when caches are full."""
    guild = discord.world.guilds[channel.guild_id or 0]
    people = [discord.person(f"reader {number}", guild) for number in range(200)]
    asked: list[Interaction] = []
    memory: list[tuple[float, float]] = []
    counted: list[tuple[int, int]] = []
    began = time.monotonic()
    sampled = 0.0
    for number in itertools.count():
        now = time.monotonic() - began
        if now >= minutes * 60:
            break
        if now - sampled >= SAMPLE_EVERY:
            sampled = now
            memory.append((now, resident_mib(bot.process.pid)))
            counted.append(await measured(bot))
        person, question = people[number % len(people)], QUESTIONS[number % len(QUESTIONS)]
        filters = {"outlet": OUTLET} if number % FILTERED else {}
        asked.append(await person.slash(channel, "ask", question=question, **filters))
        await asyncio.sleep(max(0.0, began + (number + 1) / rate - time.monotonic()))
    counts = await finished(discord, asked, 600)
    later = memory[len(memory) // 2 :]
    slope = statistics.linear_regression(*zip(*later, strict=True)).slope if len(later) > 1 else 0.0
    return {
        **counts,
        "acknowledge_ms": spread([one.delay for one in asked if one.acknowledged is not None]),
        "memory_mib": _ends([round(mib, 1) for _, mib in memory]),
        "memory_slope_mib_per_hour": round(slope * 3600, 2),
        "tasks": _ends([tasks for tasks, _ in counted]),
        "waiting": _ends([waiting for _, waiting in counted]),
    }


def _ends(values: list[float] | list[int]) -> dict[str, float]:
    """First, middle and last of what was sampled, and the most."""
    if not values:
        return {}
    return {"first": values[0], "middle": values[len(values) // 2], "last": values[-1], "most": max(values)}


def failures(result: dict[str, Any]) -> list[str]:
    """What is not as it must be."""
    phases = [result[name] for name in ("burst", "steady") if name in result]
    checks = {
        "of fifty at once, all are answered": result["burst"]["answered"] == BURST,
        "nobody meets with silence": not any(phase["silent"] for phase in phases),
        "acknowledged in time": all(phase["acknowledge_ms"]["p99"] < ACKNOWLEDGED_MS for phase in phases),
        "memory is flat": result.get("steady", {}).get("memory_slope_mib_per_hour", 0.0) < SLOPE_MIB_PER_HOUR,
        "no heartbeat is missed": not result["missed_heartbeats"],
        "hardly a request is refused": sum(result["refused"].values()) <= REFUSED_SHARE * result["requests"],
        "requests are checked against Discord's description": result["described"],
        "no rule is broken": not result["violations"],
        "nothing is left open": not result["complaints"],
        "no task is left pending": result["tasks_pending_at_end"] == 0,
        "the bot leaves in good order": result["exit_code"] == 0,
    }
    return [name for name, holds in checks.items() if not holds]


async def main(minutes: float, rate: float) -> int:
    """Runs both phases and prints what was measured."""
    contract = Contract.read() if DESCRIPTION.exists() else None
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shutil.copytree(ROOT / "articles", home / "articles")
        reindex(home / "data", [home / "articles"])
        async with LoopbackDiscord(contract) as discord:
            discord.gateway.heartbeat_ms = 5_000
            guild = discord.world.add_guild()
            (channel,) = guild.channels.values()
            variables = {
                "DISCORD_USER_PER_MINUTE": "1000",
                "DISCORD_GUILD_PER_MINUTE": "100000",
                "DISCORD_HTTP_PORT": "0",
            }
            async with child(discord, home, PYTHONWARNINGS="default::ResourceWarning", **variables) as bot:
                await discord.online()
                result: dict[str, Any] = {"burst": await burst(discord, channel, home)}
                if minutes:
                    result["steady"] = await steady(discord, channel, bot, minutes, rate)
                bot.process.send_signal(signal.SIGTERM)
                code = await bot.ends()
            complaints = [
                line
                for line in bot.log.splitlines()
                if any(word in line for word in ("ResourceWarning", "Task was", "Unclosed"))
            ]
            pending = re.search(r"ended with (\d+) tasks pending", bot.log)
            result |= {
                "missed_heartbeats": discord.gateway.missed_heartbeats,
                "requests": len(discord.rest.calls),
                "refused": {status: len(discord.rest.statuses(status)) for status in (401, 403, 404, 429)},
                "described": contract is not None,
                "violations": discord.violations[:10],
                "complaints": complaints[:10],
                "tasks_pending_at_end": int(pending[1]) if pending is not None else None,
                "exit_code": code,
            }
    failed = failures(result)
    sys.stdout.write(json.dumps(result | {"failed": failed}, indent=2) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=2.0, help="questions a second")
    given = parser.parse_args()
    sys.exit(asyncio.run(main(given.minutes, given.rate)))
