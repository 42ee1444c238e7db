"""Backups made while others write, and damaged ones brought back."""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from bot.database import NAME, open_database
from bot.ledger import Ledger
from index.care import back_up, bring_back, opened_bundle, verified_bundle
from index.errors import BackupDamaged
from index.types import Article
from tests.index.build.indexing import index
from tests.torture.damaging import WAYS, Damage
from tests.torture.report import Plan, Row
from tests.torture.shelf import Always, Shelf, told_of
from tests.torture.witness import edition, in_a_child, open_toy, publish, read_and_compare


def backups_while_writing(plan: Plan, shelf: Shelf) -> Row:
    """Backups made while an indexer publishes and the bot writes: each whole, and each brought back whole."""
    tried = plan.times(12)
    lost: list[str] = []
    outcomes: Counter[str] = Counter()
    home = shelf.copy()
    stop = home.parent / "stop"
    indexer, writer = _forked(lambda: _publish_on(home, stop)), _forked(lambda: _write_on(home, stop))
    try:
        for number in range(tried):
            told = in_a_child(lambda number=number: _back_up_and_restore(home, home.parent, number))
            outcomes["whole and brought back" if not told else "lost"] += 1
            lost += [f"backup {number}: {told}"] if told else []
    finally:
        stop.touch()
        for pid in (indexer, writer):
            _, status = os.waitpid(pid, 0)
            if status:
                lost.append(f"a writer beside the backups ended with {os.waitstatus_to_exitcode(status)}")
    return Row(
        attack="backup while indexing and writing, then restore", tried=tried, held=told_of(outcomes), lost=tuple(lost)
    )


def _publish_on(home: Path, stop: Path) -> None:
    number = 2
    while not stop.exists():
        publish(home, number)
        number += 1


def _write_on(home: Path, stop: Path) -> None:
    with closing(open_database(home / NAME)) as connection:
        ledger = Ledger(connection)
        while not stop.exists():
            ledger.open(user_id=3, question="And now?", guild_id=1, channel_id=2)


def _back_up_and_restore(home: Path, folder: Path, number: int) -> str:
    target = folder / (f"backup{number}.tar" if number % 2 else f"backup{number}")
    done = back_up(home, target)
    into = folder / f"restored{number}"
    with opened_bundle(target, into) as unpacked:
        bring_back(verified_bundle(unpacked), into, lambda pieces: index(into, pieces, force=True))
    archive = open_toy(into)
    # Edition n is generation n + 1: the first two by the shelf, the others by the indexer beside.
    seen = read_and_compare(into, Always(edition(done.generation - 1)))
    with closing(open_database(into / NAME)) as connection:
        (asked,) = connection.execute("SELECT count(*) FROM questions").fetchone()
    mode = (into / NAME).stat().st_mode & 0o777
    if not seen.all_well or seen.complaints or asked < 200 or mode != 0o600 or archive.warnings():
        return f"{seen}, {asked} questions, mode {mode:o}"
    return ""


def _forked(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 0
    try:
        os.nice(10)
        os.fsync = lambda _descriptor: None  # type: ignore[assignment]  # this is not about flushing
        work()
    except BaseException:  # noqa: BLE001  # tells the parent by its exit code
        code = 1
    os._exit(code)


def backups_damaged(plan: Plan, shelf: Shelf) -> Row:
    """A damaged backup is refused before anything is touched; one of another archive comes back as what it is."""
    dice = random.Random(f"{plan.seed} backups")  # noqa: S311  # no secret
    backup = shelf.folder / "backup-to-damage"
    if not backup.exists():
        in_a_child(lambda: back_up(shelf.copy(), backup).generation)
    names = sorted(path.relative_to(backup) for path in backup.rglob("*") if path.is_file())
    cases: list[tuple[Path, Damage]] = [(name, way) for name in names for way in WAYS]
    chosen = dice.sample(cases, min(len(cases), plan.times(len(cases))))
    lost: list[str] = []
    for number, (name, way) in enumerate(chosen):
        damaged = shutil.copytree(backup, shelf.folder / "damaged" / str(number))
        before = (damaged / name).read_bytes()
        way(damaged / name, shelf.other / name, dice)
        same = (damaged / name).is_file() and (damaged / name).read_bytes() == before
        into = shelf.folder / "damaged" / f"into{number}"
        told = in_a_child(lambda damaged=damaged, into=into: _restored(damaged, into))
        if told != "refused" and not (same and not (damaged / name).is_symlink()):
            lost.append(f"{way.__name__} {name}: {told}")
        if told == "refused" and into.exists():
            lost.append(f"{way.__name__} {name}: refused, but something was written")
        shutil.rmtree(shelf.folder / "damaged")
    attack = f"a damaged backup brought back: {len(names)} files, {len(WAYS)} ways"
    return Row(attack=attack, tried=len(chosen), held="refused, and nothing touched", lost=tuple(lost))


def _restored(damaged: Path, into: Path) -> str:
    def publish_pieces(pieces: Iterator[Article]) -> Any:  # noqa: ANN401  # the report, which nobody reads
        return index(into, pieces, force=True)

    try:
        with opened_bundle(damaged, into) as folder:
            bring_back(verified_bundle(folder), into, publish_pieces)
    except BackupDamaged:
        return "refused"
    except Exception as error:  # noqa: BLE001  # any other is the crash that is looked for
        return f"crash: {type(error).__name__}: {error}"
    return "brought back"
