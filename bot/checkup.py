"""What `dateline doctor` looks at of the bot's own files: its database, its key, and who may read them."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from bot.database import NAME, BotFilesDamaged, database_files, key_check, meta_value, read_key, refuse_links
from index.care import Finding, State

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def examine_files(home: Path) -> Iterator[Finding]:
    """Looks at the bot's files in an archive's home, reading only; none are there before the bot has run."""
    path, key = home / NAME, (home / NAME).with_suffix(".key")
    try:
        refuse_links(*database_files(path), key)
    except BotFilesDamaged as error:
        yield Finding(what=NAME, state=State.BAD, detail=str(error))
        return
    if not path.exists():
        yield Finding(what=NAME, state=State.WELL, detail="the bot has not run here")
        return
    open_to_others = [one.name for one in (*database_files(path), key) if one.exists() and one.stat().st_mode & _OTHERS]
    if open_to_others:
        detail = f"others may read or write {', '.join(open_to_others)}"
        yield Finding(what=NAME, state=State.BAD, detail=detail, cure=f"chmod 600 {home}/bot.*")
    try:
        known = _known_key(path)
    except (sqlite3.DatabaseError, BotFilesDamaged) as error:
        cure = "`dateline restore BACKUP --replace`, or move it away, with its -wal and -shm files"
        yield Finding(what=NAME, state=State.BAD, detail=f"damaged ({error})", cure=cure)
        return
    yield Finding(what=NAME, state=State.WELL, detail="every page, index and reference is sound")
    try:
        given = key_check(read_key(key)) if known or key.exists() else None
    except BotFilesDamaged as error:
        yield Finding(what=key.name, state=State.BAD, detail=str(error))
        return
    if known is not None and given != known:
        cure = f"put the {key.name} back that belongs to {NAME}"
        yield Finding(what=key.name, state=State.BAD, detail=f"it is the key of another {NAME}", cure=cure)
    else:
        yield Finding(what=key.name, state=State.WELL, detail=f"it belongs to {NAME}")


def _known_key(path: Path) -> str | None:
    """What the database knows its key by, after it was read through."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        problems = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
        if problems != ["ok"]:
            raise BotFilesDamaged(problems[0])
        if connection.execute("PRAGMA foreign_key_check").fetchone():
            raise BotFilesDamaged("a row refers to one that is gone")
        return meta_value(connection, "key_check")
