"""Power cuts: torn writes, data and names that were never flushed, and disks that forget what they said was flushed.

Runs are traced at the system calls (:mod:`tests.torture.tracing`), and the states that a power cut may leave are made
from the trace (:mod:`tests.torture.power`). Not seen: stores through memory maps (SQLite's ``-shm``, which it makes
anew) and whatever a real disk does below a system call.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import DatelineError, IndexMissing
from tests.durability.indexer import checked_versions, kept, run_edition
from tests.torture.clerk import Model, difference, file_away, found_rows
from tests.torture.power import History
from tests.torture.report import Plan, Row
from tests.torture.tracing import Mark, Operation, Untraceable, traced

_INDEX_CUTS, _FIRST_CUTS, _FILING_CUTS, _FORGETFUL_CUTS = 400, 150, 400, 150
_FILED = 60
"""Operations of the bot's that are traced."""
_REPAIRED = 12
"""One state in so many is indexed once more: what a power cut left must not stand in the way."""
_TOLD = "told"

Alter = Callable[[list[Operation]], list[Operation]]
"""Changes a trace, so that a test sees the checker fail."""
Check = Callable[[Path, int], str]
"""Looks at a state (its folder, the moment of the cut) and says what it is; raises AssertionError if it must not be."""


def attacks(plan: Plan) -> Iterator[Row]:
    """Every power cut of this group."""
    try:
        yield from index_cuts(plan)
        yield first_cuts(plan)
        yield filing_cuts(plan)
    except Untraceable as error:
        yield Row(attack="power cuts", tried=0, left_out=str(error))


