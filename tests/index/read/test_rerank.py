"""Passages in the order of what was found in them."""

from __future__ import annotations

from index.read.rerank import reranked
from index.types import Hit, Reading, ScoredSentence
from tests.index.evaluate.sets_in_small import passage


def sentence(hit: Hit, start: int, end: int, score: float) -> ScoredSentence:
    return ScoredSentence(hit=hit, start=start, end=end, score=score)


def test_the_passage_with_the_best_sentence_comes_first_and_ranks_count_anew() -> None:
    hits = [passage("a", 0, "x" * 50, 1), passage("b", 0, "y" * 50, 2), passage("c", 0, "z" * 50, 3)]
    reading = Reading(sentences=(sentence(hits[2], 0, 9, 4.0), sentence(hits[0], 0, 9, 1.0)), confidence=0.5)
    found = reranked(hits, reading)
    assert [(hit.article_id, hit.rank, hit.score) for hit in found] == [
        ("c", 1, hits[2].score),
        ("a", 2, hits[0].score),
        ("b", 3, hits[1].score),
    ]


def test_a_sentence_in_two_windows_counts_for_both() -> None:
    first, second, other = passage("a", 0, "x" * 50, 3), passage("a", 30, "x" * 50, 2), passage("b", 0, "y" * 50, 1)
    reading = Reading(sentences=(sentence(first, 30, 45, 2.0), sentence(other, 0, 9, 1.0)), confidence=0.5)
    assert [hit.article_id for hit in reranked([other, second, first], reading)] == ["a", "a", "b"]


def test_without_a_reading_the_order_stays() -> None:
    hits = [passage("a", 0, "x", 1), passage("b", 0, "y", 2)]
    assert reranked(hits, Reading(sentences=(), confidence=0.0)) == hits
