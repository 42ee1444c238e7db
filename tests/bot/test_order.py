"""Keeping order: cooldowns, the line, duplicates, edited and deleted questions."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.words import EN
from index import Reply
from tests.bot.newsroom import FakeNewsroom
from tests.bot.stage import Stage, running_bot
from tests.discord_server.server import LoopbackDiscord
from tests.discord_server.world import Interaction, Message, User

FERRY = "When will the ferry to Saltmarsh resume?"
REPAIRS = "What do the repairs cost?"
TRAM = "What will the tram cost?"


def _answered(interaction: Interaction) -> Callable[[], bool]:
    return lambda: interaction.response is not None and "14 February" in interaction.response.text


async def test_whoever_asks_too_fast_is_told_when_to_ask_again(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path
) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    alice, bob = loopback.person("alice", guild), loopback.person("bob", guild)
    async with running_bot(loopback, newsroom, tmp_path, user_per_minute=2, guild_per_minute=3):
        for _ in range(2):
            await loopback.answer(await alice.slash(channel, "ask", question=FERRY))
        slowed = await loopback.answer(await alice.slash(channel, "ask", question=FERRY))
        assert slowed.ephemeral
        assert EN.slow_down.split("<t:")[0] in slowed.text
        await loopback.answer(await bob.slash(channel, "ask", question=FERRY))
        full = await loopback.answer(await bob.slash(channel, "ask", question=FERRY))
        assert EN.guild_slow_down.split("<t:")[0] in full.text
    assert len(newsroom.asked) == 3


async def test_who_waits_sees_their_place_and_then_the_answer_in_the_same_message(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path
) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    people = [loopback.person(f"person {number}", guild) for number in range(3)]
    async with running_bot(loopback, newsroom, tmp_path, workers=1):
        newsroom.open_doors.clear()
        asked = [await person.slash(channel, "ask", question=FERRY) for person in people]
        for place, interaction in enumerate(asked[1:], start=1):
            assert EN.waiting.format(place=place) in (await loopback.answer(interaction)).text
        newsroom.open_doors.set()
        for interaction in asked:
            await loopback.world.until(_answered(interaction), "the answer in place")
            assert interaction.followups == []


async def test_a_full_desk_says_so(loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    people = [loopback.person(f"person {number}", guild) for number in range(3)]
    async with running_bot(loopback, newsroom, tmp_path, workers=1, queue=1) as bot:
        newsroom.open_doors.clear()
        asked = []
        for number, person in enumerate(people):
            asked.append(await person.slash(channel, "ask", question=FERRY))
            if number < 2:
                await loopback.world.until(
                    lambda: bot.office.desk.working + bot.office.desk.waiting == len(asked), "it in line"
                )
        assert EN.desk_full in (await loopback.answer(asked[2])).text
        newsroom.open_doors.set()
        await loopback.world.until(_answered(asked[1]), "the rest")


async def test_an_edited_question_is_answered_anew_in_place(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    me = f"<@{stage.discord.world.bot.id}>"
    asked = await alice.say(stage.channel, f"{me} {FERRY}")
    reply = await stage.discord.reply(asked, "14 February")
    await alice.edit(asked, f"{me} {REPAIRS}")
    await stage.discord.world.until(lambda: "2.4 million" in reply.text.replace("**", ""), "the new answer")
    assert stage.discord.replies(asked) == [reply]


async def test_an_edit_while_the_answer_is_on_its_way_leaves_one_answer_to_the_new_question(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    me = f"<@{stage.discord.world.bot.id}>"
    stage.newsroom.open_doors.clear()
    asked = await alice.say(stage.channel, f"{me} {FERRY}")
    # Given up before a thread has taken it up, it would never be asked.
    await stage.discord.world.until(lambda: len(stage.newsroom.asked) == 1, "the first question at the desk")
    await alice.edit(asked, f"{me} {REPAIRS}")
    await stage.discord.world.until(lambda: len(stage.newsroom.asked) == 2, "the second question at the desk")
    stage.newsroom.open_doors.set()
    reply = await stage.discord.reply(asked)
    assert "2.4 million" in reply.text.replace("**", "")
    assert stage.discord.replies(asked) == [reply]


async def test_an_edit_at_the_moment_of_delivery_is_answered(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = stage.discord.person("alice", stage.guild)
    me = f"<@{stage.discord.world.bot.id}>"
    filing = threading.Event()
    delivered = stage.office.ledger.delivered

    def slowly(record_id: int, message_id: int) -> None:
        filing.wait(0.5)
        delivered(record_id, message_id)

    monkeypatch.setattr(stage.office.ledger, "delivered", slowly)
    asked = await alice.say(stage.channel, f"{me} {FERRY}")
    reply = await stage.discord.reply(asked, "14 February")
    await alice.edit(asked, f"{me} {REPAIRS}")
    await stage.discord.world.until(lambda: "2.4 million" in reply.text.replace("**", ""), "the new answer")
    assert stage.discord.replies(asked) == [reply]


def _slow_posts(stage: Stage, seconds: float) -> None:
    """Discord shows the bot's messages at once, but takes its time to tell their ids."""
    post, bot = stage.discord.messages.post, stage.discord.world.bot

    async def slowly(author: User, *given: Any, **more: Any) -> Message:  # noqa: ANN401 - passed on as they are
        message = await post(author, *given, **more)
        if author is bot:
            await asyncio.sleep(seconds)
        return message

    stage.discord.messages.post = slowly  # type: ignore[method-assign]  # a slow server


