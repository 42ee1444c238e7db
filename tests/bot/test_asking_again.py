"""Asking back where a question is unclear, and asking again over all dates: cards, buttons, and restarts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.words import EN
from index import Answer, Choice, Period, Reply, Where
from tests.bot.newsroom import FakeNewsroom
from tests.bot.stage import Stage, running_bot
from tests.discord_server.server import LoopbackDiscord

FERRY = "When will the ferry to Saltmarsh resume?"
BRANDT = "What does Brandt support?"
IDA = Choice(label="Ida Brandt", hint="Council votes on tram line", question="What does Mayor Ida Brandt support?")
KARL = Choice(label="Karl <@1> Brandt", hint="Shops **object**", question="What does Karl Brandt support?")
DATED = "What will the tram cost since Sunday?"


def unclear(reply: Reply) -> Reply:
    assert isinstance(reply, Answer)
    return replace(reply, choices=(IDA, KARL))


def narrowed(reply: Reply) -> Reply:
    period = Period(words="since Sunday", since="2026-01-11", until=None)
    return replace(reply, searched=replace(reply.searched, period=period))


def fell_back(reply: Reply) -> Reply:
    period = Period(words="since Sunday", since="2026-01-11", until=None, kept=False)
    return replace(reply, searched=replace(reply.searched, period=period, behind_days=300))


async def test_an_unclear_question_is_asked_back_with_a_button_for_each_reading(stage: Stage) -> None:
    stage.newsroom.prepared[BRANDT] = unclear
    alice = stage.discord.person("alice", stage.guild)
    asked = await stage.discord.answer(await alice.slash(stage.channel, "ask", question=BRANDT))
    assert EN.which_one in asked.text
    assert "Council votes on tram line" in asked.text
    assert "\n> " not in asked.text
    assert [button["label"] for button in asked.buttons] == ["Ida Brandt", "Karl <@1> Brandt"]
    answer = await stage.discord.answer(await alice.click(asked, "Ida Brandt"))
    assert "supports the tram line" in answer.text.replace("**", "")
    assert stage.newsroom.asked[-1][0] == IDA.question
    assert not stage.newsroom.manners[-1].ask_back


async def test_the_choice_takes_the_question_s_place_in_the_conversation(stage: Stage) -> None:
    stage.newsroom.prepared[BRANDT] = unclear
    alice = stage.discord.person("alice", stage.guild)
    await stage.discord.reply(await alice.direct(FERRY))
    asked = await stage.discord.reply(await alice.direct(BRANDT))
    answer = await stage.discord.answer(await alice.click(asked, "Ida Brandt"))
    assert [turn.question for turn in stage.newsroom.asked[-1][1]] == [FERRY]
    await stage.discord.reply(await alice.reply(answer, "Why?"))
    assert [turn.question for turn in stage.newsroom.asked[-1][1]] == [FERRY, IDA.question]


async def test_choices_work_after_a_restart_and_keep_the_filters(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path
) -> None:
    newsroom.prepared[BRANDT] = unclear
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    alice = loopback.person("alice", guild)
    async with running_bot(loopback, newsroom, tmp_path):
        asked = await loopback.answer(
            await alice.slash(channel, "ask", question=BRANDT, since="2026-01-11", outlet="Northern Wire")
        )
    async with running_bot(loopback, newsroom, tmp_path):
        await loopback.answer(await alice.click(asked, "Ida Brandt"))
    where = newsroom.asked[-1][2]
    assert isinstance(where, Where)
    assert where.outlets == ("Northern Wire",)
    assert where.since is not None
    assert where.since.isoformat() == "2026-01-11T00:00:00+00:00"


async def test_a_choice_of_a_private_question_stays_private(stage: Stage) -> None:
    stage.newsroom.prepared[BRANDT] = unclear
    alice = stage.discord.person("alice", stage.guild)
    asked = await stage.discord.answer(await alice.slash(stage.channel, "ask", question=BRANDT, private=True))
    assert (await stage.discord.answer(await alice.click(asked, "Ida Brandt"))).ephemeral


async def test_days_in_words_are_shown_and_can_be_taken_off(stage: Stage) -> None:
    stage.newsroom.prepared[DATED] = narrowed
    alice = stage.discord.person("alice", stage.guild)
    narrow = await stage.discord.answer(await alice.slash(stage.channel, "ask", question=DATED))
    assert "for “since Sunday”" in narrow.text
    whole = await stage.discord.answer(await alice.click(narrow, EN.anytime))
    assert not stage.newsroom.manners[-1].time_words
    assert stage.newsroom.asked[-1][0] == DATED
    assert EN.anytime not in [button["label"] for button in whole.buttons]


async def test_days_that_did_not_help_are_told_and_need_no_button(stage: Stage) -> None:
    stage.newsroom.prepared[DATED] = fell_back
    alice = stage.discord.person("alice", stage.guild)
    answer = await stage.discord.answer(await alice.slash(stage.channel, "ask", question=DATED))
    assert "nothing since 11 January 2026 (“since Sunday”) answers" in answer.text
    assert EN.behind.format(days=300) in answer.text
    assert EN.anytime not in [button["label"] for button in answer.buttons]


async def test_the_asker_s_weeks_begin_where_they_live(stage: Stage) -> None:
    alice, berta = (stage.discord.person(name, stage.guild) for name in ("alice", "berta"))
    berta.user.locale = "de"
    for person in (alice, berta):
        await stage.discord.answer(await person.slash(stage.channel, "ask", question=FERRY))
    assert [manner.week_begins for manner in stage.newsroom.manners[-2:]] == [6, 0]


async def test_a_question_asked_back_counts_as_neither_answered_nor_unanswered(stage: Stage) -> None:
    stage.newsroom.prepared[BRANDT] = unclear
    alice = stage.discord.person("alice", stage.guild)
    asked = await stage.discord.answer(await alice.slash(stage.channel, "ask", question=BRANDT))
    await stage.discord.answer(await alice.click(asked, "Ida Brandt"))
    record = await stage.office.file(lambda: stage.office.ledger.record(1))
    assert record is not None
    assert (record.answered, record.sources) == (None, ())


@pytest.mark.parametrize("label", [EN.anytime, "Ida Brandt"])
@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, ("Northern Wire",)),
        ({"outlet": "northern wire"}, ("northern wire",)),
        ({"outlet": "The Harbour Post"}, ("Northern Wire",)),
    ],
)
async def test_asking_again_shows_no_outlet_that_was_hidden_since(
    stage: Stage, label: str, given: dict[str, str], wanted: tuple[str, ...]
) -> None:
    stage.newsroom.prepared |= {DATED: narrowed, BRANDT: unclear}
    alice, owner = stage.discord.person("alice", stage.guild), stage.discord.owner(stage.guild)
    question = DATED if label == EN.anytime else BRANDT
    # Both outlets have the same to say, and the hidden one comes first.
    stage.newsroom.articles["a10"] = replace(stage.newsroom.articles["a12"], id="a10", outlet="The Harbour Post")
    asked = await stage.discord.answer(await alice.slash(stage.channel, "ask", question=question, **given))
    await stage.discord.answer(
        await owner.slash(stage.channel, "settings outlets", action="add", outlet="Northern Wire")
    )
    answer = await stage.discord.answer(await alice.click(asked, label))
    where = stage.newsroom.asked[-1][2]
    assert isinstance(where, Where)
    assert where.outlets == wanted
    assert "The Harbour Post" not in answer.text


async def test_asking_again_while_the_bot_leaves_is_told_so(stage: Stage) -> None:
    stage.newsroom.prepared[DATED] = narrowed
    alice = stage.discord.person("alice", stage.guild)
    asked = await stage.discord.answer(await alice.slash(stage.channel, "ask", question=DATED))
    stage.bot.accepting = False
    assert (await stage.discord.answer(await alice.click(asked, EN.anytime))).text == EN.leaving
