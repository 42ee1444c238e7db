"""Hostile input: every parser with 100,000 nearly right inputs, inputs built to take time, and named monsters."""

from __future__ import annotations

from collections.abc import Iterator

from tests.torture.mutation import Mutator
from tests.torture.report import Plan, Row
from tests.torture.targets import Target
from tests.torture.targets import TARGETS as ARCHIVE

_MOST_LOST = 20
"""Broken promises after which a parser is not tried further."""


def attacks(plan: Plan) -> Iterator[Row]:
    """Every parser, every pattern, every monster."""
    for target in ARCHIVE:
        yield fuzzed(target, plan)


def fuzzed(target: Target, plan: Plan) -> Row:
    """A parser with as many inputs as the plan asks for; what it refuses with its own errors is held."""
    refused = tried = 0
    lost: list[str] = []
    for number in range(plan.times(target.full, least=20)):
        tried += 1
        given = target.make(Mutator(f"{plan.seed}:{target.name}:{number}"))
        try:
            target.check(given)
        except target.refuses:
            refused += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not leave a parser
            lost.append(f"seed {plan.seed}, input {number}: {type(error).__name__}: {error}: {given!a:.300}")
            if len(lost) == _MOST_LOST:
                break
    taken = f"{tried - refused - len(lost):,} taken, {refused:,} refused"
    return Row(
        attack=f"{target.name}: nearly right input",
        tried=tried,
        held=f"{taken} ({target.why_fewer})" if target.why_fewer else taken,
        lost=tuple(lost),
    )
