"""What one guild asked, set and counted, looked for from another, and from other people's direct messages."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from tests.discord_server.people import Person
from tests.discord_server.world import JSON, Channel, Message
from tests.torture.intruders import CANARY, Scene, calm, heard, kept, leaves, press, scene, settled, some
from tests.torture.report import Plan, Row

_QUESTIONS = (f"When will the {CANARY} ferry resume?", f"Who won the {CANARY} match?")
_HIDDEN_OUTLET = "The Harbour Post"


async def rows(plan: Plan) -> list[Row]:
    """Statistics, settings, suggestions, reply chains, threads, privacy: each from where they aren't known."""
    async with scene(plan.folder / "reading") as play:
        await _prepare(play)
        found = [await one(play, plan) for one in (_shown, _suggested, _chains, _feedback, _erasure)]
    names = (
        "another guild's statistics, settings, status",
        "suggestions of what a guild doesn't show",
        "others' turns through replies, threads and forms",
        "feedback from elsewhere",
        "privacy: counts and erasure",
    )
    held = "nothing of another's in text, CSV, suggestion or history"
    return [
        Row(attack=name, tried=tried, held=held, lost=tuple(lost))
        for name, (tried, lost) in zip(names, found, strict=True)
    ]


async def _prepare(play: Scene) -> None:
    """Open and private questions in *ours* and in a direct message, feedback, and settings of each guild's own."""
    direct = play.loopback.world.direct_channel(play.alice.user)
    for channel, private in itertools.product((play.room, play.closed_room, direct), (False, True)):
        for question in _QUESTIONS:
            asked = await play.alice.slash(channel, "ask", question=question, private=private)
            answer = await play.loopback.answer(asked)
            await heard(play, await play.alice.click(answer, "Helpful"))
            await play.loopback.answer(await play.alice.slash(channel, "search", query=question, private=private))
    owner = play.loopback.owner(play.theirs)
    await play.loopback.answer(
        await owner.slash(play.their_room, "settings outlets", action="add", outlet="Northern Wire")
    )
    await play.loopback.answer(await play.admin.slash(play.room, "settings answers", language="en", private=True))


async def _shown(play: Scene, _: Plan) -> tuple[int, list[str]]:
    """Everything that an admin of *theirs* can have shown, there and by direct message."""
    tried, lost = 0, []
    owner = play.loopback.owner(play.theirs)
    own = (CANARY, "Language: en", str(play.room.id), str(play.ours.id), str(play.alice.user.id), "ferry")
    for person, (path, given) in itertools.product(
        (owner, play.bob),
        (("stats", {"days": 90}), ("settings show", {}), ("status", {}), ("privacy", {})),
    ):
        tried += 1
        said = await heard(play, await person.forced_slash(play.their_room, path, **given), 240)
        lost += [f"/{path} in another guild shows {word}" for word in own if word in said]
        if not said or (path == "stats" and "Questions            0" not in said):
            lost.append(f"/{path} in another guild said {said[:100]!r}")
    return tried, lost


async def _suggested(play: Scene, _: Plan) -> tuple[int, list[str]]:
    """Every option that suggests something, at every beginning of what *theirs* doesn't show."""
    tried, lost = 0, []
    for path, option in _suggesting(play):
        for length in range(len(_HIDDEN_OUTLET) + 1):
            tried += 1
            typed = _HIDDEN_OUTLET[:length] if option == "outlet" else "Ferry service"[:length]
            asked = await play.bob.autocomplete(play.their_room, path, option, **{option: typed})
            await play.loopback.acknowledged(asked)
            names = " ".join(choice["name"] for choice in asked.choices or [])
            if _HIDDEN_OUTLET in names or "Ferry" in names or CANARY in names:
                lost.append(f"/{path} {option}:{typed} suggests {names}")
    hidden = await heard(play, await play.bob.slash(play.their_room, "article", headline="=a10"))
    if "Saltmarsh" in hidden:
        lost.append("/article shows an outlet that isn't shown")
    return tried + 1, lost


def _suggesting(play: Scene) -> Iterator[tuple[str, str]]:
    for path, leaf, _ in leaves(play.loopback.world.commands):
        yield from ((path, option["name"]) for option in leaf.get("options") or [] if option.get("autocomplete"))


