"""The bundled span models on onnxruntime: token scores for a question and its passages, without torch.

As in the embedder, each passage runs by itself, so that its scores can't depend on what else was read with it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.backends.models import LazyModel, read_model_folder, recipe_of
from index.protocols import SpanScores

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from index.backends.models import ModelFolder

Logits = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recipe:
    """How the model was trained to be fed; from ``model.json``."""

    max_question: int
    max_header: int
    max_passage: int
    cls: int
    sep: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpanInput:
    """One question with one passage, as the model takes it.

    ``ids`` and ``types`` have shape (1, tokens). The passage's tokens begin at ``first``; ``offsets``, of shape
    (passage tokens, 2), are their character offsets into the passage's text.
    """

    ids: NDArray[np.int64]
    types: NDArray[np.int64]
    first: int
    offsets: NDArray[np.int64]


class OnnxSpanScorer:
    """A span scorer over a model folder whose graph gives ``start_logits`` and ``end_logits`` for each token.

    Safe to call from several threads.
    """

    def __init__(
        self, folder: Path, *, threads: int = 2, intra_op_threads: int = 1, then: OnnxSpanScorer | None = None
    ) -> None:
        """Weights load at the first passage.

        Args:
            folder: the model's.
            threads: how many passages are read at once.
            intra_op_threads: how many threads each of them is read by; for who reads one passage at a time. Rows and
                columns of a product are divided among them, its sums are not, so that scores are the same but for the
                last digits, and for the same number of threads the same to the bit.
            then: one that will be asked after this one, whose weights may load meanwhile.

        Raises:
            ModelError: The folder has no ``model.json`` with a recipe.
        """
        self._folder: ModelFolder = read_model_folder(folder)
        self._recipe = _recipe(self._folder)
        self._threads = max(1, threads)
        self._model = LazyModel(self._folder, threads=max(1, intra_op_threads))
        self._then = then

    @property
    def id(self) -> str:
        """The model's name and a digest of its files."""
        return self._folder.id

    def score(self, question: str, passages: Sequence[tuple[str, str]]) -> list[SpanScores]:
        """Scores (header, text) pairs; one result each, in order. Of an overlong passage the beginning is read."""
        if self._then is not None:
            self._then._model.load_soon()  # noqa: SLF001 - another of this class
        inputs = self.prepare(question, passages)
        return [
            SpanScores(
                offsets=given.offsets,
                start=start[given.first : given.first + len(given.offsets)],
                end=end[given.first : given.first + len(given.offsets)],
                null=float(start[0] + end[0]),
            )
            for given, (start, end) in zip(inputs, self.forward(inputs), strict=True)
        ]

    def prepare(self, question: str, passages: Sequence[tuple[str, str]]) -> list[SpanInput]:
        """Tokenises (header, text) pairs as the model was trained to see them."""
        if not passages:
            return []
        tokenizer, _ = self._model.load()
        recipe = self._recipe
        question_ids = tokenizer.encode(question, add_special_tokens=False).ids[: recipe.max_question]
        headers = tokenizer.encode_batch_fast([header for header, _ in passages], add_special_tokens=False)
        # Offsets are wanted here, which the fast form of encoding leaves out.
        bodies = tokenizer.encode_batch([text for _, text in passages], add_special_tokens=False)
        inputs = []
        for header, body in zip(headers, bodies, strict=True):
            header_ids, body_ids = header.ids[: recipe.max_header], body.ids[: recipe.max_passage]
            ids = [recipe.cls, *question_ids, recipe.sep, *header_ids, *body_ids, recipe.sep]
            second_from = 2 + len(question_ids)
            inputs.append(
                SpanInput(
                    ids=np.asarray([ids], dtype=np.int64),
                    types=(np.arange(len(ids)) >= second_from).astype(np.int64)[None],
                    first=second_from + len(header_ids),
                    offsets=np.asarray(body.offsets[: len(body_ids)], dtype=np.int64).reshape(-1, 2),
                )
            )
        return inputs

    def forward(self, inputs: Sequence[SpanInput]) -> list[tuple[Logits, Logits]]:
        """The bare forward pass: start and end logits of every input, each of shape (tokens,)."""
        if not inputs:
            return []
        _, session = self._model.load()

        def read_one(given: SpanInput) -> tuple[Logits, Logits]:
            start, end = session.run(
                ["start_logits", "end_logits"],
                {
                    "input_ids": given.ids,
                    "attention_mask": np.ones_like(given.ids),
                    "token_type_ids": given.types,
                },
            )
            return start[0], end[0]

        if self._threads == 1 or len(inputs) == 1:
            return [read_one(given) for given in inputs]
        with ThreadPoolExecutor(self._threads, thread_name_prefix="read") as pool:
            return list(pool.map(read_one, inputs))


def _recipe(folder: ModelFolder) -> _Recipe:
    with recipe_of(folder) as given:
        return _Recipe(
            max_question=int(given["max_question_tokens"]),
            max_header=int(given["max_header_tokens"]),
            max_passage=int(given["max_passage_tokens"]),
            cls=int(given["special_ids"]["cls"]),
            sep=int(given["special_ids"]["sep"]),
        )
