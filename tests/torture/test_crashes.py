"""Kills in small, and that the checkers see what is lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from bot.database import NAME
from tests.durability.indexer import processes
from tests.torture import crashes
from tests.torture.clerk import Rows
from tests.torture.report import Plan


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan(scale=0.02, seed=5, folder=tmp_path)


@pytest.fixture(scope="module")
def context() -> ForkServerContext:
    return processes("tests.torture.clerk")


def test_nothing_acknowledged_is_lost_by_a_kill(plan: Plan, context: ForkServerContext) -> None:
    rows = [
        crashes.index_kills(plan, context),
        crashes.first_kills(plan, context),
        crashes.filing_kills(plan, context),
    ]
    assert [row.lost for row in rows] == [()] * 3
    assert [row.tried for row in rows] == [6, 1, 3]


def test_a_damaged_generation_after_a_kill_is_noticed(
    plan: Plan, context: ForkServerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = crashes.checked_versions

    def damaging(home: Path) -> tuple[int, dict[str, str], tuple[str, ...]]:
        live = (home / "CURRENT").read_text("ascii").strip()
        (home / "generations" / live / "dense.faiss").write_bytes(b"")
        return checked(home)

    monkeypatch.setattr(crashes, "checked_versions", damaging)
    assert crashes.index_kills(plan, context).lost


def test_a_lost_row_after_a_kill_is_noticed(
    plan: Plan, context: ForkServerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = crashes.found_rows

    def losing(home: Path, seed: int) -> Rows:
        with closing(sqlite3.connect(home / NAME)) as connection:
            connection.execute("INSERT INTO meta VALUES ('planted', 'row')")
            connection.commit()
        return found(home, seed)

    monkeypatch.setattr(crashes, "found_rows", losing)
    (lost,) = crashes.filing_kills(plan, context).lost
    assert "meta: 0 rows missing, 1 too many" in lost
