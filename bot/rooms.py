"""Where a conversation goes on by itself: threads in which every message is for the bot, and when a topic began."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection

_HOUR = 3_600.0


class Rooms:
    """The threads that the bot opened or was invited to, and the last turn in a place. Used from one thread at a time.

    ``within`` is how long a conversation is remembered after its last turn, in seconds. Whether a thread is the bot's
    is asked at every message, so the threads are kept in memory beside the file that remembers them over a restart.
    """

    def __init__(self, connection: sqlite3.Connection, *, hours: float) -> None:
        self._db = connection
        self.within = hours * _HOUR
        self._threads = {int(row[0]) for row in connection.execute("SELECT thread_id FROM threads")}

    def has(self, channel_id: int) -> bool:
        """Whether every message of this thread is for the bot."""
        return channel_id in self._threads

    def adopt(self, thread_id: int, guild_id: int | None, record_id: int | None = None) -> None:
        """From now on this thread's messages are for the bot; ``record_id`` is the question that it goes on from."""
        self._threads.add(thread_id)
        self._db.execute(
            "INSERT OR REPLACE INTO threads (thread_id, guild_id, record_id) VALUES (?, ?, ?)",
            (thread_id, guild_id, record_id),
        )

    def leave(self, thread_id: int) -> bool:
        """Answers only what is addressed to it there again; whether that is new."""
        self._threads.discard(thread_id)
        return self._db.execute("DELETE FROM threads WHERE thread_id = ?", (thread_id,)).rowcount > 0

    def threads_of(self, guild_ids: Collection[int]) -> set[int]:
        """The threads of guilds."""
        kept = self._db.execute("SELECT thread_id, guild_id FROM threads").fetchall()
        return {int(row["thread_id"]) for row in kept if row["guild_id"] in guild_ids}

    def evict(self, thread_ids: Collection[int]) -> None:
        """Forgets threads whose rows are deleted; touches memory alone, so it may run anywhere."""
        self._threads.difference_update(thread_ids)

    def new_topic(self, channel_id: int) -> None:
        """What was said in this place so far belongs to no conversation any more; nothing is kept where nothing was."""
        self._db.execute(
            "INSERT OR REPLACE INTO topics (channel_id, began_at) SELECT ?1, ?2"
            " WHERE EXISTS (SELECT 1 FROM questions WHERE channel_id = ?1)"
            " OR EXISTS (SELECT 1 FROM threads WHERE thread_id = ?1)",
            (channel_id, time.time()),
        )

    def last_turn(self, channel_id: int, alias: str, *, private: bool) -> int | None:
        """The answered question that the next one in this place follows; None where a conversation begins.

        Args:
            channel_id: a direct-message channel, or a thread of the bot's.
            alias: who asks now; others' private questions are none of theirs.
            private: whether they alone see the answer: one for all must not go on from their private questions.
        """
        row = self._db.execute("SELECT began_at FROM topics WHERE channel_id = ?", (channel_id,)).fetchone()
        began = max(time.time() - self.within, float(row["began_at"]) if row else 0.0)
        last = self._db.execute(
            "SELECT id FROM questions WHERE channel_id = ? AND answered IS NOT NULL AND asked_at > ?"
            " AND (private = 0 OR (? AND asker = ?)) ORDER BY id DESC LIMIT 1",
            (channel_id, began, private, alias),
        ).fetchone()
        if last is not None:
            return int(last["id"])
        root = self._db.execute(
            "SELECT q.id FROM threads t JOIN questions q ON q.id = t.record_id"
            " WHERE t.thread_id = ? AND q.asked_at > ? AND (q.private = 0 OR (? AND q.asker = ?))",
            (channel_id, began, private, alias),
        ).fetchone()
        return int(root["id"]) if root is not None else None
