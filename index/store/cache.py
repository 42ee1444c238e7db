"""The cache of embeddings: by the text that was embedded and by the embedder, never twice the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.protocols import Vectors
from index.store.rows import pack_vector, unpack_vectors
from index.store.schema import visible
from index.types import Passage

_BATCH = 1024
_FLOAT_BYTES = 4
_OFF_UNIT = 1e-2
"""How far a vector's squared length may be from 1; float32 and half precision stay well within."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unembedded:
    """A text that the cache does not have: one passage that carries it, and how long it is, in characters."""

    passage_id: int
    length: int


class EmbeddingCache:
    """The embeddings of one embedder, on the indexer's connection; the caller wraps writing into transactions."""

    def __init__(self, connection: sqlite3.Connection, embedder_id: str) -> None:
        self._connection = connection
        self._embedder_id = embedder_id

    def drop_unsound(self, dimensions: int) -> int:
        """Forgets vectors that are not what was stored: of another size, or not of unit length; returns how many."""
        unsound: list[int] = []
        cursor = self._connection.execute(
            "SELECT e.key, e.vector FROM embeddings e JOIN embedders m USING (embedder) WHERE m.id = ?",
            (self._embedder_id,),
        )
        while rows := cursor.fetchmany(_BATCH):
            sized = [row for row in rows if is_sized(row, dimensions)]
            unsound += [row["key"] for row in rows if not is_sized(row, dimensions)]
            off = off_unit(unpack_vectors([row["vector"] for row in sized], dimensions))
            unsound += [row["key"] for row, is_off in zip(sized, off, strict=True) if is_off]
        self._connection.executemany("DELETE FROM embeddings WHERE key = ?", [(key,) for key in unsound])
        return len(unsound)

    def unembedded(self, generation: int) -> list[Unembedded]:
        """Every different text of a generation that the cache does not have, longest first."""
        rows = self._connection.execute(
            f"SELECT min(p.passage_id) AS passage_id, p.stop - p.start + length(p.header) AS length FROM passages p"  # noqa: S608  # constants
            f" WHERE {visible('p')} AND NOT EXISTS (SELECT 1 FROM embeddings e JOIN embedders m USING (embedder)"
            " WHERE e.text_hash = p.text_hash AND m.id = :embedder) GROUP BY p.text_hash ORDER BY length DESC",
            {"generation": generation, "embedder": self._embedder_id},
        )
        return [Unembedded(**row) for row in rows]

    def texts(self, passage_ids: Sequence[int]) -> list[tuple[bytes, str]]:
        """(key, embedded text) of each passage, in the order given."""
        found = {}
        for passage_id in passage_ids:
            row = self._connection.execute(
                "SELECT p.text_hash, p.header, substr(a.text, p.start + 1, p.stop - p.start) AS text"
                " FROM passages p JOIN articles a ON a.row_id = p.article_row WHERE p.passage_id = ?",
                (passage_id,),
            ).fetchone()
            text = row["text"]
            passage = Passage(start=0, end=len(text), text=text, header=row["header"], sentences=())
            found[passage_id] = (row["text_hash"], passage.embedded_text)
        return [found[passage_id] for passage_id in passage_ids]

    def put(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        """Remembers one vector a key; ``vectors`` has the shape (len(keys), dimensions)."""
        self._connection.execute("INSERT OR IGNORE INTO embedders (id) VALUES (?)", (self._embedder_id,))
        (embedder,) = self._connection.execute(
            "SELECT embedder FROM embedders WHERE id = ?", (self._embedder_id,)
        ).fetchone()
        self._connection.executemany(
            "INSERT OR REPLACE INTO embeddings (text_hash, embedder, vector) VALUES (?, ?, ?)",
            [(key, embedder, pack_vector(vector)) for key, vector in zip(keys, vectors, strict=True)],
        )

    def vectors(self, generation: int, dimensions: int) -> Iterator[tuple[list[int], NDArray[np.float32]]]:
        """(passage ids, vectors of shape (n, dimensions)) of a generation, in batches, in the order of the ids."""
        cursor = self._connection.execute(
            f"SELECT p.passage_id, e.vector FROM passages p JOIN embedders m ON m.id = :embedder"  # noqa: S608  # constants
            f" JOIN embeddings e ON e.text_hash = p.text_hash AND e.embedder = m.embedder WHERE {visible('p')}"
            " ORDER BY p.passage_id",
            {"generation": generation, "embedder": self._embedder_id},
        )
        while rows := cursor.fetchmany(_BATCH):
            yield [row["passage_id"] for row in rows], unpack_vectors([row["vector"] for row in rows], dimensions)


def off_unit(vectors: Vectors) -> NDArray[np.bool_]:
    """For each row of shape (n, dimensions), whether it is not of unit length, or no number at all."""
    with np.errstate(all="ignore"):
        exact = vectors.astype(np.float64)
        squares: NDArray[np.float64] = np.einsum("nd,nd->n", exact, exact)
        return ~(np.abs(squares - 1) < _OFF_UNIT)


def is_sized(row: sqlite3.Row, dimensions: int) -> bool:
    """Whether a row's ``vector`` has the size that the dimensions call for."""
    return isinstance(row["vector"], bytes) and len(row["vector"]) == _FLOAT_BYTES * dimensions
