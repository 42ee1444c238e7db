"""A few of the hostile inputs of `make torture`, and proof that a broken promise would be seen."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.torture.fuzzing import attacks, fuzzed
from tests.torture.growth import Growth, Used, grown, leads_and_pieces, pumped
from tests.torture.report import Plan
from tests.torture.target import Broken, Target
from tests.torture.targets import TARGETS


def plan(folder: Path) -> Plan:
    return Plan(scale=0.0008, seed=20_260, folder=folder)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_no_nearly_right_input_breaks_a_parser(target: Target, tmp_path: Path) -> None:
    row = fuzzed(target, plan(tmp_path))
    assert row.tried >= 8
    assert not row.lost


def test_a_broken_promise_is_seen_with_its_input(tmp_path: Path) -> None:
    def check(text: str) -> None:
        if "b" in text:
            raise Broken("no b")

    row = fuzzed(Target(name="letters", make=lambda m: m.text(("abc", "xyz")), check=check), plan(tmp_path))
    assert row.lost
    assert "no b" in row.lost[0]
    assert "seed 20260, input" in row.lost[0]


def test_an_error_that_is_no_refusal_is_seen(tmp_path: Path) -> None:
    row = fuzzed(Target(name="ints", make=lambda m: m.text(("1",)), check=int, refuses=(KeyError,)), plan(tmp_path))
    assert "ValueError" in row.lost[0]
    assert not fuzzed(
        Target(name="ints", make=lambda m: m.text(("1",)), check=int, refuses=(ValueError,)), plan(tmp_path)
    ).lost


# The second takes the cube of a text's time: seconds for 4,096 characters.
@pytest.mark.parametrize(
    ("pattern", "last"), [(r"a\s*,?\s+b", 16_384), (r"^[^,]*\w{3,}[^,]*,\s", 1_024), (r"\s*\[\d+\]\s*$", 16_384)]
)
def test_a_pattern_that_blows_up_is_found(pattern: str, last: int) -> None:
    used = Used(pattern=re.compile(pattern), anchored=False)
    assert any(
        grown(pattern, used.run, pumped(lead, piece, "\x00"), last=last).blown
        for lead, piece in leads_and_pieces(used.pattern)
    )


@pytest.mark.parametrize("pattern", [r"a(?:\s*+,)?\s++b", r"(?<!\s)\s*\[\d+\]\s*$"])
def test_a_linear_pattern_is_not_blamed(pattern: str) -> None:
    used = Used(pattern=re.compile(pattern), anchored=False)
    assert not any(
        grown(pattern, used.run, pumped(lead, piece, "\x00"), last=4_096).blown
        for lead, piece in leads_and_pieces(used.pattern)
    )


@pytest.mark.parametrize(
    ("seconds", "blown"),
    [
        ((0.001, 0.030, 0.11, 0.42), False),  # a second page costs something, and then it is a straight line
        ((0.000, 0.003, 0.038, 0.001), False),  # bounded
        ((0.001, 0.004, 0.06, 0.96), True),
        ((0.001, 0.005), False),
        ((0.3,), False),
    ],
)
def test_time_is_judged_where_it_is_measured_last(seconds: tuple[float, ...], blown: object) -> None:
    assert Growth(what="", seconds=tuple((64 * 4**n, spent) for n, spent in enumerate(seconds))).blown is blown


def test_a_slow_parser_gets_as_many_inputs_as_any_where_thoroughness_is_asked_for(tmp_path: Path) -> None:
    slow = Target(name="slow", make=lambda m: m.text(("a",)), check=len, full=500, why_fewer="it is slow")
    quick = replace(plan(tmp_path), scale=0.1)
    assert (row := fuzzed(slow, quick)).tried == 50
    assert "(it is slow)" in row.held
    assert (row := fuzzed(slow, replace(quick, thorough=True))).tried == 10_000
    assert "(it is slow)" not in row.held


def test_only_rows_that_are_asked_for_by_name_are_tried(tmp_path: Path) -> None:
    two = replace(plan(tmp_path), only=("blow patterns", "forms"))
    assert [row.attack for row in attacks(two)] == ["bot: forms: nearly right input", "inputs that blow patterns up"]
