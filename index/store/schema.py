"""The database file: its tables, its version, and how the reading and the writing side open it.

Articles, passages and places are immutable rows with a life span in generation numbers: a row is visible in
generation g when ``added_in <= g`` and it was not removed by then (``removed_in`` is null or greater than g). A run
stages rows under the number of the generation that it prepares; readers never see them before that generation is
published.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from dataclasses import dataclass
from pathlib import Path

from index.errors import (
    ArchiveError,
    IndexBusy,
    IndexDamaged,
    IndexMismatch,
    IndexMissing,
    OutOfResources,
    scarcity,
)

DATABASE = "archive.sqlite3"
SCHEMA_VERSION = 1

_CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_NO_RIGHTS = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY})
_NO_ROOM = frozenset({sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMOPEN, sqlite3.SQLITE_IOERR_SHMMAP})
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_BUSY_MS = 15_000
"""Writers hold the database for one batch at a time; whoever waits longer than this waits for a stuck process."""

_WAL_PAGES = 16_384

LIFE_SPANS = ("passages", "places", "articles")
"""The tables whose rows have one, in an order in which rows may be deleted."""

# Nearly all rows are visible: the plus keeps SQLite from going by the index of this column.
_VISIBLE = "+{row}.added_in <= :generation AND ({row}.removed_in IS NULL OR {row}.removed_in > :generation)"

_TABLES = """
CREATE TABLE generations (
    number INTEGER PRIMARY KEY,
    embedder TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    articles INTEGER NOT NULL,
    passages INTEGER NOT NULL,
    digest TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

-- The text is the last column: a scan over the others does not read the pages that it overflows to.
CREATE TABLE articles (
    row_id INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    version TEXT NOT NULL,
    text_key BLOB NOT NULL,
    added_in INTEGER NOT NULL,
    removed_in INTEGER,
    instant INTEGER,
    title_key TEXT NOT NULL,
    outlet_key TEXT,
    section_key TEXT,
    title TEXT NOT NULL,
    outlet TEXT,
    author TEXT,
    published TEXT,
    updated TEXT,
    section TEXT,
    url TEXT,
    language TEXT,
    place TEXT,
    text TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX articles_one_open_version ON articles (id) WHERE removed_in IS NULL;
CREATE INDEX articles_by_id ON articles (id);
CREATE INDEX articles_by_instant ON articles (instant);
CREATE INDEX articles_by_added ON articles (added_in);
CREATE INDEX articles_by_removed ON articles (removed_in) WHERE removed_in IS NOT NULL;

-- AUTOINCREMENT: the ids of a run that was rolled back are never given to other passages.
CREATE TABLE passages (
    passage_id INTEGER PRIMARY KEY AUTOINCREMENT,
    article_row INTEGER NOT NULL REFERENCES articles (row_id),
    added_in INTEGER NOT NULL,
    removed_in INTEGER,
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL,
    header TEXT NOT NULL,
    sentences BLOB NOT NULL,
    text_hash BLOB NOT NULL
) STRICT;
CREATE INDEX passages_by_article ON passages (article_row);
CREATE INDEX passages_by_hash ON passages (text_hash);
CREATE INDEX passages_by_added ON passages (added_in);
CREATE INDEX passages_by_removed ON passages (removed_in) WHERE removed_in IS NOT NULL;

CREATE TABLE embedders (
    embedder INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    unused_since INTEGER
) STRICT;

CREATE TABLE embeddings (
    key INTEGER PRIMARY KEY,
    text_hash BLOB NOT NULL,
    embedder INTEGER NOT NULL REFERENCES embedders (embedder) ON DELETE CASCADE,
    vector BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX embeddings_by_text ON embeddings (text_hash, embedder);
CREATE INDEX embeddings_by_embedder ON embeddings (embedder);

-- Hashes of embedded texts that no passage has any more, and since when (seconds since 1970).
CREATE TABLE forgotten (
    text_hash BLOB PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Where an article stands in the input: rank 0 is the place it was read from, the others have the same text.
CREATE TABLE places (
    article_id TEXT NOT NULL,
    rank INTEGER NOT NULL,
    added_in INTEGER NOT NULL,
    removed_in INTEGER,
    path TEXT NOT NULL,
    line INTEGER,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    outlet TEXT,
    published TEXT,
    url TEXT,
    PRIMARY KEY (article_id, rank, added_in)
) STRICT, WITHOUT ROWID;
CREATE INDEX places_by_added ON places (added_in);
CREATE INDEX places_by_removed ON places (removed_in) WHERE removed_in IS NOT NULL;

CREATE TABLE runs (
    run INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT NOT NULL,
    seconds REAL NOT NULL,
    articles INTEGER NOT NULL,
    added INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    passages INTEGER NOT NULL,
    embedded INTEGER NOT NULL,
    skipped_count INTEGER NOT NULL,
    skipped TEXT NOT NULL,
    settings TEXT NOT NULL
) STRICT;
"""


def visible(row: str) -> str:
    """The SQL condition that a row (a table or its alias) is visible in the generation ``:generation``."""
    return _VISIBLE.format(row=row)


def database_error(path: Path, error: sqlite3.DatabaseError) -> ArchiveError:
    """What an error of SQLite means for whoever reads or writes the archive, with its cure."""
    full_code = getattr(error, "sqlite_errorcode", None)
    if full_code is None and isinstance(error, sqlite3.OperationalError):
        return unsound(path, "a text in it is no text any more")  # Python's own error: it can't be decoded
    code = (full_code or 0) & 0xFF
    if code in _CORRUPT:
        return damaged(path, error)
    if code in _LOCKED:
        return IndexBusy(f"{path} is locked by another process: try again, or end what holds it")
    if (scarce := scarcity(error) or _unopenable(path, code)) is not None:
        return OutOfResources(f"{path} can't be used, {scarce}, and try again")
    return ArchiveError(f"{path} can't be used ({error}): see that the disk is well, has room, and gives you the right")


def _unopenable(path: Path, code: int) -> str | None:
    """Why SQLite could not open a file: it does not say that too many are open, and it needs three of them."""
    if code != sqlite3.SQLITE_CANTOPEN:
        return None
    try:
        with path.open("rb"), path.open("rb"), path.open("rb"):
            return None
    except OSError as error:
        return scarcity(error)


def damaged(path: Path, cause: object) -> IndexDamaged:
    """The error for a database whose content is not what was written, with its cure."""
    return IndexDamaged(
        f"{path} is damaged ({cause}): move it away, with its -wal and -shm files, and run"
        " `dateline index --articles …`"
    )


def unsound(path: Path, cause: object) -> IndexDamaged:
    """The error for rows that are not what was written, in a database that is whole otherwise, with its cure."""
    return IndexDamaged(f"{path} is damaged ({cause}): run `dateline index --articles …`, which reads it again")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A read-only connection. ``still`` is set where SQLite was told that nobody writes: how the file looked then."""

    connection: sqlite3.Connection
    still: tuple[int, int, int] | None = None

    def moved(self, path: Path) -> bool:
        """Whether somebody writes after all: what was read may be of two states, and is to be read anew."""
        return self.still is not None and self.still != _look(path)


def open_to_read(home: Path) -> Reading:
    """A read-only connection that may be passed between threads.

    Raises:
        IndexMissing: there is no database yet.
        IndexMismatch: the database is of another version of this program.
        IndexDamaged: the file is no database.
        ArchiveError: it can't be opened, for want of room or of rights.
    """
    path = home / DATABASE
    _refuse_links(path)
    if not path.exists():
        raise IndexMissing(f"no archive in {home}: run `dateline index --articles …`")
    reading = Reading(connection=_connect(path, "mode=ro"))
    try:
        found = _version(reading.connection)
    except sqlite3.OperationalError as error:
        reading.connection.close()
        if not _without_shared_memory(home, error):
            raise database_error(path, error) from error
        reading, found = _open_still(path)
    except sqlite3.DatabaseError as error:
        reading.connection.close()
        raise database_error(path, error) from error
    if found != SCHEMA_VERSION:
        reading.connection.close()
        raise _other_version(path, found)
    return reading


def open_to_write(home: Path) -> sqlite3.Connection:
    """The connection of the one indexer (who holds the lock); makes the database if there is none.

    A commit is atomic at once and durable after the next commit under ``synchronous = FULL``, which publishing does.

    Raises:
        IndexMismatch: the database is of another version of this program.
        IndexDamaged: the file is no database.
        ArchiveError: it can't be opened, for want of room or of rights.
    """
    path = home / DATABASE
    _refuse_links(path)
    connection = _connect(path, "mode=rwc")
    connection.text_factory = legible
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        # Few large checkpoints instead of many small ones: hashes scatter over the pages of their index.
        connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
        connection.execute(f"PRAGMA journal_size_limit = {_WAL_PAGES * 4096}")
        connection.execute("PRAGMA cache_size = -32768")
        found = _version(connection)
        if found == 0:
            connection.executescript(f"BEGIN IMMEDIATE;{_TABLES}PRAGMA user_version = {SCHEMA_VERSION};COMMIT;")
            found = SCHEMA_VERSION
    except sqlite3.DatabaseError as error:
        connection.close()
        raise database_error(path, error) from error
    if found != SCHEMA_VERSION:
        connection.close()
        raise _other_version(path, found)
    return connection


def legible(text: bytes) -> str:
    """A text column as it stands, also where it is no UTF-8 any more: it then differs from what its hash is of."""
    return text.decode(errors="replace")


def structural_problems(connection: sqlite3.Connection) -> list[str]:
    """What SQLite finds wrong when it reads every page of a database, indexes included; nothing in a sound one.

    Raises:
        sqlite3.DatabaseError: it can't be read at all.
    """
    found = [str(problem) for (problem,) in connection.execute("PRAGMA integrity_check(20)")]
    return [] if found == ["ok"] else found


def database_files(path: Path) -> tuple[Path, ...]:
    """The file of an SQLite database, and those that SQLite makes beside it."""
    return (path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm")))


def _refuse_links(path: Path) -> None:
    """A link, or a folder, where a file of the database belongs is nobody's archive: SQLite would follow it."""
    for one in database_files(path):
        try:
            mode = one.lstat().st_mode
        except OSError:
            continue  # what is not there, or can't be looked at, SQLite tells about
        if not stat.S_ISREG(mode):
            raise IndexDamaged(
                f"{one} is a {'link' if stat.S_ISLNK(mode) else 'folder or device'}, not a file: put the file itself"
                " there, or move it away and run `dateline index --articles …`"
            )


def _open_still(path: Path) -> tuple[Reading, int]:
    """Reads the file as it stands, without SQLite's locks; with the version of its schema."""
    reading = Reading(connection=_connect(path, "immutable=1"), still=_look(path))
    try:
        return reading, _version(reading.connection)
    except sqlite3.DatabaseError as error:
        reading.connection.close()
        raise database_error(path, error) from error


def _without_shared_memory(home: Path, error: sqlite3.OperationalError) -> bool:
    """Whether a database can be read as it stands, without the file through which WAL's readers and writer agree.

    A folder that can't be written to and a full disk have no room for that file. Nothing may be left in the log.
    """
    log = home / f"{DATABASE}-wal"
    if log.exists() and log.stat().st_size:
        return False
    code = error.sqlite_errorcode
    no_rights = code & 0xFF in _NO_RIGHTS and not os.access(home, os.W_OK)
    return no_rights or code in _NO_ROOM


def _look(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?{mode}",
            uri=True,
            timeout=_BUSY_MS / 1000,
            isolation_level=None,
            check_same_thread=False,
        )
    except sqlite3.OperationalError as error:  # at once where the file itself may not be read
        raise database_error(path, error) from error
    connection.row_factory = sqlite3.Row
    return connection


def _version(connection: sqlite3.Connection) -> int:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    return int(found)


def _other_version(path: Path, found: int) -> IndexMismatch:
    return IndexMismatch(
        f"{path} has format {found}, this program reads format {SCHEMA_VERSION}: move it away and run"
        " `dateline index --articles …` again"
    )
