"""Access: everything an admin may do, and every button and form, tried by everyone who should not."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Final

from bot.buttons import RecordButton
from bot.cogs import BUTTONS
from bot.ledger import LookUp, Record
from bot.modals import Form
from tests.discord_server.interactions import COMMAND
from tests.discord_server.payloads import message_event
from tests.discord_server.people import Person
from tests.discord_server.world import JSON, Channel, Interaction, Message, User
from tests.torture import access_flood, access_reading
from tests.torture.intruders import (
    CANARY,
    REFUSALS,
    Alter,
    Scene,
    calm,
    changes,
    heard,
    kept,
    leaves,
    press,
    public,
    replay,
    scene,
    send,
    settled,
    some,
    submit,
    user_installed,
)
from tests.torture.report import Plan, Row

OPEN_TO_ALL: Final = {"ask", "search", "article", "privacy", "join", "leave", "new", "Ask about this"}
"""Commands that everybody may use; every other one must be an admin's."""
FORMS: Final = {"FollowUpModal", "ReasonModal"}
"""Forms that are tried here; another one must be added with what it takes."""
_LONG: Final = "9" * 40


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


def attacks(plan: Plan) -> Iterator[Row]:
    """Runs the matrix, the reading of what is others', and the floods."""
    parts: tuple[Callable[[Plan], Coroutine[object, object, list[Row]]], ...] = (
        admin_rows,
        control_rows,
        access_reading.rows,
        access_flood.rows,
    )
    for part in parts:
        yield from asyncio.run(part(plan))


async def admin_rows(plan: Plan) -> list[Row]:
    """Every admin command by everyone who is no admin there, and by an admin for what is another guild's."""
    async with scene(plan.folder / "admin") as play:
        commands, chat = Tried("admin commands by those who may not"), Tried("chat forms of commands by bots, webhooks")
        foreign, twice = Tried("settings with another guild's channel or role"), Tried("admin commands replayed")
        everything = list(leaves(play.loopback.world.commands))
        for path, _, top in everything:
            guarded = top.get("default_member_permissions") is not None
            if not guarded and path not in OPEN_TO_ALL:
                commands.lost.append(f"/{path} is open to all and nobody has said that it should be")
        admin_only = [(path, leaf) for path, leaf, top in everything if top.get("default_member_permissions")]
        for intruder in await _no_admins(play):
            for path, leaf in admin_only:
                await _refused(play, commands, f"/{path} by {intruder.who}", _runner(play, intruder, path, leaf))
        await _chat(play, chat)
        await _foreign(play, foreign, admin_only)
        await _twice(play, twice, admin_only)
        return [
            commands.row(),
            chat.row("no answer, nothing changed"),
            foreign.row(),
            twice.row("done once, the second time nothing"),
        ]


async def control_rows(plan: Plan) -> list[Row]:
    """Every button and form, with ids of what is others', by those whose it isn't."""
    async with scene(plan.folder / "controls") as play:
        forged, forms = Tried("buttons with another's id"), Tried("forms with another's id")
        odd, twice = Tried("component ids that are none"), Tried("buttons and forms replayed")
        forged.lost += [f"{kind.__name__} is no button of the client's" for kind in _kinds() if kind not in BUTTONS]
        forms.lost += [f"{kind.__name__} is a form that is not tried here" for kind in Form.__subclasses__()
                       if kind.__name__ not in FORMS]  # fmt: skip
        targets = await _targets(play)
        job = play.bot.reindexing.begin(play.admin.user.id, play.ours.id)
        await calm(play)
        trials = list(_trials(play, targets))
        for attempt, what, act in some(plan, trials, least=50):
            await _refused(play, forms if attempt == "form" else forged, what, act)
        for intruder in await _no_admins(play):
            what = f"cancel by {intruder.who}"
            await _refused(play, forged, what, _presser(play, intruder, f"dateline:cancel:{job.id}:0"))
        play.bot.reindexing.abandon(job, RuntimeError("given up by the test"))
        await _odd(play, odd, targets)
        await _replayed(play, twice)
        await _forgets_own(play, forged)
        return [
            forged.row(),
            forms.row(),
            odd.row("told that it is no longer kept, nothing changed"),
            twice.row("done once, the second time nothing"),
        ]


