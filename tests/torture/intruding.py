"""Who tries what they may not, and how it must come out: refused in words, nothing changed, nothing told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.discord_server.interactions import COMMAND
from tests.discord_server.people import Person
from tests.discord_server.world import JSON, Channel, Interaction, User
from tests.torture.intruders import (
    REFUSALS,
    Alter,
    Scene,
    calm,
    changes,
    heard,
    kept,
    press,
    public,
    send,
    submit,
    user_installed,
)
from tests.torture.report import Row

Act = Callable[[], Awaitable[Interaction]]


@dataclass(slots=True)
class Tried:
    """What was tried of one attack, and what came of it."""

    attack: str
    tried: int = 0
    lost: list[str] = field(default_factory=list)

    def row(self, held: str = "refused in words, nothing changed, nothing told") -> Row:
        """The line of the table."""
        return Row(attack=self.attack, tried=self.tried, held=held, lost=tuple(self.lost))


@dataclass(frozen=True, slots=True, kw_only=True)
class Intruder:
    """Somebody, in a place, with what Discord would say of them."""

    who: str
    user: User
    channel: Channel
    alter: Alter | None = None


async def no_admins(play: Scene) -> list[Intruder]:
    world, dan, eve = (
        play.loopback.world,
        play.loopback.person("dan", play.ours),
        play.loopback.person("eve", play.ours),
    )
    role, desk = world.add_role(play.ours, "gone", 1 << 5), await play.loopback.new_role(play.ours, "desk")
    # Both were admins, one by permission and one by the owner's word, and have lost the role.
    owner = play.loopback.owner(play.ours)
    options = {"purpose": "admin", "action": "add", "role": str(desk.id)}
    await play.loopback.answer(await owner.slash(play.room, "settings roles", **options))
    for person, held in ((dan, role), (eve, desk)):
        play.ours.members[person.user.id].role_ids.append(held.id)
        shown = await play.loopback.answer(await person.forced_slash(play.room, "settings show"))
        if "Settings" not in shown.text:
            raise AssertionError(f"{person.user.name} was no admin to begin with: {shown.text}")
        play.ours.members[person.user.id].role_ids.clear()
    await calm(play)
    direct, stranger = world.direct_channel, play.stranger.user
    return [
        Intruder(who="a member", user=play.alice.user, channel=play.room),
        Intruder(who="another guild's admin", user=play.bob.user, channel=play.room),
        Intruder(who="an admin who lost the role", user=dan.user, channel=play.room),
        Intruder(who="one named admin who lost the role", user=eve.user, channel=play.room),
        Intruder(who="an admin in a direct message", user=play.admin.user, channel=direct(play.admin.user)),
        Intruder(who="the owner of a guild without the bot", user=stranger, channel=play.far_room,
                 alter=user_installed(stranger)),
        Intruder(who="somebody with the app as their own", user=stranger, channel=direct(stranger),
                 alter=user_installed(stranger)),
    ]  # fmt: skip


def outsiders(play: Scene) -> list[Intruder]:
    bob, stranger, direct = play.bob.user, play.stranger.user, play.loopback.world.direct_channel
    return [
        Intruder(who="a member in the same channel", user=bob, channel=play.room),
        Intruder(who="the admin in the same channel", user=play.admin.user, channel=play.room),
        Intruder(who="a member in another guild", user=bob, channel=play.their_room),
        Intruder(who="a member by direct message", user=bob, channel=direct(bob)),
        Intruder(who="somebody with the app as their own", user=stranger, channel=play.far_room,
                 alter=user_installed(stranger)),
    ]  # fmt: skip


def runner(play: Scene, intruder: Intruder, path: str, leaf: JSON) -> Act:
    channel = play.room if intruder.channel.guild_id is None else intruder.channel
    guild = play.loopback.world.guilds[channel.guild_id or 0]
    options = filled(leaf, channel, next(iter(guild.roles)))
    person = Person(play.loopback, intruder.user)
    data = person._command_data(channel, path, options, forced=True)
    return lambda: send(play, intruder.user, intruder.channel, COMMAND, data, alter=intruder.alter)


def presser(play: Scene, intruder: Intruder, custom_id: str) -> Act:
    return lambda: press(play, intruder.user, intruder.channel, custom_id, alter=intruder.alter)


def sender(play: Scene, intruder: Intruder, custom_id: str) -> Act:
    filled_in = {"question": "And why?", "reason": "wrong", "remark": "rude"}
    return lambda: submit(play, intruder.user, intruder.channel, custom_id, intruder.alter, **filled_in)


def filled(leaf: JSON, channel: Channel, role_id: int) -> dict[str, str | int | bool | float]:
    """All of a command's options, with the first value that each takes: so that a new option is tried too."""
    values: dict[str, str | int | bool | float] = {}
    for option in leaf.get("options") or []:
        plain = {
            3: "Northern Wire",
            4: option.get("min_value", 1),
            5: True,
            7: str(channel.id),
            8: str(role_id),
            10: 1.0,
        }
        choices = option.get("choices")
        values[option["name"]] = choices[0]["value"] if choices else plain[option["type"]]
    return values


async def refused(play: Scene, tried: Tried, what: str, act: Act) -> None:
    """Does it, and notes if it wasn't refused politely, changed anything, or told anything."""
    tried.tried += 1
    before = await kept(play)
    done = await act()
    said = await heard(play, done)
    changed = changes(before, await kept(play))
    if changed:
        tried.lost.append(f"{what} changed {changed}")
    if said not in REFUSALS:
        tried.lost.append(f"{what} heard {said[:200]!r}")
    elif public(done):
        tried.lost.append(f"{what} was refused for all to see")
