"""What every vector index has to do: exact on small archives, honest about filters, silent about nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from index.backends.vectors_faiss import FaissVectors, FaissVectorsWriter
from index.protocols import VectorIndex, Vectors
from tests.fakes import MemoryVectors, MemoryVectorsWriter

DIMENSIONS = 32
IDS = [7 * i + 3 for i in range(600)][::-1]
Batches = list[tuple[Sequence[int], Vectors]]
Build = Callable[[Batches], VectorIndex]


def unit(count: int, seed: int = 0) -> Vectors:
    """Clustered unit vectors, as embeddings of articles are."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(20, DIMENSIONS))
    vectors = centres[rng.integers(20, size=count)] + 0.6 * rng.normal(size=(count, DIMENSIONS))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32)


VECTORS = unit(len(IDS))


def batches(size: int = 100) -> Batches:
    return [(IDS[i : i + size], VECTORS[i : i + size]) for i in range(0, len(IDS), size)]


@pytest.fixture(params=["memory", "faiss exact", "faiss graph"])
def build(request: pytest.FixtureRequest, tmp_path: Path) -> Build:
    def make(content: Batches) -> VectorIndex:
        path = tmp_path / "vectors"
        if request.param == "memory":
            MemoryVectorsWriter().write(path, content, DIMENSIONS)
            stored = np.load(path)
            return MemoryVectors([(stored["ids"].tolist(), stored["vectors"])], DIMENSIONS)
        limit = 350 if request.param == "faiss graph" else 200_000
        written = FaissVectorsWriter(exact_limit=limit).write(path, content, DIMENSIONS)
        return FaissVectors(path, dimensions=DIMENSIONS, count=written)

    return make


@pytest.fixture
def index(build: Build) -> VectorIndex:
    return build(batches())


def test_the_index_knows_how_many_passages_it_holds(index: VectorIndex) -> None:
    assert len(index) == len(IDS)


def test_a_passage_is_nearest_to_itself(index: VectorIndex) -> None:
    for row in range(0, len(IDS), 37):
        best = index.search(VECTORS[row], 1)[0]
        assert best.passage_id == IDS[row]
        assert best.score == pytest.approx(1.0, abs=0.01)


def test_the_best_ten_are_nearly_those_of_comparing_with_everything(index: VectorIndex) -> None:
    shared = 0
    for query in unit(30, seed=1):
        exact = {IDS[row] for row in np.argsort(-(VECTORS @ query))[:10]}
        shared += len(exact & {hit.passage_id for hit in index.search(query, 10)})
    assert shared >= 285


def test_hits_come_best_first_and_once(index: VectorIndex) -> None:
    hits = index.search(VECTORS[5], 50)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert len({hit.passage_id for hit in hits}) == len(hits) == 50


def test_scores_are_cosines_and_agree_with_search(index: VectorIndex) -> None:
    query = unit(1, seed=2)[0]
    hits = index.search(query, 20)
    assert index.scores(query, [hit.passage_id for hit in hits]) == pytest.approx([h.score for h in hits], abs=1e-4)
    assert index.scores(query, IDS) == pytest.approx((VECTORS @ query).tolist(), abs=0.02)


def test_a_passage_that_is_not_there_scores_minus_one_in_its_place(index: VectorIndex) -> None:
    scores = index.scores(VECTORS[0], [1, IDS[0], 999_999, -5])
    assert [scores[i] for i in (0, 2, 3)] == [-1.0, -1.0, -1.0]
    assert scores[1] == pytest.approx(1.0, abs=0.01)
    assert index.scores(VECTORS[0], []) == []


@pytest.mark.parametrize("share", [1, 5, 40, 300])
def test_a_filter_still_gives_k_hits_and_only_allowed_ones(index: VectorIndex, share: int) -> None:
    query = unit(1, seed=3)[0]
    # the farthest ones: a search that filters afterwards would find none of them
    allowed = [IDS[row] for row in np.argsort(VECTORS @ query)[:share]]
    hits = index.search(query, 10, allowed)
    assert len(hits) == min(10, share)
    assert {hit.passage_id for hit in hits} <= set(allowed)
    assert hits[0].score == pytest.approx(max(float(VECTORS[IDS.index(i)] @ query) for i in allowed), abs=0.02)


def test_allowed_may_name_strangers_and_repeat_itself(index: VectorIndex) -> None:
    hits = index.search(VECTORS[0], 10, [IDS[4], IDS[4], 1, -1, 10**12, IDS[9]])
    assert {hit.passage_id for hit in hits} == {IDS[4], IDS[9]}
    assert len(hits) == 2


def test_nothing_allowed_finds_nothing(index: VectorIndex) -> None:
    assert index.search(VECTORS[0], 10, []) == []
    assert index.search(VECTORS[0], 10, [1, 2]) == []


def test_asking_for_more_than_there_is_gives_all_and_for_none_gives_none(build: Build) -> None:
    small = build([([11, 5], VECTORS[:2])])
    assert {hit.passage_id for hit in small.search(VECTORS[0], 10)} == {5, 11}
    assert small.search(VECTORS[0], 0) == []


def test_an_empty_index_finds_nothing(build: Build) -> None:
    empty = build([])
    assert len(empty) == 0
    assert empty.search(VECTORS[0], 5) == []
    assert empty.search(VECTORS[0], 5, [3]) == []
    assert empty.scores(VECTORS[0], [3]) == [-1.0]


def test_large_ids_survive(build: Build) -> None:
    large = 2**62 + 1
    assert build([([large], VECTORS[:1])]).search(VECTORS[0], 1)[0].passage_id == large


def test_equal_vectors_come_in_the_order_of_their_ids(build: Build) -> None:
    same = np.repeat(VECTORS[:1], 5, axis=0)
    assert [hit.passage_id for hit in build([([9, 2, 7, 4, 1], same)]).search(VECTORS[0], 5)] == [1, 2, 4, 7, 9]
