"""Small, honest stand-ins for the engines: deterministic, exact and slow."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from index.protocols import LexicalRow, Vectors
from index.types import Scored, Where

_WORD = re.compile(r"\w+")


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


class ToyEmbedder:
    """Hashes words into a unit vector: texts that share words are near, and nothing is learned.

    ``embedded`` counts the texts that were embedded, so that a test can tell that a cache was used.
    """

    def __init__(self, dimensions: int = 64, max_tokens: int = 64, name: str = "toy") -> None:
        self._dimensions = dimensions
        self._max_tokens = max_tokens
        self._name = name
        self.embedded = 0

    @property
    def id(self) -> str:
        return f"{self._name}@{self._dimensions}"

    @property
    def dimensions(self) -> int:
        return self._dimensions

    @property
    def max_tokens(self) -> int:
        return self._max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(_words(text)) for text in texts]

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded += len(texts)
        vectors = np.zeros((len(texts), self._dimensions), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in ["", *_words(text)[: self._max_tokens - 2]]:  # the empty word keeps the norm above zero
                digest = hashlib.sha256(word.encode()).digest()
                row[int.from_bytes(digest[:4]) % self._dimensions] += 1.0 if digest[4] & 1 else -1.0
            if not row.any():
                row[0] = 1.0
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


class MemoryVectors:
    """A vector index that compares with everything."""

    def __init__(self, batches: Iterable[tuple[Sequence[int], Vectors]], dimensions: int) -> None:
        self._vectors: dict[int, Vectors] = {}
        for passage_ids, vectors in batches:
            assert vectors.shape == (len(passage_ids), dimensions)
            self._vectors.update(zip(passage_ids, vectors, strict=True))

    def __len__(self) -> int:
        return len(self._vectors)

    def search(self, vector: Vectors, k: int, allowed: Sequence[int] | None = None) -> list[Scored]:
        candidates = self._vectors if allowed is None else set(allowed) & set(self._vectors)
        hits = [Scored(passage_id=i, score=float(self._vectors[i] @ vector)) for i in candidates]
        return sorted(hits, key=lambda hit: (-hit.score, hit.passage_id))[: max(k, 0)]

    def scores(self, vector: Vectors, passage_ids: Sequence[int]) -> list[float]:
        return [float(self._vectors[i] @ vector) if i in self._vectors else -1.0 for i in passage_ids]


class MemoryVectorsWriter:
    """Writes the vectors as a plain numpy archive."""

    def write(self, path: Path, batches: Iterable[tuple[Sequence[int], Vectors]], dimensions: int) -> int:
        kept = [(list(passage_ids), vectors) for passage_ids, vectors in batches]
        ids = np.array([i for passage_ids, _ in kept for i in passage_ids], dtype=np.int64)
        rows = np.concatenate([np.empty((0, dimensions), dtype=np.float32), *(vectors for _, vectors in kept)])
        with path.open("wb") as file:
            np.savez(file, ids=ids, vectors=rows)
        return len(ids)


class MemoryLexical:
    """BM25 over the words as they stand, without stems, in a dictionary."""

    def __init__(
        self,
        rows: Iterable[LexicalRow],
        *,
        instant: Callable[[str], dt.datetime | None],
        boosts: Mapping[str, float] | None = None,
    ) -> None:
        self._rows = {row.passage_id: row for row in rows}
        self._instant = instant
        weights = boosts or {"title": 1.0, "outlet": 1.0, "text": 1.0}
        self._counts: dict[int, Counter[str]] = {}
        for row in self._rows.values():
            counts: Counter[str] = Counter()
            for name, weight in weights.items():
                for word in _words(getattr(row, name) or ""):
                    counts[word] += weight  # type: ignore[assignment]  # a weight may be a fraction
            self._counts[row.passage_id] = counts
        self._frequency = Counter(word for counts in self._counts.values() for word in counts)

    def __len__(self) -> int:
        return len(self._rows)

    def search(self, query: str, k: int, where: Where | None = None) -> list[Scored]:
        ids = [i for i, row in self._rows.items() if self._passes(row, where or Where())]
        hits = [
            Scored(passage_id=i, score=score)
            for i, score in zip(ids, self.scores(query, ids), strict=True)
            if score > 0
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.passage_id))[: max(k, 0)]

    def scores(self, query: str, passage_ids: Sequence[int]) -> list[float]:
        terms = sorted(set(_words(query)))
        return [sum(self._term_score(term, i) for term in terms) for i in passage_ids]

    def _term_score(self, term: str, passage_id: int) -> float:
        counts = self._counts.get(passage_id)
        if not counts or term not in counts:
            return 0.0
        total = len(self._counts)
        mean = sum(sum(c.values()) for c in self._counts.values()) / total
        idf = math.log(1 + (total - self._frequency[term] + 0.5) / (self._frequency[term] + 0.5))
        length = 1.2 * (0.25 + 0.75 * sum(counts.values()) / mean)
        return idf * 2.2 * counts[term] / (counts[term] + length)

    def _passes(self, row: LexicalRow, where: Where) -> bool:
        outlet = (row.outlet or "").casefold()
        if where.outlets and outlet not in {name.casefold() for name in where.outlets}:
            return False
        section = (row.section or "").casefold()
        if where.sections and section not in {name.casefold() for name in where.sections}:
            return False
        if where.latest is None and where.since is None:
            return True
        published = self._instant(row.published) if row.published else None
        if published is None:
            return False
        return (where.latest is None or published <= where.latest) and (where.since is None or published >= where.since)
