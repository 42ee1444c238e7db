"""kill -9 at random moments of indexing and of filing: what was acknowledged is there, and nothing by halves."""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path

from bot.database import NAME
from index.errors import DatelineError, IndexMissing
from tests.durability.indexer import checked_versions, child, kept, processes, run_edition
from tests.torture.clerk import Model, difference, file_for_ever, found_rows
from tests.torture.report import Plan, Row

_INDEX_KILLS, _FIRST_KILLS, _FILING_KILLS = 300, 40, 150
_PACE = 0.004
"""Seconds that a run dwells at each step, so that moments between steps are hit too."""
_STEPS = (
    "locked", "recovered", "batch", "staged", "cut", "embedded", "workplace", "vectors", "lexical", "sealed",
    "recorded", "moved in", "published", "collected",
)  # fmt: skip
_AT_A_STEP = 0.5
"""The share of kills that are timed from a step on instead of from the start of a run."""


def attacks(plan: Plan) -> Iterator[Row]:
    """Every kill of this group."""
    from tests.torture import bot_crashes

    context = processes("tests.torture.clerk")
    yield index_kills(plan, context)
    yield first_kills(plan, context)
    yield filing_kills(plan, context)
    yield from bot_crashes.attacks(plan)


def index_kills(plan: Plan, context: ForkServerContext) -> Row:
    """Kills an indexer that has an archive already; each archive goes on from what the kills before have left."""
    times, dice = plan.times(_INDEX_KILLS), random.Random(plan.seed)  # noqa: S311  # no secret
    home = plan.folder / "archive"
    run_edition(home, 0)
    live, edition, lost, seen, steps = 0, 0, list[str](), Counter[str](), Counter[str]()
    window = 0.3
    while seen.total() < times:
        edition += 1
        window, reached = _killed_run(context, home, edition, dice, window)
        if reached is None:
            live = edition  # it was done before it was killed
            continue
        steps[reached] += 1
        try:
            generation, versions, warnings = checked_versions(home)
        except (DatelineError, AssertionError) as error:
            lost.append(f"seed {plan.seed}, run {edition} killed at {reached!r}: {error!r}")
            shutil.rmtree(home)
            run_edition(home, edition)
            live = edition
            continue
        fate = "old" if versions == kept(live) else "new" if versions == kept(edition) else "neither"
        # Between "moved in" and "published" the name in CURRENT changes: a kill there leaves the one or the other.
        due = {"published": "new", "collected": "new", "moved in": fate}.get(reached, "old")
        if warnings or fate not in {"old", "new"} or fate != due:
            lost.append(
                f"seed {plan.seed}, run {edition} killed at {reached!r}: {fate}, generation {generation}, {warnings}"
            )
        seen[fate] += 1
        live = edition if fate == "new" else live
        if edition % 4 == 0:
            run_edition(home, edition)
            if checked_versions(home)[1:] != (kept(edition), ()):
                lost.append(f"seed {plan.seed}: run {edition} did not finish what was killed")
            live = edition
    held = f"old archive {seen['old']}, new {seen['new']}; last step begun: {_told(steps)}"
    return Row(attack="kill -9 while indexing and publishing", tried=seen.total(), held=held, lost=tuple(lost))


def first_kills(plan: Plan, context: ForkServerContext) -> Row:
    """Kills the very first run: there is nothing, or the whole archive, and the next run makes it."""
    times, dice = plan.times(_FIRST_KILLS), random.Random(plan.seed + 1)  # noqa: S311  # no secret
    lost, seen, window = list[str](), Counter[str](), 0.6
    for number in range(times):
        home = plan.folder / "first"
        window, reached = _killed_run(context, home, 0, dice, window)
        try:
            # Between moving the generation in and naming it, a reader finds it, and warns that CURRENT is not there.
            fate = "archive" if checked_versions(home)[1] == kept(0) else "neither"
        except IndexMissing:
            fate = "nothing"
        except (DatelineError, AssertionError) as error:
            fate = repr(error)
        seen[fate] += 1
        run_edition(home, 0)
        if fate not in {"archive", "nothing"} or checked_versions(home)[1] != kept(0):
            lost.append(f"seed {plan.seed}, first run {number} killed at {reached!r}: {fate}")
        shutil.rmtree(home)
    held = f"nothing yet {seen['nothing']}, the archive {seen['archive']}; the next run made it each time"
    return Row(attack="kill -9 in the very first run", tried=times, held=held, lost=tuple(lost))


