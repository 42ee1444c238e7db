"""The buttons below answers, also after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.words import EN
from tests.bot.newsroom import FakeNewsroom
from tests.bot.stage import Stage, running_bot
from tests.discord_server.people import Person
from tests.discord_server.server import LoopbackDiscord
from tests.discord_server.world import Message

FERRY = "When will the ferry to Saltmarsh resume?"


async def answered(stage: Stage, person: Person, *, private: bool = False) -> Message:
    return await stage.discord.answer(await person.slash(stage.channel, "ask", question=FERRY, private=private))


async def test_sources_show_the_passage_around_the_quotation_to_whoever_asks(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    shown = await stage.discord.answer(await alice.click(await answered(stage, alice), EN.sources))
    assert shown.ephemeral
    assert "> The storm closed the harbour on Monday. **The ferry" in shown.text
    assert "**The ferry to Saltmarsh will resume on 14 February.**" in shown.text


async def test_sources_of_an_article_that_left_the_archive_still_show_the_quotation(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    answer = await answered(stage, alice)
    del stage.newsroom.articles["a10"]
    shown = await stage.discord.answer(await alice.click(answer, EN.sources))
    assert "will resume on 14 February" in shown.text
    assert EN.gone in shown.text


async def test_follow_up_asks_on_in_a_modal(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    shown = await stage.discord.acknowledged(await alice.click(await answered(stage, alice), EN.follow_up))
    answer = await stage.discord.answer(await alice.submit(shown, question="What do the repairs cost?"))
    assert "2.4 million" in answer.text.replace("**", "")
    assert [turn.question for turn in stage.newsroom.asked[-1][1]] == [FERRY]


async def test_follow_ups_go_on_from_follow_ups(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    answer = await answered(stage, alice)
    for question in ("What do the repairs cost?", "Who pays for the repairs?"):
        shown = await stage.discord.acknowledged(await alice.click(answer, EN.follow_up))
        answer = await stage.discord.answer(await alice.submit(shown, question=question))
    assert [turn.question for turn in stage.newsroom.asked[-1][1]] == [FERRY, "What do the repairs cost?"]


async def test_praise_and_criticism_with_its_reason_are_filed_once_for_each_person(stage: Stage) -> None:
    alice, bob = (stage.discord.person(name, stage.guild) for name in ("alice", "bob"))
    answer = await answered(stage, alice)
    await stage.discord.answer(await alice.click(answer, EN.helpful))
    for person in (alice, bob):
        shown = await stage.discord.acknowledged(await person.click(answer, EN.not_helpful))
        await stage.discord.answer(await person.submit(shown, reason=["outdated"], remark="That was last year."))
    rows = await stage.office.file(
        lambda: stage.office.connection.execute("SELECT helpful, reason, remark FROM feedback").fetchall()
    )
    assert [tuple(row) for row in rows] == [(0, "outdated", "That was last year.")] * 2


async def test_sharing_shows_a_private_answer_to_all_and_only_once(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    answer = await answered(stage, alice, private=True)
    shared = await alice.click(answer, EN.share)
    public = await stage.discord.follow_up(shared)
    assert not public.ephemeral
    assert "14 February" in public.text
    assert EN.share not in [button["label"] for button in [*public.buttons, *answer.buttons]]


async def test_buttons_work_after_a_restart(loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    alice = loopback.person("alice", guild)
    async with running_bot(loopback, newsroom, tmp_path):
        answer = await loopback.answer(await alice.slash(channel, "ask", question=FERRY))
    async with running_bot(loopback, newsroom, tmp_path):
        assert loopback.world.command_syncs == 1
        assert "The storm closed" in (await loopback.answer(await alice.click(answer, EN.sources))).text
        assert EN.thanks in (await loopback.answer(await alice.click(answer, EN.helpful))).text
        shown = await loopback.acknowledged(await alice.click(answer, EN.follow_up))
        await loopback.answer(await alice.submit(shown, question="What do the repairs cost?"))
    assert [turn.question for turn in newsroom.asked[-1][1]] == [FERRY]


@pytest.mark.parametrize("label", [EN.sources, EN.follow_up, EN.helpful, EN.not_helpful])
async def test_a_button_below_a_forgotten_answer_says_so(stage: Stage, label: str) -> None:
    alice = stage.discord.person("alice", stage.guild)
    answer = await answered(stage, alice)
    await stage.office.file(lambda: stage.office.ledger.forget(alice.user.id))
    told = await stage.discord.answer(await alice.click(answer, label))
    assert told.ephemeral
    assert EN.forgotten in told.text