def _trials(play: Scene, targets: dict[str, Record | LookUp]) -> Iterator[tuple[str, str, Act]]:
    """Every button and form with the id of everything that is not for whoever uses it."""
    for (name, target), intruder in itertools.product(targets.items(), _outsiders(play)):
        if not _is_others(target, intruder):
            continue
        paging = {"search-page", "article-page"}
        fitting = (
            paging if isinstance(target, LookUp) else {one.name for one in BUTTONS} - paging - {"forget", "cancel"}
        )
        for kind in sorted(fitting):
            custom_id = f"dateline:{kind}:{target.id}:0"
            yield "button", f"{kind} of {name} by {intruder.who}", _presser(play, intruder, custom_id)
        if isinstance(target, LookUp):
            continue
        for about in (f"question:{target.id}:0", f"question:{target.id}:1", f"reason:{target.id}"):
            yield "form", f"{about} of {name} by {intruder.who}", _sender(play, intruder, f"dateline:{about}:x")


def _kinds(kind: type[RecordButton] = RecordButton) -> Iterator[type[RecordButton]]:
    for one in kind.__subclasses__():
        yield one
        yield from _kinds(one)


async def _no_admins(play: Scene) -> list[Intruder]:
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


def _outsiders(play: Scene) -> list[Intruder]:
    bob, stranger, direct = play.bob.user, play.stranger.user, play.loopback.world.direct_channel
    return [
        Intruder(who="a member in the same channel", user=bob, channel=play.room),
        Intruder(who="the admin in the same channel", user=play.admin.user, channel=play.room),
        Intruder(who="a member in another guild", user=bob, channel=play.their_room),
        Intruder(who="a member by direct message", user=bob, channel=direct(bob)),
        Intruder(who="somebody with the app as their own", user=stranger, channel=play.far_room,
                 alter=user_installed(stranger)),
    ]  # fmt: skip


async def _targets(play: Scene) -> dict[str, Record | LookUp]:
    """Of every kind of place and privacy: a question of alice's, a search and an article that she read."""
    ledger, direct = play.bot.office.ledger, play.loopback.world.direct_channel(play.alice.user)
    found: dict[str, Record | LookUp] = {}
    places = {"the channel": play.room, "a closed channel": play.closed_room, "a direct message": direct}
    for (where, channel), private in itertools.product(places.items(), (True, False)):
        name = f"{'a private' if private else 'an open'} question in {where}"
        asked = await play.alice.slash(
            channel, "ask", question=f"When will the {CANARY} ferry resume?", private=private
        )
        await play.loopback.answer(asked)
        newest = await play.bot.office.file(
            lambda: ledger.record(ledger._db.execute("SELECT max(id) FROM questions").fetchone()[0])
        )
        assert newest is not None
        await play.bot.office.file(lambda one=newest: ledger.set_aside(one.id, None, ()))  # type: ignore[misc]
        found[name] = newest
        for kind, given in (("search", {"query": f"{CANARY} ferry"}), ("article", {"headline": "ferry"})):
            await play.loopback.answer(await play.alice.slash(channel, kind, private=private, **given))
            number = await play.bot.office.file(lambda: ledger._db.execute("SELECT max(id) FROM lookups").fetchone()[0])
            seen = await play.bot.office.file(lambda n=number, k=kind: ledger.lookup(n, k))  # type: ignore[misc]
            assert seen is not None
            found[f"{'a private' if private else 'an open'} {kind} in {where}"] = seen
    return found


def _is_others(target: Record | LookUp, intruder: Intruder) -> bool:
    """Whether this is not for them: what is open is for all in its channel."""
    return target.private or target.channel_id != intruder.channel.id


def _runner(play: Scene, intruder: Intruder, path: str, leaf: JSON) -> Act:
    channel = play.room if intruder.channel.guild_id is None else intruder.channel
    guild = play.loopback.world.guilds[channel.guild_id or 0]
    options = filled(leaf, channel, next(iter(guild.roles)))
    person = Person(play.loopback, intruder.user)
    data = person._command_data(channel, path, options, forced=True)
    return lambda: send(play, intruder.user, intruder.channel, COMMAND, data, alter=intruder.alter)


def _presser(play: Scene, intruder: Intruder, custom_id: str) -> Act:
    return lambda: press(play, intruder.user, intruder.channel, custom_id, alter=intruder.alter)


