"""Every file of an archive damaged in every way, damaged texts, damaged backups, and backups while others write."""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from bot.checkup import examine_files
from bot.database import NAME, open_database
from bot.ledger import Ledger
from index.care import back_up, bring_back, is_well, opened_bundle, verified_bundle
from index.errors import BackupDamaged, DatelineError
from index.types import Article
from tests.index.build.indexing import index
from tests.torture.damaging import WAYS, Damage, flip_in
from tests.torture.report import Plan, Row
from tests.torture.witness import Edition, Testimony, edition, in_a_child, open_toy, publish, read_and_compare

_FULL_PASSES = 1
_TEXT_FLIPS = 200
_DATABASE_FLIPS = 200
_CURES = 3
_MOVED = re.compile(r"(/\S+?)(?:,| is | can't | has |:|;| \()")


def attacks(plan: Plan) -> Iterator[Row]:
    """One row for each kind of damage."""
    shelf = Shelf(plan.folder)
    for row in (
        lambda: files_damaged(plan, shelf, "files of the live generation", shelf.live_files),
        lambda: files_damaged(plan, shelf, "files of the generation before", shelf.earlier_files),
        lambda: files_damaged(plan, shelf, "database, its log and shared memory, CURRENT, lock", shelf.other_files),
        lambda: files_forbidden(plan, shelf),
        lambda: texts_flipped(plan, shelf),
        lambda: database_flipped(plan, shelf),
        lambda: bot_files_damaged(plan, shelf),
        lambda: backups_while_writing(plan, shelf),
        lambda: backups_damaged(plan, shelf),
    ):
        yield row()


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


def files_damaged(plan: Plan, shelf: Shelf, what: str, files: list[Path]) -> Row:
    """Each file in each way: noticed or harmless, then repaired by the next run, if need be after the cure."""
    cases = [(name, way) for _ in range(_FULL_PASSES) for name in files for way in WAYS]
    dice = random.Random(f"{plan.seed} {what}")  # noqa: S311  # no secret
    chosen = dice.sample(cases, min(len(cases), plan.times(len(cases))))
    outcomes: Counter[str] = Counter()
    lost: list[str] = []
    for number, (name, way) in enumerate(chosen):
        home = shelf.copy()
        swap = _counterpart(shelf, name, dice)
        way(home / name, swap, dice)
        # Of the generation before there is nothing to repair: it goes with the next one.
        found, problems = judged(home, shelf.truth, repair="000001" not in name.parts or number % 4 == 0)
        outcomes.update(found)
        lost += [f"{way.__name__} {name}: {problem}" for problem in problems]
    return Row(
        attack=f"{what}: {len(files)} files, {len(WAYS)} ways",
        tried=len(chosen),
        held=_told(outcomes),
        lost=tuple(lost),
    )


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
    after = in_a_child(lambda: read_and_compare(home, _Always(edition(1))))
    if isinstance(after, str):
        return "lost", [f"after the repair the reader {after}"]
    lost = list(after.lost)
    if not after.all_well or after.complaints:
        lost.append(f"not well after the repair: {after.refusals or after.complaints or 'a warning'}")
    if any(path.read_bytes() != content for path, content in outside.items()):
        lost.append("a file outside was written to")
    return ("repaired after the cure" if cured else "repaired by the next run"), lost


class _Always(dict[int, Edition]):
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


def files_forbidden(plan: Plan, shelf: Shelf) -> Row:
    """Each file with no right to read it, for a process that is not root."""
    what = "each file unreadable, by a process without the right"
    files = [*shelf.live_files, *shelf.other_files]
    if os.geteuid() != 0 or not _open_to_all(shelf.folder):
        return Row(attack=what, tried=0, left_out="needs root, and a folder that others may enter")
    dice = random.Random(f"{plan.seed} {what}")  # noqa: S311  # no secret
    outcomes: Counter[str] = Counter()
    lost: list[str] = []
    chosen = dice.sample(files, min(len(files), plan.times(len(files))))
    for name in chosen:
        home = shelf.copy()
        for path in (home.parent, home, *home.rglob("*")):
            os.chown(path, 65534, 65534)
        os.chown(home / name, 0, 0)
        (home / name).chmod(0)
        seen = in_a_child(lambda home=home: read_and_compare(home, shelf.truth), as_nobody=True)
        if isinstance(seen, str):
            lost.append(f"{name}: the reader {seen}")
            continue
        lost += [f"{name}: {problem}" for problem in seen.lost]
        outcomes["refused" if seen.refusals else "generation before" if seen.served == 1 else "harmless"] += 1
        (home / name).chmod(0o644)
        again = in_a_child(lambda home=home: read_and_compare(home, shelf.truth), as_nobody=True)
        if isinstance(again, str) or not again.all_well:
            lost.append(f"{name}: not well when the right is given back: {again}")
    return Row(attack=what, tried=len(chosen), held=_told(outcomes), lost=tuple(lost))


