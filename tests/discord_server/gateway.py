"""The gateway: HELLO, IDENTIFY, heartbeats, dispatch, RESUME with replay, and every way to end a connection."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from tests.discord_server.compression import stream_for
from tests.discord_server.payloads import guild_json, user_json
from tests.discord_server.world import JSON, World

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID_SESSION, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15
MESSAGE_CONTENT = 1 << 15
PAYLOAD_LIMIT = 4_096
SENDS, SENDS_WINDOW = 120, 60.0


@dataclass(slots=True, kw_only=True)
class Session:
    """What a RESUME brings back: the events since, and who listens."""

    id: str
    shard: tuple[int, int]
    intents: int
    sequence: int = 0
    log: list[tuple[int, str]] = field(default_factory=list)
    connection: Connection | None = None

    def hears(self, guild_id: int | None) -> bool:
        """Whether events of this guild (None: direct messages) belong to this shard."""
        index, count = self.shard
        return (0 if guild_id is None else (guild_id >> 22) % count) == index

    async def dispatch(self, event: str, data: JSON) -> None:
        """Numbers an event, keeps it for replay, and sends it if somebody is connected."""
        self.sequence += 1
        text = json.dumps({"op": DISPATCH, "t": event, "s": self.sequence, "d": data})
        self.log.append((self.sequence, text))
        if self.connection is not None:
            await self.connection.send_text(text)


class Connection:
    """One websocket."""

    def __init__(
        self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, compression: str | None
    ) -> None:
        self.socket = socket
        self.compression = compression
        self._transport = transport
        self.session: Session | None = None
        self.beats: list[float] = []
        self.sent: list[float] = []
        self._stream = stream_for(compression)
        self._lock = asyncio.Lock()

    async def send(self, op: int, data: object) -> None:
        """Sends a payload without a sequence number."""
        await self.send_text(json.dumps({"op": op, "d": data, "s": None, "t": None}))

    async def send_text(self, text: str) -> None:
        """Sends one payload, compressed if agreed; a socket that is gone swallows it, as a real one would."""
        async with self._lock:
            if self.socket.closed:
                return
            try:
                if self._stream is None:
                    await self.socket.send_str(text)
                else:
                    await self.socket.send_bytes(self._stream.pack(text.encode()))
            except ConnectionError:
                return

    def abort(self) -> None:
        """Drops the socket without a closing handshake, as a lost network does."""
        if self._transport is not None:
            self._transport.abort()


class Gateway:
    """All sessions and connections."""

    def __init__(self, world: World, token: str) -> None:
        self.world = world
        self.token = token
        self.resume_url = ""
        self.heartbeat_ms = 41_250
        self.granted_intents = PRIVILEGED
        self.refuse_connections = 0
        self.refuse_resume = False
        self.sessions: dict[str, Session] = {}
        self.connections: list[Connection] = []
        self.identifies = 0
        self.resumes = 0
        self.closes: list[int] = []
        self.violations: list[str] = []
        self.missed_heartbeats = 0

    @property
    def live(self) -> list[Session]:
        """The sessions that somebody listens to."""
        return [session for session in self.sessions.values() if session.connection is not None]

    async def dispatch(self, event: str, guild_id: int | None, make: Callable[[int], JSON]) -> None:
        """Sends an event to the shard that it belongs to; ``make`` builds it for a session's intents."""
        for session in list(self.sessions.values()):
            if session.hears(guild_id):
                await session.dispatch(event, make(session.intents))

    async def close_all(self, code: int) -> None:
        """Closes every connection with a code."""
        for connection in list(self.connections):
            self.closes.append(code)
            await connection.socket.close(code=code)

    async def ask_to_reconnect(self) -> None:
        """Op 7."""
        for connection in list(self.connections):
            await connection.send(RECONNECT, None)

    async def invalidate(self, *, resumable: bool) -> None:
        """Op 9."""
        for connection in list(self.connections):
            if not resumable and connection.session is not None:
                self.sessions.pop(connection.session.id, None)
            await connection.send(INVALID_SESSION, resumable)

    def drop_sockets(self) -> None:
        """Cuts every connection without a word."""
        for connection in list(self.connections):
            connection.abort()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The websocket endpoint."""
        if self.refuse_connections > 0:
            self.refuse_connections -= 1
            return web.Response(status=503)
        compression = request.query.get("compress")
        if request.query.get("v") != "10" or request.query.get("encoding") != "json":
            self.violations.append(f"gateway opened with {request.query_string}")
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        connection = Connection(socket, request.transport, compression)
        self.connections.append(connection)
        watch = asyncio.create_task(self._watch(connection))
        try:
            await connection.send(HELLO, {"heartbeat_interval": self.heartbeat_ms})
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._receive(connection, message.data)
        finally:
            watch.cancel()
            self.connections.remove(connection)
            if connection.session is not None and connection.session.connection is connection:
                connection.session.connection = None
            self.world.changed()
        return socket

    async def _watch(self, connection: Connection) -> None:
        """Counts a heartbeat that is half an interval late."""
        allowed = self.heartbeat_ms / 1000 * 1.5
        opened = time.monotonic()
        while True:
            await asyncio.sleep(allowed / 10)
            last = connection.beats[-1] if connection.beats else opened
            if time.monotonic() - last > allowed:
                self.missed_heartbeats += 1
                connection.beats.append(time.monotonic())

    async def _receive(self, connection: Connection, text: str) -> None:
        now = time.monotonic()
        payload = json.loads(text)
        if len(text.encode()) > PAYLOAD_LIMIT:
            self.violations.append(f"a gateway payload of {len(text)} bytes")
            await self._close(connection, 4002)
            return
        connection.sent = [moment for moment in connection.sent if now - moment < SENDS_WINDOW] + [now]
        if len(connection.sent) > SENDS:
            self.violations.append("more than 120 gateway sends in a minute")
            await self._close(connection, 4008)
            return
        match payload["op"]:
            case 1:
                connection.beats.append(now)
                await connection.send(ACK, None)
                self.world.changed()
            case 2:
                await self._identify(connection, payload["d"])
            case 6:
                await self._resume(connection, payload["d"])
            case _:
                pass

    async def _close(self, connection: Connection, code: int) -> None:
        self.closes.append(code)
        await connection.socket.close(code=code)

    async def _identify(self, connection: Connection, data: JSON) -> None:
        self.identifies += 1
        if data["token"].removeprefix("Bot ") != self.token:
            await self._close(connection, 4004)
            return
        if data["intents"] & PRIVILEGED & ~self.granted_intents:
            await self._close(connection, 4014)
            return
        index, count = data.get("shard", [0, 1])
        session = Session(id=secrets.token_hex(8), shard=(index, count), intents=data["intents"], connection=connection)
        connection.session = session
        self.sessions[session.id] = session
        guilds = [guild for guild in self.world.guilds.values() if session.hears(guild.id)]
        await session.dispatch(
            "READY",
            {
                "v": 10,
                "user": user_json(self.world.bot) | {"verified": True, "mfa_enabled": False, "flags": 0},
                "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
                "session_id": session.id,
                "resume_gateway_url": self.resume_url,
                "session_type": "normal",
                "private_channels": [],
                "shard": [index, count],
                "application": {"id": str(self.world.bot.id), "flags": 0},
            },
        )
        for guild in guilds:
            await session.dispatch("GUILD_CREATE", guild_json(self.world, guild))
        self.world.changed()

    async def _resume(self, connection: Connection, data: JSON) -> None:
        self.resumes += 1
        session = self.sessions.get(data["session_id"])
        if session is None or self.refuse_resume:
            await connection.send(INVALID_SESSION, False)
            return
        connection.session = session
        replayed = data["seq"]
        while replayed < session.sequence:
            for sequence, text in list(session.log):
                if sequence > replayed:
                    await connection.send_text(text)
                    replayed = sequence
        session.connection = connection
        await session.dispatch("RESUMED", {"_trace": []})
        self.world.changed()
