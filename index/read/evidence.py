"""The untrained reader: sentences scored by evidence — vectors, words, context, and what the question asks for.

It needs no weights beyond the embedder's. A trained reader does better (see the README's table); this one is the
baseline it is measured against, and serves where the trained one is switched off.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.protocols import Embedder
from index.read.calibration import Logistic
from index.read.coverage import Terms, coverage, term_weights
from index.read.questions import Kind, asks, bears, kind_of
from index.types import Hit, Reading, ScoredSentence

FEATURES = ("cosine", "coverage", "context_coverage", "header_coverage", "kind", "passage", "interrogative", "short")
CONFIDENCE_FEATURES = ("best", "cosine", "context_coverage")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceWeights:
    """One weight for each of ``FEATURES``; ``calibration`` takes the best sentence's ``CONFIDENCE_FEATURES``."""

    weights: tuple[float, ...]
    calibration: Logistic
    threshold: float


class EvidenceReader:
    """Scores each sentence of the hits by a weighted sum of evidence. Thread-safe."""

    def __init__(self, *, embedder: Embedder, terms: Terms, weights: EvidenceWeights) -> None:
        self._embedder = embedder
        self._terms = terms
        self._weights = weights

    @property
    def id(self) -> str:
        """Names the reader; its embedder decides its vectors."""
        return f"evidence-1+{self._embedder.id}"

    @property
    def default_threshold(self) -> float:
        """The least confidence that is worth answering."""
        return self._weights.threshold

    def read(self, question: str, hits: Sequence[Hit], *, follows: bool = False) -> Reading:  # noqa: ARG002
        """Sentences of the hits, best first, each once, and the calibrated probability that they answer."""
        candidates = distinct_sentences(hits)
        if not candidates:
            return Reading(sentences=(), confidence=0.0)
        features = sentence_features(question, candidates, embedder=self._embedder, terms=self._terms)
        scores = features @ np.asarray(self._weights.weights)
        order = sorted(range(len(candidates)), key=lambda i: (-scores[i], candidates[i].hit.rank, candidates[i].start))
        return Reading(
            sentences=tuple(
                ScoredSentence(
                    hit=candidates[i].hit, start=candidates[i].start, end=candidates[i].end, score=float(scores[i])
                )
                for i in order
            ),
            confidence=self._weights.calibration.probability(
                confidence_features(float(scores[order[0]]), features[order[0]])
            ),
        )


def confidence_features(
    score: float, features: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
) -> tuple[float, float, float]:
    """``CONFIDENCE_FEATURES`` of the best sentence, from its score and its row of ``FEATURES``."""
    cosine, context = FEATURES.index("cosine"), FEATURES.index("context_coverage")
    return score, float(features[cosine]), float(features[context])


def distinct_sentences(hits: Sequence[Hit]) -> list[ScoredSentence]:
    """Every sentence of the hits once, though windows overlap; the better hit's copy stays. Scores are 0."""
    seen: set[tuple[str, int, int]] = set()
    found = []
    for hit in hits:
        for start, end in hit.sentences or ((hit.start, hit.end),):
            key = (hit.article_id, start, end)
            if key not in seen:
                seen.add(key)
                found.append(ScoredSentence(hit=hit, start=start, end=end, score=0.0))
    return found


def sentence_features(
    question: str, candidates: Sequence[ScoredSentence], *, embedder: Embedder, terms: Terms
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """One row of ``FEATURES`` for each candidate, shape (candidates, features)."""
    vectors = embedder.embed_passages([candidate.text for candidate in candidates])
    cosines = vectors @ embedder.embed_queries([question])[0]
    sentence_terms = [set(terms(candidate.text)) for candidate in candidates]
    header_terms = {hit.header: set(terms(hit.header)) for hit in {id(c.hit): c.hit for c in candidates}.values()}
    weight = term_weights(set(terms(question)), sentence_terms)
    kind = kind_of(question)
    rows = []
    for i, candidate in enumerate(candidates):
        around: set[str] = set()
        for j in (i - 1, i, i + 1):
            if 0 <= j < len(candidates) and candidates[j].hit.article_id == candidate.hit.article_id:
                around |= sentence_terms[j]
        text = candidate.text
        rows.append(
            (
                float(cosines[i]),
                coverage(weight, sentence_terms[i]),
                coverage(weight, around),
                coverage(weight, header_terms[candidate.hit.header]),
                float(kind is not Kind.OTHER and bears(kind, text)),
                candidate.hit.score,
                float(asks(text)),
                # A heading or a fragment repeats the question's words and answers nothing.
                math.exp(-len(sentence_terms[i]) / 4),
            )
        )
    return np.asarray(rows, dtype=np.float64)