def _sender(play: Scene, intruder: Intruder, custom_id: str) -> Act:
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


async def _refused(play: Scene, tried: Tried, what: str, act: Act) -> None:
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


async def _chat(play: Scene, tried: Tried) -> None:
    """What a bot and a webhook write is never heard; and no admin command has a form in chat."""
    world, names = play.loopback.world, sorted(command.qualified_name for command in play.bot.walk_commands())
    tried.lost += [f"!{name} is a chat command and nobody has said that it should be" for name in names
                   if name not in OPEN_TO_ALL]  # fmt: skip
    machine = world.add_user("other bot", bot=True)
    play.ours.members[machine.id] = play.ours.members[play.alice.user.id]
    paths = sorted({path for path, _, _ in leaves(world.commands)} | set(names))
    before = await kept(play)
    count = len(world.messages)
    for path in paths:
        for text in (f"!{path} ferry?", f"<@{world.bot.id}> {path} ferry?", f"<@{world.bot.id}> When will it resume?"):
            for webhook in (False, True):
                tried.tried += 1
                message = await play.loopback.messages.post(machine, play.room, {"content": text}, {}, announce=False)
                payload = _as_webhook(play, message) if webhook else None
                await _announce(play, message, payload)
    await play.loopback.messages.post(machine, world.direct_channel(machine), {"content": "!ask ferry?"}, {})
    tried.tried += 1
    await settled(play)
    said = [one.text for one in list(world.messages.values())[count:] if one.author is world.bot]
    changed = changes(before, await kept(play))
    if said or changed:
        tried.lost.append(f"a bot or webhook was answered: {said[-3:]}, changed: {changed}")


def _as_webhook(play: Scene, message: Message) -> JSON:
    payload = message_event(play.loopback.world, message, 1 << 15)
    # A webhook's author need not be marked as a bot.
    payload["author"] = payload["author"] | {"bot": False}
    payload.pop("member", None)
    return payload | {"webhook_id": str(message.id)}


async def _announce(play: Scene, message: Message, payload: JSON | None) -> None:
    if payload is None:
        await play.loopback.messages.announce("MESSAGE_CREATE", message)
        return
    await play.loopback.gateway.dispatch("MESSAGE_CREATE", play.ours.id, lambda _: payload)


async def _foreign(play: Scene, tried: Tried, admin_only: list[tuple[str, JSON]]) -> None:
    """An admin names what is another guild's; Discord's own apps don't offer that, so the payload is forged."""
    for path, leaf in admin_only:
        taken = {option["type"] for option in leaf.get("options") or []} & {7, 8}
        if not taken:
            continue
        owner = play.loopback.owner(play.ours)
        their_role = await play.loopback.new_role(play.theirs, "theirs")
        play.ours.roles[their_role.id] = their_role  # so that the payload can be made
        data = owner._command_data(play.room, path, filled(leaf, play.their_room, their_role.id), forced=True)
        del play.ours.roles[their_role.id]
        what = f"/{path} for {'a channel' if 7 in taken else 'a role'} of another guild"
        await _refused(
            play, tried, what, lambda data=data, owner=owner: send(play, owner.user, play.room, COMMAND, data)
        )  # type: ignore[misc]


async def _twice(play: Scene, tried: Tried, admin_only: list[tuple[str, JSON]]) -> None:
    """By somebody who may: done and noted in the audit, once."""
    owner = Intruder(who="the owner", user=play.loopback.owner(play.ours).user, channel=play.room)
    for path, leaf in admin_only:
        tried.tried += 1
        noted = await _audited(play)
        done = await _runner(play, owner, path, leaf)()
        await heard(play, done)
        for _ in range(200):
            if await _audited(play) > noted:
                break
            await asyncio.sleep(0.05)
        else:
            tried.lost.append(f"/{path} is in no audit")
        await calm(play)
        before, words = await kept(play), await heard(play, done)
        await replay(play, done)
        await calm(play)
        if (changed := changes(before, await kept(play))) or await heard(play, done) != words:
            tried.lost.append(f"/{path} done twice: {changed}")


async def _audited(play: Scene) -> int:
    return len(await play.bot.office.file(lambda: play.bot.office.audit.entries(limit=10**6)))