def _open_to_all(folder: Path) -> bool:
    folder.chmod(0o755)
    return all(path.stat().st_mode & 1 for path in (folder, *folder.parents))


def texts_flipped(plan: Plan, shelf: Shelf) -> Row:
    """One bit inside the stored text of an article: never a wrong quotation, and read again by the next run."""
    dice = random.Random(f"{plan.seed} texts")  # noqa: S311  # no secret
    texts = [source.text for source in edition(1).values()]
    outcomes: Counter[str] = Counter()
    lost: list[str] = []
    tried = plan.times(_TEXT_FLIPS)
    for number in range(tried):
        home = shelf.copy()
        _without_log(home)
        needle = dice.choice(texts).encode()[:200]
        if not flip_in(home / "archive.sqlite3", needle, dice):
            lost.append(f"flip {number}: the text is not in the file")
            continue
        found, problems = judged(home, shelf.truth, repair=number % 4 == 0)
        outcomes.update(found)
        if found[0] == "harmless":
            problems = [*problems, "nobody noticed"]
        lost += [f"flip {number}: {problem}" for problem in problems]
    return Row(attack="one bit inside an article's stored text", tried=tried, held=_told(outcomes), lost=tuple(lost))


def database_flipped(plan: Plan, shelf: Shelf) -> Row:
    """One bit anywhere in the database: rows, indexes, free pages, cached embeddings."""
    dice = random.Random(f"{plan.seed} database")  # noqa: S311  # no secret
    outcomes: Counter[str] = Counter()
    lost: list[str] = []
    tried = plan.times(_DATABASE_FLIPS)
    for number in range(tried):
        home = shelf.copy()
        _without_log(home)
        content = bytearray((home / "archive.sqlite3").read_bytes())
        place, bit = dice.randrange(len(content)), dice.randrange(8)
        content[place] ^= 1 << bit
        (home / "archive.sqlite3").write_bytes(content)
        found, problems = judged(home, shelf.truth)
        outcomes.update(found)
        lost += [f"flip {number} (byte {place}, bit {bit}): {problem}" for problem in problems]
    return Row(attack="one bit anywhere in the database", tried=tried, held=_told(outcomes), lost=tuple(lost))


def _without_log(home: Path) -> None:
    """Takes the write-ahead log into the database's file, so that a flip there is not covered by the log."""
    with closing(sqlite3.connect(home / "archive.sqlite3")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def bot_files_damaged(plan: Plan, shelf: Shelf) -> Row:
    """The bot's database, its log and its key: it starts, or says what to do; and so does the doctor."""
    dice = random.Random(f"{plan.seed} bot")  # noqa: S311  # no secret
    cases = [(name, way) for name in shelf.bot_files for way in WAYS]
    chosen = dice.sample(cases, min(len(cases), plan.times(len(cases))))
    outcomes: Counter[str] = Counter()
    lost: list[str] = []
    for name, way in chosen:
        home = shelf.copy()
        way(home / name, shelf.other / name, dice)
        told, well = in_a_child(lambda home=home: (_bot_starts(home), is_well(examine_files(home))))
        outcomes["refused" if told else "started"] += 1
        if told and (well or not re.search("move|put", told) or told.startswith("crash")):
            lost.append(f"{way.__name__} {name}: {told} (the doctor: {'well' if well else 'bad'})")
        if told:
            for one in home.glob("bot.*"):
                one.rename(home.parent / one.name)
            if again := in_a_child(lambda home=home: _bot_starts(home)):
                lost.append(f"{way.__name__} {name}: does not start after the cure: {again}")
    attack = f"the bot's database, log and key: {len(shelf.bot_files)} files, {len(WAYS)} ways"
    return Row(attack=attack, tried=len(chosen), held=_told(outcomes), lost=tuple(lost))


def _bot_starts(home: Path) -> str:
    try:
        with closing(open_database(home / NAME)) as connection:
            Ledger(connection).open(user_id=1, question="Well?", guild_id=1, channel_id=2)
    except DatelineError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  # any other is the crash that is looked for
        return f"crash: {type(error).__name__}: {error}"
    return ""


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
        attack="backup while indexing and writing, then restore", tried=tried, held=_told(outcomes), lost=tuple(lost)
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
    seen = read_and_compare(into, _Always(edition(done.generation - 1)))
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


def _counterpart(shelf: Shelf, name: Path, dice: random.Random) -> Path:
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


def _told(outcomes: Counter[str]) -> str:
    return ", ".join(f"{outcome} {count}" for outcome, count in outcomes.most_common())
