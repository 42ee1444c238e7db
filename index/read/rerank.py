"""Reading reranks: the passages in the order of the best sentence that a reader found in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index.types import Hit, Reading


def reranked(hits: Sequence[Hit], reading: Reading) -> list[Hit]:
    """The hits by their best sentence, ranks anew; those without any stay in their order at the end.

    A sentence that stands in several windows counts for each window that holds it whole. Scores stay retrieval's.
    """
    best: dict[int, float] = {}
    for sentence in reading.sentences:
        for hit in hits:
            holds = hit.start <= sentence.start and sentence.end <= hit.end
            if holds and hit.article_id == sentence.hit.article_id:
                best.setdefault(hit.passage_id, sentence.score)
    order = sorted(hits, key=lambda hit: -best.get(hit.passage_id, float("-inf")))
    return [replace(hit, rank=rank) for rank, hit in enumerate(order, start=1)]
