"""Leaving in good order: what is under way is finished, and whoever comes meanwhile is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.words import EN
from index import Article
from tests.bot.newsroom import FakeNewsroom
from tests.bot.stage import Stage, running_bot
from tests.discord_server.server import LoopbackDiscord

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
