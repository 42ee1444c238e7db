"""One session of the real bot process: it answers, searches, reindexes and leaves."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from index import reindex
from tests.discord_server.permissions import Permission
from tests.discord_server.server import LoopbackDiscord


async def session(home: Path, environment: dict[str, str]) -> tuple[int, int]:
    """Runs it with this environment; the loopback Discord's port, and how many questions were asked."""
    reindex(home / "data", [home / "articles"])
    async with LoopbackDiscord() as loopback:
        guild = loopback.world.add_guild()
        (room,) = guild.channels.values()
        editors = loopback.world.add_role(guild, "editors", Permission.MANAGE_GUILD)
        admin = loopback.person("admin", guild, roles=(editors,))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", cwd=home, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            env=environment | {
                "DISCORD_TOKEN": loopback.token, "DISCORD_API_URL": loopback.api_url,
                "DISCORD_GATEWAY_URL": loopback.gateway_url, "DATELINE_DATA": str(home / "data"),
                "DATELINE_ARTICLES": str(home / "articles"),
            },
        )  # fmt: skip
        try:
            await loopback.world.until(lambda: bool(loopback.gateway.live), "the bot", 120)
            questions = ("Why was the bridge closed?", "Who founded the Night Ferry?", "And when was that?")
            for question in questions:
                await loopback.answer(await admin.slash(room, "ask", question=question), within=60)
            await loopback.answer(await admin.slash(room, "stats"), within=60)
            await admin.slash(room, "reindex")
            await loopback.world.until(
                lambda: any("Reindexed" in one.text for one in loopback.world.in_channel(room)), "its end", 120
            )
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), 60)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        return int(loopback.api_url.split(":")[2].split("/")[0]), len(questions)
