"""The bot as a child process on a loopback Discord."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from tests.discord_server.server import LoopbackDiscord

ROOT = Path(__file__).parents[2]

READER = {"DATELINE_READER": "evidence", "DATELINE_THRESHOLD": "0"}
"""The untrained reader, which always answers: these tests are about the bot, not about the reader's judgement."""


class Child:
    """A bot in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.log = ""
        assert process.stderr is not None
        self._reading = asyncio.create_task(self._read(process.stderr))

    async def _read(self, stream: asyncio.StreamReader) -> None:
        async for line in stream:
            self.log += line.decode()

    async def ends(self, within: float = 30.0) -> int:
        """Its exit code."""
        code = await asyncio.wait_for(self.process.wait(), within)
        await self._reading
        return code


@contextlib.asynccontextmanager
async def child(loopback: LoopbackDiscord, home: Path, **variables: str) -> AsyncIterator[Child]:
    """Runs the bot; afterwards it is gone, whatever happened."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DISCORD_", "DATELINE_"))}
    environment |= {
        "PYTHONPATH": str(ROOT),
        "DISCORD_TOKEN": loopback.token,
        "DISCORD_API_URL": loopback.api_url,
        "DISCORD_GATEWAY_URL": loopback.gateway_url,
        "DATELINE_DATA": str(home / "data"),
        "DATELINE_ARTICLES": str(home / "articles"),
        **READER,
        **variables,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", cwd=home, env=environment, stderr=asyncio.subprocess.PIPE
    )
    running = Child(process)
    try:
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await running.ends()
