"""Every file of an archive damaged in every way, damaged texts, and the files of the bot."""

from __future__ import annotations

import os
import random
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bot.checkup import examine_files
from bot.database import NAME, open_database
from bot.ledger import Ledger
from index.care import is_well
from index.errors import DatelineError
from tests.torture.damage_backups import backups_damaged, backups_while_writing
from tests.torture.damaging import WAYS, flip_in
from tests.torture.report import Plan, Row
from tests.torture.shelf import Shelf, counterpart, judged, told_of
from tests.torture.witness import edition, in_a_child, read_and_compare

_FULL_PASSES = 1
_TEXT_FLIPS = 200
_DATABASE_FLIPS = 200


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


def files_damaged(plan: Plan, shelf: Shelf, what: str, files: list[Path]) -> Row:
    """Each file in each way: noticed or harmless, then repaired by the next run, if need be after the cure."""
    cases = [(name, way) for _ in range(_FULL_PASSES) for name in files for way in WAYS]
    dice = random.Random(f"{plan.seed} {what}")  # noqa: S311  # no secret
    chosen = dice.sample(cases, min(len(cases), plan.times(len(cases))))
    outcomes: Counter[str] = Counter()
    lost: list[str] = []
    for number, (name, way) in enumerate(chosen):
        home = shelf.copy()
        swap = counterpart(shelf, name, dice)
        way(home / name, swap, dice)
        # Of the generation before there is nothing to repair: it goes with the next one.
        found, problems = judged(home, shelf.truth, repair="000001" not in name.parts or number % 4 == 0)
        outcomes.update(found)
        lost += [f"{way.__name__} {name}: {problem}" for problem in problems]
    return Row(
        attack=f"{what}: {len(files)} files, {len(WAYS)} ways",
        tried=len(chosen),
        held=told_of(outcomes),
        lost=tuple(lost),
    )


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
    return Row(attack=what, tried=len(chosen), held=told_of(outcomes), lost=tuple(lost))


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
    return Row(attack="one bit inside an article's stored text", tried=tried, held=told_of(outcomes), lost=tuple(lost))


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
    return Row(attack="one bit anywhere in the database", tried=tried, held=told_of(outcomes), lost=tuple(lost))


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
    return Row(attack=attack, tried=len(chosen), held=told_of(outcomes), lost=tuple(lost))


def _bot_starts(home: Path) -> str:
    try:
        with closing(open_database(home / NAME)) as connection:
            Ledger(connection).open(user_id=1, question="Well?", guild_id=1, channel_id=2)
    except DatelineError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  # any other is the crash that is looked for
        return f"crash: {type(error).__name__}: {error}"
    return ""
