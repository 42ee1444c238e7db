"""What the system and SQLite say when storage fails, as errors that name the cure."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import ArchiveError, OutOfResources, scarcity
from index.store import DATABASE
from index.store.schema import database_error

_IN_THE_WAY = frozenset({errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ELOOP, errno.ENOTEMPTY})
"""A folder, a file or a link stands where the archive has something else."""
_STAYS = "what was live stays live"
_CURE = f"{_STAYS}; see that there is room and that the folder can be written to, and run it again"


@contextmanager
def database_trouble(home: Path) -> Iterator[None]:
    """Turns SQLite's errors into the archive's.

    Raises:
        IndexDamaged: the database file is damaged.
        IndexBusy: another process holds it.
        ArchiveError: it can't be written, for want of room or of rights.
    """
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise  # mistakes of ours, not of the file
    except sqlite3.DatabaseError as error:
        raise database_error(home / DATABASE, error) from error


@contextmanager
def file_trouble(home: Path, *kinds: type[Exception]) -> Iterator[None]:
    """Turns the system's errors, and other ``kinds``, into the archive's.

    Raises:
        OutOfResources: for want of room, memory or open files.
        ArchiveError: files can't be written for another reason, such as rights.
    """
    caught: tuple[type[Exception], ...] = (OSError, *kinds)
    try:
        yield
    except caught as error:
        if (scarce := scarcity(error)) is not None:
            raise OutOfResources(f"{home} can't be written, {scarce}; {_STAYS}, and run it again") from error
        what = error.strerror if isinstance(error, OSError) and error.strerror else " ".join(str(error).split())
        if isinstance(error, OSError) and error.errno in _IN_THE_WAY and error.filename:
            place = error.filename2 or error.filename
            raise ArchiveError(f"{place} is in the way ({what}): move it away, and run it again") from error
        raise ArchiveError(f"{home} can't be written ({what}): {_CURE}") from error
