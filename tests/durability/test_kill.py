"""An indexer that is killed at any moment leaves the old archive or the new one, and the next run finishes."""

from __future__ import annotations

import random
import shutil
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from index.errors import IndexMissing
from tests.durability.indexer import checked_versions, child, kept, run_edition

STEPS = [
    ("locked", 1),
    ("recovered", 1),
    ("batch", 1),
    ("staged", 1),
    ("cut", 1),
    ("embedded", 1),
    ("embedded", 2),
    ("workplace", 1),
    ("vectors", 1),
    ("lexical", 1),
    ("sealed", 1),
    ("recorded", 1),
    ("moved in", 1),
    ("published", 1),
    ("collected", 1),
]
FIRST_STEPS = [("batch", 1), ("embedded", 2), ("sealed", 1), ("recorded", 1), ("moved in", 1), ("published", 1)]
NEW_FROM = STEPS.index(("published", 1))


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step[0]} {step[1]}")
def test_a_kill_at_any_step_leaves_the_old_archive_or_the_new(
    tmp_path: Path, first_edition: Path, context: ForkServerContext, step: tuple[str, int]
) -> None:
    home = shutil.copytree(first_edition, tmp_path / "home")
    with child(context, run_edition, home, 1, step) as process:
        process.join(30)
        assert process.exitcode == -9
    live = 1 if STEPS.index(step) >= NEW_FROM else 0
    assert checked_versions(home) == (live + 1, kept(live), ())
    run_edition(home, 1)
    assert checked_versions(home) == (2, kept(1), ())
    assert sorted(path.name for path in (home / "generations").iterdir()) == ["000001", "000002"]


@pytest.mark.parametrize("step", FIRST_STEPS, ids=lambda step: f"{step[0]} {step[1]}")
def test_a_kill_in_the_very_first_run_leaves_nothing_or_the_archive(
    tmp_path: Path, context: ForkServerContext, step: tuple[str, int]
) -> None:
    home = tmp_path / "home"
    with child(context, run_edition, home, 0, step) as process:
        process.join(30)
        assert process.exitcode == -9
    if STEPS.index(step) >= STEPS.index(("moved in", 1)):
        assert checked_versions(home)[1] == kept(0)
    else:
        with pytest.raises(IndexMissing):
            checked_versions(home)
    run_edition(home, 0)
    _, versions, warnings = checked_versions(home)
    assert (versions, warnings) == (kept(0), ())


def test_kills_at_random_moments_leave_the_old_archive_or_the_new(
    tmp_path: Path, first_edition: Path, context: ForkServerContext, kills: int
) -> None:
    home = shutil.copytree(first_edition, tmp_path / "home")
    dice = random.Random(7)  # noqa: S311  # no secret
    # A window as long as a run, whatever else the machine does: shorter when runs finish first, else a bit longer.
    window, live, killed, seed = 0.3, 0, 0, 0
    while killed < kills:
        seed += 1
        with child(context, run_edition, home, seed, None, 0.01) as process:
            process.join(dice.uniform(0.0, window))
            process.kill()
            process.join()
        killed += process.exitcode == -9
        window *= 1.1 if process.exitcode == -9 else 0.8
        _, versions, warnings = checked_versions(home)
        assert versions in (kept(live), kept(seed))
        assert warnings == ()
        if versions == kept(seed):
            live = seed
        if seed % 3 == 0:
            run_edition(home, seed)
            assert checked_versions(home)[1] == kept(seed)
            live = seed
