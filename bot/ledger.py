"""What was asked and answered, with hashed askers: conversations, feedback, and forgetting."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
import sqlite3
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from bot.database import empty_log, hash_key, transaction
from index import Answer, Choice, Citation, NoAnswer, Overview, Reply, Where

DAY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A citation with the passage that it came from, as offsets into the article's text."""

    citation: Citation
    passage: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A question with what became of it. ``answered`` is None until then, and where it was asked back."""

    id: int
    asked_at: float
    asker: str
    guild_id: int | None
    channel_id: int | None
    source_message_id: int | None
    reply_message_id: int | None
    parent_id: int | None
    private: bool
    question: str
    standalone: str
    answer: str
    answered: bool | None
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """A search, or an article that was read, behind paging buttons; ``target`` is what its page is made from again."""

    id: int
    asker: str
    guild_id: int | None
    channel_id: int | None
    private: bool
    target: Mapping[str, object]


class Ledger:
    """The questions' tables. Used from one thread at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._key = hash_key(connection)

    def alias(self, user_id: int) -> str:
        """A user as stored: a keyed hash that leads back to nobody without the file's key."""
        return hashlib.blake2b(str(user_id).encode(), key=self._key, digest_size=16).hexdigest()

    def open(
        self,
        *,
        user_id: int,
        question: str,
        guild_id: int | None,
        channel_id: int | None,
        source_message_id: int | None = None,
        parent_id: int | None = None,
        private: bool = False,
    ) -> int | None:
        """Files a question; its id, or None when this message is filed already."""
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO questions"
            " (asked_at, asker, guild_id, channel_id, source_message_id, parent_id, private, question)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (time.time(), self.alias(user_id), guild_id, channel_id, source_message_id, parent_id, private, question),
        )
        return cursor.lastrowid if cursor.rowcount else None

    def answer(self, record_id: int, reply: Reply, text: str, seconds: float) -> bool:
        """Files what came of a question, as the conversation remembers it (``text``); whether it is still there."""
        sources = [asdict(source) for source in sources_of(reply)]
        changed = self._db.execute(
            "UPDATE questions SET question = ?, standalone = ?, answer = ?, answered = ?, confidence = ?, seconds = ?,"
            " sources = ? WHERE id = ?",
            (
                reply.question,
                reply.standalone,
                text,
                outcome(reply),
                reply.confidence,
                seconds,
                json.dumps(sources),
                record_id,
            ),
        )
        return changed.rowcount > 0

    def conclude(self, record_id: int, where: Where | None, reply: Reply, text: str, seconds: float) -> None:
        """Files what came of a question, and what its buttons need to ask it again."""
        choices = reply.choices if isinstance(reply, Answer) else ()
        with transaction(self._db):
            still_there = self.answer(record_id, reply, text, seconds)
            if still_there and (choices or reply.searched.period is not None):
                self.set_aside(record_id, where, choices)

    def set_aside(self, record_id: int, where: Where | None, choices: Sequence[Choice]) -> None:
        """Keeps what buttons need to ask a question again: its filters, and the readings that were offered."""
        self._db.execute(
            "INSERT OR REPLACE INTO asides (question_id, filters, choices) VALUES (?, ?, ?)",
            (record_id, json.dumps(where_row(where or Where())), json.dumps([asdict(choice) for choice in choices])),
        )

    def aside(self, record_id: int) -> tuple[Where, tuple[Choice, ...]]:
        """What was kept: the question's filters, and the readings that were offered."""
        row = self._db.execute("SELECT * FROM asides WHERE question_id = ?", (record_id,)).fetchone()
        if row is None:
            return Where(), ()
        return row_where(json.loads(row["filters"])), tuple(Choice(**one) for one in json.loads(row["choices"]))

    def delivered(self, record_id: int, message_id: int) -> None:
        """Remembers which message carries the answer."""
        self._db.execute("UPDATE questions SET reply_message_id = ? WHERE id = ?", (message_id, record_id))

    def set_private(self, record_id: int, *, private: bool) -> bool:
        """Shares a private question, or takes that back; whether anything changed.

        How a shared one was understood is forgotten where it may have words of a question that is not shared: what
        others ask on would show them.
        """
        query = "UPDATE questions SET private = ?1 WHERE id = ?2 AND private <> ?1"
        with transaction(self._db):
            changed = self._db.execute(query, (private, record_id)).rowcount > 0
            if changed and not private and self._goes_on_from_private(record_id):
                self._db.execute("UPDATE questions SET standalone = '' WHERE id = ?", (record_id,))
        return changed

    def drop(self, record_id: int) -> None:
        """Takes a question out again."""
        self._db.execute("DELETE FROM questions WHERE id = ?", (record_id,))
        empty_log(self._db)

    def record(self, record_id: int) -> Record | None:
        """A question by its id."""
        return self._one("SELECT * FROM questions WHERE id = ?", record_id)

    def by_reply(self, message_id: int) -> Record | None:
        """The question that this message answers."""
        return self._one("SELECT * FROM questions WHERE reply_message_id = ?", message_id)

    def by_source(self, message_id: int) -> Record | None:
        """The question that this message asked."""
        return self._one("SELECT * FROM questions WHERE source_message_id = ?", message_id)

    def chain(
        self, record_id: int | None, longest: int = 6, *, alone: str | None = None, within: float = math.inf
    ) -> tuple[Record, ...]:
        """A question with those before it in its conversation, oldest first.

        It ends where more than ``within`` seconds lie between a turn and the next, and at a private question that
        whoever sees the later ones may not know: another's, or one from before an answer that was shared. ``alone``
        is the alias of the only one who will see what comes of it; None: everybody will.
        """
        found: list[Record] = []
        later = time.time()
        while record_id is not None and len(found) < longest:
            record = self.record(record_id)
            if record is None or _hidden_from(record, found, alone) or later - record.asked_at > within:
                break
            later = record.asked_at
            found.append(record)
            record_id = record.parent_id
        return tuple(reversed(found))

    def rate(self, record_id: int, user_id: int, *, helpful: bool, reason: str = "", remark: str = "") -> bool:
        """Files feedback, a later one in place of an earlier; whether the question is still there."""
        try:
            self._db.execute(
                "INSERT OR REPLACE INTO feedback (question_id, asker, given_at, helpful, reason, remark)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (record_id, self.alias(user_id), time.time(), helpful, reason, remark),
            )
        except sqlite3.IntegrityError:
            return False
        return True

    def note_lookup(
        self,
        user_id: int,
        kind: str,
        target: Mapping[str, object],
        *,
        guild_id: int | None,
        channel_id: int | None,
        private: bool,
    ) -> LookUp:
        """Remembers a search or an article behind paging buttons, with where it was asked for."""
        kept = {"guild_id": guild_id, "channel_id": channel_id, "private": private, "target": dict(target)}
        alias = self.alias(user_id)
        cursor = self._db.execute(
            "INSERT INTO lookups (made_at, asker, kind, target) VALUES (?, ?, ?, ?)",
            (time.time(), alias, kind, json.dumps(kept)),
        )
        return LookUp(
            id=int(cursor.lastrowid or 0),
            asker=alias,
            guild_id=guild_id,
            channel_id=channel_id,
            private=private,
            target=target,
        )

    def lookup(self, lookup_id: int, kind: str) -> LookUp | None:
        """What stands behind paging buttons; nothing where it was noted before its place was noted with it."""
        query = "SELECT asker, target FROM lookups WHERE id = ? AND kind = ?"
        row = self._db.execute(query, (lookup_id, kind)).fetchone()
        kept = {} if row is None else json.loads(row["target"])
        return LookUp(id=lookup_id, asker=row["asker"], **kept) if "target" in kept else None

    def kept_about(self, user_id: int) -> Mapping[str, int]:
        """How many rows of each table are this user's."""
        alias = self.alias(user_id)
        counted = {}
        for table in ("questions", "feedback", "lookups"):
            query = f"SELECT count(*) FROM {table} WHERE asker = ?"  # noqa: S608 - the names are the three above
            counted[table] = int(self._db.execute(query, (alias,)).fetchone()[0])
        return counted

    def forget(self, user_id: int) -> int:
        """Deletes all that is this user's; how many rows."""
        alias = self.alias(user_id)
        with transaction(self._db):
            # Their direct messages' channel leads back to them.
            self._db.execute(
                "DELETE FROM topics WHERE channel_id IN"
                " (SELECT channel_id FROM questions WHERE asker = ? AND guild_id IS NULL)",
                (alias,),
            )
            count = sum(
                self._db.execute(f"DELETE FROM {table} WHERE asker = ?", (alias,)).rowcount  # noqa: S608 - the names are the three below
                for table in ("feedback", "questions", "lookups")
            )
        empty_log(self._db)
        return count

    def expire(self, keep_days: int, grace_days: int) -> int:
        """Deletes what is older than kept, and what belongs to guilds left longer ago than the grace; how many rows."""
        now = time.time()
        old = now - keep_days * DAY
        with transaction(self._db):
            count = self._db.execute("DELETE FROM questions WHERE asked_at < ?", (old,)).rowcount
            count += self._db.execute("DELETE FROM lookups WHERE made_at < ?", (old,)).rowcount
            count += self._db.execute("DELETE FROM topics WHERE began_at < ?", (old,)).rowcount
            for guild_id in self.departed(grace_days):
                count += self._db.execute(
                    "DELETE FROM topics WHERE channel_id IN (SELECT channel_id FROM questions WHERE guild_id = ?1"
                    " UNION SELECT thread_id FROM threads WHERE guild_id = ?1)",
                    (guild_id,),
                ).rowcount
                count += self._db.execute(
                    "DELETE FROM lookups WHERE json_extract(target, '$.guild_id') = ?", (guild_id,)
                ).rowcount
                for table in ("questions", "preferences", "audit", "threads", "departures"):
                    count += self._db.execute(f"DELETE FROM {table} WHERE guild_id = ?", (guild_id,)).rowcount  # noqa: S608 - the names are the five above
        empty_log(self._db)
        return count

    def departed(self, grace_days: int) -> tuple[int, ...]:
        """The guilds that were left longer ago than the grace."""
        before = time.time() - grace_days * DAY
        return tuple(
            row[0] for row in self._db.execute("SELECT guild_id FROM departures WHERE left_at <= ?", (before,))
        )

    def reconcile(self, present: Collection[int]) -> None:
        """Notes what changed while nobody was connected: guilds that were left, and guilds that were joined again."""
        with transaction(self._db):
            known = self._db.execute("SELECT guild_id FROM memberships UNION SELECT guild_id FROM preferences")
            for guild_id in {int(row[0]) for row in known.fetchall()} - set(present):
                self.guild_left(guild_id)
            for guild_id in present:
                self.guild_joined(guild_id)

    def guild_left(self, guild_id: int) -> None:
        """Starts a guild's grace period."""
        now = time.time()
        with transaction(self._db):
            self._db.execute("DELETE FROM memberships WHERE guild_id = ?", (guild_id,))
            self._db.execute("INSERT OR IGNORE INTO departures (guild_id, left_at) VALUES (?, ?)", (guild_id, now))

    def guild_joined(self, guild_id: int) -> None:
        """Ends a guild's grace period."""
        with transaction(self._db):
            self._db.execute("INSERT OR IGNORE INTO memberships (guild_id) VALUES (?)", (guild_id,))
            self._db.execute("DELETE FROM departures WHERE guild_id = ?", (guild_id,))

    def _goes_on_from_private(self, record_id: int) -> bool:
        """Whether a question before this one in its conversation is private, or gone."""
        query = (
            "WITH RECURSIVE before (id) AS (SELECT parent_id FROM questions WHERE id = ?"
            " UNION SELECT q.parent_id FROM questions q JOIN before ON q.id = before.id)"
            " SELECT 1 FROM before LEFT JOIN questions q ON q.id = before.id"
            " WHERE before.id IS NOT NULL AND (q.id IS NULL OR q.private) LIMIT 1"
        )
        return self._db.execute(query, (record_id,)).fetchone() is not None

    def _one(self, query: str, value: int) -> Record | None:
        row = self._db.execute(query, (value,)).fetchone()
        return None if row is None else _record(row)


