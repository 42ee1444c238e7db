"""A question that was turned away, and mended by editing it within a minute."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.admission import TOLD_PER_MINUTE
from bot.cogs.messages import MessagesCog
from bot.words import EN
from tests.bot.newsroom import FakeNewsroom
from tests.bot.stage import Stage, running_bot
from tests.discord_server.server import LoopbackDiscord
from tests.discord_server.world import Message

FERRY = "When will the ferry to Saltmarsh resume?"
REPAIRS = "What do the repairs cost?"
BAD = "since:2026-02-30"


def me(stage: Stage) -> str:
    return f"<@{stage.discord.world.bot.id}>"


async def idle(stage: Stage) -> None:
    await stage.discord.world.until(lambda: stage.bot.answering.under_way == 0, "the end")


async def answered_in_place(stage: Stage, asked: Message, told: Message, answer: str = "14 February") -> None:
    await stage.discord.world.until(lambda: answer in told.text.replace("**", ""), "the answer in its place")
    await idle(stage)
    assert stage.discord.replies(asked) == [told]


@pytest.mark.parametrize(
    ("first", "said"),
    [
        (f"ask {FERRY} {BAD}", EN.unclear_filter.split("{")[0]),
        ("ask", EN.usage),
        (f"ask {'very ' * 300}long", EN.usage),
        ("", EN.usage),
    ],
)
async def test_a_question_that_was_turned_away_is_answered_in_place_once_it_is_mended(
    stage: Stage, first: str, said: str
) -> None:
    alice = stage.discord.person("alice", stage.guild)
    asked = await alice.say(stage.channel, f"{me(stage)} {first}")
    told = await stage.discord.reply(asked, said)
    await alice.edit(asked, f"{me(stage)} ask {FERRY} since:2026-01-01")
    await answered_in_place(stage, asked, told)


async def test_a_question_that_failed_is_tried_again_when_it_is_edited(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    stage.newsroom.failure = RuntimeError("ordered by the test")
    asked = await alice.say(stage.channel, f"{me(stage)} When will the ferry?")
    told = await stage.discord.reply(asked, EN.problem.split("{")[0])
    await idle(stage)
    stage.newsroom.failure = None
    await alice.edit(asked, f"{me(stage)} {FERRY}")
    await answered_in_place(stage, asked, told)


async def test_a_question_that_found_the_desk_full_is_answered_when_it_is_edited_later(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path
) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    people = [loopback.person(f"person {number}", guild) for number in range(3)]
    mention = f"<@{loopback.world.bot.id}>"
    async with running_bot(loopback, newsroom, tmp_path, workers=1, queue=1) as bot:
        newsroom.open_doors.clear()
        asked = []
        for number, person in enumerate(people):
            asked.append(await person.say(channel, f"{mention} {FERRY}"))
            if number < 2:
                await loopback.world.until(
                    lambda: bot.office.desk.working + bot.office.desk.waiting == len(asked), "it in line"
                )
        told = await loopback.reply(asked[2], EN.desk_full)
        newsroom.open_doors.set()
        await loopback.world.until(lambda: bot.answering.under_way == 0, "the others' end")
        await people[2].edit(asked[2], f"{mention} {REPAIRS}")
        await loopback.world.until(lambda: "million" in told.text, "the answer in its place")
        assert loopback.replies(asked[2]) == [told]


async def test_a_filter_that_is_spoilt_and_put_right_again_brings_the_first_answer_back(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    asked = await alice.say(stage.channel, f"{me(stage)} ask {FERRY}")
    reply = await stage.discord.reply(asked, "14 February")
    await idle(stage)
    await alice.edit(asked, f"{me(stage)} ask {FERRY} {BAD}")
    await stage.discord.world.until(lambda: "filter" in reply.text, "the refusal in its place")
    await alice.edit(asked, f"{me(stage)} ask {FERRY}")
    await answered_in_place(stage, asked, reply)


async def test_a_preview_that_discord_adds_asks_nothing_again(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    asked = await alice.say(stage.channel, f"{me(stage)} ask {FERRY} {BAD}")
    told = await stage.discord.reply(asked)
    await alice.edit(asked, asked.content)
    await stage.discord.reply(await alice.say(stage.channel, f"{me(stage)} {FERRY}"), "14 February")
    assert len(told.revisions) == 1
    assert len(stage.newsroom.asked) == 1


async def test_an_edit_that_addresses_nobody_any_more_is_left_alone(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    asked = await alice.say(stage.channel, f"{me(stage)} ask {FERRY} {BAD}")
    told = await stage.discord.reply(asked)
    for text in ("never mind", f"{me(stage)} search ferry"):
        await alice.edit(asked, text)
    await stage.discord.reply(await alice.say(stage.channel, f"{me(stage)} {FERRY}"), "14 February")
    assert len(told.revisions) == 1
    assert len(stage.newsroom.asked) == 1


async def test_a_refusal_goes_with_its_question(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    asked = await alice.say(stage.channel, f"{me(stage)} ask {FERRY} {BAD}")
    told = await stage.discord.reply(asked)
    await alice.delete(asked)
    await stage.discord.world.until(lambda: told.deleted, "its deletion")


async def test_quick_edits_are_answered_as_often_as_one_may_ask(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path
) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    alice, mention = loopback.person("alice", guild), f"<@{loopback.world.bot.id}>"
    async with running_bot(loopback, newsroom, tmp_path, user_per_minute=3) as bot:
        asked = await alice.say(channel, f"{mention} {FERRY}")
        told = await loopback.reply(asked, ["14", "February"][0])
        for number in range(12):
            await alice.edit(asked, f"{mention} When will ferry number {number} resume?")
            await loopback.world.until(lambda: bot.answering.under_way == 0, "the end")
        cog = bot.get_cog("MessagesCog")
        assert isinstance(cog, MessagesCog)
        await loopback.world.until(lambda: not cog._orders, "the last edit")
        await loopback.world.until(lambda: EN.slow_down.split("{")[0] in told.text, "the refusal in its place")
        # One that is edited again before its turn has come is counted, and not asked.
        assert len(newsroom.asked) <= 1 + 3
        assert loopback.replies(asked) == [told]


async def test_nobody_makes_the_bot_flood_a_channel_with_refusals(stage: Stage) -> None:
    alice, bob = (stage.discord.person(name, stage.guild) for name in ("alice", "bob"))
    for _ in range(20):
        last = await alice.say(stage.channel, f"{me(stage)} ask {FERRY} {BAD}")
    answered = await bob.say(stage.channel, f"{me(stage)} {FERRY}")
    await stage.discord.reply(answered, "")
    await idle(stage)
    assert stage.discord.replies(last) == []
    told = [one for one in stage.discord.world.in_channel(stage.channel) if EN.unclear_filter.split("{")[0] in one.text]
    assert len(told) == TOLD_PER_MINUTE
