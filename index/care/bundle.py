"""A backup as it lies on the disk: a folder that is an archive's home of its own, with a list of what is in it.

The list, ``backup.json``, has the size and the sha256 of every file and a check over itself. As one file, a backup is
that folder in a tar.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from index import generations
from index.errors import ArchiveError, BackupDamaged
from index.store import DATABASE, Inspection

FORMAT = 1
"""Of a backup. Raise it with every change that older programs can't read."""

LISTING = "backup.json"
TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz")
OWNER_ONLY = 0o600
OWNER_ONLY_FOLDER = 0o700
_SQLITE = b"SQLite format 3\0"
_ROOM = 64 * 2**20
_MOST_MEMBERS = 100_000
_AGAIN = "make another with `dateline backup`, or use another one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a file of a backup must look like: bytes, and hex sha256."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A backup's folder and what its list says. ``neighbours`` are files beside the archive that others keep there."""

    folder: Path
    generation: int
    articles: int
    created_at: str
    neighbours: tuple[str, ...]
    files: Mapping[str, Listed]


def write_listing(folder: Path, *, generation: int, articles: int, created_at: str, neighbours: list[str]) -> Bundle:
    """Lists every file of a folder that is otherwise ready, and lets nobody but the owner read them."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): _listed(path) for path in paths}
    listing: dict[str, object] = {
        "format": FORMAT,
        "generation": generation,
        "articles": articles,
        "created_at": created_at,
        "neighbours": neighbours,
        "files": {name: asdict(entry) for name, entry in files.items()},
    }
    (folder / LISTING).write_text(json.dumps({**listing, "check": _check(listing)}, indent=1), "utf-8")
    for path in (folder, *folder.rglob("*")):
        path.chmod(OWNER_ONLY_FOLDER if path.is_dir() else OWNER_ONLY)
    return read_listing(folder)


def read_listing(folder: Path) -> Bundle:
    """What a backup's list says; the files are not looked at.

    Raises:
        BackupDamaged: there is no such list, or it was changed.
    """
    try:
        listing = json.loads((folder / LISTING).read_bytes())
        if listing.pop("check") != _check(listing):
            raise BackupDamaged(f"the backup {folder} is damaged ({LISTING} was changed): {_AGAIN}")
        if listing["format"] != FORMAT:
            raise BackupDamaged(
                f"the backup {folder} has format {listing['format']}, this program reads {FORMAT}: update it"
            )
        return Bundle(
            folder=folder,
            generation=listing["generation"],
            articles=listing["articles"],
            created_at=listing["created_at"],
            neighbours=tuple(listing["neighbours"]),
            files={name: Listed(**entry) for name, entry in listing["files"].items()},
        )
    except FileNotFoundError as error:
        raise BackupDamaged(f"{folder} is no backup (it has no {LISTING}): name what `dateline backup` made") from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BackupDamaged(f"the backup {folder} is damaged ({LISTING} can't be read: {error}): {_AGAIN}") from error


def verified_bundle(folder: Path) -> Bundle:
    """A backup that was read to the last byte, and every article of it proven.

    Raises:
        BackupDamaged: names the first thing that is not what was written.
    """
    bundle = read_listing(folder)
    for name, entry in bundle.files.items():
        path = folder / name
        if path.is_symlink() or not path.is_file() or _listed(path) != entry:
            raise BackupDamaged(f"the backup {folder} is damaged ({name} is gone or was changed): {_AGAIN}")
    if DATABASE not in bundle.files or any("/" in name or name not in bundle.files for name in bundle.neighbours):
        raise BackupDamaged(f"the backup {folder} is damaged (its list names files that are not there): {_AGAIN}")
    try:
        fault = next(_faults(bundle), None)
    except ArchiveError as error:
        raise BackupDamaged(f"the backup {folder} is damaged ({error}): {_AGAIN}") from error
    if fault:
        raise BackupDamaged(f"the backup {folder} is damaged ({fault}): {_AGAIN}")
    return bundle


@contextmanager
def opened_bundle(source: Path, beside: Path) -> Iterator[Path]:
    """A backup's folder: ``source`` itself, or what is in that tar, unpacked beside ``beside`` for as long.

    Raises:
        BackupDamaged: it is neither, or does not unpack.
    """
    if source.is_dir():
        yield source
        return
    if not source.exists():
        raise BackupDamaged(f"there is no {source}: name the file or folder that `dateline backup` made")
    with tempfile.TemporaryDirectory(prefix=f".{beside.name}.unpacked-", dir=beside.parent) as folder:
        try:
            with tarfile.open(source) as tar:
                _unpack(tar, Path(folder))
        except (tarfile.TarError, EOFError, OSError, ValueError) as error:
            raise BackupDamaged(f"the backup {source} can't be unpacked ({error}): {_AGAIN}") from error
        yield Path(folder)


def is_sqlite(path: Path) -> bool:
    """Whether a file is a SQLite database."""
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def flush_all(folder: Path) -> None:
    """Waits until every file below a folder, and every name, is on the disk."""
    for path in (*folder.rglob("*"), folder, folder.parent):
        flush(path)


def flush(path: Path) -> None:
    """Waits until a file, or a folder's list of names, is on the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows keeps a folder's names with the files
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _faults(bundle: Bundle) -> Iterator[str]:
    generation = generations.read_generation(bundle.folder, bundle.generation)
    generations.check_files(generation, full=True)
    with Inspection(bundle.folder) as database:
        yield from database.structural_problems()
        row = database.generation(bundle.generation)
        if row is None:
            yield f"the database knows nothing of generation {bundle.generation}"
            return
        generations.check_row(generation.manifest, row)
        content = database.content(bundle.generation)
        if (content.articles, content.passages, content.digest) != (row.articles, row.passages, row.digest):
            yield f"the database has other articles or passages than generation {bundle.generation}"
        yield from (text for text, shown in database.unsound_rows(bundle.generation) if shown)
    for name in bundle.neighbours:
        path = bundle.folder / name
        if is_sqlite(path):
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
                try:
                    (state,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
                except sqlite3.DatabaseError as error:
                    state = str(error)
            if state != "ok":
                yield f"{name}: {state}"


def _unpack(tar: tarfile.TarFile, folder: Path) -> None:
    """Unpacks plain files and folders only, and no more than there is room for."""
    room = shutil.disk_usage(folder).free - _ROOM
    for number, member in enumerate(tar):
        room -= member.size
        if room < 0 or number >= _MOST_MEMBERS:
            raise ValueError("it holds more than there is room for")
        if not (member.isreg() or member.isdir()):
            raise ValueError(f"{member.name} is no plain file")
        tar.extract(member, folder, set_attrs=False, filter="data")


def _listed(path: Path) -> Listed:
    with path.open("rb") as file:
        return Listed(size=os.fstat(file.fileno()).st_size, sha256=hashlib.file_digest(file, "sha256").hexdigest())


def _check(listing: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(listing, sort_keys=True).encode("ascii")).hexdigest()
