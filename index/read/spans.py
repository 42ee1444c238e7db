"""The trained reader: span models' token scores become sentence scores, comparable across passages.

A sentence's score is the log-odds of the spans inside it against the passage's own "no answer here": sentences of
different passages of one question are then on one scale (the point of Clark and Gardner 2018), whatever else stands
beside them. All spans of a sentence count together, since readers disagree about where an answer begins and ends more
than about the sentence that it stands in.

There are two models. One reads every passage; a larger one, of which one passage a question can be afforded, reads the
best sentences once more beside each other (`index/read/shortlist.py`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.protocols import SpanScorer, SpanScores
from index.read.calibration import Logistic
from index.read.coverage import Terms, long_coverage
from index.read.questions import Kind, asks, bears, fragment, kind_of
from index.read.shortlist import SHORTLISTED, around, side_by_side
from index.types import Hit, Reading, ScoredSentence

FEATURES = ("mass", "retrieval", "kind", "unfit", "rank", "again", "words")
_AGAIN = FEATURES.index("again")
MAX_SPAN_TOKENS = 40
"""The longest answer that the model was trained to mark; weights say for themselves what they were fitted with."""
CONFIDENCE_FEATURES = ("best", "all", "again", "retrieval", "dense")
_SEARCHED = 12.0
"""What a passage's score is worth in mass where the best sentences are chosen to be read again: as fitted, rounded."""
_TOLD_KINDS = frozenset({Kind.WHEN, Kind.WHERE, Kind.QUANTITY, Kind.WANT, Kind.SAY})
"""Kinds that a sentence's words tell beyond what the model sees: nearly every sentence names somebody, and a reason is
mostly given without *because*."""


