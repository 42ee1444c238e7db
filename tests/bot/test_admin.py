"""Reindexing and status: for admins, one at a time, with questions answered all along."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from bot.reindexing import Reindexing
from bot.words import EN
from tests.bot.newsroom import FakeNewsroom, article
from tests.bot.stage import Stage, running_bot
from tests.discord_server.people import Hidden, Person
from tests.discord_server.permissions import Permission
from tests.discord_server.server import LoopbackDiscord
from tests.discord_server.world import Message

NEW = article(20, "Bridge opens", "The new bridge opened on Friday with a parade of elephants.")


def admin_of(stage: Stage, name: str = "editor") -> Person:
    role = stage.discord.world.add_role(stage.guild, "editors", Permission.MANAGE_GUILD)
    return stage.discord.person(name, stage.guild, roles=(role,))


async def progress_message(stage: Stage) -> Message:
    return await stage.discord.world.until(
        lambda: next((one for one in stage.discord.world.in_channel(stage.channel) if "Reindex" in one.text), None),
        "the progress message",
    )


async def shows(stage: Stage, message: Message, text: str) -> None:
    await stage.discord.world.until(lambda: text in message.text, text)


async def test_questions_are_answered_from_the_old_generation_until_the_new_one_is_there(stage: Stage) -> None:
    admin, alice = admin_of(stage), stage.discord.person("alice", stage.guild)
    stage.newsroom.to_index = [NEW]
    stage.newsroom.step = threading.Semaphore(0)
    await admin.slash(stage.channel, "reindex")
    message = await progress_message(stage)
    for done in range(stage.newsroom.steps):
        await shows(stage, message, f"{done} of 3")
        answer = await stage.discord.answer(await alice.slash(stage.channel, "ask", question="Were there elephants?"))
        assert EN.no_answer in answer.text
        assert "generation 1" in answer.text
        stage.newsroom.step.release()
    await stage.discord.world.until(lambda: "Reindexed" in message.text, "the summary")
    answer = await stage.discord.answer(await alice.slash(stage.channel, "ask", question="Were there elephants?"))
    assert "parade of **elephants**" in answer.text
    assert "generation 2" in answer.text


async def test_the_summary_has_every_skipped_input_with_its_reason_in_a_file(stage: Stage) -> None:
    admin = admin_of(stage)
    stage.newsroom.to_index = [NEW]
    await admin.slash(stage.channel, "reindex")
    message = await progress_message(stage)
    await stage.discord.world.until(lambda: "Reindexed" in message.text, "the summary")
    assert "1 added" in message.text
    assert "1 skipped" in message.text
    (body,) = message.files.values()
    assert b"skipped,'=broken.json,3,not JSON" in body


async def test_the_progress_message_is_an_ordinary_one_and_outlives_the_token(stage: Stage) -> None:
    admin = admin_of(stage)
    stage.newsroom.step = threading.Semaphore(0)
    await admin.slash(stage.channel, "reindex")
    message = await progress_message(stage)
    assert message.interaction_id is None
    stage.discord.clock.advance(16 * 60)
    for _ in range(stage.newsroom.steps):
        stage.newsroom.step.release()
    await stage.discord.world.until(lambda: "Reindexed" in message.text, "the summary after sixteen minutes")


async def test_progress_is_shown_at_most_every_few_seconds(stage: Stage) -> None:
    assert Reindexing(stage.office.desk)._show_every >= 3
    stage.bot.reindexing._show_every = 0.25
    stage.newsroom.steps = 100
    stage.newsroom.step = threading.Semaphore(0)
    admin = admin_of(stage)
    await admin.slash(stage.channel, "reindex")
    message = await progress_message(stage)
    began = asyncio.get_running_loop().time()
    for _ in range(stage.newsroom.steps):
        stage.newsroom.step.release()
        await asyncio.sleep(0.01)
    await shows(stage, message, "Reindexed")
    seconds = asyncio.get_running_loop().time() - began
    # One when it begins, one when it ends, and one for each pause between.
    assert 3 <= len(message.revisions) <= 2 + seconds / 0.25


async def test_a_second_asker_is_told_who_started_and_how_far_it_is(stage: Stage) -> None:
    admin, second = admin_of(stage), admin_of(stage, "second")
    stage.newsroom.step = threading.Semaphore(0)
    await admin.slash(stage.channel, "reindex")
    message = await progress_message(stage)
    await stage.discord.world.until(lambda: "0 of 3" in message.text, "progress")
    told = await stage.discord.answer(await second.slash(stage.channel, "reindex"))
    assert f"<@{admin.user.id}>" in told.text
    assert "0 of 3" in told.text
    assert told.ephemeral
    for _ in range(stage.newsroom.steps):
        stage.newsroom.step.release()
    await stage.discord.world.until(lambda: "Reindexed" in message.text, "the summary")


async def test_cancelling_leaves_the_archive_as_it_was(stage: Stage) -> None:
    admin, alice = admin_of(stage), stage.discord.person("alice", stage.guild)
    stage.newsroom.to_index = [NEW]
    stage.newsroom.step = threading.Semaphore(0)
    await admin.slash(stage.channel, "reindex")
    message = await progress_message(stage)
    refused = await stage.discord.answer(await alice.click(message, EN.cancel))
    assert EN.not_admin in refused.text
    await stage.discord.answer(await admin.click(message, EN.cancel))
    stage.newsroom.step.release()
    await stage.discord.world.until(lambda: "Cancelled" in message.text, "the cancellation")
    assert stage.newsroom.generation == 1
    await admin.slash(stage.channel, "reindex")
    stage.newsroom.step.release(5)
    await stage.discord.world.until(lambda: stage.newsroom.generation == 2, "a new run after a cancelled one")
    await stage.discord.world.until(lambda: stage.bot.reindexing.job.outcome, "its end")  # type: ignore[union-attr]


async def let_go_on(stage: Stage) -> None:
    stage.newsroom.step.release(stage.newsroom.steps)


@pytest.mark.parametrize(("status", "code"), [(404, 10062), (None, 0)])
async def test_a_run_that_fails_before_it_starts_leaves_its_place_to_the_next(
    stage: Stage, status: int | None, code: int
) -> None:
    admin = admin_of(stage)
    fault = stage.discord.rest.faults.order("POST", "/callback", status, code=code, times=10)
    await admin.slash(stage.channel, "reindex")
    reindexing = stage.bot.reindexing
    await stage.discord.world.until(lambda: reindexing.job is not None and reindexing.job.outcome, "its end")
    fault.times = 0
    await admin.slash(stage.channel, "reindex")
    await shows(stage, await progress_message(stage), "Reindexed")


async def test_sockets_that_drop_while_progress_is_shown_do_not_end_the_run(stage: Stage) -> None:
    admin = admin_of(stage)
    stage.newsroom.step = threading.Semaphore(0)
    await admin.slash(stage.channel, "reindex")
    message = await progress_message(stage)
    fault = stage.discord.rest.faults.order("PATCH", r"channels/\d+/messages/", None, times=30)
    await stage.discord.world.until(lambda: fault.times < 30, "a dropped socket")
    await let_go_on(stage)
    await stage.discord.world.until(lambda: stage.newsroom.generation == 2, "the new generation")
    fault.times = 0
    await shows(stage, message, "Reindexed")
    assert message.files


async def test_a_summary_whose_file_is_refused_is_shown_without_it(stage: Stage) -> None:
    admin = admin_of(stage)
    stage.newsroom.step = threading.Semaphore(0)
    await admin.slash(stage.channel, "reindex")
    message = await progress_message(stage)
    await shows(stage, message, "0 of 3")
    stage.newsroom.step.release(2)
    await shows(stage, message, "2 of 3")
    stage.discord.rest.faults.order("PATCH", r"channels/\d+/messages/", 403, code=50013)
    stage.newsroom.step.release()
    await shows(stage, message, "Reindexed")
    assert not message.files
    assert not message.buttons


@pytest.mark.parametrize("command", ["reindex", "status"])
async def test_admin_commands_are_hidden_from_others_and_refused_at_run_time(stage: Stage, command: str) -> None:
    alice = stage.discord.person("alice", stage.guild)
    with pytest.raises(Hidden):
        await alice.slash(stage.channel, command)
    told = await stage.discord.answer(await alice.forced_slash(stage.channel, command))
    assert told.ephemeral
    assert EN.not_admin in told.text
    assert not stage.newsroom.indexing.is_set()


async def test_without_leave_to_write_progress_is_shown_in_the_response(stage: Stage) -> None:
    admin = admin_of(stage)
    role = stage.discord.world.managed_role(stage.guild)
    stage.channel.overwrites[role.id] = (0, Permission.SEND_MESSAGES)
    asked = await admin.slash(stage.channel, "reindex")
    await stage.discord.world.until(lambda: asked.response and "Reindexed" in asked.response.text, "the summary")


async def test_status_shows_archive_process_and_missing_permissions(stage: Stage) -> None:
    admin = admin_of(stage)
    shown = await stage.discord.answer(await admin.slash(stage.channel, "status"))
    assert shown.ephemeral
    for text in (
        "Generation 1",
        "2 articles from 2 outlets, 10 January 2026 – 12 January 2026",
        "Embedder fake, reader fake",
        "Version 0",
        "up 0 h 0 min",
        "MiB",
        "Answers: none since the start",
        "1 servers",
        "intent: off",
    ):
        assert text in shown.text.replace("\\", "")
    assert "Missing permissions" not in shown.text


async def test_status_tells_how_long_the_latest_answers_took(stage: Stage) -> None:
    admin = admin_of(stage)
    for seconds in range(1, 251):
        stage.office.metrics.answered(seconds, {"retrieve": 40.0, "read": 200.0, "total": 240.0})
    shown = await stage.discord.answer(await admin.slash(stage.channel, "status"))
    # The last two hundred are those of 51 to 250 seconds.
    assert "Answers (the last 200): median 150.5 s, 95 % within 240.0 s" in shown.text
    assert "retrieving 40 ms, reading 200 ms" in shown.text


async def test_questions_are_timed_from_asking_to_delivery(stage: Stage) -> None:
    admin = admin_of(stage)
    await stage.discord.answer(await admin.slash(stage.channel, "ask", question="Which harbour did the storm close?"))
    await stage.discord.world.until(lambda: stage.bot.answering.under_way == 0, "the end")
    latency = stage.office.metrics.latency()
    assert latency is not None
    assert latency.answers == 1
    assert 0 < latency.median == latency.p95 < 10
    assert latency.read == 0.003


async def test_status_names_the_permissions_that_are_missing_here(
    loopback: LoopbackDiscord, newsroom: FakeNewsroom, tmp_path: Path
) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    channel.overwrites[loopback.world.managed_role(guild).id] = (0, Permission.ATTACH_FILES)
    async with running_bot(loopback, newsroom, tmp_path):
        shown = await loopback.answer(await loopback.owner(guild).slash(channel, "status"))
    assert "Missing permissions in this channel: Attach Files" in shown.text


async def test_who_administered_is_in_the_audit_table(stage: Stage) -> None:
    admin = admin_of(stage)
    await admin.slash(stage.channel, "reindex")
    message = await progress_message(stage)
    await stage.discord.world.until(lambda: "Reindexed" in message.text, "the summary")

    async def entries() -> list[tuple[int, str]]:
        found = await stage.office.file(lambda: stage.office.audit.entries(stage.guild.id))
        return [(entry.actor_id, entry.action) for entry in found]

    for _ in range(100):
        if len(await entries()) == 2:
            break
        await asyncio.sleep(0.01)
    assert await entries() == [(admin.user.id, "reindexed"), (admin.user.id, "reindex")]
