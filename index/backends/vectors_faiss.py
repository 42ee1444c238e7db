"""Nearest passages by cosine, in a FAISS file: exact up to 200,000 vectors, a compressed graph beyond.

The file is an ``IndexIDMap`` around ``Flat`` (exact inner product) or ``HNSW32_SQ8``; FAISS records which in the file
itself. HNSW32_SQ8 takes 656 bytes a vector instead of 1536 at 384 dimensions and answers in about a millisecond with
recall@10 of .97, where exact search would take 20 ms and more.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import IndexDamaged, UsageError, refuse_scarcity
from index.protocols import Vectors
from index.types import Scored

EXACT_LIMIT = 200_000
"""Above this many vectors the writer builds a graph."""

_GRAPH_LINKS = 32
_EF_CONSTRUCTION = 80
_EF_SEARCH = 128
_EXACT_SHARE = 0.2
"""Filters that leave less than this share of a graph are answered exactly: a graph walk would miss too many of them."""
_SPARE_RANGE = 0.1
"""The 8-bit codes reach this much beyond the values they were trained on: later vectors may stick out."""


class FaissVectors:
    """A vector index file, opened for reading. Safe to search from several threads."""

    def __init__(self, path: Path, *, dimensions: int, count: int | None = None) -> None:
        """Opens the file, memory-mapped, and checks its dimensions and, if given, its count.

        Raises:
            OutOfResources: The system gave no more memory or open files.
            IndexDamaged: The file is missing, unreadable, or not what it should be.
        """
        faiss = _faiss()
        try:
            outer = faiss.read_index(os.fspath(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            refuse_scarcity(path, error)
            raise IndexDamaged(_damaged(path, "FAISS can't read it")) from error
        if not isinstance(outer, faiss.IndexIDMap):
            raise IndexDamaged(_damaged(path, "it holds no passage ids"))
        if outer.d != dimensions:
            raise IndexDamaged(_damaged(path, f"it has {outer.d} dimensions, not {dimensions}"))
        if count is not None and outer.ntotal != count:
            raise IndexDamaged(_damaged(path, f"it has {outer.ntotal} vectors, not {count}"))
        self._outer = outer  # owns the memory of the inner index
        self._inner = faiss.downcast_index(outer.index)
        self._ids: NDArray[np.int64] = faiss.vector_to_array(outer.id_map)
        if self._inner.ntotal != len(self._ids):
            raise IndexDamaged(_damaged(path, "ids and vectors differ in number"))
        self._order = np.argsort(self._ids, kind="stable")
        self._sorted_ids = self._ids[self._order]
        self._is_graph = isinstance(self._inner, faiss.IndexHNSW)
        self._exact = faiss.downcast_index(self._inner.storage) if self._is_graph else self._inner

    def __len__(self) -> int:
        return len(self._ids)

    def search(self, vector: Vectors, k: int, allowed: Sequence[int] | None = None) -> list[Scored]:
        """The k best passages for one vector of shape (dimensions,), best first, among ``allowed`` if given."""
        if k <= 0 or not len(self):
            return []
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        if allowed is None:
            return self._nearest(query, min(k, len(self)), None, exact=not self._is_graph)
        rows = np.unique(self._rows(allowed)[0])
        wanted = min(k, len(rows))
        if not wanted:
            return []
        exact = not self._is_graph or len(rows) < _EXACT_SHARE * len(self)
        found = self._nearest(query, wanted, rows, exact=exact)
        return found if len(found) == wanted else self._nearest(query, wanted, rows, exact=True)

    def scores(self, vector: Vectors, passage_ids: Sequence[int]) -> list[float]:
        """The cosine of each named passage; passages that are not in the index score -1."""
        rows, known = self._rows(passage_ids)
        scores = np.full(len(passage_ids), -1.0, dtype=np.float32)
        if len(rows):
            scores[known] = self._inner.reconstruct_batch(rows) @ vector
        return [float(score) for score in scores]

    def _rows(self, passage_ids: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Row numbers of the known ids, in the order given, and which ids are known."""
        wanted = np.asarray(passage_ids, dtype=np.int64)
        if not len(self) or not len(wanted):
            return np.empty(0, dtype=np.int64), np.zeros(len(wanted), dtype=bool)
        slots = np.minimum(np.searchsorted(self._sorted_ids, wanted), len(self) - 1)
        known = self._sorted_ids[slots] == wanted
        return self._order[slots[known]], known

    def _nearest(self, query: Vectors, k: int, rows: NDArray[np.int64] | None, *, exact: bool) -> list[Scored]:
        """The k nearest to one query of shape (1, dimensions), among the given rows."""
        faiss = _faiss()
        # one query has work for one thread: the others would spin, forty times as long as the search takes
        faiss.omp_set_num_threads(1)
        options: dict[str, Any] = {}
        if rows is not None:
            mask = np.zeros(len(self), dtype=bool)
            mask[rows] = True
            # FAISS keeps a bare pointer to the bits: the array has to live until the search is over
            bits = np.packbits(mask, bitorder="little")
            options["sel"] = faiss.IDSelectorBitmap(len(bits), faiss.swig_ptr(bits))
        if exact:
            scores, found = self._exact.search(query, k, params=faiss.SearchParameters(**options))
        else:
            parameters = faiss.SearchParametersHNSW(efSearch=max(_EF_SEARCH, 2 * k), **options)
            scores, found = self._inner.search(query, k, params=parameters)
        kept = found[0] >= 0
        return self._scored(scores[0][kept], found[0][kept])

    def _scored(self, scores: NDArray[np.float32], rows: NDArray[np.int64]) -> list[Scored]:
        hits = [
            Scored(passage_id=int(self._ids[row]), score=float(score)) for score, row in zip(scores, rows, strict=True)
        ]
        hits.sort(key=lambda hit: (-hit.score, hit.passage_id))
        return hits