Featured = tuple[ScoredSentence, tuple[float, ...]]
"""A sentence with its ``FEATURES``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanWeights:
    """How the evidence for a sentence is weighed; fitted by ``training.calibrate`` for a pair of models.

    ``weights`` are for ``FEATURES``: the log-odds of all spans inside the sentence together, the passage's retrieval
    score, whether the sentence bears the kind of thing asked for, whether it asks itself or is a fragment, its
    passage's rank (the binary logarithm, of the first 0), the mass of the best ones once more when the second model
    reads them beside each other, and for a long question how many of its words the sentence has. ``calibration`` takes
    ``CONFIDENCE_FEATURES``. Those ``in_talk`` are for a turn that goes on with a conversation: the passages that were
    quoted before are lifted by the search, so that their scores say less, and a turn with what it follows in brackets
    is read with less mass than a whole question. ``null_threshold`` is the log-odds from which a paragraph read by
    itself, by the first model, counts as answering.
    """

    weights: tuple[float, ...]
    weights_in_talk: tuple[float, ...]
    max_span_tokens: int
    calibration: Logistic
    calibration_in_talk: Logistic
    threshold: float
    null_threshold: float


class SpanReader:
    """Reads the hits with one span model, and the best of their sentences with another.

    Thread-safe if its scorers are.
    """

    def __init__(self, *, scorer: SpanScorer, shortlist_scorer: SpanScorer, weights: SpanWeights, terms: Terms) -> None:
        """``scorer`` reads the passages, ``shortlist_scorer`` the best sentences; ``weights`` belong to the pair."""
        self._scorer = scorer
        self._shortlist_scorer = shortlist_scorer
        self._weights = weights
        self._terms = terms

    @property
    def id(self) -> str:
        """Names both models; the weights belong to the pair."""
        return f"{self._scorer.id} + {self._shortlist_scorer.id}"

    @property
    def default_threshold(self) -> float:
        """The least confidence that is worth answering."""
        return self._weights.threshold

    def read(self, question: str, hits: Sequence[Hit], *, follows: bool = False) -> Reading:
        """Sentences of the hits, best first, each once, and the calibrated probability that they answer."""
        if not hits:
            return Reading(sentences=(), confidence=0.0)
        # A turn with what it follows in brackets is long without naming what it is about.
        terms = None if follows else self._terms
        given = self._weights
        read = sentences_read(question, hits, self._scorer, self._shortlist_scorer, given.max_span_tokens, terms=terms)
        weights = given.weights_in_talk if follows else given.weights
        calibration = given.calibration_in_talk if follows else given.calibration
        ranked = best_first(read, weights)
        features = confidence_features(ranked, weights, hits)
        return Reading(sentences=tuple(_scored(ranked, weights)), confidence=calibration.probability(features))


def best_first(read: Sequence[Featured], weights: Sequence[float]) -> list[Featured]:
    """The sentences by the weighted sum of their ``FEATURES``; of equal ones in the order of their places."""
    return sorted(read, key=lambda one: (-_dot(weights, one[1]), one[0].hit.rank, one[0].start))


def _scored(ranked: Sequence[Featured], weights: Sequence[float]) -> Iterator[ScoredSentence]:
    """The sentences with their scores, which fall from the first to the last, and whether the second reading agrees.

    The question's words decide the order alone: how far a sentence is behind the best one is measured by the others,
    for which the margins of quoting are made.
    """
    least = float("inf")
    for sentence, row in ranked:
        least = min(least, _dot(weights[:-1], row[:-1]))
        yield replace(sentence, score=least, confirmed=row[_AGAIN] > 0)


def sentences_read(
    question: str,
    hits: Sequence[Hit],
    scorer: SpanScorer,
    shortlist_scorer: SpanScorer,
    max_span_tokens: int,
    *,
    terms: Terms | None = None,
) -> list[Featured]:
    """Every sentence of the hits that holds a span, once, with its ``FEATURES``; scores are 0.

    ``scorer`` reads the hits, ``shortlist_scorer`` the best sentences beside each other. Without ``terms`` the
    question's words count nothing.

    Windows overlap by a sentence. Of its copies, the one that the model liked best is kept, with the mean of their
    masses: two readings of a sentence in different company are steadier than the bolder of them.
    """
    scored = scorer.score(question, [(hit.header, hit.text) for hit in hits])
    kind = kind_of(question)
    copies: dict[tuple[str, int, int], list[Featured]] = {}
    for hit, scores in zip(hits, scored, strict=True):
        for sentence, row in span_features(hit, scores, kind, max_span_tokens):
            copies.setdefault((hit.article_id, sentence.start, sentence.end), []).append((sentence, row))
    found = []
    for same in copies.values():
        sentence, (_, *others) = max(same, key=lambda copy: copy[1][0])
        found.append((sentence, (sum(row[0] for _, row in same) / len(same), *others)))
    again = read_again(question, found, shortlist_scorer, max_span_tokens)
    words = long_coverage(question, [sentence.text for sentence, _ in found], terms) if terms else [0.0] * len(found)
    return [(one, (*row, *more)) for (one, row), *more in zip(found, again, words, strict=True)]


def read_again(
    question: str, found: Sequence[Featured], shortlist_scorer: SpanScorer, max_span_tokens: int
) -> list[float]:
    """The mass of each sentence when the best of them are read beside each other, below the header of the first.

    Sentences of the same words, as several outlets have them from one agency, are read once. Of those that are not
    among the best, and of what the model's window cuts off, it is one less than the least, and 0 at most. ``found`` are
    the sentences with their mass and their passage's score, the first of their ``FEATURES``.
    """
    if not found:
        return []
    texts = [around(one.text, one.highlight[0] - one.start if one.highlight else 0) for one, _ in found]
    likely = [row[0] + _SEARCHED * row[1] for _, row in found]
    order = sorted(range(len(found)), key=lambda number: (-likely[number], number))
    best = list(dict.fromkeys(texts[number] for number in order))[:SHORTLISTED]
    together, places = side_by_side(best)
    [scores] = shortlist_scorer.score(question, [(found[order[0]][0].hit.header, together)])
    masses = {
        text: marked.mass
        for text, place in zip(best, places, strict=True)
        if (marked := mark(scores, place, max_span_tokens)) is not None
    }
    other = min(0.0, min(masses.values(), default=0.0) - 1)
    return [masses.get(text, other) for text in texts]


def span_features(hit: Hit, scores: SpanScores, kind: Kind, max_span_tokens: int) -> Iterator[Featured]:
    """The sentences of a hit that hold a span, each with its best span marked; scores are 0.

    Beside each stand those of its ``FEATURES`` that it has by itself, all but the last two.
    """
    for start, end in hit.sentences or ((hit.start, hit.end),):
        marked = mark(scores, (start - hit.start, end - hit.start), max_span_tokens)
        if marked is None:
            continue
        highlight = (hit.start + marked.start, hit.start + marked.end)
        sentence = ScoredSentence(hit=hit, start=start, end=end, score=0.0, highlight=highlight)
        asked_for = kind in _TOLD_KINDS and bears(kind, sentence.text)
        unfit = asks(sentence.text) or fragment(sentence.text)
        yield sentence, (marked.mass, hit.score, float(asked_for), float(unfit), math.log2(hit.rank))


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """The likeliest answer inside a stretch of a passage, as offsets into the passage's text.

    ``log_odds`` is its own, against "no answer here"; ``mass`` is that of all answers inside the stretch together,
    which is steadier where several spans share the odds.
    """

    start: int
    end: int
    log_odds: float
    mass: float


def mark(scores: SpanScores, within: tuple[int, int], max_tokens: int) -> Marked | None:
    """The best span inside a stretch of the passage's text; None where no token lies inside.

    Args:
        scores: the model's scores over the passage.
        within: character offsets into the passage's text; the span lies inside them.
        max_tokens: the longest span.
    """
    inside = np.flatnonzero((scores.offsets[:, 0] >= within[0]) & (scores.offsets[:, 1] <= within[1]))
    if not inside.size:
        return None
    first, last = int(inside[0]), int(inside[-1]) + 1
    table: NDArray[np.float64] = (scores.start[first:last, None] + scores.end[None, first:last]).astype(np.float64)
    size = last - first
    row, column = np.indices((size, size), sparse=True)
    table = np.where((column >= row) & (column < row + max_tokens), table, -np.inf)
    i, j = divmod(int(np.argmax(table)), size)
    best = float(table[i, j])
    return Marked(
        start=int(scores.offsets[first + i, 0]),
        end=int(scores.offsets[first + j, 1]),
        log_odds=best - scores.null,
        mass=best + float(np.log(np.exp(table - best).sum())) - scores.null,
    )


def confidence_features(ranked: Sequence[Featured], weights: Sequence[float], hits: Sequence[Hit]) -> tuple[float, ...]:
    """``CONFIDENCE_FEATURES`` of a reading: best sentence, all, second reading, how near search and vectors came.

    ``ranked`` are the sentences, best first, with their ``FEATURES``. The question's words choose between sentences and
    say nothing of whether any answers, so the best one's score is taken without them. The sum of all sentences' odds is
    that any of them answers, so that passages which agree raise it together (Clark and Gardner 2018). Of the second
    reading it is the likeliest sentence's mass, whichever comes first in the end.
    """
    if not ranked:
        return (0.0,) * len(CONFIDENCE_FEATURES)
    best, row = ranked[0]
    return (
        _dot(weights[:-1], row[:-1]),
        float(np.logaddexp.reduce(np.asarray([row[0] for _, row in ranked], dtype=np.float64))),
        max(row[_AGAIN] for _, row in ranked),
        best.hit.score,
        max(hit.dense for hit in hits),
    )


def _dot(weights: Sequence[float], row: Sequence[float]) -> float:
    return sum(weight * value for weight, value in zip(weights, row, strict=True))
