"""A walk over every command: names, descriptions, lengths, permissions, error paths, documentation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.words import EN
from index.errors import IndexMissing
from tests.bot.stage import Stage
from tests.discord_server import rules
from tests.discord_server.people import Value
from tests.discord_server.world import JSON

PUBLIC = {"ask", "search", "article", "privacy", "join", "leave", "new", "Ask about this"}
ADMIN = {"reindex", "status", "settings", "stats"}
IN_THREADS = {"join", "leave"}
OPTIONS: dict[str, dict[str, Value]] = {
    "ask": {"question": "When will the ferry resume?"},
    "search": {"query": "ferry"},
    "article": {"headline": "ferry"},
    "settings channels": {"action": "clear"},
    "settings roles": {"purpose": "ask", "action": "clear"},
    "settings outlets": {"action": "clear"},
}


def leaves(commands: list[JSON]) -> Iterator[tuple[str, JSON]]:
    for command in commands:
        inner = [option for option in command.get("options") or [] if option["type"] in {1, 2}]
        if inner:
            yield from ((f"{command['name']} {path}", leaf) for path, leaf in leaves(inner))
        else:
            yield command["name"], command


async def test_every_command_is_known_described_and_guarded(stage: Stage) -> None:
    commands = stage.discord.world.commands
    assert {command["name"] for command in commands} == PUBLIC | ADMIN
    assert list(rules.command_problems(commands)) == []
    for command in commands:
        admin = command["name"] in ADMIN
        assert (command.get("default_member_permissions") is not None) == admin, command["name"]
        assert len(json.dumps(command)) < 8_000
    for path, leaf in leaves(commands):
        if leaf.get("type", 1) == 3:
            assert leaf["name"] in PUBLIC
            assert len(leaf["name"]) <= 32
            continue
        for described in (leaf, *(leaf.get("options") or [])):
            assert re.fullmatch(r"[a-z_]{1,32}", described["name"]), path
            # The library puts an ellipsis where nobody wrote a description.
            assert 2 <= len(described["description"].strip()) <= 100, f"{path} {described['name']}"


async def test_every_slash_command_answers(stage: Stage) -> None:
    owner = stage.discord.owner(stage.guild)
    for path, leaf in leaves(stage.discord.world.commands):
        if leaf.get("type", 1) == 1:
            asked = await owner.slash(stage.channel, path, **OPTIONS.get(path, {}))
            assert (await stage.discord.answer(asked)).text, path
    await stage.discord.world.until(lambda: stage.newsroom.generation == 2, "the reindexing")
    await stage.discord.world.until(lambda: stage.bot.reindexing.job.outcome, "its end")  # type: ignore[union-attr]


async def test_every_slash_command_explains_an_unexpected_error(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("ordered by the test")

    for name in ("ask", "search", "article", "headlines", "outlets", "status"):
        monkeypatch.setattr(stage.newsroom, name, broken)
    monkeypatch.setattr(stage.office.ledger, "kept_about", broken)
    monkeypatch.setattr(stage.bot.reindexing, "begin", broken)
    monkeypatch.setattr("bot.cogs.guild.tally", broken)
    monkeypatch.setattr("bot.cogs.guild._listed", broken)
    for name in ("adopt", "leave", "new_topic"):
        monkeypatch.setattr(stage.office.rooms, name, broken)
    owner = stage.discord.owner(stage.guild)
    thread = await stage.discord.new_thread(stage.channel, "harbour", owner)
    paths = [path for path, leaf in leaves(stage.discord.world.commands) if leaf.get("type", 1) == 1]
    assert len(paths) > len(PUBLIC)
    for path in paths:
        place = thread if path in IN_THREADS else stage.channel
        answer = await stage.discord.answer(await owner.slash(place, path, **OPTIONS.get(path, {})))
        assert EN.problem.split("{")[0] in answer.text, path
        assert "ordered by the test" not in answer.text


async def test_every_admin_command_is_refused_to_others_at_run_time(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)
    for path, leaf in leaves(stage.discord.world.commands):
        if leaf.get("type", 1) == 1 and path.split()[0] in ADMIN:
            told = await stage.discord.answer(await alice.forced_slash(stage.channel, path, **OPTIONS.get(path, {})))
            assert told.ephemeral, path
            assert EN.not_admin in told.text, path


async def test_without_an_archive_every_command_says_how_to_get_one(stage: Stage) -> None:
    alice = stage.discord.person("alice", stage.guild)

    def missing(*_: object, **__: object) -> None:
        raise IndexMissing("no archive")

    for name in ("ask", "search", "headlines", "outlets"):
        setattr(stage.newsroom, name, missing)
    for path in ("ask", "search", "article"):
        answer = await stage.discord.answer(await alice.slash(stage.channel, path, **OPTIONS[path]))
        assert EN.no_archive in answer.text


def test_every_command_is_in_the_readme() -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    named = [f"/{name}" if name.islower() else name for name in sorted(PUBLIC | ADMIN)]
    assert [name for name in named if not re.search(rf"[`*]{name}\b", text)] == []
