"""Leaving in good order: what is under way is finished, and whoever comes meanwhile is told."""

from __future__ import annotations

import asyncio
import functools
import threading
from pathlib import Path

import pytest

from bot.words import EN
from index import Article
from tests.bot.newsroom import FakeNewsroom
from tests.bot.stage import Stage, running_bot
from tests.discord_server.server import LoopbackDiscord
from tests.discord_server.world import Interaction

FERRY = "When will the ferry to Saltmarsh resume?"


@pytest.mark.parametrize(
    ("path", "options", "said"),
    [
        ("ask", {"question": FERRY}, "14 February"),
        ("search", {"query": "ferry"}, "Saltmarsh"),
        ("article", {"headline": "ferry"}, "Saltmarsh"),
    ],
)
async def test_what_is_under_way_is_finished_and_what_comes_later_is_turned_away(
    *,
    loopback: LoopbackDiscord,
    newsroom: FakeNewsroom,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    options: dict[str, str],
    said: str,
) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    alice, owner, mention = loopback.person("alice", guild), loopback.owner(guild), f"<@{loopback.world.bot.id}>"
    search, article = newsroom.search, newsroom.article

    def slow_search(*given: object) -> object:
        assert newsroom.open_doors.wait(10)
        return search(*given)  # type: ignore[arg-type]  # passed on as they are

    def slow_article(article_id: str) -> Article:
        assert newsroom.open_doors.wait(10)
        return article(article_id)

    monkeypatch.setattr(newsroom, "search", slow_search)
    monkeypatch.setattr(newsroom, "article", slow_article)
    async with running_bot(loopback, newsroom, tmp_path) as bot:
        newsroom.open_doors.clear()
        first = await alice.slash(channel, path, **options)
        await loopback.acknowledged(first)
        leaving = asyncio.create_task(bot.leave())
        await loopback.world.until(lambda: not bot.accepting, "the leaving")
        told = await loopback.answer(await alice.slash(channel, path, **options))
        assert told.ephemeral
        assert told.text == EN.leaving
        assert EN.leaving in (await loopback.answer(await owner.slash(channel, "reindex"))).text
        chat = await alice.say(channel, f"{mention} {path} ferry")
        assert (await loopback.reply(chat)).text == EN.leaving
        unasked = await alice.say(channel, "ferry")
        newsroom.open_doors.set()
        await leaving
        assert said in (await loopback.answer(first)).text.replace("**", "")
        assert loopback.replies(unasked) == []
    assert not newsroom.indexing.is_set()


async def test_a_click_under_way_is_finished_before_the_connection_closes(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = stage.discord.person("alice", stage.guild)
    answer = await stage.discord.answer(await alice.slash(stage.channel, "ask", question=FERRY))
    article = stage.newsroom.article

    def slowly(article_id: str) -> Article:
        assert stage.newsroom.open_doors.wait(10)
        return article(article_id)

    monkeypatch.setattr(stage.newsroom, "article", slowly)
    stage.newsroom.open_doors.clear()
    click = await alice.click(answer, EN.sources)
    await stage.discord.acknowledged(click)
    leaving = asyncio.create_task(stage.bot.leave())
    await stage.discord.world.until(lambda: not stage.bot.accepting, "the leaving")
    stage.newsroom.open_doors.set()
    await leaving
    assert "14 February" in (await stage.discord.answer(click)).text.replace("**", "")


async def test_whoever_is_still_in_line_when_time_is_up_is_told_to_ask_again(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path
) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    people = [loopback.person(f"person {number}", guild) for number in range(3)]
    async with running_bot(loopback, newsroom, tmp_path, workers=1, drain_seconds=0.2) as bot:
        newsroom.open_doors.clear()
        at_work = await people[0].slash(channel, "ask", question=FERRY)
        await loopback.world.until(lambda: bot.office.desk.working == 1, "the first at work")
        in_line = await people[1].slash(channel, "ask", question=FERRY)
        looking = await people[2].slash(channel, "search", query="ferry")
        await loopback.world.until(lambda: bot.office.desk.waiting == 2, "the others in line")
        leaving = asyncio.create_task(bot.leave())
        for asked in (in_line, looking):
            await loopback.world.until(functools.partial(_told, asked), "the word to them")
        newsroom.open_doors.set()
        await leaving
        assert "14 February" in (await loopback.answer(at_work)).text.replace("**", "")
    assert len(newsroom.asked) == 1


def _told(asked: Interaction) -> bool:
    shown = [asked.response, *asked.followups]
    return any(EN.leaving in message.text for message in shown if message is not None)


@pytest.mark.parametrize("path", ["join", "leave", "new"])
async def test_joining_leaving_and_new_topics_are_turned_away_or_finished(stage: Stage, path: str) -> None:
    alice = stage.discord.person("alice", stage.guild)
    thread = await stage.discord.new_thread(stage.channel, "harbour", alice)
    door = threading.Event()
    held = asyncio.create_task(stage.office.file(lambda: door.wait(10)))
    first = await alice.slash(thread, path)
    await stage.discord.acknowledged(first)
    leaving = asyncio.create_task(stage.bot.leave())
    await stage.discord.world.until(lambda: not stage.bot.accepting, "the leaving")
    assert (await stage.discord.answer(await alice.slash(thread, path))).text == EN.leaving
    door.set()
    await asyncio.gather(held, leaving)
    said = {"join": EN.joined_quiet, "leave": EN.left_thread, "new": EN.new_topic}
    assert said[path] in (await stage.discord.answer(first)).text
