"""Generations on disk: which one is live, whether its files are whole, and how a new one takes over.

An archive's home holds ``archive.sqlite3`` (the truth), ``generations/000012/`` with the files derived from it
(``dense.faiss``, ``lexical/`` and ``manifest.json``), ``CURRENT``, a line that names the live generation, and
``lock``. A generation is written beside, flushed to the disk, renamed, and only then named in ``CURRENT``; the one
before stays as long as it is live in another process or needed as a fallback.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index.errors import ArchiveError, IndexDamaged, IndexMismatch, IndexMissing, refuse_scarcity
from index.store import GenerationRow, StoreView

FORMAT = 1
"""Of the files of a generation and its manifest. Raise it with every change that older programs can't read."""

_FULL_CHECK_BYTES = 512 * 2**20
_END_BYTES = 2**20
_ATTEMPTS = 3
_MANIFEST = "manifest.json"
_NUMBER = re.compile(r"[0-9]{6,12}")
_CURE = "run `dateline index --articles …`"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCheck:
    """What a file must look like: size in bytes, sha256, and ``ends``, the sha256 of its first and last MiB."""

    size: int
    sha256: str
    ends: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a generation was built from, and what its files must look like (by path relative to its folder).

    ``fingerprint`` names everything that decides how articles become passages and words; ``digest`` is over the
    (article id, version) pairs and must be the database's.
    """

    format: int
    generation: int
    embedder: str
    fingerprint: str
    articles: int
    passages: int
    digest: str
    created_at: str
    files: Mapping[str, FileCheck]


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """A published generation's folder with its manifest."""

    number: int
    folder: Path
    manifest: Manifest

    @property
    def dense(self) -> Path:
        """The vector index file."""
        return dense_path(self.folder)

    @property
    def lexical(self) -> Path:
        """The lexical index folder."""
        return lexical_path(self.folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What the reading side can serve; ``fingerprint`` None takes any."""

    embedder: str
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedGeneration:
    """A generation that passed its checks, and the database as of it.

    ``named`` is what ``CURRENT`` said; it differs from ``generation.number`` after falling back, which ``warnings``
    tell in words. Open again when :func:`current_generation` differs from ``named``.
    """

    generation: Generation
    store: StoreView
    named: int | None
    warnings: tuple[str, ...] = ()


def dense_path(folder: Path) -> Path:
    """Where a generation has its vector index."""
    return folder / "dense.faiss"


def lexical_path(folder: Path) -> Path:
    """Where a generation has its lexical index."""
    return folder / "lexical"


def folder_of(home: Path, number: int) -> Path:
    """Where a generation lies once it is published."""
    return home / "generations" / f"{number:06d}"


def current_generation(home: Path) -> int | None:
    """The number that ``CURRENT`` names; None when there is none that can be read. One read of a tiny file.

    A link is not followed: who can change what it leads to is not who can change the archive.
    """
    path = home / "CURRENT"
    try:
        text = "" if path.is_symlink() else path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        refuse_scarcity(path, error)
        return None
    return int(text) if _NUMBER.fullmatch(text) else None


def numbers_on_disk(home: Path) -> list[int]:
    """The generations whose folders are there, highest first. A folder has its name only once it is complete."""
    try:
        names = [entry.name for entry in os.scandir(home / "generations") if entry.is_dir(follow_symlinks=False)]
    except OSError as error:
        refuse_scarcity(home, error)
        return []
    return sorted((int(name) for name in names if _NUMBER.fullmatch(name)), reverse=True)


def open_generation(home: Path, expected: Expectation) -> OpenedGeneration:
    """Opens the live generation, or the one before with a warning when its files are damaged.

    Files below 512 MiB, which vectors of some 800,000 passages fill, are read and compared with their sha256 (0.1 to
    0.5 s for 100 MB); of larger ones the size and both ends are compared. The database's articles are compared by id
    and version; their texts are as they are read.

    Raises:
        IndexMissing: nothing was indexed here.
        IndexMismatch: built with another format, embedder or passage settings than expected.
        IndexDamaged: no generation passes its checks.
    """
    for _ in range(_ATTEMPTS):
        named = current_generation(home)
        faults: list[str] = []
        for number in _candidates(home, named):
            try:
                generation, store = _open(home, number, expected)
            except IndexDamaged as error:
                faults.append(str(error))
            except IndexMismatch as error:
                if not faults:
                    raise
                faults.append(str(error))
            else:
                return OpenedGeneration(
                    generation=generation, store=store, named=named, warnings=_warnings(home, named, number, faults)
                )
        # While this was reading, an indexer may have published twice and removed what was being opened.
        if current_generation(home) == named:
            break
    if faults:
        cure = "" if _CURE in faults[0] else f"; {_CURE}"
        raise IndexDamaged(f"no generation in {home} can be read: {faults[0]}{cure}")
    raise IndexMissing(f"no archive in {home}: {_CURE}")


def read_generation(home: Path, number: int) -> Generation:
    """A generation's folder and manifest; its files are not looked at.

    Raises:
        IndexMismatch: it has another format than this program's.
        IndexDamaged: the manifest can't be read, or was changed.
    """
    folder = folder_of(home, number)
    for path in (home / "generations", folder, folder / _MANIFEST, lexical_path(folder)):
        if path.is_symlink():
            raise IndexDamaged(f"generation {number} is damaged: {path.name} is a link")
    try:
        stored = json.loads((folder / _MANIFEST).read_bytes())
        check = stored.pop("check")
        if check != _manifest_check(stored):
            raise IndexDamaged(f"generation {number} is damaged: {_MANIFEST} was changed")
        if stored["format"] != FORMAT:
            raise IndexMismatch(
                f"generation {number} in {home} has format {stored['format']}, this program reads {FORMAT}: {_CURE}"
            )
        files = {name: FileCheck(**entry) for name, entry in stored.pop("files").items()}
        manifest = Manifest(files=files, **stored)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        refuse_scarcity(folder, error)
        raise IndexDamaged(f"generation {number} is damaged: {_MANIFEST} can't be read ({error})") from error
    if manifest.generation != number:
        raise IndexDamaged(f"generation {number} is damaged: {_MANIFEST} is of generation {manifest.generation}")
    return Generation(number=number, folder=folder, manifest=manifest)


def check_files(generation: Generation, *, full: bool = False) -> None:
    """Compares a generation's files with its manifest; ``full`` reads also the large ones to the end.

    Raises:
        OutOfResources: a file can't be read now, which says nothing about it.
        IndexDamaged: names the first file that is missing or changed.
    """
    for name, check in generation.manifest.files.items():
        path = generation.folder / name
        try:
            state = path.lstat()
            if not stat.S_ISREG(state.st_mode):
                raise IndexDamaged(f"generation {generation.number} is damaged: {name} is no file of its own")
            whole = state.st_size == check.size and (
                _sha256(path) == check.sha256 if full or check.size < _FULL_CHECK_BYTES else _ends(path) == check.ends
            )
        except OSError as error:
            refuse_scarcity(path, error)
            raise IndexDamaged(f"generation {generation.number} is damaged: {name} ({error.strerror})") from error
        if not whole:
            raise IndexDamaged(f"generation {generation.number} is damaged: {name} was changed")


def file_check(path: Path) -> FileCheck:
    """What a file looks like now."""
    return FileCheck(size=path.stat().st_size, sha256=_sha256(path), ends=_ends(path))


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Writes the manifest of a generation into its folder, with a check over itself."""
    stored = asdict(manifest)
    stored["check"] = _manifest_check(stored)
    (folder / _MANIFEST).write_text(json.dumps(stored, indent=1), "utf-8")


def check_row(manifest: Manifest, row: GenerationRow) -> None:
    """Compares a manifest with what the database remembers.

    Raises:
        IndexDamaged: they are not of the same build.
    """
    names = ("embedder", "fingerprint", "articles", "passages", "digest", "created_at")
    for name in names:
        if getattr(manifest, name) != getattr(row, name):
            raise IndexDamaged(f"generation {manifest.generation} is not of this database: {name} differs")


def bytes_on_disk(home: Path) -> int:
    """How many bytes the archive takes."""
    total = 0
    for path in home.rglob("*"):
        with suppress(FileNotFoundError):  # an indexer may be tidying up
            total += path.stat().st_size if path.is_file() else 0
    return total


def _candidates(home: Path, named: int | None) -> list[int]:
    there = numbers_on_disk(home)
    if named is None:
        return there
    earlier = [number for number in there if number < named]
    # A number that was never published: CURRENT itself is damaged, unless that generation's folder was deleted.
    later = [number for number in there if number > named] if named not in there and not earlier else []
    return [named, *earlier, *later]


def _open(home: Path, number: int, expected: Expectation) -> tuple[Generation, StoreView]:
    generation = read_generation(home, number)
    manifest = generation.manifest
    for what, built, wanted in (
        ("embedder", manifest.embedder, expected.embedder),
        ("passage settings", manifest.fingerprint, expected.fingerprint),
    ):
        if wanted is not None and built != wanted:
            raise IndexMismatch(f"the archive in {home} was built with {what} {built!r}, not {wanted!r}: {_CURE}")
    check_files(generation)
    try:
        store = StoreView(home, number)
    except IndexMissing as error:
        raise IndexDamaged(f"the database of generation {number} is gone") from error
    try:
        check_row(manifest, store.row)
        store.check_content()
    except ArchiveError:
        store.close()
        raise
    return generation, store


def _warnings(home: Path, named: int | None, number: int, faults: list[str]) -> tuple[str, ...]:
    if named is None:
        faults = [f"{home / 'CURRENT'} can't be read", *faults]
    if not faults:
        return ()
    return (f"{'; '.join(faults)}: generation {number} serves instead; {_CURE}",)


def _manifest_check(stored: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(stored, sort_keys=True).encode("ascii")).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _ends(path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.sha256(file.read(_END_BYTES))
        file.seek(max(0, path.stat().st_size - _END_BYTES))
        digest.update(file.read(_END_BYTES))
    return digest.hexdigest()
