"""Who administered what, and when."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One administrative act."""

    happened_at: float
    actor_id: int
    guild_id: int | None
    action: str
    detail: str


class AuditLog:
    """The audit table. Actors keep their ids here: whoever administers a bot answers for it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def note(self, actor_id: int, guild_id: int | None, action: str, detail: str = "") -> None:
        """Files an act."""
        self._db.execute(
            "INSERT INTO audit (happened_at, actor_id, guild_id, action, detail) VALUES (?, ?, ?, ?, ?)",
            (time.time(), actor_id, guild_id, action, detail),
        )

    def entries(self, guild_id: int | None = None, limit: int = 100) -> list[Entry]:
        """The latest acts, newest first; of one guild if named."""
        rows = self._db.execute(
            "SELECT happened_at, actor_id, guild_id, action, detail FROM audit"
            " WHERE ?1 IS NULL OR guild_id = ?1 ORDER BY id DESC LIMIT ?2",
            (guild_id, limit),
        )
        return [Entry(**dict(row)) for row in rows]
