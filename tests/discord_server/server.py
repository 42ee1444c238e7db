"""The loopback Discord as a whole: started on 127.0.0.1, on a port of the system's choosing."""

from __future__ import annotations

import secrets
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.discord_server.application import Application
from tests.discord_server.clock import Clock
from tests.discord_server.contract import Contract
from tests.discord_server.gateway import Gateway
from tests.discord_server.interactions import Interactions
from tests.discord_server.messages import Messages
from tests.discord_server.payloads import channel_json, role_json
from tests.discord_server.people import Person
from tests.discord_server.rest import PREFIX, Rest
from tests.discord_server.world import JSON, Channel, Guild, Interaction, Member, Message, Role, World


class LoopbackDiscord:
    """REST v10 and the gateway in one process, with everything that a test may look at or turn."""

    def __init__(self, contract: Contract | None = None) -> None:
        self.clock = Clock()
        self.world = World(self.clock)
        self.token = f"{secrets.token_hex(12)}.{secrets.token_hex(3)}.{secrets.token_hex(16)}"
        self.gateway = Gateway(self.world, self.token)
        self.rest = Rest(self.world, self.token, contract)
        self.messages = Messages(self.world, self.gateway)
        self.interactions = Interactions(self.world, self.messages)
        self.application = Application(self.world, self.gateway)
        self._runner: web.AppRunner | None = None
        self.api_url = ""
        self.gateway_url = ""

    async def __aenter__(self) -> Self:
        for part in (self.messages, self.interactions, self.application):
            part.attach(self.rest)
        self.rest.app.router.add_get("/gateway", self.gateway.handle)
        self.rest.app.router.add_get("/gateway/", self.gateway.handle)
        self._runner = web.AppRunner(self.rest.app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.api_url = f"http://127.0.0.1:{port}{PREFIX}"
        self.gateway_url = f"ws://127.0.0.1:{port}/gateway"
        self.gateway.resume_url = self.application.gateway_url = self.gateway_url
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.gateway.close_all(1001)
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def violations(self) -> list[str]:
        """Everything that broke Discord's description or its unwritten rules."""
        return self.rest.violations + self.gateway.violations

    def person(self, name: str, *guilds: Guild, roles: tuple[Role, ...] = ()) -> Person:
        """A new user, a member of these guilds, with these roles."""
        user = self.world.add_user(name)
        for guild in guilds:
            own = [role.id for role in roles if role.id in guild.roles]
            guild.members[user.id] = Member(user=user, role_ids=own)
        return Person(self, user)

    def owner(self, guild: Guild) -> Person:
        """The guild's owner."""
        return Person(self, self.world.users[guild.owner_id])

    async def new_role(self, guild: Guild, name: str, permissions: int = 0) -> Role:
        """A role that the bot hears of."""
        role = self.world.add_role(guild, name, permissions)
        payload: JSON = {"guild_id": str(guild.id), "role": role_json(role)}
        await self.gateway.dispatch("GUILD_ROLE_CREATE", guild.id, lambda _: payload)
        return role

    async def new_channel(self, guild: Guild, name: str) -> Channel:
        """A channel that the bot hears of."""
        channel = self.world.add_channel(guild, name)
        payload = channel_json(self.world, channel)
        await self.gateway.dispatch("CHANNEL_CREATE", guild.id, lambda _: payload)
        return channel

    async def new_thread(self, parent: Channel, name: str, opener: Person) -> Channel:
        """A thread that a person opens and the bot hears of."""
        thread = self.world.add_thread(parent, name, opener.user)
        await self.messages.announce_thread(thread)
        return thread

    async def online(self, shards: int = 1) -> None:
        """Waits until the bot listens on so many shards."""
        await self.world.until(lambda: len(self.gateway.live) >= shards, f"{shards} connected shards", within=30)

    async def acknowledged(self, interaction: Interaction, within: float = 10.0) -> Interaction:
        """Waits until the bot has answered an interaction in any way."""
        await self.world.until(lambda: interaction.callback is not None, "an acknowledgement", within)
        return interaction

    async def answer(self, interaction: Interaction, within: float = 15.0) -> Message:
        """Waits until an interaction's response says something, no longer *thinking…*."""

        def look() -> Message | None:
            response = interaction.response
            return response if response is not None and not response.loading and response.texts else None

        return await self.world.until(look, "an answer to an interaction", within)

    async def follow_up(self, interaction: Interaction, number: int = 1) -> Message:
        """Waits for an interaction's n-th follow-up."""
        return await self.world.until(
            lambda: interaction.followups[number - 1] if len(interaction.followups) >= number else None, "a follow-up"
        )

    def replies(self, message: Message) -> list[Message]:
        """What the bot replied to a message, without what it deleted again."""
        return [
            one
            for one in self.world.messages.values()
            if one.reference_id == message.id and one.author is self.world.bot and not one.deleted
        ]

    async def reply(self, message: Message, containing: str = "", within: float = 15.0) -> Message:
        """Waits for the bot's reply to a message, with some text in it."""
        return await self.world.until(
            lambda: next((one for one in self.replies(message) if containing in one.text), None),
            f"a reply containing {containing!r}",
            within,
        )