def index_cuts(plan: Plan, *, alter: Alter | None = None) -> Iterator[Row]:
    """Cuts the power while an archive is brought up to date."""
    home = plan.folder / "archive"
    run_edition(home, 0)
    before = shutil.copytree(home, plan.folder / "before")

    def run(mark: Mark) -> None:
        run_edition(home, 1)
        mark(_TOLD)

    operations = traced(run, home)
    _prove(History(before, operations), home, plan.folder / "replayed")
    operations = alter(operations) if alter else operations
    history = History(before, operations)

    def check(state: Path, moment: int) -> str:
        _, versions, warnings = checked_versions(state)
        fate = "old" if versions == kept(0) else "new" if versions == kept(1) else "neither"
        told = history.said(moment) is not None
        assert fate != "neither", f"neither the old archive nor the new one, {warnings}"
        assert fate == "new" or not told, "the run was over, and the old archive is there"
        assert not warnings, f"{warnings}"
        return fate

    for orderly, how in ((True, "names in order"), (False, "names in any order")):
        lost, seen = _cut(plan, history, _INDEX_CUTS // 2, check, orderly=orderly)
        held = f"old archive {seen['old']}, new {seen['new']}; {len(operations)} system calls seen"
        yield Row(attack=f"power cut while indexing, {how}", tried=seen.total(), held=held, lost=tuple(lost))
    yield forgetful_cuts(plan, before, operations)


def first_cuts(plan: Plan) -> Row:
    """Cuts the power in the very first run: there is nothing, or the whole archive, and once it is told the archive."""
    site = plan.folder / "site"
    site.mkdir()

    def run(mark: Mark) -> None:
        run_edition(site / "data" / "home", 0)
        mark(_TOLD)

    before = shutil.copytree(site, plan.folder / "nothing")
    history = History(before, traced(run, site))

    def check(state: Path, moment: int) -> str:
        try:
            _, versions, _ = checked_versions(state / "data" / "home")
        except IndexMissing:
            assert history.said(moment) is None, "the run was over, and nothing is there"
            return "nothing"
        assert versions == kept(0), "not the archive"
        return "archive"

    lost, seen = _cut(plan, history, _FIRST_CUTS, check, orderly=False, home="data/home")
    held = f"nothing yet {seen['nothing']}, the archive {seen['archive']}"
    return Row(attack="power cut in the very first run", tried=seen.total(), held=held, lost=tuple(lost))


def filing_cuts(plan: Plan, *, alter: Alter | None = None) -> Row:
    """Cuts the power while the bot files questions, feedback and settings."""
    home = plan.folder / "bot"
    home.mkdir()
    before = shutil.copytree(home, plan.folder / "no bot")
    operations = traced(lambda mark: file_away(home, plan.seed, lambda done: mark(str(done)), last=_FILED), home)
    history = History(before, alter(operations) if alter else operations)
    model = Model(plan.folder / "model", home, plan.seed)
    states = [model.rows(number) for number in range(_FILED + 1)]
    model.close()

    def check(state: Path, moment: int) -> str:
        said = history.said(moment)
        found = found_rows(state, plan.seed)
        if said is None:
            # The bot notes at its start which key it has.
            rows = sum(len(rows) for name, rows in found.items() if name not in {"key", "meta"})
            assert not rows, f"{rows} rows before anything was filed"
            return "empty"
        number = int(said)
        possible = states[number : number + 2]
        assert found in possible, f"{number} acknowledged: {difference(found, possible[0])}"
        return "acknowledged" if found == possible[0] else "one more"

    lost, seen = _cut(plan, history, _FILING_CUTS, check, orderly=False)
    held = (
        f"what was acknowledged {seen['acknowledged']}, with the one under way {seen['one more']},"
        f" before the first {seen['empty']}"
    )
    return Row(attack="power cut while the bot files", tried=seen.total(), held=held, lost=tuple(lost))


def forgetful_cuts(plan: Plan, before: Path, operations: list[Operation]) -> Row:
    """A disk that forgets some of what it said was flushed: nothing can promise the new archive then.

    What may not happen is a wrong quotation or a riddle: it is the old archive, the new one, or an error with its cure.
    """
    dice = random.Random(plan.seed + 7)  # noqa: S311  # no secret
    lost, seen = list[str](), Counter[str]()
    for _ in range(plan.times(_FORGETFUL_CUTS)):
        forgotten = [one for one in operations if one.kind != "sync" or dice.random() < 0.3]
        history = History(before, forgotten)

        def check(state: Path, _moment: int) -> str:
            try:
                _, versions, warnings = checked_versions(state)
            except DatelineError as error:
                assert "dateline index" in str(error), f"no cure: {error}"  # noqa: PT017  # not a test
                return "an error with its cure"
            assert versions in (kept(0), kept(1)), f"neither the old archive nor the new one: {warnings}"
            return "old or new" if not warnings else "the one before, with a warning"

        more, found = _cut(plan, history, 1, check, orderly=False, dice=dice)
        lost += more
        seen += found
    held = ", ".join(f"{fate} {count}" for fate, count in seen.most_common())
    return Row(attack="power cut with a disk that forgets flushes", tried=seen.total(), held=held, lost=tuple(lost))


def _prove(history: History, home: Path, target: Path) -> None:
    """What was traced, done again, gives what the run left: nothing escaped the tracer."""
    history.leave_all(target)
    left, again = _tree(home), _tree(target)
    assert left == again, (
        f"the trace lacks something of {sorted(name for name in left if left[name] != again.get(name))}"
    )


def _tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith("-shm"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _cut(
    plan: Plan,
    history: History,
    full: int,
    check: Check,
    *,
    orderly: bool,
    home: str = ".",
    dice: random.Random | None = None,
) -> tuple[list[str], Counter[str]]:
    """Makes states and checks them: (what was lost, how often it came out how)."""
    dice = dice or random.Random(f"{plan.seed}:{full}:{orderly}")  # noqa: S311  # no secret
    lost, seen = list[str](), Counter[str]()
    for moment in history.moments(dice, plan.times(full)):
        with _state_folder() as state:
            history.leave(state, moment, dice, orderly=orderly)
            try:
                seen[check(state, moment)] += 1
                if seen.total() % _REPAIRED == 0 and (state / "archive.sqlite3").exists():
                    run_edition(state / home, 2)
                    assert checked_versions(state / home)[1:] == (kept(2), ()), "the next run did not mend it"
            except Exception as error:  # noqa: BLE001 - whatever a state leads to, it is told
                seen["lost"] += 1
                lost.append(f"seed {plan.seed}, cut after {moment} of {len(history)}: {type(error).__name__}: {error}")
    return lost, seen


@contextmanager
def _state_folder() -> Iterator[Path]:
    """A folder for a state, in memory where there is such a place: checking flushes, and that is not the point."""
    memory = Path("/dev/shm")  # noqa: S108  # only for the states of a test
    with tempfile.TemporaryDirectory(prefix="torture-", dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)
