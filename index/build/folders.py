"""The writing side of generations: write beside, flush, rename, name it current; and removing what is over."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from index.errors import IndexDamaged, IndexMismatch
from index.generations import (
    FORMAT,
    Manifest,
    check_files,
    file_check,
    folder_of,
    lexical_path,
    numbers_on_disk,
    read_generation,
    write_manifest,
)
from index.store import GenerationRow

_HALF = re.compile(r"\.tmp-[0-9]+\Z")
_KEPT = 2
_REMOVALS = 10
_REMOVAL_SECONDS = 0.1


def make_home(home: Path) -> None:
    """Makes the archive's folder if it is not there; a power cut must not take it with all that will be in it."""
    missing = [folder for folder in (home, *home.parents) if not folder.exists()]
    home.mkdir(parents=True, exist_ok=True)
    for folder in missing:
        _flush(folder.parent)


def workplace(home: Path, number: int) -> Path:
    """Makes the folder beside, in which a generation is written before it is published."""
    folder = home / "generations" / f"{number:06d}.tmp-{os.getpid()}"
    folder.mkdir(parents=True)
    lexical_path(folder).mkdir()
    return folder


def seal(folder: Path, row: GenerationRow) -> Manifest:
    """Writes the manifest of a finished workplace and flushes every file to the disk."""
    files = {
        path.relative_to(folder).as_posix(): file_check(path)
        for path in _files(folder)
        # A lock of the lexical engine says nothing, and opening may remake it.
        if path.suffix != ".lock"
    }
    manifest = Manifest(
        format=FORMAT,
        generation=row.number,
        embedder=row.embedder,
        fingerprint=row.fingerprint,
        articles=row.articles,
        passages=row.passages,
        digest=row.digest,
        created_at=row.created_at,
        files=files,
    )
    write_manifest(folder, manifest)
    for path in _files(folder):
        _flush(path)
    _flush(lexical_path(folder))
    _flush(folder)
    return manifest


def move_in(home: Path, folder: Path, number: int) -> None:
    """Gives a sealed workplace its final name. Nobody reads it yet."""
    target = folder_of(home, number)
    if target.exists() or target.is_symlink():
        _remove(target)
    folder.rename(target)
    _flush(target.parent)


def make_current(home: Path, number: int) -> None:
    """Makes a generation the live one, in one step that has happened or has not."""
    beside = home / "CURRENT.new"
    beside.unlink(missing_ok=True)  # what a dead run left, or a link that would be followed
    beside.write_text(f"{number:06d}\n", "utf-8")
    _flush(beside)
    beside.replace(home / "CURRENT")
    _flush(home)


def sweep(home: Path, live: int) -> None:
    """Removes what dead runs left: workplaces, and folders that were complete but never became live."""
    for entry in _entries(home / "generations"):
        unborn = entry.name.isdecimal() and int(entry.name) > live
        if unborn or ".tmp-" in entry.name:
            _remove(entry)
    sweep_halves(home)


def sweep_halves(home: Path) -> list[str]:
    """Removes files beside the archive that a restore had begun to write when it was killed; their names.

    Whoever calls holds the archive's lock, as a restore does while it writes such files: that one is dead.
    """
    left = [entry for entry in _entries(home) if _HALF.search(entry.name) and not entry.is_dir()]
    for entry in left:
        entry.unlink(missing_ok=True)
    return [entry.name for entry in left]


def keep_latest(home: Path, live: int) -> list[int]:
    """Removes all but the live generation and the last whole one before it; returns the numbers that are left."""
    kept = [live]
    for number in numbers_on_disk(home):
        if number >= live:
            continue
        if len(kept) < _KEPT and _whole(home, number):
            kept.append(number)
        else:
            _remove(folder_of(home, number))
    return kept


def _whole(home: Path, number: int) -> bool:
    try:
        check_files(read_generation(home, number))
    except (IndexDamaged, IndexMismatch):
        return False
    return True


def _remove(folder: Path) -> None:
    """Removes a folder, though threads of the lexical engine may still be writing into it after a run has failed.

    What is no folder, or a link to one, is removed as the name that it is.
    """
    if folder.is_symlink() or not folder.is_dir():
        folder.unlink(missing_ok=True)
        return
    for _ in range(_REMOVALS):
        try:
            shutil.rmtree(folder)
        except OSError:
            time.sleep(_REMOVAL_SECONDS)
        else:
            return
    shutil.rmtree(folder)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _flush(path: Path) -> None:
    """Waits until a file, or a folder's list of names, is on the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows keeps a folder's names with the files, and opens no folder to flush it
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
