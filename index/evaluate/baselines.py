"""What an archive is judged beside: each engine alone, their rank fusion, and the sentence most like the question."""

from __future__ import annotations

from collections.abc import Sequence

from index.protocols import Embedder, LexicalIndex, VectorIndex
from index.read.evidence import distinct_sentences
from index.retrieve import Fused
from index.types import Hit, Reading, Scored, ScoredSentence, Where

_DEPTH = 100
_RANK_CONSTANT = 60


class WordsAlone:
    """BM25 as the lexical index scores it. Scores are raw, not in 0 to 1."""

    def __init__(self, lexical: LexicalIndex) -> None:
        self._lexical = lexical

    def retrieve(
        self,
        query: str,
        k: int,
        where: Where | None = None,
        allowed: Sequence[int] | None = None,
        *,
        kept: Sequence[int] = (),
        also: Sequence[str] = (),
    ) -> list[Fused]:
        """The k best passages; fewer when fewer share a word with the query."""
        del allowed, kept, also  # the lexical index filters by itself, and knows no conversation
        return [_fused(hit, lexical=hit.score) for hit in self._lexical.search(query, k, where)]


class VectorsAlone:
    """Cosine of query and passage."""

    def __init__(self, embedder: Embedder, vectors: VectorIndex) -> None:
        self._embedder = embedder
        self._vectors = vectors

    def retrieve(
        self,
        query: str,
        k: int,
        where: Where | None = None,
        allowed: Sequence[int] | None = None,
        *,
        kept: Sequence[int] = (),
        also: Sequence[str] = (),
    ) -> list[Fused]:
        """The k nearest passages."""
        del where, kept, also  # what passes the filters is in `allowed`; no conversation
        vector = self._embedder.embed_queries([query])[0]
        return [_fused(hit, dense=hit.score) for hit in self._vectors.search(vector, k, allowed)]


class RankFusion:
    """Reciprocal rank fusion of both engines' 100 best, with the constant 60 (Cormack, Clarke and Büttcher 2009)."""

    def __init__(self, words: WordsAlone, vectors: VectorsAlone) -> None:
        self._engines = (words, vectors)

    def retrieve(
        self,
        query: str,
        k: int,
        where: Where | None = None,
        allowed: Sequence[int] | None = None,
        *,
        kept: Sequence[int] = (),
        also: Sequence[str] = (),
    ) -> list[Fused]:
        """The k best passages; equal sums in order of passage id."""
        del kept, also  # no conversation
        sums: dict[int, float] = {}
        for engine in self._engines:
            for rank, hit in enumerate(engine.retrieve(query, max(k, _DEPTH), where, allowed), start=1):
                sums[hit.passage_id] = sums.get(hit.passage_id, 0.0) + 1 / (_RANK_CONSTANT + rank)
        order = sorted(sums, key=lambda passage_id: (-sums[passage_id], passage_id))
        return [_fused(Scored(passage_id=passage_id, score=sums[passage_id])) for passage_id in order[:k]]


class SimilarityReader:
    """Takes the sentence whose vector is nearest to the question's; the cosine stands for the confidence."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    @property
    def id(self) -> str:
        """Names the reader."""
        return f"similarity+{self._embedder.id}"

    @property
    def default_threshold(self) -> float:
        """Always answers: a cosine is no probability."""
        return 0.0

    def read(self, question: str, hits: Sequence[Hit], *, follows: bool = False) -> Reading:  # noqa: ARG002
        """Sentences of the hits by cosine, best first; equal ones in the order of the hits."""
        candidates = distinct_sentences(hits)
        if not candidates:
            return Reading(sentences=(), confidence=0.0)
        cosines = (
            self._embedder.embed_passages([one.text for one in candidates])
            @ self._embedder.embed_queries([question])[0]
        )
        order = sorted(range(len(candidates)), key=lambda i: -float(cosines[i]))
        return Reading(
            sentences=tuple(
                ScoredSentence(
                    hit=candidates[i].hit, start=candidates[i].start, end=candidates[i].end, score=float(cosines[i])
                )
                for i in order
            ),
            confidence=max(0.0, min(1.0, float(cosines[order[0]]))),
        )


def _fused(hit: Scored, *, dense: float = 0.0, lexical: float = 0.0) -> Fused:
    return Fused(passage_id=hit.passage_id, score=hit.score, dense=dense, lexical=lexical)
