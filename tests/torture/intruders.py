"""People who try what is not theirs: interactions of any form, and what the bot said and kept afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import discord
import yarl

from bot.client import DatelineBot
from bot.words import EN
from tests.bot.newsroom import FakeNewsroom
from tests.bot.stage import running_bot
from tests.discord_server.interactions import COMPONENT, MODAL
from tests.discord_server.payloads import interaction_event
from tests.discord_server.people import Person
from tests.discord_server.permissions import Permission
from tests.discord_server.server import LoopbackDiscord
from tests.discord_server.world import JSON, Channel, Guild, Interaction, Message, User
from tests.torture.report import Plan

Item = TypeVar("Item")
Alter = Callable[[JSON], object]
"""Changes an interaction's payload before it is sent."""
CANARY = "zorblaxquill"
"""A word of every question that intruders must not get to see."""
_CALM = 5
"""Looks in a row at which nothing has changed."""
REFUSALS = frozenset(
    {EN.not_admin, EN.not_home, EN.forgotten, EN.usage, EN.only_in_threads, EN.no_such_article, EN.no_thread}
    | {"Only the server's owner names admin roles.", "That role is not of this server."}
)
"""All that whoever may not do something hears; anything else would tell them more."""


@dataclass(slots=True, kw_only=True)
class Scene:
    """Two guilds with the bot in them, and a third that only has the app of whoever uses it there."""

    loopback: LoopbackDiscord
    bot: DatelineBot
    newsroom: FakeNewsroom
    ours: Guild
    room: Channel
    closed_room: Channel
    theirs: Guild
    their_room: Channel
    elsewhere: Guild
    far_room: Channel
    admin: Person
    alice: Person
    bob: Person
    stranger: Person


@contextlib.asynccontextmanager
async def scene(folder: Path, **settings: Any) -> AsyncIterator[Scene]:  # noqa: ANN401 - settings of any kind
    """The bot on a loopback Discord; discord.py's addresses are put back afterwards.

    ``bob`` is a member of both guilds and admin of *theirs*; ``stranger`` owns the third, where the bot is not.
    """
    base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - a moment, before anything runs
    try:
        async with LoopbackDiscord() as loopback:
            loopback.rest.limits.limit = 1_000_000
            world = loopback.world
            ours, theirs = world.add_guild("ours"), world.add_guild("theirs")
            (room,), (their_room,) = ours.channels.values(), theirs.channels.values()
            closed_room = world.add_channel(ours, "editors-only")
            editors = world.add_role(ours, "editors", Permission.MANAGE_GUILD)
            chiefs = world.add_role(theirs, "chiefs", Permission.MANAGE_GUILD)
            admin, alice = loopback.person("admin", ours, roles=(editors,)), loopback.person("alice", ours, theirs)
            bob = loopback.person("bob", ours, theirs, roles=(chiefs,))
            given = {"user_per_minute": 1_000_000, "guild_per_minute": 1_000_000, "message_content": True}
            newsroom = FakeNewsroom()
            async with running_bot(loopback, newsroom, folder, **{**given, **settings}) as bot:
                # The bot never hears of this one.
                elsewhere = world.add_guild("elsewhere")
                (far_room,) = elsewhere.channels.values()
                yield Scene(
                    loopback=loopback, bot=bot, newsroom=newsroom, ours=ours, room=room, closed_room=closed_room,
                    theirs=theirs, their_room=their_room, elsewhere=elsewhere, far_room=far_room,
                    admin=admin, alice=alice, bob=bob, stranger=loopback.owner(elsewhere),
                )  # fmt: skip
    finally:
        discord.http.Route.BASE = base
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)


def some(plan: Plan, everything: Iterable[Item], *, least: int) -> list[Item]:
    """All in the full run; else a share, by the seed, of at least so many."""
    found = list(everything)
    count = min(len(found), plan.times(len(found), least=least))
    return found if count == len(found) else random.Random(plan.seed).sample(found, count)  # noqa: S311 - a sample


def user_installed(user: User) -> Alter:
    """As from somebody who has the app as their own, in a guild that doesn't have it."""
    return lambda payload: payload.update(authorizing_integration_owners={"1": str(user.id)})


async def send(
    play: Scene, user: User, channel: Channel, kind: int, data: JSON, *, source: Message | None = None,
    alter: Alter | None = None,
) -> Interaction:  # fmt: skip
    """Sends an interaction as Discord would."""
    world = play.loopback.world
    interaction = Interaction(
        id=world.snowflakes.next(), token=secrets.token_urlsafe(24), kind=kind, user=user, channel=channel, data=data,
        created=world.clock.now(), sent=time.monotonic(), source=source,
    )  # fmt: skip
    world.interactions[interaction.token] = interaction
    await replay(play, interaction, alter)
    return interaction


async def replay(play: Scene, interaction: Interaction, alter: Alter | None = None) -> None:
    """Sends an interaction, perhaps once more: with the same id and token."""
    payload = interaction_event(play.loopback.world, interaction)
    if alter is not None:
        alter(payload)
    await play.loopback.gateway.dispatch("INTERACTION_CREATE", interaction.channel.guild_id, lambda _: payload)


