"""Readiness follows the connection, and a port that can't be had ends with its cure."""

from __future__ import annotations

import asyncio
import socket

import aiohttp
import pytest

from bot.health import health_server
from bot.supervise import Fatal
from tests.bot.stage import Stage


async def test_readiness_is_lost_and_found_again_with_the_connection(stage: Stage) -> None:
    world, gateway = stage.discord.world, stage.discord.gateway
    async with (
        health_server(stage.office, 0, stage.bot.is_online) as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
    ):

        async def status() -> int:
            async with session.get("/readyz") as response:
                return response.status

        assert await status() == 200
        gateway.refuse_connections = 2
        gateway.drop_sockets()
        await world.until(lambda: gateway.refuse_connections < 2, "an attempt in vain", within=20)
        assert await status() == 503
        await world.until(lambda: gateway.refuse_connections == 0, "the attempts in vain", within=20)
        await stage.discord.online()
        for _ in range(200):
            if await status() == 200:
                break
            await asyncio.sleep(0.05)
        assert await status() == 200


async def test_a_port_that_is_taken_is_named_with_the_cure(stage: Stage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Fatal, match=f"port {port}.*DISCORD_HTTP_PORT"):
            async with health_server(stage.office, port, stage.bot.is_online):
                pass
