"""Where and how a new topic begins: by a message, a command, a question that announces it, or a form."""

from __future__ import annotations

from pathlib import Path

from bot.words import EN
from tests.bot.newsroom import FakeNewsroom
from tests.bot.stage import Stage, running_bot
from tests.discord_server.server import LoopbackDiscord

FERRY = "When will the ferry to Saltmarsh resume?"
REPAIRS = "What do the repairs cost?"
TRAM = "What will the tram cost?"


async def test_a_new_topic_is_begun_only_where_one_may_ask(stage: Stage) -> None:
    alice, owner = stage.discord.person("alice", stage.guild), stage.discord.owner(stage.guild)
    other = await stage.discord.new_channel(stage.guild, "questions")
    await stage.discord.reply(await alice.say(stage.channel, f"<@{stage.discord.world.bot.id}> {FERRY}"))
    await stage.discord.answer(await owner.slash(stage.channel, "settings channels", action="add", channel=other.id))
    for text in ("new topic", f"new topic: {TRAM}"):
        refused = await stage.discord.reply(await alice.say(stage.channel, f"<@{stage.discord.world.bot.id}> {text}"))
        assert f"<#{other.id}>" in refused.text
    assert EN.not_here.split("{")[0] in (await stage.discord.answer(await alice.slash(stage.channel, "new"))).text
    topics = await stage.office.file(stage.office.connection.execute("SELECT * FROM topics").fetchall)
    assert topics == []


async def test_new_topics_count_as_questions_and_too_many_are_refused_once(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path
) -> None:
    guild = loopback.world.add_guild()
    alice = loopback.person("alice", guild)
    async with running_bot(loopback, newsroom, tmp_path, user_per_minute=1) as bot:
        await loopback.reply(await alice.direct("new topic"), EN.new_topic)
        await loopback.reply(await alice.direct("new topic"), EN.slow_down.split("<t:")[0])
        silent = await alice.direct("new topic")
        direct = loopback.world.direct_channel(alice.user)
        slowed = await loopback.answer(await alice.slash(direct, "new"))
        assert EN.slow_down.split("<t:")[0] in slowed.text
        await loopback.world.until(lambda: bot.answering.under_way == 0, "the end")
        assert loopback.replies(silent) == []


async def test_a_question_by_command_can_begin_a_topic_too(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    direct = stage.discord.world.direct_channel(alice.user)
    await stage.discord.reply(await alice.direct(FERRY))
    told = await stage.discord.answer(await alice.slash(direct, "ask", question="new topic"))
    assert EN.new_topic in told.text
    await stage.discord.reply(await alice.direct(REPAIRS))
    assert stage.newsroom.asked[-1][1] == ()
    await stage.discord.answer(await alice.slash(direct, "ask", question=f"new topic: {TRAM}"))
    assert stage.newsroom.asked[-1][:2] == (TRAM, ())


async def test_a_topic_begun_by_a_question_that_failed_is_begun(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    direct = stage.discord.world.direct_channel(alice.user)
    await stage.discord.reply(await alice.direct(FERRY))
    stage.newsroom.failure = RuntimeError("ordered by the test")
    await stage.discord.answer(await alice.slash(direct, "ask", question=f"new topic: {TRAM}"))
    stage.newsroom.failure = None
    await stage.discord.reply(await alice.direct(TRAM))
    assert stage.newsroom.asked[-1][1] == ()


async def test_a_chat_command_can_begin_a_topic_too(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path
) -> None:
    guild = loopback.world.add_guild()
    alice = loopback.person("alice", guild)
    async with running_bot(loopback, newsroom, tmp_path, message_content=True) as bot:
        ask = f"{bot.office.settings.prefix}ask"
        await loopback.reply(await alice.direct(FERRY))
        asked = await alice.direct(f"{ask} new topic: {TRAM}")
        await loopback.reply(asked)
        assert newsroom.asked[-1][:2] == (TRAM, ())
        await alice.edit(asked, f"{ask} new topic: {REPAIRS}")
        await loopback.world.until(lambda: newsroom.asked[-1][:2] == (REPAIRS, ()), "the edited question")
        await loopback.reply(await alice.direct(f"{ask} new topic"), EN.new_topic)


async def test_a_follow_up_can_begin_a_topic_too(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    answer = await stage.discord.answer(await alice.slash(stage.channel, "ask", question=FERRY))
    shown = await stage.discord.acknowledged(await alice.click(answer, EN.follow_up))
    await stage.discord.answer(await alice.submit(shown, question=f"New topic: {TRAM}"))
    assert stage.newsroom.asked[-1][:2] == (TRAM, ())


async def test_a_topic_announced_by_mention_keeps_its_question_without_a_question_mark(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    me = f"<@{stage.discord.world.bot.id}>"
    await stage.discord.reply(await alice.say(stage.channel, f"{me} new topic: the cost of the tram"))
    assert stage.newsroom.asked[-1][:2] == ("the cost of the tram", ())
    await stage.discord.reply(await alice.say(stage.channel, f"{me} new topic"), EN.new_topic)
    await stage.discord.reply(await alice.say(stage.channel, f"{me} new"), EN.new_topic)
