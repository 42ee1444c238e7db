"""What is FAISS's own: files that are damaged, replaced or mapped, and the step from exact to graph."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest

from index.backends.vectors_faiss import FaissVectors, FaissVectorsWriter
from index.errors import IndexDamaged, UsageError
from index.protocols import Vectors

DIMENSIONS = 16


def unit(count: int, seed: int = 0) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(count, DIMENSIONS))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32)


def write(path: Path, count: int, *, seed: int = 0, exact_limit: int = 1000) -> Vectors:
    vectors = unit(count, seed)
    ids = range(1, count + 1)
    batches = [(list(ids[i : i + 64]), vectors[i : i + 64]) for i in range(0, count, 64)]
    assert FaissVectorsWriter(exact_limit=exact_limit).write(path, batches, DIMENSIONS) == count
    return vectors


@pytest.mark.parametrize(("count", "kind"), [(200, faiss.IndexFlatIP), (201, faiss.IndexHNSWSQ)])
def test_the_count_decides_between_exact_and_graph(tmp_path: Path, count: int, kind: type) -> None:
    write(tmp_path / "v", count, exact_limit=200)
    written = faiss.read_index(str(tmp_path / "v"))
    assert isinstance(written, faiss.IndexIDMap)
    assert isinstance(faiss.downcast_index(written.index), kind)


@pytest.mark.parametrize("exact_limit", [10_000, 100])
@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_damaged(tmp_path: Path, exact_limit: int, kept: float) -> None:
    path = tmp_path / "v"
    write(path, 500, exact_limit=exact_limit)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(IndexDamaged, match="dateline index"):
        FaissVectors(path, dimensions=DIMENSIONS)


def test_a_missing_file_and_a_file_of_something_else_are_damaged(tmp_path: Path) -> None:
    with pytest.raises(IndexDamaged):
        FaissVectors(tmp_path / "none", dimensions=DIMENSIONS)
    (tmp_path / "text").write_text("not an index\n" * 100)
    with pytest.raises(IndexDamaged):
        FaissVectors(tmp_path / "text", dimensions=DIMENSIONS)
    faiss.write_index(faiss.IndexFlatIP(DIMENSIONS), str(tmp_path / "bare"))
    with pytest.raises(IndexDamaged, match="no passage ids"):
        FaissVectors(tmp_path / "bare", dimensions=DIMENSIONS)


def test_another_size_or_count_than_the_manifest_says_is_damage(tmp_path: Path) -> None:
    write(tmp_path / "v", 20)
    with pytest.raises(IndexDamaged, match="16 dimensions, not 384"):
        FaissVectors(tmp_path / "v", dimensions=384)
    with pytest.raises(IndexDamaged, match="20 vectors, not 21"):
        FaissVectors(tmp_path / "v", dimensions=DIMENSIONS, count=21)


@pytest.mark.parametrize("exact_limit", [1000, 100])
def test_an_open_index_goes_on_while_its_file_is_replaced_and_removed(tmp_path: Path, exact_limit: int) -> None:
    path = tmp_path / "v"
    vectors = write(path, 300, exact_limit=exact_limit)
    index = FaissVectors(path, dimensions=DIMENSIONS)
    write(tmp_path / "next", 150, seed=1, exact_limit=exact_limit)
    (tmp_path / "next").replace(path)
    path.unlink()
    for row in (0, 123, 299):
        assert index.search(vectors[row], 1)[0].passage_id == row + 1


def test_the_same_id_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="twice"):
        FaissVectorsWriter().write(tmp_path / "v", [([1], unit(1)), ([1], unit(1))], DIMENSIONS)


def test_vectors_of_another_shape_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="shape"):
        FaissVectorsWriter().write(tmp_path / "v", [([1, 2], unit(1))], DIMENSIONS)


def test_two_runs_write_the_same_exact_file(tmp_path: Path) -> None:
    write(tmp_path / "a", 100)
    write(tmp_path / "b", 100)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