def outcome(reply: Reply) -> bool | None:
    """Whether a reply answers; None where it asks back."""
    match reply:
        case Answer(choices=(_, *_)):
            return None
        case Answer() | Overview():
            return True
        case NoAnswer():
            return False


def where_row(where: Where) -> dict[str, object]:
    """Filters as JSON can hold them."""
    bounds = {name: getattr(where, name) for name in ("as_of", "since", "until")}
    return {
        **{name: bound.isoformat() if bound else None for name, bound in bounds.items()},
        "outlets": list(where.outlets),
    }


def row_where(row: Mapping[str, Any]) -> Where:
    """The filters again."""
    as_of, since, until = (
        dt.datetime.fromisoformat(row[name]) if row[name] else None for name in ("as_of", "since", "until")
    )
    return Where(as_of=as_of, since=since, until=until, outlets=tuple(row["outlets"]))


def sources_of(reply: Reply) -> tuple[Source, ...]:
    """A reply's citations with their passages."""
    if isinstance(reply, NoAnswer) or outcome(reply) is None:
        return ()
    found = []
    for citation in reply.citations:
        around = next(
            (
                (hit.start, hit.end)
                for hit in reply.passages
                if hit.article_id == citation.article_id and hit.start <= citation.start and citation.end <= hit.end
            ),
            (citation.start, citation.end),
        )
        found.append(Source(citation=citation, passage=around))
    return tuple(found)


def _hidden_from(record: Record, later: list[Record], alone: str | None) -> bool:
    if not record.private:
        return False
    return record.asker != alone or any(not one.private or one.asker != record.asker for one in later)


def _record(row: sqlite3.Row) -> Record:
    plain = {field.name: row[field.name] for field in fields(Record) if field.name != "sources"}
    plain["private"] = bool(plain["private"])
    plain["answered"] = None if plain["answered"] is None else bool(plain["answered"])
    return Record(**plain, sources=tuple(_source(stored) for stored in json.loads(row["sources"])))


def _source(stored: dict[str, dict[str, object]]) -> Source:
    citation = dict(stored["citation"])
    highlight = citation["highlight"]
    citation["highlight"] = tuple(highlight) if isinstance(highlight, list) else None
    start, end = stored["passage"]
    return Source(citation=Citation(**citation), passage=(int(start), int(end)))  # type: ignore[arg-type]  # as written by ``answer``