async def _chains(play: Scene, plan: Plan) -> tuple[int, list[str]]:
    """Questions that claim to follow what was said elsewhere; the archive is never told of it."""
    tried, lost = 0, []
    world = play.loopback.world
    answers = [one for one in world.messages.values() if one.author is world.bot and one.texts]
    direct = world.direct_channel(play.bob.user)
    places: tuple[tuple[Person, Channel], ...] = (
        (play.bob, play.their_room), (play.bob, direct), (play.admin, play.room),
    )  # fmt: skip
    for answer, (person, channel) in some(plan, itertools.product(answers, places), least=30):
        if answer.channel is channel and not answer.ephemeral:
            continue
        tried += 1
        message = await _posted(play, person, channel, answer)
        await play.loopback.reply(message)
        _, history, _ = play.newsroom.asked[-1]
        if any(CANARY in turn.question for turn in history):
            lost.append(f"a reply in {channel.name or 'a direct message'} went on from {answer.channel.name!r}")
    shared = await _shared_after_private(play)
    for person in (play.admin, play.bob):
        tried += 1
        message = await person.reply(shared, f"<@{world.bot.id}> And why is that?")
        await play.loopback.reply(message)
        _, history, _ = play.newsroom.asked[-1]
        if any("unshared" in f"{turn.question} {turn.standalone}" for turn in history):
            lost.append("what was asked before a shared answer reached others")
    tried += 1
    opened = await heard(play, await play.admin.click(shared, "Continue in a thread"))
    thread = play.loopback.world.channels.get(shared.id)
    if thread is None:
        return tried, [*lost, f"no thread was opened: {opened}"]
    message = await play.admin.say(thread, "And why is that?")
    await play.loopback.reply(message)
    if any("unshared" in f"{turn.question} {turn.standalone}" for turn in play.newsroom.asked[-1][1]):
        lost.append("what was asked before a shared answer reached its thread")
    return tried, lost


async def _posted(play: Scene, person: Person, channel: Channel, answer: Message) -> Message:
    """A message that mentions the bot and claims to reply to an answer of another place."""
    body: JSON = {
        "content": f"<@{play.loopback.world.bot.id}> And why is that?",
        "message_reference": {"message_id": str(answer.id)},
        "allowed_mentions": {"parse": []},
    }
    return await play.loopback.messages.post(person.user, channel, body, {})


async def _shared_after_private(play: Scene) -> Message:
    """An answer that was shared, and that follows a private one which was not."""
    world, room = play.loopback.world, play.room
    first = await play.loopback.answer(
        await play.alice.slash(room, "ask", question="What of the unshared ferry?", private=True)
    )
    form = await play.loopback.acknowledged(await play.alice.click(first, "Follow up"))
    second = await play.loopback.answer(await play.alice.submit(form, question="When will the tram run?"))
    assert second.ephemeral
    pressed = await play.alice.click(second, "Share")
    await world.until(lambda: bool(pressed.followups), "the shared answer")
    await settled(play)
    return pressed.followups[0]


async def _feedback(play: Scene, plan: Plan) -> tuple[int, list[str]]:
    """Ratings of *ours'* answers, open or private, from another guild and from a direct message."""
    office = play.bot.office
    ids = await office.file(
        lambda: [row[0] for row in office.connection.execute("SELECT id FROM questions WHERE guild_id = ?",
                                                             (play.ours.id,))]
    )  # fmt: skip
    await calm(play)
    before = (await kept(play))["database"]
    elsewhere = (play.their_room, play.loopback.world.direct_channel(play.bob.user))
    trials = some(plan, itertools.product(ids, elsewhere, ("helpful", "not-helpful")), least=20)
    for number, channel, name in trials:
        await heard(play, await press(play, play.bob.user, channel, f"dateline:{name}:{number}:0"))
    await calm(play)
    lost = [] if (await kept(play))["database"] == before else ["a rating from elsewhere was kept"]
    return len(trials), lost


async def _erasure(play: Scene, _: Plan) -> tuple[int, list[str]]:
    """*Forget me* by somebody else leaves all of alice's; by alice nothing, in no guild."""
    office, lost = play.bot.office, []
    count = lambda: dict(office.ledger.kept_about(play.alice.user.id))  # noqa: E731 - asked for three times
    before = await office.file(count)
    for person, channel in ((play.bob, play.their_room), (play.admin, play.room)):
        shown = await play.loopback.answer(await person.slash(channel, "privacy"))
        if any(str(number) in shown.text.split("days")[-1] for number in before.values() if number > 9):
            lost.append(f"/privacy tells {person.user.name} of somebody else's: {shown.text}")
        await person.click(shown, shown.buttons[0]["label"])
        await settled(play)
    if await office.file(count) != before:
        lost.append("somebody else's *Forget me* deleted alice's")
    await heard(play, await press(play, play.alice.user, play.their_room, "dateline:forget:0:0"), 1.0)
    await settled(play)
    if any((await office.file(count)).values()):
        lost.append("something of alice's was kept")
    return 5, lost
