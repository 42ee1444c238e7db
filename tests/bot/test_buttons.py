"""The buttons below answers, also after a restart."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.buttons import SourcesButton
from bot.cards import notice
from bot.views import layout
from bot.words import EN
from index import Answer, Reply
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


async def test_several_sources_are_paged(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = stage.discord.person("alice", stage.guild)
    ask, tram = stage.newsroom.ask, stage.newsroom.ask("What will the tram cost?")
    assert isinstance(tram, Answer)

    def with_two_sources(*given: Any) -> Reply:  # noqa: ANN401 - passed on as they are
        ferry = ask(*given)
        assert isinstance(ferry, Answer)
        second = replace(tram.citations[0], marker=2)
        return replace(ferry, citations=(*ferry.citations, second), passages=(*ferry.passages, *tram.passages))

    monkeypatch.setattr(stage.newsroom, "ask", with_two_sources)
    shown = await stage.discord.answer(await alice.click(await answered(stage, alice), EN.sources))
    assert "1 of 2" in shown.text
    await alice.click(shown, EN.following)
    await stage.discord.world.until(lambda: "2 of 2" in shown.text, "the second source")
    assert "Mayor Ida Brandt supports the tram line. **The tram will cost 310 million dollars" in shown.text
    assert shown.ephemeral
    await alice.click(shown, EN.previous)
    await stage.discord.world.until(lambda: "1 of 2" in shown.text, "the first source again")


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
    assert EN.share not in [button["label"] for button in public.buttons]
    await stage.discord.world.until(lambda: EN.share not in [one["label"] for one in answer.buttons], "no second time")


async def shared_follow_up(stage: Stage, alice: Person) -> Message:
    first = await answered(stage, alice, private=True)
    shown = await stage.discord.acknowledged(await alice.click(first, EN.follow_up))
    second = await stage.discord.answer(await alice.submit(shown, question="What do the repairs cost?"))
    assert EN.read_as.split("{")[0] in second.text
    return await stage.discord.follow_up(await alice.click(second, EN.share))


async def test_sharing_a_follow_up_shows_nothing_of_the_private_questions_before(stage: Stage) -> None:
    alice, bob = (stage.discord.person(name, stage.guild) for name in ("alice", "bob"))
    public = await shared_follow_up(stage, alice)
    assert "2.4 million" in public.text.replace("**", "")
    assert "Saltmarsh" not in public.text.replace("**", "")
    shown = await stage.discord.acknowledged(await bob.click(public, EN.follow_up))
    answer = await stage.discord.answer(await bob.submit(shown, question="Who pays for the repairs?"))
    assert not answer.ephemeral
    assert [turn.question for turn in stage.newsroom.asked[-1][1]] == ["What do the repairs cost?"]
    # How it was understood has words of the question that is not shared.
    assert [turn.standalone for turn in stage.newsroom.asked[-1][1]] == [""]
    kept = await stage.office.file(lambda: stage.office.ledger.record(2))
    assert kept is not None
    assert not kept.private


async def test_two_quick_clicks_share_once(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    answer = await answered(stage, alice, private=True)
    clicks = [await alice.click(answer, EN.share), await alice.click(answer, EN.share)]
    await stage.discord.world.until(lambda: all(click.followups for click in clicks), "both answers")
    assert sum(not message.ephemeral for click in clicks for message in click.followups) == 1


async def test_what_could_not_be_posted_stays_private(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    answer = await answered(stage, alice, private=True)
    stage.discord.rest.faults.order("POST", r"/webhooks/\d+/[^/]+$", 400, code=50035)
    await stage.discord.follow_up(await alice.click(answer, EN.share))
    kept = await stage.office.file(lambda: stage.office.ledger.record(1))
    assert kept is not None
    assert kept.private
    assert not (await stage.discord.follow_up(await alice.click(answer, EN.share))).ephemeral


@pytest.mark.parametrize("change", ["guild_id = 1", "private = 1, asker = 'other'"])
@pytest.mark.parametrize("label", [EN.sources, EN.follow_up, EN.helpful, EN.not_helpful])
async def test_a_button_opens_no_record_of_another_guild_or_of_another_s_privacy(
    stage: Stage, label: str, change: str
) -> None:
    alice = stage.discord.person("alice", stage.guild)
    answer = await answered(stage, alice)
    await stage.office.file(lambda: stage.office.connection.execute(f"UPDATE questions SET {change}"))  # noqa: S608 - the two above
    told = await stage.discord.answer(await alice.click(answer, label))
    assert EN.forgotten in told.text


async def test_sources_of_an_answer_that_lost_them_say_so(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    answer = await answered(stage, alice)
    await stage.office.file(lambda: stage.office.connection.execute("UPDATE questions SET sources = '[]'"))
    assert EN.forgotten in (await stage.discord.answer(await alice.click(answer, EN.sources))).text


@pytest.mark.parametrize("label", [EN.sources, EN.helpful, EN.share])
async def test_a_click_is_acknowledged_though_the_database_is_busy(stage: Stage, label: str) -> None:
    alice = stage.discord.person("alice", stage.guild)
    answer = await answered(stage, alice, private=True)
    door = threading.Event()
    busy = asyncio.create_task(stage.office.file(lambda: door.wait(20)))
    try:
        await stage.discord.acknowledged(await alice.click(answer, label), within=5)
    finally:
        door.set()
        await busy


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


def test_a_forged_number_that_no_database_holds_is_no_button() -> None:
    template = SourcesButton.__discord_ui_compiled_template__
    assert template.match("dateline:sources:12:0")
    assert template.match("dateline:sources:99999999999999999999:0") is None
    assert template.match("dateline:sources:1:9999999999") is None
    assert template.match("dateline:sources:\u0663:0") is None


async def test_a_card_without_buttons_is_not_waited_for() -> None:
    # Private replies would each be kept, with a task, for a quarter of an hour.
    assert layout(notice("No longer kept.")).is_finished()
