"""Backing an archive up while it is read from and written to: copied aside, proven, flushed, then given its name."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from index import generations
from index.build.clock import utc_now
from index.build.trouble import database_trouble, file_trouble
from index.care.bundle import (
    OWNER_ONLY,
    OWNER_ONLY_FOLDER,
    TAR_SUFFIXES,
    Bundle,
    flush,
    flush_all,
    is_sqlite,
    verified_bundle,
    write_listing,
)
from index.errors import BackupDamaged, IndexDamaged, IndexMissing, UsageError
from index.store import DATABASE, copy_database

_ATTEMPTS = 5
_OF_THE_ARCHIVE = frozenset({DATABASE, "CURRENT", "CURRENT.new", "lock", "backup.json"})
_OF_A_DATABASE = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """What was backed up: where it is, of which generation, and the files beside the archive that are in it."""

    path: Path
    generation: int
    articles: int
    neighbours: tuple[str, ...]
    bytes_on_disk: int
    created_at: str


def back_up(home: Path, target: Path) -> BackupReport:
    """Copies the live generation, the database and what others keep beside them to ``target``, and proves the copy.

    Whoever reads, indexes or writes goes on meanwhile: the databases are copied as of one moment, and a generation
    that is removed meanwhile is tried again with the one that is live then. ``target`` is a new folder, which is an
    archive's home of its own, or with a name in ``.tar``, ``.tar.gz`` or ``.tgz`` one file. It appears in one step,
    readable for its owner alone: questions that people asked the bot are in it.

    Raises:
        UsageError: there is something at ``target`` already, or it lies inside the archive.
        IndexMissing: there is no archive.
        IndexDamaged: the archive is damaged; nothing is kept of a backup that would be, too.
        ArchiveError: ``target`` can't be written.
    """
    if target.exists() or target.is_symlink():
        raise UsageError(f"{target} exists already: name a new file or folder")
    if home.resolve() in target.resolve().parents:
        raise UsageError(f"{target} is inside the archive: keep the backup elsewhere, at best on another disk")
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {target.parent}: make it, or name another")
    if generations.current_generation(home) is None and not generations.numbers_on_disk(home):
        raise IndexMissing(f"no archive in {home}: run `dateline index --articles …`, or name another with --data")
    with file_trouble(target.parent), _aside(target) as aside:
        bundle = _collected(home, aside / "archive")
        flush_all(bundle.folder)
        finished = bundle.folder
        if target.name.endswith(TAR_SUFFIXES):
            finished = _packed(bundle.folder, aside / target.name)
        finished.rename(target)
        flush(target.parent)
        return BackupReport(
            path=target,
            generation=bundle.generation,
            articles=bundle.articles,
            neighbours=bundle.neighbours,
            bytes_on_disk=generations.bytes_on_disk(target) if target.is_dir() else target.stat().st_size,
            created_at=bundle.created_at,
        )


def copy_neighbour(path: Path, target: Path) -> None:
    """Copies a file that others keep beside an archive; a database as of one moment, whoever is writing to it."""
    target.touch(mode=OWNER_ONLY)
    if is_sqlite(path):
        with (
            closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=15)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE").fetchone()
    else:
        shutil.copyfile(path, target)


def _collected(home: Path, folder: Path) -> Bundle:
    fault: Exception | None = None
    for _ in range(_ATTEMPTS):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=OWNER_ONLY_FOLDER)
        named = generations.current_generation(home)
        try:
            bundle = _copied(home, folder, named or max(generations.numbers_on_disk(home)))
            return verified_bundle(bundle.folder)
        except (FileNotFoundError, ValueError, BackupDamaged, IndexDamaged) as error:
            fault = error
            if generations.current_generation(home) == named:
                break
    cause = str(fault).replace(str(folder), "copy").split("): make another", maxsplit=1)[0]
    raise IndexDamaged(
        f"{home} can't be backed up, for a copy would be damaged ({cause}): `dateline doctor` says what to do"
    ) from fault


def _copied(home: Path, folder: Path, number: int) -> Bundle:
    created_at = utc_now()
    with database_trouble(home):
        copy_database(home, folder)
    source = generations.folder_of(home, number)
    generation = generations.read_generation(home, number)
    target = generations.folder_of(folder, number)
    for name in ("manifest.json", *generation.manifest.files):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)
    (folder / "CURRENT").write_text(f"{number:06d}\n", "utf-8")
    neighbours = []
    for path in sorted(home.iterdir()):
        if _is_neighbour(path):
            try:
                copy_neighbour(path, folder / path.name)
            except sqlite3.OperationalError:
                raise  # locked, or no room for the copy: nothing is damaged
            except sqlite3.DatabaseError as error:
                raise BackupDamaged(f"{path.name}: {error}") from error
            neighbours.append(path.name)
    return write_listing(
        folder,
        generation=number,
        articles=generation.manifest.articles,
        created_at=created_at,
        neighbours=neighbours,
    )


def _is_neighbour(path: Path) -> bool:
    """Whether a file is somebody else's, such as the bot's database and key; folders and links are not taken along."""
    return (
        path.name not in _OF_THE_ARCHIVE
        and not path.name.startswith(f"{DATABASE}-")
        and not path.name.endswith((*_OF_A_DATABASE, ".new", ".lock"))
        and ".damaged-" not in path.name
        and ".tmp-" not in path.name  # what a restore that was killed had begun to write
        and not path.is_symlink()
        and path.is_file()
    )


def _packed(folder: Path, file: Path) -> Path:
    file.touch(mode=OWNER_ONLY)
    mode = "w" if file.suffix == ".tar" else "w:gz"
    with tarfile.open(file, mode) as tar:  # type: ignore[call-overload]  # the stubs want one literal
        tar.add(folder, arcname=".")
    flush(file)
    return file


@contextmanager
def _aside(target: Path) -> Iterator[Path]:
    folder = target.with_name(f".{target.name}.tmp-{os.getpid()}")
    folder.mkdir(mode=OWNER_ONLY_FOLDER)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