async def press(
    play: Scene, user: User, channel: Channel, custom_id: str, *, kind: int = 2, on_it: bool = True,
    alter: Alter | None = None,
) -> Interaction:  # fmt: skip
    """Presses a control with this ``custom_id``, which stands on a message of the bot's, or (not ``on_it``) doesn't."""
    shown = custom_id if on_it else f"dateline:helpful:{play.loopback.world.snowflakes.next()}:0"
    source = Message(
        id=play.loopback.world.snowflakes.next(),
        channel=channel,
        author=play.loopback.world.bot,
        created=play.loopback.world.clock.iso(),
        content="a message of the bot's",
        components=[{"type": 1, "id": 1, "components": [_control(kind, shown)]}],
    )
    play.loopback.world.messages[source.id] = source
    data: JSON = {"custom_id": custom_id, "component_type": kind, "id": 2}
    if kind != 2:
        data["values"] = ["wrong"]
    return await send(play, user, channel, COMPONENT, data, source=source, alter=alter)


async def submit(
    play: Scene, user: User, channel: Channel, custom_id: str, alter: Alter | None = None, **filled: str
) -> Interaction:
    """Sends a form in that nobody showed."""
    parts = [
        {"type": 18, "id": n, "component": {"type": 4, "id": 100 + n, "custom_id": name, "value": value}}
        for n, (name, value) in enumerate(filled.items(), start=1)
    ]
    return await send(play, user, channel, MODAL, {"custom_id": custom_id, "components": parts}, alter=alter)


def _control(kind: int, custom_id: str) -> JSON:
    if kind == 2:
        return {"type": 2, "id": 2, "custom_id": custom_id, "label": "press", "style": 2}
    return {"type": kind, "id": 2, "custom_id": custom_id, "options": [{"label": "wrong", "value": "wrong"}]}


async def heard(play: Scene, interaction: Interaction, within: float = 60.0) -> str:
    """What the bot said to an interaction, with what it attached; empty where it said nothing at all in time."""

    def look() -> bool:
        return bool(_said(interaction))

    with contextlib.suppress(AssertionError):
        await play.loopback.world.until(look, "a word", within)
    return "\n".join(_said(interaction))


def _said(interaction: Interaction) -> list[str]:
    own = [interaction.response, *interaction.followups]
    messages = [one for one in own if one is not None and one is not interaction.source and not one.loading]
    said = [message.text for message in messages if message.text]
    said += [body.decode("utf-8", "replace") for message in messages for body in message.files.values()]
    if interaction.modal is not None:
        said.append(f"a form: {interaction.modal}")
    return said + [choice["name"] for choice in interaction.choices or ()]


def public(interaction: Interaction) -> bool:
    """Whether others saw what was said."""
    own = [interaction.response, *interaction.followups]
    return any(one is not None and one is not interaction.source and not one.ephemeral for one in own)


async def kept(play: Scene) -> Mapping[str, object]:
    """All that the bot keeps, in its database and in memory, and the state of the archive."""
    office, bot = play.bot.office, play.bot
    rows = await office.file(lambda: "\n".join(office.connection.iterdump()))
    return {
        "database": rows,
        "preferences": dict(office.book._kept),
        "rooms": set(office.rooms._threads),
        "archive": (play.newsroom.generation, sorted(play.newsroom.articles)),
        "reindexing": None if bot.reindexing.job is None else (bot.reindexing.job.id, bot.reindexing.job.cancelled),
        "asked": len(play.newsroom.asked),
    }


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> str:
    """What differs, in words; empty where nothing does."""
    return ", ".join(name for name, value in before.items() if after[name] != value)


def leaves(commands: list[JSON], *, above: JSON | None = None) -> Iterator[tuple[str, JSON, JSON]]:
    """Every command of the tree that can be run, with its definition and that of the command it belongs to."""
    for command in commands:
        top = above or command
        inner = [option for option in command.get("options") or [] if option["type"] in {1, 2}]
        if inner and (above is not None or command.get("type", 1) == 1):
            yield from ((f"{command['name']} {path}", leaf, top) for path, leaf, _ in leaves(inner, above=top))
        else:
            yield command["name"], command, top


async def settled(play: Scene) -> None:
    """Lets the bot deal with all that was sent, without asking anything of it that it keeps."""
    probe = await play.bob.autocomplete(play.room, "search", "outlet", query="x", outlet="no such outlet")
    await play.loopback.world.until(lambda: probe.callback is not None, "the next event's answer", 240)
    await play.loopback.world.until(lambda: not play.bot.answering.under_way, "the end of what is under way", 240)
    await play.bot.office.file(lambda: None)


async def calm(play: Scene) -> None:
    """Waits until what the bot keeps no longer changes: some of it is filed after the answer."""
    await settled(play)
    same, last = 0, await kept(play)
    while same < _CALM or (play.bot.reindexing.job and play.bot.reindexing.job.outcome is None and same < 10 * _CALM):
        await asyncio.sleep(0.03)
        now = await kept(play)
        same, last = same + 1 if now == last else 0, now
