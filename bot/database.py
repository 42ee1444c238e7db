"""The bot's own SQLite file beside the archive: its tables and how it is opened."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from index.errors import DatelineError

NAME: Final = "bot.sqlite3"
_OWNER_ONLY: Final = 0o600
_KEY_BYTES: Final = 32
_CURE: Final = "bring it back with `dateline restore`, or move it away, with its -wal and -shm files, to start anew"
_KEY_CURE: Final = (
    "put it back from a backup (without it nobody's questions can be told apart, nor forgotten on request),"
    " or move bot.sqlite3 and bot.key away to start anew"
)
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS questions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    asked_at REAL NOT NULL,
    asker TEXT NOT NULL,
    guild_id INTEGER,
    channel_id INTEGER,
    source_message_id INTEGER UNIQUE,
    reply_message_id INTEGER,
    parent_id INTEGER,
    private INTEGER NOT NULL,
    question TEXT NOT NULL,
    standalone TEXT NOT NULL DEFAULT '',
    answer TEXT NOT NULL DEFAULT '',
    answered INTEGER,
    confidence REAL,
    seconds REAL,
    sources TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE INDEX IF NOT EXISTS questions_reply ON questions (reply_message_id);
CREATE INDEX IF NOT EXISTS questions_asker ON questions (asker);
CREATE INDEX IF NOT EXISTS questions_channel ON questions (channel_id, id);
CREATE INDEX IF NOT EXISTS questions_guild ON questions (guild_id, asked_at);
CREATE TABLE IF NOT EXISTS feedback (
    question_id INTEGER NOT NULL REFERENCES questions (id) ON DELETE CASCADE,
    asker TEXT NOT NULL,
    given_at REAL NOT NULL,
    helpful INTEGER NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    remark TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (question_id, asker)
) STRICT;
CREATE TABLE IF NOT EXISTS asides (
    question_id INTEGER PRIMARY KEY REFERENCES questions (id) ON DELETE CASCADE,
    filters TEXT NOT NULL,
    choices TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS threads (
    thread_id INTEGER PRIMARY KEY,
    guild_id INTEGER,
    record_id INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS threads_record ON threads (record_id);
CREATE TRIGGER IF NOT EXISTS threads_forget AFTER DELETE ON questions BEGIN
    UPDATE threads SET record_id = NULL WHERE record_id = OLD.id;
END;
CREATE TABLE IF NOT EXISTS topics (channel_id INTEGER PRIMARY KEY, began_at REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS lookups (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    made_at REAL NOT NULL,
    asker TEXT NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS preferences (
    guild_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (guild_id, channel_id)
) STRICT;
CREATE TABLE IF NOT EXISTS audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    happened_at REAL NOT NULL,
    actor_id INTEGER NOT NULL,
    guild_id INTEGER,
    action TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE IF NOT EXISTS departures (guild_id INTEGER PRIMARY KEY, left_at REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS memberships (guild_id INTEGER PRIMARY KEY) STRICT;
"""


class BotFilesDamaged(DatelineError):
    """The bot's own files beside the archive can't be used as they are."""


def open_database(path: Path) -> sqlite3.Connection:
    """Opens the file, making it if need be, readable for its owner alone. One other thread may take the connection.

    What was committed is on the disk: people are told that their settings hold, and that they are forgotten.

    Raises:
        BotFilesDamaged: it is damaged, or its folder can't be used.
        sqlite3.OperationalError: nothing is wrong with it, but it is locked, or the disk is full or can't be written.
    """
    try:
        return _opened(path)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise BotFilesDamaged(f"{path} can't be used ({error}): {_CURE}") from error
    except OSError as error:
        raise BotFilesDamaged(
            f"{path} can't be opened ({error.strerror}): see that the folder can be written"
        ) from error


