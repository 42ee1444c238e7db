"""The cache of embeddings: nothing is embedded twice, and nothing stays for ever."""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from index.backends.vectors_faiss import FaissVectors
from index.protocols import Vectors
from tests.fakes import ToyEmbedder
from tests.index.build.indexing import article, index, open_live, passage_ids

MONTH = 31 * 24 * 3600
STORY = article("story", "A story that comes and goes. It has two sentences.")


def _embeddings(home: Path) -> int:
    with sqlite3.connect(home / "archive.sqlite3") as connection:
        (count,) = connection.execute("SELECT count(*) FROM embeddings").fetchone()
        return int(count)


def _publish(home: Path, number: int, *more: str) -> None:
    extra = [article(name) for name in more]
    index(home, [article("a", f"Edition {number} of this. And more."), article("b"), *extra])


def test_stored_vectors_are_those_that_the_embedder_returned(tmp_path: Path) -> None:
    index(tmp_path, [article("a"), article("b")])
    opened = open_live(tmp_path)
    ids = passage_ids(opened.store)
    passages = opened.store.passages(ids)
    vectors = FaissVectors(opened.generation.dense, dimensions=64)
    for number in ids:
        fresh = ToyEmbedder().embed_passages([f"{passages[number].header}\n{passages[number].text}"])[0]
        assert vectors.scores(fresh, [number]) == pytest.approx([1.0], abs=1e-6)
        assert vectors.search(fresh, 1)[0].passage_id == number


def test_an_embedding_nobody_needs_goes_after_a_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index(tmp_path, [STORY, article("b")])
    _publish(tmp_path, 1)
    _publish(tmp_path, 2)
    assert _embeddings(tmp_path) == 1 + 2 + 2  # the story's, b's, and the editions'
    later = time.time() + MONTH
    monkeypatch.setattr("time.time", lambda: later)
    _publish(tmp_path, 3)
    # Gone: the story's. Edition 1's is out of use only now, and edition 2's is still read as the generation before.
    assert _embeddings(tmp_path) == 2 + 3
    embedder = ToyEmbedder()
    index(tmp_path, [article("b"), STORY], embedder=embedder, force=True)
    assert embedder.embedded == 1


def test_an_embedding_that_is_needed_again_is_not_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index(tmp_path, [STORY, article("b")])
    _publish(tmp_path, 1)
    _publish(tmp_path, 2)
    index(tmp_path, [STORY, article("b")])
    later = time.time() + MONTH
    monkeypatch.setattr("time.time", lambda: later)
    for number in (3, 4):
        _publish(tmp_path, number)
    embedder = ToyEmbedder()
    index(tmp_path, [STORY, article("b")], embedder=embedder)
    assert embedder.embedded == 0


def test_the_embeddings_of_a_given_up_embedder_go_after_a_month(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(tmp_path, [article("a"), article("b")])
    per_embedder = _embeddings(tmp_path)
    other = ToyEmbedder(name="other")
    for number in range(3):
        index(tmp_path, [article("a"), article("b"), article(f"c{number}")], embedder=other)
    assert _embeddings(tmp_path) > 2 * per_embedder
    later = time.time() + MONTH
    monkeypatch.setattr("time.time", lambda: later)
    index(tmp_path, [article("a"), article("b"), article("d")], embedder=other)
    with sqlite3.connect(tmp_path / "archive.sqlite3") as connection:
        assert connection.execute("SELECT id FROM embedders").fetchall() == [(other.id,)]
        (orphans,) = connection.execute(
            "SELECT count(*) FROM embeddings WHERE embedder NOT IN (SELECT embedder FROM embedders)"
        ).fetchone()
    assert orphans == 0


def test_long_and_short_texts_are_embedded_in_batches_of_like_length(tmp_path: Path) -> None:
    batches: list[list[int]] = []

    class Watched(ToyEmbedder):
        def embed_passages(self, texts: Sequence[str]) -> Vectors:
            batches.append([len(text) for text in texts])
            return super().embed_passages(texts)

    index(
        tmp_path,
        [article(f"a{number}", f"{'word ' * (number % 97 + 1)}{number}.") for number in range(300)],
        embedder=Watched(),
    )
    assert sum(len(batch) for batch in batches) == 300
    blocks = [batch[first : first + 32] for batch in batches for first in range(0, len(batch), 32)]
    assert max(max(block) - min(block) for block in blocks) < 5 * 97 / 4
    halves = [statistics.mean(length for batch in part for length in batch) for part in (batches[:2], batches[2:])]
    assert 0.5 < halves[0] / halves[1] < 2.0  # so that the time taken foretells the time that is left
