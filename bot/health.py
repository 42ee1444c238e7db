"""``/livez``, ``/readyz`` and ``/metrics`` on a loopback port."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.office import Office
from bot.supervise import Fatal


@contextlib.asynccontextmanager
async def health_server(office: Office, port: int, ready: Callable[[], bool]) -> AsyncIterator[int]:
    """Serves while the context lasts; yields the port, which the system chooses for 0.

    Raises:
        Fatal: the port is taken or not allowed.
    """

    async def livez(_: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def readyz(_: web.Request) -> web.Response:
        return web.Response(text="ready\n") if ready() else web.Response(status=503, text="not connected\n")

    async def metrics(_: web.Request) -> web.Response:
        office.metrics.waiting.set(office.desk.waiting)
        office.metrics.count_tasks()
        body = generate_latest(office.metrics.registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.router.add_get("/livez", livez)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
        except OSError as error:
            raise Fatal(
                f"can't listen on port {port} for health and metrics ({error.strerror}): set DISCORD_HTTP_PORT to a "
                "free port"
            ) from error
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
