"""An archive's home from top to bottom, file by file and row by row, and what to do about what is wrong."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from index import generations
from index.build.lock import holder_of
from index.care.findings import Check, Finding, State
from index.errors import ArchiveError, IndexDamaged, IndexMismatch
from index.generations import Expectation
from index.store import DATABASE, Inspection

REINDEX = "run `dateline index --articles …`"
RESTORE = f"`dateline restore BACKUP --replace`, or move it away, with its -wal and -shm files, and {REINDEX}"
_DROPPED = "none is needed: the next new generation is built without them"
_REPLACED = "none is needed: the next new generation takes its place"
_LATEST = 2**62
_ROOM = 256 * 2**20
_WORLD_WRITABLE = stat.S_IWOTH


def examine(home: Path, expected: Expectation | None, checks: Sequence[Check] = ()) -> Iterator[Finding]:
    """Looks at everything in ``home``, one finding at a time, and then lets ``checks`` look; changes nothing.

    ``expected`` is what the reading side can serve; None where that is not known.

    Reads every file to its end, so that it takes as long as reading the archive does. An index run that publishes
    meanwhile may remove a generation under it; look again then.
    """
    if not home.is_dir():
        yield Finding(what="home", state=State.BAD, detail=f"there is no folder {home}", cure=REINDEX)
    else:
        yield _home(home)
        yield _room(home)
        yield _indexer(home)
        yield from _database(home)
        yield _current(home)
        yield from _generations(home, expected)
        yield from _leftovers(home)
    for check in checks:
        yield from check(home)


def _home(home: Path) -> Finding:
    mode = home.stat().st_mode
    if not os.access(home, os.R_OK | os.X_OK):
        return Finding(what="home", state=State.BAD, detail=f"{home} can't be read", cure="give yourself the right")
    if mode & _WORLD_WRITABLE:
        cure = f"chmod o-w {home}"
        return Finding(what="home", state=State.BAD, detail=f"everybody may write to {home}", cure=cure)
    unreadable = [
        path.name for path in sorted(home.iterdir()) if not path.is_symlink() and not os.access(path, os.R_OK)
    ]
    if unreadable:
        detail = f"can't be read: {', '.join(unreadable)}"
        return Finding(what="home", state=State.BAD, detail=detail, cure="give yourself the right")
    if not os.access(home, os.W_OK):
        detail = f"{home} can be read only: questions are answered, indexing is not possible"
        return Finding(what="home", state=State.NOTE, detail=detail)
    return Finding(what="home", state=State.WELL, detail=str(home))


def _room(home: Path) -> Finding:
    free = shutil.disk_usage(home).free
    wanted = _ROOM + generations.bytes_on_disk(home)
    detail = f"{free / 1e6:,.0f} MB free"
    if free < wanted:
        cure = f"free {wanted / 1e6:,.0f} MB: the next index run writes a generation beside"
        return Finding(what="disk", state=State.BAD, detail=detail, cure=cure)
    return Finding(what="disk", state=State.WELL, detail=detail)


def _indexer(home: Path) -> Finding:
    holder = holder_of(home)
    if holder is None:
        return Finding(what="lock", state=State.WELL, detail="nobody is indexing")
    if not (home / "lock").is_file() or (home / "lock").is_symlink():
        detail = "lock is no file"
        return Finding(what="lock", state=State.BAD, detail=detail, cure=f"move {home / 'lock'} away")
    if holder.alive:
        return Finding(what="lock", state=State.NOTE, detail=f"{holder.who} is indexing; look again when it is done")
    detail = f"{holder.who} was ended while indexing; nothing is lost, and the next run clears up"
    return Finding(what="lock", state=State.NOTE, detail=detail)


def _database(home: Path) -> Iterator[Finding]:
    path = home / DATABASE
    try:
        with Inspection(home) as database:
            problems = database.structural_problems()
            if problems:
                mendable = all(" index " in problem for problem in problems)
                cure = REINDEX if mendable else f"{RESTORE}: {path}"
                yield Finding(what=DATABASE, state=State.BAD, detail=problems[0], cure=cure)
                return
            yield Finding(what=DATABASE, state=State.WELL, detail="every page, index and reference is sound")
            yield _rows(database, generations.current_generation(home) or _LATEST)
            vectors = database.unsound_vectors()
            if vectors:
                detail = f"{vectors} cached embeddings are damaged; nothing answers from them"
                yield Finding(
                    what="embeddings", state=State.NOTE, detail=detail, cure="the next new generation drops them"
                )
            else:
                yield Finding(what="embeddings", state=State.WELL, detail="every cached vector has its length")
    except ArchiveError as error:
        yield _trouble(DATABASE, error)


def _rows(database: Inspection, live: int) -> Finding:
    counts = database.counts()
    unsound = sorted(database.unsound_rows(live), key=lambda one: not one[1])
    if not unsound:
        detail = f"{counts.articles:,} articles and {counts.passages:,} passages are what was stored"
        return Finding(what="articles", state=State.WELL, detail=detail)
    text, is_live = unsound[0]
    more = f", and {len(unsound) - 1} more" if len(unsound) > 1 else ""
    if is_live:
        return Finding(what="articles", state=State.BAD, detail=text + more, cure=REINDEX)
    detail = f"{text}{more}, in what an earlier generation shows; the live one does not"
    return Finding(what="articles", state=State.NOTE, detail=detail, cure=_REPLACED)


def _current(home: Path) -> Finding:
    if (home / "CURRENT").is_symlink():
        return Finding(what="CURRENT", state=State.BAD, detail="CURRENT is a link", cure=REINDEX)
    named = generations.current_generation(home)
    if named is None:
        serves = "the latest generation serves" if generations.numbers_on_disk(home) else "there is no generation"
        detail = f"CURRENT is missing or can't be read; {serves}"
        return Finding(what="CURRENT", state=State.BAD, detail=detail, cure=REINDEX)
    if named not in generations.numbers_on_disk(home):
        detail = f"CURRENT names generation {named}, which is not there"
        return Finding(what="CURRENT", state=State.BAD, detail=detail, cure=REINDEX)
    return Finding(what="CURRENT", state=State.WELL, detail=f"generation {named} is live")


def _generations(home: Path, expected: Expectation | None) -> Iterator[Finding]:
    named = generations.current_generation(home)
    numbers = {*generations.numbers_on_disk(home), *([named] if named is not None else [])}
    for number in sorted(numbers, reverse=True):
        what = f"generation {number}"
        try:
            size = _examine_generation(home, number, expected if number == named else None)
        except ArchiveError as error:
            if number == named:
                yield _trouble(what, error)
            else:
                detail = f"{error}; it could not serve if the live one were damaged"
                yield Finding(what=what, state=State.NOTE, detail=detail, cure=_REPLACED)
        else:
            detail = f"{size:,} files are what the manifest says, and the database has its articles"
            yield Finding(what=what, state=State.WELL, detail=detail)


def _examine_generation(home: Path, number: int, expected: Expectation | None) -> int:
    generation = generations.read_generation(home, number)
    manifest = generation.manifest
    generations.check_files(generation, full=True)
    with Inspection(home) as database:
        row = database.generation(number)
        if row is None:
            raise IndexDamaged(f"the database knows nothing of generation {number}")
        generations.check_row(manifest, row)
        content = database.content(number)
    if (content.articles, content.passages, content.digest) != (row.articles, row.passages, row.digest):
        raise IndexDamaged(f"the database has other articles or passages than generation {number}")
    if expected is not None and expected.embedder != manifest.embedder:
        raise IndexMismatch(f"built with {manifest.embedder}, not {expected.embedder}")
    if expected is not None and expected.fingerprint not in {None, manifest.fingerprint}:
        raise IndexMismatch(f"built with passage settings {manifest.fingerprint}, not {expected.fingerprint}")
    return len(manifest.files) + 1


def _leftovers(home: Path) -> Iterator[Finding]:
    live = generations.current_generation(home) or 0
    folder = home / "generations"
    names = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    left = [name for name in names if not name.isdecimal() or int(name) > live > 0]
    left += [path.name for path in sorted(home.iterdir()) if path.name == "CURRENT.new" or ".tmp-" in path.name]
    if left:
        detail = f"left over: {', '.join(left)}"
        yield Finding(what="leftovers", state=State.NOTE, detail=detail, cure="the next index run clears them away")
    else:
        yield Finding(what="leftovers", state=State.WELL, detail="none")


def _trouble(what: str, error: Exception) -> Finding:
    text = str(error)
    return Finding(what=what, state=State.BAD, detail=text, cure="" if "run `dateline" in text else REINDEX)