class FaissVectorsWriter:
    """Writes a vector index file: exact, or a graph once there are more than ``exact_limit`` vectors."""

    def __init__(self, *, exact_limit: int = EXACT_LIMIT, threads: int = 2) -> None:
        """``threads`` is how many build a graph."""
        self._exact_limit = exact_limit
        self._threads = threads

    def write(self, path: Path, batches: Iterable[tuple[Sequence[int], Vectors]], dimensions: int) -> int:
        """Writes (passage ids, vectors) batches to one new file, synced to disk; returns how many vectors.

        Raises:
            UsageError: A batch has the wrong shape, or an id comes twice.
        """
        faiss = _faiss()
        faiss.omp_set_num_threads(self._threads)
        outer: Any = faiss.IndexIDMap(faiss.IndexFlatIP(dimensions))
        is_graph = False
        for batch_ids, vectors in batches:
            if vectors.shape != (len(batch_ids), dimensions):
                raise UsageError(f"{len(batch_ids)} passages came with vectors of shape {vectors.shape}")
            outer.add_with_ids(
                np.ascontiguousarray(vectors, dtype=np.float32), np.asarray(batch_ids, dtype=np.int64).reshape(-1)
            )
            if not is_graph and outer.ntotal > self._exact_limit:
                outer, is_graph = _graph(outer), True
        passage_ids = faiss.vector_to_array(outer.id_map)
        if len(np.unique(passage_ids)) != len(passage_ids):
            raise UsageError("a passage id comes twice: every passage has one vector")
        faiss.write_index(outer, os.fspath(path))
        with path.open("rb") as file:
            os.fsync(file.fileno())
        return len(passage_ids)


def _faiss() -> Any:  # noqa: ANN401  # FAISS's stubs leave out half of what is used here
    """FAISS, imported when it is first needed: importing this module must stay light."""
    import faiss

    return faiss


def _graph(exact: Any) -> Any:  # noqa: ANN401  # FAISS has no types
    """An exact index as a graph over 8-bit codes, trained on all its vectors."""
    faiss = _faiss()
    flat = faiss.downcast_index(exact.index)
    graph = faiss.IndexHNSWSQ(flat.d, faiss.ScalarQuantizer.QT_8bit, _GRAPH_LINKS, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction = _EF_CONSTRUCTION
    faiss.downcast_index(graph.storage).sq.rangestat_arg = _SPARE_RANGE
    vectors = flat.reconstruct_n(0, flat.ntotal)
    graph.train(vectors)
    outer = faiss.IndexIDMap(graph)
    outer.add_with_ids(vectors, faiss.vector_to_array(exact.id_map))
    return outer


def _damaged(path: Path, why: str) -> str:
    return f"the vector index {path} is damaged ({why}): run `dateline index` to build it anew"
