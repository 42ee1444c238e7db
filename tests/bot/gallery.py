"""The bot's messages as Discord stores them, for drawing: ``python -m tests.bot.gallery FOLDER``.

Asks the sample archive through the loopback Discord, and writes one JSON file (a message object of Discord's API) for
an answer, no answer, its sources, and a reindexing under way and done.
"""

from __future__ import annotations

import asyncio
import copy
import json
import shutil
import sys
import tempfile
from pathlib import Path

from bot.newsroom import ArchiveNewsroom
from bot.words import EN
from index import reindex
from tests.bot.process import ROOT
from tests.bot.stage import running_bot
from tests.discord_server.payloads import message_json
from tests.discord_server.server import LoopbackDiscord
from tests.discord_server.world import JSON

ANSWERED = "Why was the Lanyard Bridge closed?"
BAR = "█░"
UNANSWERED = "Who won the chess championship?"


async def collect(home: Path) -> dict[str, JSON]:
    """The messages by name."""
    found: dict[str, JSON] = {}
    reindex(home / "data", [home / "articles"])
    async with LoopbackDiscord() as discord:
        guild = discord.world.add_guild()
        (channel,) = guild.channels.values()
        owner = discord.owner(guild)
        async with running_bot(discord, ArchiveNewsroom(home / "data", home / "articles"), home):
            answer = await discord.answer(await owner.slash(channel, "ask", question=ANSWERED), 60)
            found["answer"] = message_json(discord.world, answer)
            if EN.sources in [button["label"] for button in answer.buttons]:
                sources = await discord.answer(await owner.click(answer, EN.sources))
                found["sources"] = message_json(discord.world, sources)
            nothing = await discord.answer(await owner.slash(channel, "ask", question=UNANSWERED), 60)
            found["no-answer"] = message_json(discord.world, nothing)
            for number in range(60):
                text = " ".join(f"Berth {n} of pier {number} opens at {n % 12} o'clock." for n in range(80))
                notice = f"Notice {number}\n\nTolvermouth, Friday, April 3rd, 2026 - {text}\n"
                (home / "articles" / f"notice-{number}.txt").write_text(notice, encoding="utf-8")
            await owner.slash(channel, "reindex")
            progress = await discord.world.until(
                lambda: next((one for one in discord.world.in_channel(channel) if BAR in one.text), None), "a bar", 60
            )
            found["reindexing"] = copy.deepcopy(message_json(discord.world, progress))
            await discord.world.until(lambda: "Reindexed" in progress.text, "the summary", 300)
            found["reindexed"] = message_json(discord.world, progress)
    return found


def main(folder: Path) -> int:
    """Writes the messages."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        shutil.copytree(ROOT / "articles", Path(home) / "articles")
        for name, message in asyncio.run(collect(Path(home))).items():
            (folder / f"{name}.json").write_text(json.dumps(message, indent=2, ensure_ascii=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
