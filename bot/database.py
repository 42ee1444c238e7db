"""The bot's own SQLite file beside the archive: its tables and how it is opened."""

from __future__ import annotations

import secrets
import sqlite3
from pathlib import Path
from typing import Final

NAME: Final = "bot.sqlite3"
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
"""


def open_database(path: Path) -> sqlite3.Connection:
    """Opens the file, making it if need be. The connection may be handed to one other thread."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;")
    # Deleted means gone: without this, forgotten questions would stay readable in the file's free pages.
    connection.execute("PRAGMA secure_delete = ON")
    connection.executescript(_SCHEMA)
    return connection


def meta_value(connection: sqlite3.Connection, key: str) -> str | None:
    """A value that the bot keeps about itself."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row["value"])


def set_meta_value(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Keeps a value."""
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, value))


def hash_key(connection: sqlite3.Connection) -> bytes:
    """The secret with which user ids are hashed; made once for each file."""
    key = meta_value(connection, "hash_key")
    if key is None:
        key = secrets.token_hex(32)
        set_meta_value(connection, "hash_key", key)
    return bytes.fromhex(key)
