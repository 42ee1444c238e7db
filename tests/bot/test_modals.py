"""Forms: whose submission is whose, and those that were open for long."""

from __future__ import annotations

from pathlib import Path

from bot.words import EN
from tests.bot.newsroom import FakeNewsroom
from tests.bot.stage import Stage, running_bot
from tests.discord_server.people import Person
from tests.discord_server.server import LoopbackDiscord
from tests.discord_server.world import Message

FERRY = "When will the ferry to Saltmarsh resume?"
TRAM = "What will the tram cost?"


async def answered(stage: Stage, person: Person, *, private: bool = False) -> Message:
    return await stage.discord.answer(await person.slash(stage.channel, "ask", question=FERRY, private=private))


async def test_two_open_forms_of_two_people_never_meet(stage: Stage) -> None:
    alice, bob = (stage.discord.person(name, stage.guild) for name in ("alice", "bob"))
    hers = await answered(stage, alice, private=True)
    his = await stage.discord.answer(await bob.slash(stage.channel, "ask", question=TRAM))
    her_form = await stage.discord.acknowledged(await alice.click(hers, EN.follow_up))
    his_form = await stage.discord.acknowledged(await bob.click(his, EN.follow_up))
    her_answer = await stage.discord.answer(await alice.submit(her_form, question="What do the repairs cost?"))
    assert her_answer.ephemeral
    assert [turn.question for turn in stage.newsroom.asked[-1][1]] == [FERRY]
    his_answer = await stage.discord.answer(await bob.submit(his_form, question="Who wants a second study?"))
    assert not his_answer.ephemeral
    assert [turn.question for turn in stage.newsroom.asked[-1][1]] == [TRAM]


async def test_two_open_reasons_are_filed_each_with_its_own_answer(stage: Stage) -> None:
    alice, bob = (stage.discord.person(name, stage.guild) for name in ("alice", "bob"))
    forms = []
    for person in (alice, bob):
        answer = await answered(stage, person)
        forms.append((person, await stage.discord.acknowledged(await person.click(answer, EN.not_helpful))))
    for (person, form), reason in zip(forms, ("wrong", "missed"), strict=True):
        assert EN.thanks in (await stage.discord.answer(await person.submit(form, reason=[reason]))).text
    rows = await stage.office.file(
        lambda: stage.office.connection.execute("SELECT question_id, reason FROM feedback ORDER BY 1").fetchall()
    )
    assert [tuple(row) for row in rows] == [(1, "wrong"), (2, "missed")]


async def test_a_form_that_was_open_during_a_restart_still_works(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path
) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    alice = loopback.person("alice", guild)
    async with running_bot(loopback, newsroom, tmp_path):
        answer = await loopback.answer(await alice.slash(channel, "ask", question=FERRY, private=True))
        shown = await loopback.acknowledged(await alice.click(answer, EN.follow_up))
    async with running_bot(loopback, newsroom, tmp_path):
        followed = await loopback.answer(await alice.submit(shown, question="What do the repairs cost?"))
    assert followed.ephemeral
    assert [turn.question for turn in newsroom.asked[-1][1]] == [FERRY]


async def test_a_form_of_another_version_is_turned_down_kindly(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    shown = await stage.discord.acknowledged(await alice.click(await answered(stage, alice), EN.follow_up))
    assert shown.modal is not None
    shown.modal["custom_id"] = "dateline:question"
    told = await stage.discord.answer(await alice.submit(shown, question="What do the repairs cost?"))
    assert told.ephemeral
    assert EN.forgotten in told.text
