"""Every button and form, with ids of what is others', tried by those whose it is not."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Iterator
from typing import Final

from bot.buttons import RecordButton
from bot.cogs import BUTTONS
from bot.ledger import LookUp, Record
from bot.modals import Form
from tests.discord_server.world import Interaction
from tests.torture.intruders import (
    CANARY,
    Scene,
    calm,
    changes,
    heard,
    kept,
    press,
    replay,
    scene,
    settled,
    some,
    user_installed,
)
from tests.torture.intruding import Act, Intruder, Tried, no_admins, outsiders, presser, refused, sender
from tests.torture.report import Plan, Row

FORMS: Final = {"FollowUpModal", "ReasonModal"}
"""Forms that are tried here; another one must be added with what it takes."""
_LONG: Final = "9" * 40


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
            await refused(play, forms if attempt == "form" else forged, what, act)
        for intruder in await no_admins(play):
            what = f"cancel by {intruder.who}"
            await refused(play, forged, what, presser(play, intruder, f"dateline:cancel:{job.id}:0"))
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
    for (name, target), intruder in itertools.product(targets.items(), outsiders(play)):
        if not _is_others(target, intruder):
            continue
        paging = {"search-page", "article-page"}
        fitting = (
            paging if isinstance(target, LookUp) else {one.name for one in BUTTONS} - paging - {"forget", "cancel"}
        )
        for kind in sorted(fitting):
            custom_id = f"dateline:{kind}:{target.id}:0"
            yield "button", f"{kind} of {name} by {intruder.who}", presser(play, intruder, custom_id)
        if isinstance(target, LookUp):
            continue
        for about in (f"question:{target.id}:0", f"question:{target.id}:1", f"reason:{target.id}"):
            yield "form", f"{about} of {name} by {intruder.who}", sender(play, intruder, f"dateline:{about}:x")


def _kinds(kind: type[RecordButton] = RecordButton) -> Iterator[type[RecordButton]]:
    for one in kind.__subclasses__():
        yield one
        yield from _kinds(one)


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


async def _odd(play: Scene, tried: Tried, targets: dict[str, Record | LookUp]) -> None:
    """Ids of nothing, huge ones, other actions, other kinds of control, ids that are on no message."""
    record = next(one for one in targets.values() if isinstance(one, Record) and not one.private)
    here = Intruder(who="a member", user=play.alice.user, channel=play.room)
    names = [kind.name for kind in BUTTONS if kind.name not in {"forget", "cancel", "share", "thread"}]
    for name, number in itertools.product(names, ("999999", _LONG)):
        await refused(play, tried, f"{name} of {number}", presser(play, here, f"dateline:{name}:{number}:0"))
    crafted = [f"dateline:nothing:{record.id}:0", "dateline:sources", "admin:reindex", f"dateline:sources:{record.id}",
               "dateline:sources:-1:0", f"dateline:sources:{record.id}:0 ", "' OR 1=1 --", "\u202e" * 20]  # fmt: skip
    for custom_id in crafted:
        await refused(play, tried, f"the component {custom_id!r}", presser(play, here, custom_id))
        await refused(play, tried, f"the form {custom_id!r}", sender(play, here, custom_id))
    for number in ("999999", _LONG):
        for about in (f"question:{number}:0", f"reason:{number}"):
            await refused(play, tried, f"the form {about}", sender(play, here, f"dateline:{about}:x"))
    for kind in BUTTONS:
        custom_id = f"dateline:{kind.name}:{record.id}:0"

        def act(custom_id: str = custom_id, *, on_it: bool = True, kind: int = 3) -> Awaitable[Interaction]:
            return press(play, here.user, here.channel, custom_id, kind=kind, on_it=on_it)

        await refused(play, tried, f"{kind.name} on no message", lambda act=act: act(on_it=False, kind=2))  # type: ignore[misc]
        await refused(play, tried, f"{kind.name} as a choice", lambda act=act: act(on_it=False))  # type: ignore[misc]


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
            done = await (sender(play, mine, custom_id) if form else presser(play, mine, custom_id))()
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
