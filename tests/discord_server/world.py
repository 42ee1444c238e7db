"""What exists on the loopback Discord: users, guilds, channels, messages, commands, interactions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.discord_server.clock import Clock, Snowflakes
from tests.discord_server.permissions import EVERYONE

JSON = dict[str, Any]
Found = TypeVar("Found")

COMPONENTS_V2 = 1 << 15
EPHEMERAL = 1 << 6
LOADING = 1 << 7


@dataclass(slots=True, kw_only=True)
class User:
    """An account; ``bot`` marks the one that tests drive and any others."""

    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"
    accepts_dms: bool = True


@dataclass(slots=True, kw_only=True)
class Role:
    """A role; ``bot_id`` marks the managed role of a bot."""

    id: int
    name: str
    permissions: int = 0
    bot_id: int | None = None
    position: int = 1


@dataclass(slots=True, kw_only=True)
class Member:
    """A user in a guild."""

    user: User
    role_ids: list[int] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Channel:
    """A text channel (kind 0), a direct-message channel (1) or a thread (11)."""

    id: int
    name: str
    kind: int = 0
    guild_id: int | None = None
    recipient_id: int | None = None
    parent_id: int | None = None
    opener_id: int | None = None
    joined: bool = False
    overwrites: dict[int, tuple[int, int]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Guild:
    """A server with its roles, members and channels. The role with the guild's id is @everyone."""

    id: int
    name: str
    owner_id: int
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Message:
    """A message, with what it would have pinged and every state that it went through."""

    id: int
    channel: Channel
    author: User
    created: str
    content: str = ""
    components: list[JSON] = field(default_factory=list)
    embeds: list[JSON] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    flags: int = 0
    reference_id: int | None = None
    mention_ids: list[int] = field(default_factory=list)
    mention_role_ids: list[int] = field(default_factory=list)
    interaction_id: int | None = None
    edited: str | None = None
    deleted: bool = False
    pinged: list[str] = field(default_factory=list)
    revisions: list[list[str]] = field(default_factory=list)

    @property
    def ephemeral(self) -> bool:
        """Whether only the asker sees it."""
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether it still shows *thinking…*."""
        return bool(self.flags & LOADING)

    @property
    def texts(self) -> list[str]:
        """All that it says: content, text displays and embed descriptions, top to bottom."""
        found = [self.content] if self.content else []
        found += [part["content"] for part in walk(self.components) if part["type"] == 10]
        found += [embed["description"] for embed in self.embeds if embed.get("description")]
        return found

    @property
    def text(self) -> str:
        """All that it says, as one string."""
        return "\n".join(self.texts)

    @property
    def buttons(self) -> list[JSON]:
        """Its buttons, in order."""
        return [part for part in walk(self.components) if part["type"] == 2]


@dataclass(slots=True, kw_only=True)
class Interaction:
    """A command, click, autocomplete or modal, and how the bot dealt with it. Times are in seconds."""

    id: int
    token: str
    kind: int
    user: User
    channel: Channel
    data: JSON
    created: float
    sent: float
    source: Message | None = None
    acknowledged: float | None = None
    callback: JSON | None = None
    response: Message | None = None
    followups: list[Message] = field(default_factory=list)

    @property
    def modal(self) -> JSON | None:
        """The modal that it was answered with."""
        return self.callback["data"] if self.callback is not None and self.callback["type"] == 9 else None

    @property
    def choices(self) -> list[JSON] | None:
        """The autocomplete choices that it was answered with."""
        if self.callback is None or self.callback["type"] != 8:
            return None
        return list(self.callback["data"]["choices"])

    @property
    def delay(self) -> float:
        """Seconds from sending to acknowledgement."""
        if self.acknowledged is None:
            raise AssertionError("not acknowledged")
        return self.acknowledged - self.sent


def walk(components: list[JSON]) -> list[JSON]:
    """Every component, parents before children."""
    found: list[JSON] = []
    for part in components:
        found.append(part)
        found += walk(part.get("components") or [])
        for key in ("accessory", "component"):
            if part.get(key):
                found += walk([part[key]])
    return found


class World:
    """All state, and the means to wait until it has changed in some way."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.snowflakes = Snowflakes(clock)
        self.bot = User(id=self.snowflakes.next(), name="dateline", bot=True)
        self.users: dict[int, User] = {self.bot.id: self.bot}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.interactions: dict[str, Interaction] = {}
        self.commands: list[JSON] = []
        self.command_syncs = 0
        self.typing: list[int] = []
        self._waiting: set[asyncio.Future[None]] = set()

    def changed(self) -> None:
        """Wakes whoever waits for a change."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def until(self, look: Callable[[], Found | None], what: str, within: float = 10.0) -> Found:
        """Returns the first true thing that ``look`` finds; raises AssertionError naming ``what`` when none comes."""
        loop = asyncio.get_running_loop()
        end = loop.time() + within
        while not (found := look()):
            if loop.time() >= end:
                raise AssertionError(f"waited {within:g} s in vain for {what}")
            future: asyncio.Future[None] = loop.create_future()
            self._waiting.add(future)
            # What tests wait for may also lie in the bot, whose changes wake nobody here.
            await asyncio.wait({future}, timeout=0.02)
            self._waiting.discard(future)
        return found

    def add_user(self, name: str, *, bot: bool = False) -> User:
        """A new account."""
        user = User(id=self.snowflakes.next(), name=name, bot=bot)
        self.users[user.id] = user
        return user

    def add_guild(
        self, name: str = "newsroom", *, bot_permissions: int = EVERYONE, shard: tuple[int, int] = (0, 1)
    ) -> Guild:
        """A new guild with @everyone, an owner, the bot with its managed role, and a channel *general*.

        ``shard`` (index, count) makes the id fall to that shard.
        """
        guild_id = self.snowflakes.next()
        index, count = shard
        while (guild_id >> 22) % count != index:
            guild_id += 1 << 22
        owner = self.add_user(f"owner of {name}")
        guild = Guild(id=guild_id, name=name, owner_id=owner.id)
        guild.roles[guild_id] = Role(id=guild_id, name="@everyone", permissions=EVERYONE, position=0)
        managed = Role(id=self.snowflakes.next(), name=self.bot.name, permissions=bot_permissions, bot_id=self.bot.id)
        guild.roles[managed.id] = managed
        guild.members[owner.id] = Member(user=owner)
        guild.members[self.bot.id] = Member(user=self.bot, role_ids=[managed.id])
        self.guilds[guild_id] = guild
        self.add_channel(guild, "general")
        return guild

    def add_channel(self, guild: Guild, name: str, *, kind: int = 0) -> Channel:
        """A new channel of a guild."""
        channel = Channel(id=self.snowflakes.next(), name=name, guild_id=guild.id, kind=kind)
        guild.channels[channel.id] = channel
        self.channels[channel.id] = channel
        return channel

    def add_thread(self, parent: Channel, name: str, opener: User, *, thread_id: int | None = None) -> Channel:
        """A new public thread below a channel; one that begins at a message has its id."""
        guild = self.guilds[parent.guild_id or 0]
        thread = Channel(
            id=thread_id or self.snowflakes.next(),
            name=name,
            guild_id=guild.id,
            kind=11,
            parent_id=parent.id,
            opener_id=opener.id,
            joined=opener is self.bot,
            overwrites=parent.overwrites,
        )
        guild.channels[thread.id] = thread
        self.channels[thread.id] = thread
        return thread

    def add_role(self, guild: Guild, name: str, permissions: int = 0) -> Role:
        """A new role of a guild."""
        role = Role(id=self.snowflakes.next(), name=name, permissions=permissions)
        guild.roles[role.id] = role
        return role

    def direct_channel(self, user: User) -> Channel:
        """The direct-message channel between the bot and a user."""
        for channel in self.channels.values():
            if channel.recipient_id == user.id:
                return channel
        channel = Channel(id=self.snowflakes.next(), name="", kind=1, recipient_id=user.id)
        self.channels[channel.id] = channel
        return channel

    def managed_role(self, guild: Guild) -> Role:
        """The bot's own role in a guild."""
        return next(role for role in guild.roles.values() if role.bot_id == self.bot.id)

    def in_channel(self, channel: Channel) -> list[Message]:
        """What stands in a channel now, oldest first."""
        return [message for message in self.messages.values() if message.channel is channel and not message.deleted]
