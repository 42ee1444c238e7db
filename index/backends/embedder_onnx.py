"""The bundled embedding model on onnxruntime: starts in a fraction of a second, and needs no torch.

Each text runs by itself, as long as it is: no padding is ever computed, and a text's vector can't depend on what else
was embedded with it (the model's 8-bit activations are scaled over all that runs together). Several texts run at once,
each in a thread of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from index.backends.models import ModelFolder, load_session, load_tokenizer, read_model_folder
from index.protocols import Vectors

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

_TEXTS_AT_ONCE = 1024
"""Bounds how many tokenised texts are held."""


class OnnxEmbedder:
    """An embedder over a model folder whose graph takes a text's ``input_ids`` and gives its ``vector`` of unit length.

    Safe to call from several threads.
    """

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        """``threads`` is how many texts are embedded at once; weights load at the first.

        Raises:
            ModelError: The folder has no readable ``model.json``.
        """
        self._folder: ModelFolder = read_model_folder(folder)
        self._dimensions = self._folder.number("dimensions")
        self._max_tokens = self._folder.number("max_tokens")
        self._threads = max(1, threads)
        self._loading = Lock()
        self._tokenizer: Tokenizer | None = None
        self._session: InferenceSession | None = None

    @property
    def id(self) -> str:
        """The model's name and a digest of its files."""
        return self._folder.id

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return self._dimensions

    @property
    def max_tokens(self) -> int:
        """The longest input in tokens, special ones included; what is longer is truncated."""
        return self._max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text, without the special ones and without truncation."""
        return [len(row) for row in self._encode(texts, special=False)]

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """One row of unit length for each question, in the order given."""
        return self._embed(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """One row of unit length for each passage, in the order given."""
        return self._embed(texts)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), self._dimensions), dtype=np.float32)
        if not texts:
            return vectors
        session = self._load_session()
        for start in range(0, len(texts), _TEXTS_AT_ONCE):
            rows = self._encode(texts[start : start + _TEXTS_AT_ONCE], special=True)
            self._run(session, rows, vectors[start : start + len(rows)])
        return vectors

    def _run(self, session: InferenceSession, rows: list[list[int]], vectors: Vectors) -> None:
        """Fills ``vectors`` in place, row by row."""

        def run_one(index: int) -> None:
            # truncation keeps the last token, which closes the sequence
            row = rows[index]
            if len(row) > self._max_tokens:
                row = [*row[: self._max_tokens - 1], row[-1]]
            vectors[index] = session.run(["vector"], {"input_ids": np.array(row, dtype=np.int64)})[0]

        # the longest first, so that the threads finish together
        order = sorted(range(len(rows)), key=lambda index: -len(rows[index]))
        if self._threads == 1 or len(rows) == 1:
            for index in order:
                run_one(index)
            return
        with ThreadPoolExecutor(self._threads, thread_name_prefix="embed") as pool:
            for _ in pool.map(run_one, order):
                pass

    def _encode(self, texts: Sequence[str], *, special: bool) -> list[list[int]]:
        encodings = self._load_tokenizer().encode_batch_fast(list(texts), add_special_tokens=special)
        return [encoding.ids for encoding in encodings]

    def _load_tokenizer(self) -> Tokenizer:
        with self._loading:
            if self._tokenizer is None:
                self._tokenizer = load_tokenizer(self._folder)
            return self._tokenizer

    def _load_session(self) -> InferenceSession:
        with self._loading:
            if self._session is None:
                self._session = load_session(self._folder)
            return self._session
