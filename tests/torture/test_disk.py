"""Power cuts in small, and that the checker sees a flush that is left out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.torture import disk
from tests.torture.report import Plan
from tests.torture.tracing import Operation, Untraceable, traced


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    try:
        traced(lambda mark: mark("here"), tmp_path)
    except Untraceable as error:
        pytest.skip(str(error))
    return Plan(scale=0.08, seed=11, folder=tmp_path)


def without_flushes(operations: list[Operation]) -> list[Operation]:
    return [one for one in operations if one.kind != "sync"]


def test_a_trace_has_marks_writes_names_and_flushes_in_order(tmp_path: Path, plan: Plan) -> None:
    folder = tmp_path / "seen"
    folder.mkdir()

    def run(mark: disk.Mark) -> None:
        with (folder / "new").open("wb") as file:
            file.write(b"text")
            file.flush()
            os.fsync(file.fileno())
        mark("written")
        (folder / "new").replace(folder / "CURRENT")
        (tmp_path / "elsewhere").touch()

    assert plan.scale
    found = [(one.kind, one.path, one.target, one.data) for one in traced(run, folder)]
    assert found == [
        ("create", "new", "", b""),
        ("write", "new", "", b"text"),
        ("sync", "new", "", b""),
        ("mark", "written", "", b""),
        ("rename", "new", "CURRENT", b""),
    ]


def test_nothing_acknowledged_is_lost_in_a_power_cut(plan: Plan) -> None:
    rows = list(disk.attacks(plan))
    assert [row.lost for row in rows] == [()] * len(rows)
    assert all(row.tried >= 10 for row in rows)
    assert {row.left_out for row in rows} == {""}


def test_a_flush_that_is_left_out_is_noticed(plan: Plan) -> None:
    lost = [lost for row in disk.index_cuts(plan, alter=without_flushes) for lost in row.lost]
    assert any("the run was over, and the old archive is there" in one for one in lost)


def test_an_operation_of_the_bot_that_is_not_flushed_is_noticed(plan: Plan) -> None:
    assert any("rows missing" in one for one in disk.filing_cuts(plan, alter=without_flushes).lost)
