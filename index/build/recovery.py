"""Before and after a run: what it starts from, and what it or a dead run before it leaves to clean up."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from index import generations
from index.build import folders
from index.build.trouble import file_trouble
from index.errors import ArchiveError, IndexDamaged, IndexMismatch
from index.store import DATABASE, GenerationRow, StoreWriter

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What a run starts from.

    ``number`` and ``row`` are the database's latest published generation (0 and None without one), ``live`` the one
    that readers are sent to, ``whole`` whether its files can stay, ``sound`` whether the database has all its rows.
    """

    number: int
    row: GenerationRow | None
    live: int
    next_number: int
    whole: bool
    sound: bool

    @property
    def articles(self) -> int:
        """How many articles it has."""
        return self.row.articles if self.row else 0

    def serves(self, embedder: str, fingerprint: str) -> bool:
        """Whether nothing but a change of articles would call for a new generation."""
        return (
            self.whole and self.row is not None and (self.row.embedder, self.row.fingerprint) == (embedder, fingerprint)
        )


def find_base(home: Path, writer: StoreWriter) -> Base:
    """The generation that a run starts from, after clearing away what dead runs have staged.

    Raises:
        IndexDamaged: the database is damaged beyond what can be mended from itself.
        ArchiveError: the leftovers can't be removed.
    """
    writer.check()
    on_disk = generations.numbers_on_disk(home)
    published = writer.generations()
    named = generations.current_generation(home)
    # When CURRENT is damaged or gone, the highest complete folder is what readers are sent to.
    candidates = [named, *on_disk, *published] if named in published or named in on_disk else [*on_disk, *published]
    live = next((number for number in candidates if number is not None), 0)
    number = next((number for number in published if number <= live), 0)
    with file_trouble(home):
        folders.sweep(home, live)
    writer.roll_back_to(number)
    next_number = max(live, writer.latest()) + 1
    row = writer.generation(number)
    sound = row is None or writer.holds(row)
    if not sound:
        _log.warning("%s: rows of generation %d are gone or changed; it is built anew", home / DATABASE, number)
    whole = named == live == number and row is not None and sound and _whole(home, row)
    return Base(number=number, row=row, live=live, next_number=next_number, whole=whole, sound=sound)


def undo(home: Path, writer: StoreWriter, base: Base) -> None:
    """Takes back what a failed run staged. Embeddings stay.

    What can't be taken back now, on a full disk for instance, is by the next run.
    """
    if generations.current_generation(home) == base.next_number:
        return  # it failed after the new generation became the live one
    steps: list[Callable[[], None]] = [
        lambda: writer.roll_back_to(base.number),
        lambda: folders.sweep(home, base.live),
    ]
    for take_back in steps:
        try:
            take_back()
        except (OSError, sqlite3.Error) as error:
            _log.warning("%s: leftovers of a failed run stay until the next one (%s)", home, error)


def collect(home: Path, writer: StoreWriter, live: int) -> None:
    """Removes the generations and rows that nobody reads any more. Failing at it harms nothing."""
    try:
        writer.collect(folders.keep_latest(home, live))
    except (OSError, sqlite3.Error, ArchiveError) as error:
        _log.warning("%s: old generations stay until the next run (%s)", home, error)


def _whole(home: Path, row: GenerationRow) -> bool:
    try:
        generation = generations.read_generation(home, row.number)
        generations.check_row(generation.manifest, row)
        generations.check_files(generation, full=True)
    except (IndexDamaged, IndexMismatch) as error:
        _log.warning("%s: %s; it is built anew", home, error)
        return False
    return True