async def _odd(play: Scene, tried: Tried, targets: dict[str, Record | LookUp]) -> None:
    """Ids of nothing, huge ones, other actions, other kinds of control, ids that are on no message."""
    record = next(one for one in targets.values() if isinstance(one, Record) and not one.private)
    here = Intruder(who="a member", user=play.alice.user, channel=play.room)
    names = [kind.name for kind in BUTTONS if kind.name not in {"forget", "cancel", "share", "thread"}]
    for name, number in itertools.product(names, ("999999", _LONG)):
        await _refused(play, tried, f"{name} of {number}", _presser(play, here, f"dateline:{name}:{number}:0"))
    crafted = [f"dateline:nothing:{record.id}:0", "dateline:sources", "admin:reindex", f"dateline:sources:{record.id}",
               "dateline:sources:-1:0", f"dateline:sources:{record.id}:0 ", "' OR 1=1 --", "\u202e" * 20]  # fmt: skip
    for custom_id in crafted:
        await _refused(play, tried, f"the component {custom_id!r}", _presser(play, here, custom_id))
        await _refused(play, tried, f"the form {custom_id!r}", _sender(play, here, custom_id))
    for number in ("999999", _LONG):
        for about in (f"question:{number}:0", f"reason:{number}"):
            await _refused(play, tried, f"the form {about}", _sender(play, here, f"dateline:{about}:x"))
    for kind in BUTTONS:
        custom_id = f"dateline:{kind.name}:{record.id}:0"

        def act(custom_id: str = custom_id, *, on_it: bool = True, kind: int = 3) -> Awaitable[Interaction]:
            return press(play, here.user, here.channel, custom_id, kind=kind, on_it=on_it)

        await _refused(play, tried, f"{kind.name} on no message", lambda act=act: act(on_it=False, kind=2))  # type: ignore[misc]
        await _refused(play, tried, f"{kind.name} as a choice", lambda act=act: act(on_it=False))  # type: ignore[misc]


async def _replayed(play: Scene, tried: Tried) -> None:
    """An own click or form whose event comes twice."""
    for kind in BUTTONS:
        if kind.name == "cancel":
            continue
        asked = await play.alice.slash(play.room, "ask", question="When will the ferry resume?", private=True)
        await play.loopback.answer(asked)
        number = await play.bot.office.file(
            lambda: play.bot.office.connection.execute("SELECT max(id) FROM questions").fetchone()[0]
        )
        for custom_id in (f"dateline:{kind.name}:{number}:0", f"dateline:question:{number}:1:x"):
            tried.tried += 1
            mine = Intruder(who="alice", user=play.alice.user, channel=play.room)
            form = ":question:" in custom_id
            done = await (_sender(play, mine, custom_id) if form else _presser(play, mine, custom_id))()
            await heard(play, done, 1.0)
            await calm(play)
            before, words = await kept(play), len(done.followups)
            await replay(play, done)
            await settled(play)
            if (changed := changes(before, await kept(play))) or len(done.followups) != words:
                tried.lost.append(f"{custom_id} acted twice: {changed}")


async def _forgets_own(play: Scene, tried: Tried) -> None:
    """*Forget me*, whoever's message it stands on, deletes what is the presser's and nothing else."""
    ledger, tables = play.bot.office.ledger, ("questions", "feedback", "lookups")
    for person, number in ((play.bob, 0), (play.stranger, 1), (play.admin, 999)):
        tried.tried += 1
        await play.loopback.answer(await play.alice.slash(play.room, "ask", question="When will the ferry resume?"))
        before = await play.bot.office.file(lambda: dict(ledger.kept_about(play.alice.user.id)))
        channel = play.far_room if person is play.stranger else play.room
        alter = user_installed(person.user) if person is play.stranger else None
        done = await press(play, person.user, channel, f"dateline:forget:{number}:0", alter=alter)
        await heard(play, done, 1.0)
        after = await play.bot.office.file(lambda: dict(ledger.kept_about(play.alice.user.id)))
        own = await play.bot.office.file(lambda one=person: dict(ledger.kept_about(one.user.id)))  # type: ignore[misc]
        if before != after or any(own[table] for table in tables):
            tried.lost.append(f"forget by {person.user.name}: {before} became {after}, own {own}")