def filing_kills(plan: Plan, context: ForkServerContext) -> Row:
    """Kills a process that files questions, feedback and settings, one acknowledged after the other."""
    times, dice = plan.times(_FILING_KILLS), random.Random(plan.seed + 2)  # noqa: S311  # no secret
    home = plan.folder / "bot"
    home.mkdir()
    model: Model | None = None
    lost, seen, survived = list[str](), Counter[str](), 0
    while seen.total() < times:
        acknowledged, sender = context.Pipe(duplex=False)
        with child(context, file_for_ever, home, plan.seed, survived, sender) as process:
            sender.close()
            began = acknowledged.poll(0.0 if seen.total() % 20 == 0 else 30)  # some are killed while they open it
            time.sleep(dice.uniform(0.0, 0.12))
            process.kill()
            process.join()
        count = max((int(number) for number in _received(acknowledged)), default=survived)
        seen["filing" if began else "opening"] += 1
        if model is None:
            if not (home / NAME).with_suffix(".key").exists():
                continue
            model = Model(plan.folder / "model", home, plan.seed)
        before, after = model.rows(count), model.rows(count + 1)
        try:
            found = found_rows(home, plan.seed)
        except Exception as error:  # noqa: BLE001 - whatever keeps a bot from opening its database is a loss
            found = {"error": [(repr(error),)]}
        if found == before:
            survived = count
        elif found == after:
            survived = count + 1
        else:
            lost.append(
                f"seed {plan.seed}, {count} acknowledged: against them {difference(found, before)}; against the next"
                f" {difference(found, after)}"
            )
            break
        model.forget(survived)
    if model is not None:
        model.close()
    held = f"{survived:,} operations were acknowledged, and every one was there"
    return Row(
        attack="kill -9 while the bot files questions, feedback, settings",
        tried=seen.total(),
        held=held,
        lost=tuple(lost),
    )


def _killed_run(
    context: ForkServerContext, home: Path, edition: int, dice: random.Random, window: float
) -> tuple[float, str | None]:
    """Kills a run at a random moment: (the window for the next, the last step that it began, None if it was done).

    Half of the moments lie anywhere in a run, the others just after a step that was chosen by lot. The window is as
    long as a run, whatever else the machine does: shorter when runs finish first, else a bit longer.
    """
    receiver, sender = context.Pipe(duplex=False)
    wanted = dice.choice(_STEPS) if dice.random() < _AT_A_STEP else None
    reached = "start"
    with child(context, run_edition, home, edition, None, _PACE, sender) as process:
        sender.close()
        if wanted is None:
            process.join(dice.uniform(0.0, window))
        else:
            for step in _received(receiver):
                reached = step
                if step == wanted:
                    break
            process.join(dice.uniform(0.0, 2 * _PACE))
        process.kill()
        process.join()
    for step in _received(receiver):
        reached = step
    killed = process.exitcode == -9
    if wanted is None:
        window *= 1.1 if killed else 0.8
    return window, reached if killed else None


def _received(receiver: Connection) -> Iterator[str]:
    """What a process has sent, until it ends."""
    while True:
        try:
            yield receiver.recv_bytes().decode()
        except EOFError:
            return


def _told(counted: Counter[str]) -> str:
    return ", ".join(f"{step} {counted[step]}" for step in ("start", *_STEPS) if counted[step])
