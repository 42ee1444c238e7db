"""Reading a whole database to see whether it is what was written; nothing is changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from index.store.cache import is_sized, off_unit
from index.store.rows import Counts, GenerationRow, unpack_vectors
from index.store.schema import DATABASE, database_error, legible, open_to_read, structural_problems, visible
from index.store.soundness import Unsound, content_digest, sound_article, sound_passage

_BATCH = 1024
_FLOAT_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a generation holds according to the rows themselves."""

    articles: int
    passages: int
    digest: str


class Inspection:
    """Looks through the database in ``home``, generations or none; close it after use."""

    def __init__(self, home: Path) -> None:
        """Opens the database.

        Raises:
            ArchiveError: it is missing, of another version, or can't be read.
        """
        self._path = home / DATABASE
        self._connection = open_to_read(home).connection
        self._connection.text_factory = legible

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        if isinstance(error, sqlite3.DatabaseError):
            raise database_error(self._path, error) from error

    def structural_problems(self) -> list[str]:
        """What SQLite finds wrong with pages, indexes and references."""
        problems = structural_problems(self._connection)
        if not problems:
            broken = self._connection.execute("PRAGMA foreign_key_check").fetchmany(20)
            problems += [f"a row of {row['table']} refers to one of {row['parent']} that is gone" for row in broken]
        return problems

    def counts(self) -> Counts:
        """How many articles and passages there are, of whatever generation."""
        (row,) = self._connection.execute(
            "SELECT (SELECT count(*) FROM articles) AS articles, (SELECT count(*) FROM passages) AS passages"
        )
        return Counts(**dict(row))

    def unsound_rows(self, generation: int) -> Iterator[tuple[str, bool]]:
        """Articles and passages that are not what was stored: in words, and whether the generation shows them.

        Every text is read.
        """
        ids = [row_id for (row_id,) in self._connection.execute("SELECT row_id FROM articles ORDER BY row_id")]
        for row_id in ids:
            row = self._connection.execute(
                "SELECT a.*, '' AS path, NULL AS line FROM articles a WHERE a.row_id = ?", (row_id,)
            ).fetchone()
            passages = self._connection.execute("SELECT * FROM passages WHERE article_row = ?", (row_id,))
            try:
                article = sound_article(row)
            except Unsound as cause:
                yield str(cause), _is_visible(row, generation)
                continue
            for passage in passages:
                try:
                    sound_passage(passage, article)
                except Unsound as cause:
                    yield str(cause), _is_visible(row, generation) and _is_visible(passage, generation)

    def unsound_vectors(self) -> int:
        """How many cached embeddings are of another size than their embedder's others, or not of unit length."""
        damaged = 0
        for (embedder,) in self._connection.execute("SELECT embedder FROM embedders").fetchall():
            sizes = self._connection.execute(
                "SELECT length(vector) AS size FROM embeddings WHERE embedder = ?"
                " GROUP BY size ORDER BY count(*) DESC LIMIT 1",
                (embedder,),
            ).fetchone()
            if sizes is None:
                continue
            dimensions = max(1, int(sizes["size"]) // _FLOAT_BYTES)
            with closing(
                self._connection.execute("SELECT vector FROM embeddings WHERE embedder = ?", (embedder,))
            ) as cursor:
                while rows := cursor.fetchmany(_BATCH):
                    sized = [row["vector"] for row in rows if is_sized(row, dimensions)]
                    damaged += len(rows) - len(sized) + int(off_unit(unpack_vectors(sized, dimensions)).sum())
        return damaged

    def generation(self, number: int) -> GenerationRow | None:
        """What the database remembers of a generation."""
        row = self._connection.execute("SELECT * FROM generations WHERE number = ?", (number,)).fetchone()
        return GenerationRow(**row) if row else None

    def content(self, number: int) -> Content:
        """What the rows say that a generation holds."""
        at = {"generation": number}
        articles = self._connection.execute(
            f"SELECT a.id, a.version FROM articles a WHERE {visible('a')} ORDER BY a.id",  # noqa: S608  # constants of ours
            at,
        ).fetchall()
        (passages,) = self._connection.execute(
            f"SELECT count(*) FROM passages p WHERE {visible('p')}",  # noqa: S608  # constants of ours
            at,
        ).fetchone()
        digest = content_digest((str(row["id"]), str(row["version"])) for row in articles)
        return Content(articles=len(articles), passages=passages, digest=digest)


def _is_visible(row: sqlite3.Row, generation: int) -> bool:
    """What :func:`visible` says in SQL; a row whose life span is no number any more counts as shown."""
    added, removed = row["added_in"], row["removed_in"]
    if not isinstance(added, int) or not isinstance(removed, int | None):
        return True
    return added <= generation and (removed is None or removed > generation)
