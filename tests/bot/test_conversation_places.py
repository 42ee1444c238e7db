"""What belongs to a conversation on Discord: reply chains, threads, direct messages, new topics, and forgetting."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.words import EN
from tests.bot.newsroom import FakeNewsroom
from tests.bot.stage import Stage, running_bot
from tests.discord_server.permissions import Permission
from tests.discord_server.server import LoopbackDiscord
from tests.discord_server.world import Channel, Message

FERRY = "When will the ferry to Saltmarsh resume?"
REPAIRS = "What do the repairs cost?"
TRAM = "What will the tram cost?"


def history(newsroom: FakeNewsroom) -> list[str]:
    return [turn.question for turn in newsroom.asked[-1][1]]


def me(stage: Stage) -> str:
    return f"<@{stage.discord.world.bot.id}>"


async def age(stage: Stage, hours: float) -> None:
    await stage.office.file(
        lambda: stage.office.connection.execute("UPDATE questions SET asked_at = asked_at - ?", (hours * 3600,))
    )


async def test_a_conversation_goes_through_other_people_s_replies(stage: Stage) -> None:
    alice, bob, carol = (stage.discord.person(name, stage.guild) for name in ("alice", "bob", "carol"))
    answer = await stage.discord.reply(await alice.say(stage.channel, f"{me(stage)} {FERRY}"))
    remark = await bob.reply(answer, "I doubt that", ping=False)
    further = await carol.reply(remark, "so do I")
    await stage.discord.reply(await alice.reply(further, f"{me(stage)} {REPAIRS}"))
    assert history(stage.newsroom) == [FERRY]


async def test_replying_to_a_question_follows_it_as_replying_to_its_answer_does(stage: Stage) -> None:
    alice, bob = (stage.discord.person(name, stage.guild) for name in ("alice", "bob"))
    asked = await alice.say(stage.channel, f"{me(stage)} {FERRY}")
    await stage.discord.reply(asked)
    await stage.discord.reply(await bob.reply(asked, f"{me(stage)} {REPAIRS}"))
    assert history(stage.newsroom) == [FERRY]


async def test_a_slash_command_s_answer_can_be_replied_to_with_a_mention(stage: Stage) -> None:
    alice, bob = (stage.discord.person(name, stage.guild) for name in ("alice", "bob"))
    answer = await stage.discord.answer(await alice.slash(stage.channel, "ask", question=FERRY))
    await stage.discord.reply(await bob.reply(answer, f"{me(stage)} {REPAIRS}"))
    assert history(stage.newsroom) == [FERRY]


async def test_branches_stay_apart(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    first = await stage.discord.reply(await alice.say(stage.channel, f"{me(stage)} {FERRY}"))
    await stage.discord.reply(await alice.reply(first, REPAIRS))
    await stage.discord.reply(await alice.reply(first, "And the storm?"))
    assert history(stage.newsroom) == [FERRY]


async def test_a_question_beside_any_conversation_stands_alone(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    await stage.discord.reply(await alice.say(stage.channel, f"{me(stage)} {FERRY}"))
    await stage.discord.reply(await alice.say(stage.channel, f"{me(stage)} {TRAM}"))
    assert history(stage.newsroom) == []


async def test_direct_messages_go_on_from_one_another(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    await stage.discord.reply(await alice.direct(FERRY))
    await stage.discord.reply(await alice.direct(REPAIRS))
    assert history(stage.newsroom) == [FERRY]
    bob = stage.discord.person("bob", stage.guild)
    await stage.discord.reply(await bob.direct(TRAM))
    assert history(stage.newsroom) == []


async def test_a_slash_command_in_a_direct_message_goes_on_too(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    await stage.discord.reply(await alice.direct(FERRY))
    direct = stage.discord.world.direct_channel(alice.user)
    await stage.discord.answer(await alice.slash(direct, "ask", question=REPAIRS))
    assert history(stage.newsroom) == [FERRY]


@pytest.mark.parametrize("words", ["new topic", "New topic.", "/new", "neues Thema"])
async def test_a_new_topic_goes_on_from_nothing(stage: Stage, words: str) -> None:
    alice = stage.discord.person("alice", stage.guild)
    await stage.discord.reply(await alice.direct(FERRY))
    await stage.discord.reply(await alice.direct(words), EN.new_topic)
    await stage.discord.reply(await alice.direct(TRAM))
    assert history(stage.newsroom) == []


async def test_a_new_topic_can_be_announced_with_its_question(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    await stage.discord.reply(await alice.direct(FERRY))
    await stage.discord.reply(await alice.direct(f"New topic: {TRAM}"))
    assert stage.newsroom.asked[-1][:2] == (TRAM, ())
    await stage.discord.reply(await alice.direct("Who supports the tram line?"))
    assert history(stage.newsroom) == [TRAM]


async def test_the_command_starts_a_new_topic_too(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    await stage.discord.reply(await alice.direct(FERRY))
    direct = stage.discord.world.direct_channel(alice.user)
    assert EN.new_topic in (await stage.discord.answer(await alice.slash(direct, "new"))).text
    await stage.discord.reply(await alice.direct(TRAM))
    assert history(stage.newsroom) == []


async def test_a_conversation_is_forgotten_after_its_time(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    await stage.discord.reply(await alice.direct(FERRY))
    await age(stage, stage.office.settings.conversation_hours - 1)
    await stage.discord.reply(await alice.direct(REPAIRS))
    assert history(stage.newsroom) == [FERRY]
    await age(stage, stage.office.settings.conversation_hours + 1)
    await stage.discord.reply(await alice.direct(TRAM))
    assert history(stage.newsroom) == []


async def test_a_reply_to_what_is_forgotten_stands_alone(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    answer = await stage.discord.reply(await alice.say(stage.channel, f"{me(stage)} {FERRY}"))
    await age(stage, stage.office.settings.conversation_hours + 1)
    await stage.discord.reply(await alice.reply(answer, REPAIRS))
    assert history(stage.newsroom) == []


async def test_an_edited_question_stays_where_it_was_asked(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    await stage.discord.reply(await alice.direct(FERRY))
    second = await alice.direct("What do the repair cost?")
    await stage.discord.reply(second)
    await alice.edit(second, REPAIRS)
    await stage.discord.world.until(lambda: stage.newsroom.asked[-1][0] == REPAIRS, "the edited question")
    assert history(stage.newsroom) == [FERRY]


async def in_thread(discord: LoopbackDiscord, channel: Channel) -> tuple[Message, Channel]:
    """A question answered, and the thread that goes on from it."""
    alice = next(user for user in discord.world.users.values() if user.name == "alice")
    person = type(discord.owner(discord.world.guilds[channel.guild_id or 0]))(discord, alice)
    answer = await discord.answer(await person.slash(channel, "ask", question=FERRY))
    told = await discord.answer(await person.click(answer, EN.in_thread))
    assert told.ephemeral
    assert f"<#{answer.id}>" in told.text
    return answer, discord.world.channels[answer.id]


async def test_in_a_thread_of_its_own_every_message_is_answered_also_after_a_restart(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path
) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    alice, bob = (loopback.person(name, guild) for name in ("alice", "bob"))
    async with running_bot(loopback, newsroom, tmp_path, message_content=True):
        _, thread = await in_thread(loopback, channel)
        assert EN.thread_hint in loopback.world.in_channel(thread)[0].text
        await loopback.reply(await bob.say(thread, REPAIRS))
        assert history(newsroom) == [FERRY]
    async with running_bot(loopback, newsroom, tmp_path, message_content=True):
        await loopback.reply(await alice.say(thread, "And the storm?"))
        assert history(newsroom) == [FERRY, REPAIRS]
        silent = await alice.say(channel, FERRY)
        await loopback.reply(await alice.say(thread, TRAM))
        assert loopback.replies(silent) == []


async def test_what_people_say_to_one_another_in_the_thread_is_left_alone(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path
) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    alice, bob = (loopback.person(name, guild) for name in ("alice", "bob"))
    async with running_bot(loopback, newsroom, tmp_path, message_content=True):
        _, thread = await in_thread(loopback, channel)
        asked = await alice.say(thread, REPAIRS)
        await loopback.reply(asked)
        silent = [await bob.reply(asked, "good question"), await bob.say(thread, f"<@{alice.user.id}> lunch?")]
        await loopback.reply(await bob.say(thread, TRAM))
        assert [loopback.replies(message) for message in silent] == [[], []]


async def test_without_the_intent_a_thread_goes_on_by_mention(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path
) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    alice = loopback.person("alice", guild)
    async with running_bot(loopback, newsroom, tmp_path):
        _, thread = await in_thread(loopback, channel)
        assert EN.thread_hint_quiet in loopback.world.in_channel(thread)[0].text
        silent = await alice.say(thread, REPAIRS)
        await loopback.reply(await alice.say(thread, f"<@{loopback.world.bot.id}> {REPAIRS}"))
        assert history(newsroom) == [FERRY]
        assert loopback.replies(silent) == []


async def test_a_thread_is_opened_once_and_its_absence_explained(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    answer, thread = await in_thread(stage.discord, stage.channel)
    again = await stage.discord.answer(await alice.click(answer, EN.in_thread))
    assert f"<#{thread.id}>" in again.text
    stage.discord.rest.faults.order("POST", r"/threads$", 403, code=50013)
    other = await stage.discord.answer(await alice.slash(stage.channel, "ask", question=TRAM))
    assert EN.no_thread in (await stage.discord.answer(await alice.click(other, EN.in_thread))).text


async def test_it_can_be_invited_to_a_thread_and_sent_off(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path
) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    alice = loopback.person("alice", guild)
    async with running_bot(loopback, newsroom, tmp_path, message_content=True):
        thread = await loopback.new_thread(channel, "harbour", alice)
        silent = [await alice.say(thread, FERRY)]
        assert EN.joined in (await loopback.answer(await alice.slash(thread, "join"))).text
        assert thread.joined
        await loopback.reply(await alice.say(thread, FERRY))
        assert EN.left_thread in (await loopback.answer(await alice.slash(thread, "leave"))).text
        silent.append(await alice.say(thread, REPAIRS))
        await loopback.reply(await alice.say(thread, f"<@{loopback.world.bot.id}> {TRAM}"))
        assert [loopback.replies(message) for message in silent] == [[], []]


async def test_joining_is_for_threads(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    assert EN.only_in_threads in (await stage.discord.answer(await alice.slash(stage.channel, "join"))).text


async def test_a_thread_in_a_channel_that_is_closed_to_questions_falls_silent(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path
) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    other = loopback.world.add_channel(guild, "questions")
    alice, owner = loopback.person("alice", guild), loopback.owner(guild)
    async with running_bot(loopback, newsroom, tmp_path, message_content=True):
        _, thread = await in_thread(loopback, channel)
        await loopback.answer(await owner.slash(channel, "settings channels", action="add", channel=other.id))
        silent = await alice.say(thread, REPAIRS)
        refused = await loopback.reply(await alice.say(thread, f"<@{loopback.world.bot.id}> {REPAIRS}"))
        assert f"<#{other.id}>" in refused.text
        assert loopback.replies(silent) == []


async def test_no_thread_is_offered_where_none_can_be_begun(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    _, thread = await in_thread(stage.discord, stage.channel)
    inside = await stage.discord.answer(await alice.slash(thread, "ask", question=TRAM))
    direct = await stage.discord.reply(await alice.direct(TRAM))
    for answer in (inside, direct):
        assert EN.in_thread not in [button["label"] for button in answer.buttons]


LEAK = "Did my source Jane Doe leak the ferry memo?"


async def test_a_public_message_in_a_thread_goes_on_from_no_private_question(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path
) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    async with running_bot(loopback, newsroom, tmp_path, message_content=True):
        alice = loopback.person("alice", guild)
        _, thread = await in_thread(loopback, channel)
        told = await loopback.answer(await alice.slash(thread, "ask", question=LEAK, private=True))
        assert told.ephemeral
        answer = await loopback.reply(await alice.say(thread, REPAIRS))
        assert "Jane Doe" not in answer.text
        assert history(newsroom) == [FERRY]
        await loopback.answer(await alice.slash(thread, "ask", question=TRAM))
        assert history(newsroom) == [FERRY, REPAIRS]
        await loopback.answer(await alice.slash(thread, "ask", question=LEAK, private=True))
        await loopback.answer(await alice.slash(thread, "ask", question="Who told Jane Doe?", private=True))
        assert LEAK in history(newsroom)


async def test_a_private_question_in_a_direct_message_is_gone_on_from(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    direct = stage.discord.world.direct_channel(alice.user)
    await stage.discord.answer(await alice.slash(direct, "ask", question=FERRY, private=True))
    await stage.discord.reply(await alice.direct(REPAIRS))
    assert history(stage.newsroom) == [FERRY]


async def test_a_thread_is_opened_for_those_who_may_open_and_ask(stage: Stage) -> None:
    alice, bob = (stage.discord.person(name, stage.guild) for name in ("alice", "bob"))
    owner, label = stage.discord.owner(stage.guild), EN.in_thread
    answer = await stage.discord.answer(await alice.slash(stage.channel, "ask", question=FERRY))
    stage.channel.overwrites[bob.user.id] = (0, int(Permission.CREATE_PUBLIC_THREADS))
    assert EN.no_thread_by_you in (await stage.discord.answer(await bob.click(answer, label))).text
    role = await stage.discord.new_role(stage.guild, "press")
    await stage.discord.answer(
        await owner.slash(stage.channel, "settings roles", purpose="ask", action="add", role=role.id)
    )
    assert EN.not_you in (await stage.discord.answer(await alice.click(answer, label))).text
    assert answer.id not in stage.discord.world.channels


@pytest.mark.parametrize("again", [True, False])
async def test_a_thread_that_was_deleted_unheard_is_not_linked_to(stage: Stage, *, again: bool) -> None:
    alice = stage.discord.person("alice", stage.guild)
    answer = await stage.discord.answer(await alice.slash(stage.channel, "ask", question=FERRY))
    await stage.office.file(lambda: stage.office.rooms.adopt(answer.id, stage.guild.id, 1))
    if not again:
        stage.discord.rest.faults.order("POST", r"/threads$", 400, code=160004)
    told = await stage.discord.answer(await alice.click(answer, EN.in_thread))
    if again:
        assert f"<#{answer.id}>" in told.text
        assert answer.id in stage.discord.world.channels
    else:
        assert EN.no_thread_again in told.text
    assert stage.office.rooms.has(answer.id) is again
