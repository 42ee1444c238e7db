"""The seams: what the archive asks of an embedder, an index and a reader.

The writing side of an index is a type of its own, so that no backend has to implement a lie.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.types import Hit, Progress, Reading, Scored, Where

Vectors = NDArray[np.float32]
"""Shape (n, dimensions), rows of unit length."""

Report = Callable[[Progress], None]
"""Receives progress; raising from it stops the run (this is how a run is cancelled)."""


class TokenCounter(Protocol):
    """Counts tokens as the embedding model sees them."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text, without the special ones and without truncation."""
        ...


class Embedder(TokenCounter, Protocol):
    """Turns text into unit vectors.

    Making one is cheap, and so are ``id``, ``dimensions`` and ``max_tokens``: weights load, checked against their
    sha256, at the first text to embed, so that a run with nothing new to embed never loads a model.
    """

    @property
    def id(self) -> str:
        """Names the model and its weights: equal ids mean interchangeable vectors."""
        ...

    @property
    def dimensions(self) -> int: ...

    @property
    def max_tokens(self) -> int:
        """The longest input in tokens, special ones included; what is longer is truncated."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors: ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors: ...


class VectorIndex(Protocol):
    """Nearest passages by cosine."""

    def __len__(self) -> int: ...

    def search(self, vector: Vectors, k: int, allowed: Sequence[int] | None = None) -> list[Scored]:
        """The k best passages for one vector of shape (dimensions,), best first, among ``allowed`` if given."""
        ...

    def scores(self, vector: Vectors, passage_ids: Sequence[int]) -> list[float]:
        """The cosine of each named passage; passages that are not in the index score -1."""
        ...


class VectorIndexWriter(Protocol):
    """Writes a vector index file."""

    def write(self, path: Path, batches: Iterable[tuple[Sequence[int], Vectors]], dimensions: int) -> int:
        """Writes (passage ids, vectors) batches to one new file; returns how many vectors."""
        ...


class LexicalIndex(Protocol):
    """Best passages by words."""

    def __len__(self) -> int: ...

    def search(self, query: str, k: int, where: Where | None = None) -> list[Scored]:
        """The k best passages that pass the filters, best first; an empty query has none."""
        ...

    def scores(self, query: str, passage_ids: Sequence[int]) -> list[float]:
        """The score of each named passage, 0 where no word meets."""
        ...


class LexicalRow(Protocol):
    """What a lexical index needs to know of a passage."""

    @property
    def passage_id(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def outlet(self) -> str | None: ...
    @property
    def section(self) -> str | None: ...
    @property
    def published(self) -> str | None: ...
    @property
    def text(self) -> str: ...


class LexicalIndexWriter(Protocol):
    """Writes a lexical index folder."""

    def write(self, folder: Path, rows: Iterable[LexicalRow]) -> int:
        """Writes a new index into an empty folder; returns how many passages."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpanScores:
    """A span model's raw scores over the tokens of one passage.

    ``offsets`` has shape (tokens, 2): character offsets into the passage's text, header left out. ``start`` and
    ``end`` are logits of shape (tokens,); ``null`` is the summed logit of the position that means "no answer here".
    """

    offsets: NDArray[np.int64]
    start: NDArray[np.float32]
    end: NDArray[np.float32]
    null: float


class SpanScorer(Protocol):
    """A model that marks answers inside passages."""

    @property
    def id(self) -> str:
        """Names the model and its weights."""
        ...

    def score(self, question: str, passages: Sequence[tuple[str, str]]) -> list[SpanScores]:
        """Scores (header, text) pairs; one result each, in order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SaidScores:
    """What a follow-up tagger makes of one text of the conversation, by its tokens.

    ``offsets`` has shape (tokens, 2): character offsets into the text, whose end may be cut off. ``slots`` has shape
    (tokens, question's tokens + 2): the probabilities that the question does not need the token (column 0), that it
    belongs before or in place of each of the question's tokens, and that it belongs at the end.
    """

    offsets: NDArray[np.int64]
    slots: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FollowUpScores:
    """What a follow-up tagger makes of a turn.

    ``offsets`` (tokens, 2) and ``drops`` (tokens,) are the question's: character offsets, and the probability that a
    token gives way to something said earlier. ``leans`` is the probability that the question can't be asked alone,
    ``same`` that it goes on with the topic. ``said`` has one entry for each earlier text, in the order given; texts
    that found no room have no tokens.
    """

    offsets: NDArray[np.int64]
    drops: NDArray[np.float32]
    said: tuple[SaidScores, ...]
    leans: float
    same: float


class FollowUpTagger(Protocol):
    """A model that tells which words of a conversation its newest question needs."""

    @property
    def id(self) -> str:
        """Names the model and its weights."""
        ...

    def tag(self, question: str, said: Sequence[tuple[str, bool]]) -> FollowUpScores:
        """Scores a question against (text, whether it is an answer) pairs, newest first."""
        ...


class Reader(Protocol):
    """Finds, in retrieved passages, the sentences that answer."""

    @property
    def id(self) -> str:
        """Names the reader and its weights."""
        ...

    @property
    def default_threshold(self) -> float:
        """The least confidence that is worth answering, fitted with the reader."""
        ...

    def read(self, question: str, hits: Sequence[Hit], *, follows: bool = False) -> Reading:
        """Scores the sentences of the hits as answers to the question.

        ``follows`` says that it goes on with a conversation, whose passages are then among the hits.
        """
        ...