def database_files(path: Path) -> tuple[Path, ...]:
    """The file, and those that SQLite makes beside it."""
    return (path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm")))


def refuse_links(*paths: Path) -> None:
    """Raises for what is there and is no plain file: SQLite, and the setting of rights, would follow a link."""
    for one in paths:
        if one.is_symlink() or (one.exists() and not one.is_file()):
            raise BotFilesDamaged(f"{one} is no plain file: move it away, and put the file itself there")


def _opened(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    refuse_links(*database_files(path))
    # Before SQLite opens it: the files that SQLite makes beside it get the same mode.
    path.touch(mode=_OWNER_ONLY)
    for one in database_files(path):
        with contextlib.suppress(FileNotFoundError):
            one.chmod(_OWNER_ONLY)
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        # FULL: in this journal mode NORMAL flushes now and then only; a power cut takes what was acknowledged since.
        connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
        # Deleted means gone: without this, forgotten questions would stay readable in the file's free pages.
        connection.execute("PRAGMA secure_delete = ON")
        _check_structure(connection)
        connection.executescript(_SCHEMA)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_structure(connection: sqlite3.Connection) -> None:
    (state,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if state != "ok":
        raise sqlite3.DatabaseError(state)


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, also when the process dies. Inside another one it is a part of that."""
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk may have rolled it back already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def empty_log(connection: sqlite3.Connection) -> None:
    """Takes deleted rows out of the write-ahead log too, where they would stay readable until it is written over.

    Where somebody is reading just then, the next call does it.
    """
    with contextlib.suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def file_of(connection: sqlite3.Connection) -> Path | None:
    """The connection's file; None for a database in memory."""
    name = connection.execute("PRAGMA database_list").fetchone()["file"]
    return Path(name) if name else None


@contextlib.contextmanager
def reader_of(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of one's own for long reading, which waits for no writer and keeps none waiting."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA query_only = ON")
        yield connection
    finally:
        connection.close()


def meta_value(connection: sqlite3.Connection, key: str) -> str | None:
    """A value that the bot keeps about itself."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row["value"])


def set_meta_value(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Keeps a value."""
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, value))


def hash_key(connection: sqlite3.Connection) -> bytes:
    """The secret with which user ids are hashed; made once, and kept in a file beside the database.

    Whoever copies the database alone can then not find out whose questions they are by trying all ids. With another
    key nobody could have their own forgotten, so that a key that is lost or damaged is an error.

    Raises:
        BotFilesDamaged: the file is gone, or does not hold the key that this database was written with.
    """
    path = file_of(connection)
    kept = meta_value(connection, "hash_key")
    if path is None:
        key = kept or secrets.token_hex(32)
        set_meta_value(connection, "hash_key", key)
        return bytes.fromhex(key)
    key_path = path.with_suffix(".key")
    refuse_links(key_path)
    known = meta_value(connection, "key_check")
    if not key_path.exists():
        if known is not None and kept is None:
            raise BotFilesDamaged(f"{key_path} is gone: {_KEY_CURE}")
        _write_key(key_path, kept or secrets.token_hex(32))
    key_bytes = read_key(key_path)
    if known is None:
        set_meta_value(connection, "key_check", key_check(key_bytes))
    elif known != key_check(key_bytes):
        raise BotFilesDamaged(f"{key_path} is not the key that {path} was written with: {_KEY_CURE}")
    if kept is not None:
        connection.execute("DELETE FROM meta WHERE key = 'hash_key'")
        empty_log(connection)
    return key_bytes


def read_key(path: Path) -> bytes:
    """The key in a file.

    Raises:
        BotFilesDamaged: it holds no key.
    """
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise BotFilesDamaged(f"{path} can't be read: {_KEY_CURE}") from error
    if len(key) != _KEY_BYTES:
        raise BotFilesDamaged(f"{path} holds no key: {_KEY_CURE}")
    return key


def key_check(key: bytes) -> str:
    """What the database keeps to recognise its key by; nothing can be told from it about a random key."""
    return hashlib.sha256(b"dateline key check" + key).hexdigest()


def _write_key(path: Path, key: str) -> None:
    draft = path.with_suffix(".key.new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=_OWNER_ONLY)
    with draft.open("w", encoding="ascii") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    """Waits until a folder's list of names is on the disk: rows hashed with a lost key would be nobody's."""
    if os.name == "nt":
        return  # Windows keeps a folder's names with the files, and opens no folder to flush it
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