async def test_an_edit_while_the_answer_is_being_sent_leaves_one_reply(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    me = f"<@{stage.discord.world.bot.id}>"
    _slow_posts(stage, 0.3)
    asked = await alice.say(stage.channel, f"{me} {FERRY}")
    reply = await stage.discord.reply(asked)
    await alice.edit(asked, f"{me} {REPAIRS}")
    await stage.discord.world.until(lambda: "2.4 million" in reply.text.replace("**", ""), "the new answer")
    assert stage.discord.replies(asked) == [reply]


async def test_a_question_deleted_while_the_answer_is_being_sent_leaves_no_answer(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    _slow_posts(stage, 0.3)
    asked = await alice.say(stage.channel, f"<@{stage.discord.world.bot.id}> {FERRY}")
    reply = await stage.discord.reply(asked)
    await alice.delete(asked)
    await stage.discord.world.until(lambda: reply.deleted, "the answer's deletion")
    assert not await stage.office.file(lambda: stage.office.ledger.by_source(asked.id))


async def test_of_two_edits_at_once_the_later_one_is_answered(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = stage.discord.person("alice", stage.guild)
    me = f"<@{stage.discord.world.bot.id}>"
    asked = await alice.say(stage.channel, f"{me} {FERRY}")
    reply = await stage.discord.reply(asked, "14 February")
    # The first edit's question is held up; with a reader each, the second one's answer would be there first.
    ask, door = stage.newsroom.ask, threading.Event()

    def held_up(question: str, *given: Any) -> Reply:  # noqa: ANN401 - passed on as they are
        if question == REPAIRS:
            assert door.wait(10)
        return ask(question, *given)

    monkeypatch.setattr(stage.newsroom, "ask", held_up)
    await asyncio.gather(alice.edit(asked, f"{me} {REPAIRS}"), alice.edit(asked, f"{me} {TRAM}"))
    await stage.discord.world.until(lambda: "310" in reply.text, "the later question's answer")
    door.set()
    await stage.discord.reply(await alice.say(stage.channel, f"{me} {FERRY}"), "14 February")
    await stage.discord.world.until(lambda: stage.office.desk.working == 0, "the held-up one's end")
    await stage.discord.world.until(lambda: stage.bot.answering.under_way == 0, "the end")
    assert "310" in reply.text
    assert stage.discord.replies(asked) == [reply]


async def test_an_edit_that_is_taken_back_at_once_leaves_the_first_answer(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    me = f"<@{stage.discord.world.bot.id}>"
    asked = await alice.say(stage.channel, f"{me} {FERRY}")
    reply = await stage.discord.reply(asked, "14 February")
    await stage.discord.world.until(lambda: stage.bot.answering.under_way == 0, "the record")
    stage.newsroom.open_doors.clear()
    await alice.edit(asked, f"{me} {REPAIRS}")
    await stage.discord.world.until(lambda: len(stage.newsroom.asked) == 2, "the second question at the desk")
    await alice.edit(asked, f"{me} {FERRY}")
    await stage.discord.world.until(lambda: len(stage.newsroom.asked) == 3, "the first question again")
    stage.newsroom.open_doors.set()
    await stage.discord.world.until(lambda: stage.bot.answering.under_way == 0, "the end")
    assert "14 February" in reply.text


async def test_whoever_writes_too_fast_is_told_once_for_all_to_see(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path
) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    alice, bob = loopback.person("alice", guild), loopback.person("bob", guild)
    me = f"<@{loopback.world.bot.id}>"
    async with running_bot(loopback, newsroom, tmp_path, user_per_minute=1):
        asked = [await alice.say(channel, f"{me} {FERRY}") for _ in range(5)]
        await loopback.reply(asked[0], "14 February")
        await loopback.reply(await bob.say(channel, f"{me} {FERRY}"), "14 February")
    told = [reply for message in asked[1:] for reply in loopback.replies(message)]
    assert len(told) == 1
    assert EN.slow_down.split("<t:")[0] in told[0].text


async def test_a_late_edit_changes_nothing(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    me = f"<@{stage.discord.world.bot.id}>"
    asked = await alice.say(stage.channel, f"{me} {FERRY}")
    asked.created = "2026-01-01T00:00:00+00:00"
    reply = await stage.discord.reply(asked)
    stage.discord.world.messages[asked.id] = asked
    asked.id -= 61_000 << 22  # an id carries the time of its making
    await stage.office.file(
        lambda: stage.office.connection.execute("UPDATE questions SET source_message_id = ?", (asked.id,))
    )
    await alice.edit(asked, f"{me} {REPAIRS}")
    await stage.discord.reply(await alice.say(stage.channel, f"{me} {FERRY}"))
    assert len(reply.revisions) == 1


async def test_a_deleted_question_takes_its_answer_and_its_record_with_it(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    asked = await alice.say(stage.channel, f"<@{stage.discord.world.bot.id}> {FERRY}")
    reply = await stage.discord.reply(asked)
    await stage.discord.world.until(lambda: stage.bot.answering.under_way == 0, "the record")
    await alice.delete(asked)
    await stage.discord.world.until(lambda: reply.deleted, "the answer's deletion")
    assert not await stage.office.file(lambda: stage.office.ledger.by_source(asked.id))


async def test_questions_that_a_moderator_deletes_at_once_take_their_answers_with_them(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    me = f"<@{stage.discord.world.bot.id}>"
    asked = [await alice.say(stage.channel, f"{me} {question}") for question in (FERRY, TRAM)]
    replies = [await stage.discord.reply(message) for message in asked]
    await stage.discord.world.until(lambda: stage.bot.answering.under_way == 0, "the records")
    payload = {
        "ids": [str(message.id) for message in asked],
        "channel_id": str(stage.channel.id),
        "guild_id": str(stage.guild.id),
    }
    await stage.discord.gateway.dispatch("MESSAGE_DELETE_BULK", stage.guild.id, lambda _: payload)
    await stage.discord.world.until(lambda: all(reply.deleted for reply in replies), "the answers' deletion")


async def test_a_question_deleted_before_its_answer_gets_none(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    me = f"<@{stage.discord.world.bot.id}>"
    stage.newsroom.open_doors.clear()
    asked = await alice.say(stage.channel, f"{me} {FERRY}")
    await stage.discord.world.until(lambda: stage.office.desk.working == 1, "the question at the desk")
    await alice.delete(asked)
    await stage.discord.world.until(lambda: stage.bot.answering.under_way == 0, "its withdrawal")
    stage.newsroom.open_doors.set()
    await stage.discord.reply(await alice.say(stage.channel, f"{me} {FERRY}"))
    assert stage.discord.replies(asked) == []


@pytest.mark.parametrize("way", ["slash", "mention"])
async def test_fifty_questions_at_once_are_all_answered(stage: Stage, way: str) -> None:
    people = [stage.discord.person(f"person {number}", stage.guild) for number in range(50)]
    if way == "slash":
        asked = [await person.slash(stage.channel, "ask", question=FERRY) for person in people]
        for interaction in asked:
            await stage.discord.world.until(_answered(interaction), "an answer", 30)
        assert max(interaction.delay for interaction in asked) < 3
    else:
        messages = [await person.say(stage.channel, f"<@{stage.discord.world.bot.id}> {FERRY}") for person in people]
        for message in messages:
            await stage.discord.reply(message, "14 February", within=30)
    assert len(stage.newsroom.asked) == 50
    assert stage.discord.rest.statuses(401, 403) == []
    # discord.py's picture of a bucket lags behind by the answers that are still under way; how often that costs a
    # request depends on the machine (0 to 20 seen). A bot that ignored the limits would be refused at least 45 times:
    # five messages pass at once.
    assert len(stage.discord.rest.statuses(429)) <= 30
