"""From staged rows to a live generation: write beside, check, seal, move in, name it current."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import generations
from index.build import folders
from index.build.clock import Ticker
from index.build.trouble import file_trouble
from index.errors import IndexDamaged
from index.protocols import Embedder, LexicalIndexWriter, LexicalRow, VectorIndexWriter
from index.store import GenerationRow, Run, StoreWriter
from index.store.staging import Staging

OpenCheck = Callable[[Path, Path], tuple[int, int]]
"""Opens a vector index file and a lexical index folder as a reader would; returns how many passages each has."""


def write_files(
    home: Path,
    writer: StoreWriter,
    staging: Staging,
    *,
    embedder: Embedder,
    vectors: VectorIndexWriter,
    lexical: LexicalIndexWriter,
    open_check: OpenCheck,
    passages: int,
    tick: Ticker,
    at_step: Callable[[str], None],
) -> Path:
    """Writes the files of a generation into a new folder beside, and opens them once; returns the folder.

    Raises:
        IndexDamaged: what was written does not have all passages.
    """
    # faiss reports a failing disk as RuntimeError, tantivy as ValueError.
    with file_trouble(home, RuntimeError, ValueError):
        folder = folders.workplace(home, staging.number)
        at_step("workplace")
        batches = _counted(writer.cache(embedder.id).vectors(staging.number, embedder.dimensions), passages, tick)
        written = vectors.write(generations.dense_path(folder), batches, embedder.dimensions)
        at_step("vectors")
        rows = _ticked(staging.lexical_rows(), passages, tick)
        indexed = lexical.write(generations.lexical_path(folder), rows)
        at_step("lexical")
        opened = open_check(generations.dense_path(folder), generations.lexical_path(folder))
        for what, number in zip(
            ("vectors written", "passages indexed", "vectors readable", "passages readable"),
            (written, indexed, *opened),
            strict=True,
        ):
            if number != passages:
                raise IndexDamaged(f"the new generation has {number} {what} of {passages}: run it again")
    return folder


def publish(
    home: Path, writer: StoreWriter, folder: Path, row: GenerationRow, run: Run, *, at_step: Callable[[str], None]
) -> None:
    """Makes what was written the live generation.

    The database has it on the disk before any reader can find its folder.
    """
    with file_trouble(home):
        folders.seal(folder, row)
        at_step("sealed")
        with writer.transaction(durable=True):
            writer.record(run, row)
        at_step("recorded")
        folders.move_in(home, folder, row.number)
        at_step("moved in")
        folders.make_current(home, row.number)
        at_step("published")


def _counted(
    batches: Iterable[tuple[list[int], NDArray[np.float32]]], total: int, tick: Ticker
) -> Iterator[tuple[Sequence[int], NDArray[np.float32]]]:
    done = 0
    for passage_ids, vectors in batches:
        tick("writing vectors", done, total)
        yield passage_ids, vectors
        done += len(passage_ids)
    tick("writing vectors", done, total)


def _ticked(rows: Iterable[LexicalRow], total: int, tick: Ticker) -> Iterator[LexicalRow]:
    done = 0
    for row in rows:
        tick("writing words", done, total)
        yield row
        done += 1
    tick("writing words", done, total)
