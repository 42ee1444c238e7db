"""A part of the attacks on access at every `make test`, and that they see a hole where there is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture import access_commands, access_controls, access_flood, access_reading, intruders, intruding
from tests.torture.report import Plan, Row


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan(scale=0.01, seed=6, folder=tmp_path)


def lost(rows: list[Row]) -> list[str]:
    return [one for row in rows for one in row.lost]


async def test_nobody_gets_at_what_is_an_admins(plan: Plan) -> None:
    rows = await access_commands.admin_rows(plan)
    assert lost(rows) == []
    assert min(row.tried for row in rows) > 0


async def test_no_button_or_form_opens_what_is_anothers(plan: Plan) -> None:
    assert lost(await access_controls.control_rows(plan)) == []


async def test_nothing_of_one_guild_is_read_in_another(plan: Plan) -> None:
    assert lost(await access_reading.rows(plan)) == []


async def test_a_flood_leaves_the_others_served(plan: Plan) -> None:
    assert lost([await access_flood._mentions(plan), await access_flood._edits(plan)]) == []


async def test_an_open_admin_command_is_seen(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.permissions.is_admin", lambda *_: True)
    found = lost(await access_commands.admin_rows(plan))
    assert any("/settings answers by a member" in one for one in found)
    assert any("by the owner of a guild without the bot" in one for one in found)


async def test_a_button_that_opens_everything_is_seen(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.access._allowed", lambda _, found: found)
    monkeypatch.setattr(intruding, "heard", lambda play, done, _=0.0: intruders.heard(play, done, 0.3))
    found = lost(await access_controls.control_rows(plan))
    assert any("heard" in one for one in found)


async def test_suggestions_of_hidden_outlets_are_seen(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.cogs.reading.is_shown", lambda *_: True)
    assert any("suggests" in one for one in lost(await access_reading.rows(plan)))


async def test_a_flood_without_a_cooldown_is_seen(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.answering.check_pace", lambda *_, **__: None)
    assert lost([await access_flood._mentions(plan)])
