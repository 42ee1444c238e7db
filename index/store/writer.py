"""The writing side of the database: transactions, runs, and what crashed or outlived runs leave behind."""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from index.store.cache import EmbeddingCache
from index.store.rows import GenerationRow, Run
from index.store.schema import DATABASE, LIFE_SPANS, damaged, open_to_write, structural_problems
from index.store.staging import Staging

_log = logging.getLogger(__name__)

_KEPT_RUNS = 500
_KEPT_SKIPPED = 1000
_CACHE_SECONDS = 30 * 24 * 3600
"""How long an embedding outlives the last passage with its text: an article that comes back is not embedded again."""


class StoreWriter:
    """Writes the database in ``home``; the caller holds the indexer's lock."""

    def __init__(self, home: Path) -> None:
        """Opens the database, making it if there is none.

        Raises:
            IndexMismatch: it is of another version of this program.
            IndexDamaged: it can't be read.
        """
        self._path = home / DATABASE
        self._connection = open_to_write(home)

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    @contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[None]:
        """All or nothing; ``durable`` returns only when this commit, and all before it, are on the disk."""
        self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # A full disk may have rolled it back already; a second error would hide the first.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def check(self) -> None:
        """Reads the whole database and compares its structure; indexes that differ from their tables are made anew.

        Raises:
            IndexDamaged: it is damaged beyond that.
        """
        problems = structural_problems(self._connection)
        if problems and all(" index " in problem for problem in problems):
            _log.warning("%s: %s; its indexes are made anew", self._path, problems[0])
            try:
                with self.transaction():
                    self._connection.execute("REINDEX")
            except sqlite3.IntegrityError as error:  # two rows where there can be one: not only an index is damaged
                raise damaged(self._path, error) from error
            problems = structural_problems(self._connection)
        if problems:
            raise damaged(self._path, problems[0])

    def holds(self, row: GenerationRow) -> bool:
        """Whether the database still has all articles and passages of a generation, as it was published."""
        staging = self.staging(row.number, row.number)
        counts = staging.counts()
        return (counts.articles, counts.passages, staging.digest()) == (row.articles, row.passages, row.digest)

    def staging(self, number: int, base: int) -> Staging:
        """Where generation ``number`` is prepared out of generation ``base`` (0: out of nothing)."""
        return Staging(self._connection, number=number, base=base)

    def cache(self, embedder_id: str) -> EmbeddingCache:
        """The cached embeddings of one embedder."""
        return EmbeddingCache(self._connection, embedder_id)

    def generation(self, number: int) -> GenerationRow | None:
        """What the database remembers of a generation."""
        row = self._connection.execute("SELECT * FROM generations WHERE number = ?", (number,)).fetchone()
        return GenerationRow(**row) if row else None

    def generations(self) -> list[int]:
        """The generations that were published or about to be, highest first."""
        rows = self._connection.execute("SELECT number FROM generations ORDER BY number DESC")
        return [row["number"] for row in rows]

    def latest(self) -> int:
        """The highest generation number that any row carries, published or not; 0 if there is none."""
        ages = ["SELECT max(number) AS age FROM generations"]
        for table in LIFE_SPANS:
            ages.append(f"SELECT max(added_in) FROM {table}")  # noqa: S608  # constants
            ages.append(f"SELECT max(removed_in) FROM {table} WHERE removed_in IS NOT NULL")  # noqa: S608  # constants
        (highest,) = self._connection.execute(
            f"SELECT coalesce(max(age), 0) FROM ({' UNION ALL '.join(ages)})"  # noqa: S608  # constants
        ).fetchone()
        return int(highest)

    def roll_back_to(self, generation: int) -> None:
        """Forgets what was staged after ``generation`` and never published. Embeddings stay in the cache."""
        if self.latest() <= generation:
            return
        with self.transaction():
            self._forget(f"added_in > {int(generation)}")
            for table in LIFE_SPANS:
                self._connection.execute(f"DELETE FROM {table} WHERE added_in > ?", (generation,))  # noqa: S608  # constants
                self._connection.execute(
                    f"UPDATE {table} SET removed_in = NULL WHERE removed_in > ?",  # noqa: S608  # constants
                    (generation,),
                )
            self._connection.execute("DELETE FROM generations WHERE number > ?", (generation,))
            self._connection.execute("DELETE FROM runs WHERE generation > ?", (generation,))

    def record(self, run: Run, generation: GenerationRow | None = None) -> None:
        """Writes down a run, and the generation that it is about to publish. Call it in a transaction."""
        if generation is not None:
            self._connection.execute(
                "INSERT INTO generations VALUES"
                " (:number, :embedder, :fingerprint, :articles, :passages, :digest, :created_at)",
                asdict(generation),
            )
        fields = asdict(run)
        fields["skipped"] = json.dumps(fields["skipped"][:_KEPT_SKIPPED])
        fields["settings"] = json.dumps(fields["settings"])
        names = ", ".join(fields)
        marks = ", ".join(f":{name}" for name in fields)
        self._connection.execute(f"INSERT INTO runs ({names}) VALUES ({marks})", fields)  # noqa: S608  # field names of ours
        self._connection.execute(
            "DELETE FROM runs WHERE run <= (SELECT max(run) FROM runs) - ?",
            (_KEPT_RUNS,),
        )

    def collect(self, kept: Sequence[int]) -> None:
        """Deletes the rows that no kept generation shows, and embeddings that have long been of no use."""
        numbers = [int(number) for number in kept]
        shown = " OR ".join(f"(added_in <= {number} AND removed_in > {number})" for number in numbers)
        dead = f"removed_in IS NOT NULL AND NOT ({shown})"
        listed = ",".join(map(str, numbers))
        with self.transaction():
            self._forget(dead)
            for table in LIFE_SPANS:
                self._connection.execute(f"DELETE FROM {table} WHERE {dead}")  # noqa: S608  # numbers and constants
            self._connection.execute(f"DELETE FROM generations WHERE number NOT IN ({listed})")  # noqa: S608  # numbers
            self._drop_embeddings(int(time.time()))

    def _forget(self, dead: str) -> None:
        self._connection.execute(
            f"INSERT OR IGNORE INTO forgotten SELECT DISTINCT text_hash, ? FROM passages WHERE {dead}",  # noqa: S608  # numbers and constants
            (int(time.time()),),
        )

    def _drop_embeddings(self, now: int) -> None:
        execute = self._connection.execute
        execute("DELETE FROM forgotten WHERE EXISTS (SELECT 1 FROM passages p WHERE p.text_hash = forgotten.text_hash)")
        old = {"now": now, "before": now - _CACHE_SECONDS}
        execute(
            "DELETE FROM embeddings WHERE text_hash IN (SELECT text_hash FROM forgotten WHERE since < :before)", old
        )
        execute("DELETE FROM forgotten WHERE since < :before", old)
        execute("UPDATE embedders SET unused_since = NULL WHERE id IN (SELECT embedder FROM generations)")
        execute(
            "UPDATE embedders SET unused_since = :now"
            " WHERE unused_since IS NULL AND id NOT IN (SELECT embedder FROM generations)",
            old,
        )
        execute("DELETE FROM embedders WHERE unused_since < :before", old)
