"""Engines are shared by all threads that answer: what they say must not depend on who else asks."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import index
from index.backends.embedder_onnx import OnnxEmbedder
from index.backends.lexical_tantivy import TantivyLexical, TantivyLexicalWriter
from index.backends.vectors_faiss import FaissVectors, FaissVectorsWriter
from index.dates import instant
from index.types import Where

ASKERS = 6
ROUNDS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    passage_id: int
    title: str = "Harbour"
    text: str = ""
    outlet: str | None = "The Ledger"
    section: str | None = None
    published: str | None = "2026-02-02"


def ask_together(ask: Callable[[int], object]) -> None:
    alone = [ask(number) for number in range(ROUNDS)]
    with ThreadPoolExecutor(ASKERS) as pool:
        together = [list(pool.map(ask, range(ROUNDS))) for _ in range(3)]
    assert together == [alone] * 3


@pytest.mark.parametrize("exact_limit", [10_000, 500])
def test_vectors_answer_several_threads_as_they_answer_one(tmp_path: Path, exact_limit: int) -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(2000, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    FaissVectorsWriter(exact_limit=exact_limit).write(tmp_path / "v", [(list(range(2000)), vectors)], 32)
    opened = FaissVectors(tmp_path / "v", dimensions=32)
    filters = [None, list(range(0, 2000, 50)), list(range(0, 2000, 2))]
    ask_together(lambda number: opened.search(vectors[number], 10, filters[number % 3]))


def test_words_answer_several_threads_as_they_answer_one(tmp_path: Path) -> None:
    rows = [Row(passage_id=i, text=f"number {i}, item {i % 7}, list {i % 11}") for i in range(2000)]
    TantivyLexicalWriter(analyse=str, instant=instant).write(tmp_path, rows)
    opened = TantivyLexical(tmp_path, analyse=str)
    filters = [None, Where(outlets=("the ledger",))]
    ask_together(lambda number: opened.search(f"item {number % 7} list {number}", 10, filters[number % 2]))


def test_the_bundled_embedder_answers_several_threads_as_it_answers_one() -> None:
    embedder = OnnxEmbedder(Path(index.__file__).parent / "models/minilm", threads=2)
    ask_together(lambda number: embedder.embed_queries([f"question {number}", "why?"]).tolist())
