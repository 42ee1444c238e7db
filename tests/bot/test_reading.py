"""Looking for passages and reading articles."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cards import TEXT_LIMIT
from bot.words import EN
from index.errors import IndexMissing
from tests.bot.newsroom import SAMPLE, FakeNewsroom, article
from tests.bot.stage import Stage, running_bot
from tests.discord_server.server import LoopbackDiscord
from tests.discord_server.world import Message

LONG = article(25, "A long read", " ".join(f"This is sentence number {n} of a long read." for n in range(400)))


@pytest.fixture
def newsroom() -> FakeNewsroom:
    many = [
        article(n, f"Bulletin {n}", f"Item {n} is news.", outlet="Wire", published="2026-01-09") for n in range(30, 40)
    ]
    return FakeNewsroom([*SAMPLE, LONG, *many])


async def shows(discord: LoopbackDiscord, message: Message, text: str) -> None:
    await discord.world.until(lambda: text in message.text, text)


async def test_passages_are_paged(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    first = await stage.discord.answer(await alice.slash(stage.channel, "search", query="ferry to Saltmarsh"))
    assert "**1.** [Ferry service halted after storm]" in first.text
    assert "1 of 3" in first.text
    click = await alice.click(first, EN.following)
    await stage.discord.world.until(lambda: "2 of 3" in first.text, "the second page")
    assert "**6.**" in first.text
    assert click.callback is not None


async def test_filters_narrow_a_search_and_stay_while_paging(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    shown = await stage.discord.answer(await alice.slash(stage.channel, "search", query="ferries", outlet="Wire"))
    assert "Northern" not in shown.text
    assert "1 of 2" in shown.text
    await alice.click(shown, EN.following)
    await stage.discord.world.until(lambda: "2 of 2" in shown.text, "the second page")
    assert "The Harbour Post" not in shown.text


async def test_a_chat_search_takes_filters_too(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    asked = await alice.say(stage.channel, f"<@{stage.discord.world.bot.id}> search ferries outlet:Wire")
    reply = await stage.discord.reply(asked)
    assert "Bulletin" in reply.text
    assert "Harbour Post" not in reply.text


async def test_headlines_are_completed_and_the_article_is_read_page_by_page(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    typed = await stage.discord.acknowledged(
        await alice.autocomplete(stage.channel, "article", "headline", headline="long")
    )
    assert typed.choices is not None
    (choice,) = typed.choices
    assert choice["name"].startswith("A long read · The Harbour Post")
    page = await stage.discord.answer(await alice.slash(stage.channel, "article", headline=choice["value"]))
    seen = page.text
    number = 1
    while not next(button for button in page.buttons if button["label"] == EN.following).get("disabled"):
        await alice.click(page, EN.following)
        number += 1
        await shows(stage.discord, page, f"-# {number} of")
        seen += page.text
    assert number > 2
    assert all(f"sentence number {n} of" in seen for n in range(400))
    assert len(page.text) <= TEXT_LIMIT


@pytest.mark.parametrize("facts", [{}, {"outlet": None, "published": None}])
async def test_a_headline_that_shows_nothing_is_completed_with_a_name(stage: Stage, facts: dict[str, None]) -> None:
    alice = stage.discord.person("alice", stage.guild)
    stage.newsroom.articles["a7"] = article(7, "\u3164\u200b ferry"[:3], "Text.", **facts)
    typed = await stage.discord.acknowledged(
        await alice.autocomplete(stage.channel, "article", "headline", headline="")
    )
    assert typed.choices is not None
    assert any(choice["value"] == "=a7" and choice["name"].startswith("a7") for choice in typed.choices)


async def test_articles_of_outlets_that_are_not_shown_here_are_not_read_here(stage: Stage) -> None:
    owner, alice = stage.discord.owner(stage.guild), stage.discord.person("alice", stage.guild)
    open_page = await stage.discord.answer(await alice.slash(stage.channel, "article", headline="A long read"))
    order: dict[str, str] = {"action": "add", "outlet": "Northern Wire"}
    await stage.discord.answer(await owner.slash(stage.channel, "settings outlets", **order))
    for headline in ("Ferry", "=a10"):
        told = await stage.discord.answer(await alice.slash(stage.channel, "article", headline=headline))
        assert EN.no_such_article in told.text
    shown = await stage.discord.answer(await alice.slash(stage.channel, "article", headline="tram line"))
    assert "Ida Brandt" in shown.text
    typed = await stage.discord.acknowledged(
        await alice.autocomplete(stage.channel, "article", "headline", headline="")
    )
    assert typed.choices is not None
    assert [choice["value"] for choice in typed.choices] == ["=a12"]
    turned = await stage.discord.follow_up(await alice.click(open_page, EN.following))
    assert EN.no_such_article in turned.text


async def test_turning_the_pages_of_a_search_counts_and_keeps_to_the_house_rules(stage: Stage) -> None:
    owner, alice = stage.discord.owner(stage.guild), stage.discord.person("alice", stage.guild)
    page = await stage.discord.answer(await alice.slash(stage.channel, "search", query="ferries"))
    stage.office.user_pace._per_minute = 1
    told = await stage.discord.answer(await alice.click(page, EN.following))
    assert EN.slow_down.split("<")[0] in told.text
    stage.office.user_pace._per_minute = 100
    news = await stage.discord.new_channel(stage.guild, "news")
    order: dict[str, str] = {"action": "add", "channel": str(news.id)}
    await stage.discord.answer(await owner.slash(stage.channel, "settings channels", **order))
    told = await stage.discord.answer(await alice.click(page, EN.following))
    assert f"<#{news.id}>" in told.text


@pytest.mark.parametrize(
    ("command", "option"), [("article", "headline"), ("search", "outlet"), ("settings outlets", "outlet")]
)
@pytest.mark.parametrize("failure", [IndexMissing("none"), ValueError("what was typed")])
async def test_where_nothing_can_be_suggested_nothing_is(
    stage: Stage, command: str, option: str, failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def missing(*_: object) -> None:
        raise failure

    for method in ("headlines", "outlets"):
        setattr(stage.newsroom, method, missing)
    alice = stage.discord.person("alice", stage.guild)
    typed = await stage.discord.acknowledged(await alice.autocomplete(stage.channel, command, option, **{option: "w"}))
    assert typed.choices == []
    assert "what was typed" not in caplog.text
    assert ("unexpected error" in caplog.text) == isinstance(failure, ValueError)


async def test_an_article_is_found_by_part_of_its_headline(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    shown = await stage.discord.answer(await alice.slash(stage.channel, "article", headline="tram line"))
    assert "Mayor Ida Brandt supports the tram line" in shown.text
    told = await stage.discord.answer(await alice.slash(stage.channel, "article", headline="no such thing"))
    assert EN.no_such_article in told.text


async def test_pages_turn_after_a_restart(loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    alice = loopback.person("alice", guild)
    async with running_bot(loopback, newsroom, tmp_path):
        article_page = await loopback.answer(await alice.slash(channel, "article", headline="A long read"))
        search_page = await loopback.answer(await alice.slash(channel, "search", query="ferries"))
    async with running_bot(loopback, newsroom, tmp_path):
        for page in (article_page, search_page):
            await alice.click(page, EN.following)
            await shows(loopback, page, "2 of")
