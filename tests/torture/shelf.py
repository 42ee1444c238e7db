"""Archives to damage, and the judgement of what came of it: noticed or harmless, and well after the next run."""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

from bot.database import NAME, open_database
from bot.ledger import Ledger
from index.errors import DatelineError
from tests.index.build.indexing import index
from tests.torture.witness import Edition, Testimony, edition, in_a_child, publish, read_and_compare

_CURES = 3
_MOVED = re.compile(r"(/\S+?)(?:,| is | can't | has |:|;| \()")


class Shelf:
    """Two archives to take copies of: one with editions 0 and 1 as generations 1 and 2, and another one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "original" / "home"
        self.other = folder / "other" / "home"
        self.truth: dict[int, Edition] = {1: edition(0), 2: edition(1)}
        for home, editions in ((self.home, (0, 1)), (self.other, (7, 8))):
            made = in_a_child(lambda home=home, editions=editions: self._make(home, editions))
            if made is not None:
                raise RuntimeError(f"the archive to damage could not be made: {made}")
        self._copies = 0
        # Once here, so that the children have all engines imported, and those without rights too.
        if not read_and_compare(self.copy(), self.truth).all_well:
            raise RuntimeError("the archive to damage is not well")
        names = sorted(path.relative_to(self.home) for path in self.home.rglob("*") if path.is_file())
        self.live_files = [name for name in names if "000002" in name.parts and name.suffix != ".lock"]
        self.earlier_files = [name for name in names if "000001" in name.parts and name.suffix != ".lock"]
        self.other_files = [name for name in names if name.parts[0] != "generations" and "bot." not in name.name]
        self.bot_files = [name for name in names if "bot." in name.name]

    def copy(self) -> Path:
        """A fresh copy of the archive; the one before is removed."""
        shutil.rmtree(self.folder / f"copy{self._copies}", ignore_errors=True)
        self._copies += 1
        return shutil.copytree(self.home, self.folder / f"copy{self._copies}" / "home")

    @staticmethod
    def _make(home: Path, editions: tuple[int, ...]) -> None:
        held = None
        for number in editions:
            publish(home, number)
            # As of a running bot: an open reader keeps the write-ahead log from being taken in and removed.
            held = held or sqlite3.connect(home / "archive.sqlite3")
            held.execute("SELECT count(*) FROM articles").fetchone()
        connection = open_database(home / NAME)
        ledger = Ledger(connection)
        for number in range(200):
            ledger.open(user_id=number % 7, question=f"What is with berth {number}?", guild_id=1, channel_id=2)
        shutil.copytree(home, home.parent / "taken")
        if held is not None:
            held.close()
        connection.close()
        shutil.rmtree(home)
        (home.parent / "taken").rename(home)


def judged(home: Path, truth: dict[int, Edition], *, repair: bool = True) -> tuple[list[str], list[str]]:
    """What came of some damage: (outcomes, promises that were broken)."""
    seen: Testimony | str = in_a_child(lambda: read_and_compare(home, truth))
    if isinstance(seen, str):
        return ["lost"], [f"the reader {seen}"]
    outcome = "refused" if seen.refusals else "generation before" if seen.warned or seen.served == 1 else "harmless"
    lost = list(seen.lost)
    if outcome == "generation before" and not seen.warned:
        lost.append("the generation before serves without a word")
    if not repair:
        return [outcome], lost
    repaired, more = _repaired(home)
    return [outcome, repaired], lost + more


def _repaired(home: Path) -> tuple[str, list[str]]:
    """Runs the indexer until it succeeds, doing what its errors say; then everything must be well."""
    outside = {path: path.read_bytes() for path in (Path("/etc/hostname"),) if path.exists()}
    cured = 0
    while (told := in_a_child(lambda: _indexed(home, 1))) and cured < _CURES:
        if told.startswith("died") or not _do(told, home):
            return "lost", [f"the next run: {told}"]
        cured += 1
    if told:
        return "lost", [f"the next run after {cured} cures: {told}"]
    after = in_a_child(lambda: read_and_compare(home, Always(edition(1))))
    if isinstance(after, str):
        return "lost", [f"after the repair the reader {after}"]
    lost = list(after.lost)
    if not after.all_well or after.complaints:
        lost.append(f"not well after the repair: {after.refusals or after.complaints or 'a warning'}")
    if any(path.read_bytes() != content for path, content in outside.items()):
        lost.append("a file outside was written to")
    return ("repaired after the cure" if cured else "repaired by the next run"), lost


class Always(dict[int, Edition]):
    """The same edition whatever the generation's number."""

    def __init__(self, known: Edition) -> None:
        super().__init__()
        self._known = known

    def get(self, _key: int, _default: Any = None) -> Edition:  # type: ignore[override]  # noqa: ANN401  # as dict has it
        return self._known


def _indexed(home: Path, number: int) -> str:
    try:
        index(home, edition(number).values(), force=True)
    except DatelineError as error:
        return str(error)
    return ""


def _do(told: str, home: Path) -> bool:
    """Does what an error says: moves what it names away. False where it names nothing that could be moved."""
    if "move it away" not in told:
        return False
    named = [Path(path) for path in _MOVED.findall(told) if Path(path).parent == home or home in Path(path).parents]
    moved = False
    for path in named[:1]:
        beside = [path.with_name(path.name + suffix) for suffix in ("-wal", "-shm")] if "-wal and -shm" in told else []
        for one in (path, *beside):
            if one.exists() or one.is_symlink():
                one.rename(home.parent / f"moved-{one.name}-{os.urandom(3).hex()}")
                moved = True
    return moved


def counterpart(shelf: Shelf, name: Path, dice: random.Random) -> Path:
    """The file of the same name in the other archive, or of the other generation."""
    if name.parts[0] != "generations":
        return shelf.other / name
    sibling = {"000001": "000002", "000002": "000001"}[name.parts[1]]
    home, number = dice.choice(((shelf.home, sibling), (shelf.other, name.parts[1])))
    there = home / "generations" / number / Path(*name.parts[2:])
    if there.exists():
        return there
    # The lexical engine names its files anew in every index: one of the same kind.
    return next(iter(sorted(there.parent.glob(f"*{name.suffix}"))), there)


def told_of(outcomes: Counter[str]) -> str:
    return ", ".join(f"{outcome} {count}" for outcome, count in outcomes.most_common())
