"""Denial: one member who asks, edits, presses and mistypes without end, while the others are served."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from bot.admission import TOLD_PER_MINUTE
from tests.discord_server.world import Message
from tests.torture.intruders import Scene, press, scene, settled
from tests.torture.report import Plan, Row

_A_MINUTE = 8
"""Questions of one person; the default of ``DISCORD_USER_PER_MINUTE``."""
_IN_TIME = 3.0
"""Seconds in which Discord wants an interaction acknowledged; here of processor time, of attackers, Discord and bot
together, so that a busy machine proves nothing."""
_AT_ONCE = 50
"""Messages or clicks of one person before they wait for the bot; Discord itself lets nobody send so many."""


async def rows(plan: Plan) -> list[Row]:
    """Each flood with a bot of its own."""
    return [
        await _mentions(plan),
        await _many(plan),
        await _edits(plan),
        await _refusals(plan),
        await _presses(plan),
        await _giants(plan),
    ]


@contextlib.asynccontextmanager
async def _served(play: Scene, lost: list[str]) -> AsyncIterator[None]:
    """While something goes on, an admin's commands and another member's question are answered in time."""
    stop = asyncio.Event()

    async def watch() -> None:
        while not stop.is_set():
            began = time.process_time()
            asked = await play.admin.slash(play.room, "settings show")
            try:
                await play.loopback.acknowledged(asked, within=240)
            except AssertionError:
                lost.append("an admin was not answered")
            if (waited := time.process_time() - began) > _IN_TIME:
                lost.append(f"an admin waited {waited:.1f} s")
            await asyncio.sleep(0.1)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        stop.set()
        await watching


def _said(play: Scene, since: int) -> list[Message]:
    """What the bot wrote for all to see after a message."""
    world = play.loopback.world
    return [one for one in world.messages.values() if one.author is world.bot and one.id > since and not one.ephemeral]


async def _quiet(play: Scene, within: float = 600.0) -> None:
    """Waits until the bot has nothing under way any more."""
    end = time.monotonic() + within
    calm = 0
    while calm < 5:
        if time.monotonic() > end:
            raise AssertionError("the bot never came to rest")
        calm = calm + 1 if not play.bot.answering.under_way else 0
        await asyncio.sleep(0.02)


async def _mentions(plan: Plan) -> Row:
    """One member mentions the bot again and again."""
    lost: list[str] = []
    times = plan.times(1_000, least=60)
    async with scene(plan.folder / "mentions", user_per_minute=_A_MINUTE) as play:
        mention = f"<@{play.loopback.world.bot.id}> When will the ferry resume?"
        first = await play.alice.say(play.room, "hello")
        async with _served(play, lost):
            for number in range(times):
                await play.alice.say(play.room, mention)
                if number % _AT_ONCE == 0:
                    await settled(play)
            await _quiet(play)
            other = await play.bob.say(play.room, mention)
            await play.loopback.reply(other, within=240)
        said = len(_said(play, first.id))
        if len(play.newsroom.asked) > _A_MINUTE + 1 or said > _A_MINUTE + 2:
            lost.append(f"{len(play.newsroom.asked)} of {times} were answered, in {said} messages")
    return Row(attack="a member mentions the bot without end", tried=times, lost=tuple(lost),
               held=f"{_A_MINUTE} answers, one notice; others answered, admins within {_IN_TIME:.0f} s")  # fmt: skip


async def _many(plan: Plan) -> Row:
    """Many people ask at once while the archive is slow: the line is bounded, and so is what a guild may ask."""
    lost: list[str] = []
    people, queue, guild = plan.times(400, least=60), 20, 50
    async with scene(plan.folder / "many", queue=queue, guild_per_minute=guild) as play:
        crowd = [play.loopback.person(f"p{number}", play.ours) for number in range(people)]
        play.newsroom.open_doors.clear()
        longest = 0
        async with _served(play, lost):
            for person in crowd:
                await person.slash(play.room, "ask", question="When will the ferry resume?")
                longest = max(longest, play.bot.office.desk.waiting)
            longest = max(longest, play.bot.office.desk.waiting)
            play.newsroom.open_doors.set()
            await _quiet(play)
        if longest > queue or len(play.newsroom.asked) > guild:
            lost.append(f"{longest} waited, {len(play.newsroom.asked)} of {people} were answered")
    return Row(attack="a crowd asks at once", tried=people, lost=tuple(lost),
               held=f"at most {queue} in line, {guild} a minute by a guild; admins served")  # fmt: skip


async def _edits(plan: Plan) -> Row:
    """One question, edited a hundred times as fast as can be."""
    lost: list[str] = []
    times = plan.times(100, least=30)
    async with scene(plan.folder / "edits", user_per_minute=_A_MINUTE) as play:
        bot_id = play.loopback.world.bot.id
        message = await play.alice.say(play.room, f"<@{bot_id}> When will the ferry resume?")
        await play.loopback.reply(message)
        async with _served(play, lost):
            for number in range(times):
                await play.alice.edit(message, f"<@{bot_id}> When will ferry number {number} resume?")
                await asyncio.sleep(0.002)
            await _quiet(play)
        if len(play.newsroom.asked) > 1 + 2 * _A_MINUTE or len(play.loopback.replies(message)) > 1:
            lost.append(f"{times} edits were answered {len(play.newsroom.asked)} times")
    return Row(attack="quick edits of one question", tried=times, lost=tuple(lost),
               held=f"at most {2 * _A_MINUTE} answered anew, in the one reply")  # fmt: skip


async def _refusals(plan: Plan) -> Row:
    """One member writes what is refused: in a closed channel, with filters that make no sense, without words."""
    lost: list[str] = []
    times = plan.times(600, least=60)
    async with scene(plan.folder / "refusals") as play:
        bot_id = play.loopback.world.bot.id
        await play.loopback.answer(
            await play.admin.slash(play.room, "settings channels", action="add", channel=str(play.room.id))
        )
        first = await play.alice.say(play.room, "hello")
        async with _served(play, lost):
            for number in range(times):
                text = ("When will it resume?", "ask ferry since:yesteryear", "!search", "")[number % 4]
                channel = play.closed_room if number % 8 < 4 else play.room
                await play.alice.say(channel, text if text.startswith("!") else f"<@{bot_id}> {text}")
                if number % _AT_ONCE == 0:
                    await settled(play)
            await _quiet(play)
        said = len(_said(play, first.id))
        answered = len(play.newsroom.asked)
        if said - answered > TOLD_PER_MINUTE + 1:
            lost.append(f"{said - answered} refusals for all to see")
    return Row(attack="a member writes what is refused", tried=times, lost=tuple(lost),
               held=f"at most {TOLD_PER_MINUTE} refusals a minute for all to see")  # fmt: skip


async def _presses(plan: Plan) -> Row:
    """Thousands of component ids, each another one."""
    lost: list[str] = []
    times = plan.times(5_000, least=200)
    async with scene(plan.folder / "presses") as play:
        view_store = play.bot._connection._view_store
        before = len(view_store._views), len(asyncio.all_tasks())
        async with _served(play, lost):
            for number in range(times):
                name = ("sources", "choice", "search-page", "nothing")[number % 4]
                last = await press(play, play.alice.user, play.room, f"dateline:{name}:{10**6 + number}:{number}")
                if number % _AT_ONCE == 0:
                    await play.loopback.acknowledged(last, within=240)
            await _quiet(play)
        with contextlib.suppress(AssertionError):
            await play.loopback.world.until(lambda: len(asyncio.all_tasks()) <= before[1] + 20, "the last click", 240)
        seen = len(play.bot.office.seen._ids)
        if len(view_store._views) > before[0] or seen > 10_000 or len(asyncio.all_tasks()) > before[1] + 20:
            lost.append(f"{len(view_store._views)} views, {seen} ids, {len(asyncio.all_tasks())} tasks are kept")
    return Row(attack="ever new component ids", tried=times, lost=tuple(lost),
               held="nothing kept for any; admins served")  # fmt: skip


async def _giants(plan: Plan) -> Row:
    """Messages as long as Discord lets people write them, and longer."""
    lost: list[str] = []
    times = plan.times(60, least=12)
    texts = ("ferry? " * 700, "@everyone " * 500, "\u0301" * 4_000, "[x](" * 1_300, "since:1 " * 600, "." * 4_000)
    async with scene(plan.folder / "giants") as play:
        bot_id = play.loopback.world.bot.id
        async with _served(play, lost):
            for number in range(times):
                await play.bob.say(play.room, f"<@{bot_id}> {texts[number % len(texts)]}")
            await _quiet(play)
        own = [one for one in play.loopback.world.messages.values() if one.author is play.loopback.world.bot]
        lost += [f"pinged {one.pinged}" for one in own if one.pinged]
        lost += play.loopback.violations[:3]
    return Row(attack="messages of 4,000 characters", tried=times, lost=tuple(lost),
               held="no ping, no broken rule; admins served")  # fmt: skip
