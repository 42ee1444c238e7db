"""What the database's rows mean outside: values that the store returns, and the encodings of single columns."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.dates import instant
from index.types import Skipped, microseconds, name_key


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPassage:
    """A passage with its article's metadata; ``text == article.text[start:end]``."""

    passage_id: int
    article_id: str
    title: str
    outlet: str | None
    published: str | None
    url: str | None
    section: str | None
    start: int
    end: int
    text: str
    header: str
    sentences: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a passage comes from, as the source wrote it."""

    outlet: str | None
    published: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LexicalPassage:
    """What a lexical index is given of a passage; ``text`` is the exact slice, without the header."""

    passage_id: int
    title: str
    outlet: str | None
    section: str | None
    published: str | None
    text: str
    header: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an article's text stands in the input, with the metadata it carries there. ``rank`` 0 was kept."""

    article_id: str
    rank: int
    path: str
    line: int | None
    id: str
    title: str
    outlet: str | None
    published: str | None
    url: str | None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many articles, and how many passages they were cut into."""

    articles: int
    passages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRow:
    """What the database remembers of a generation; ``digest`` is over its (article id, version) pairs."""

    number: int
    embedder: str
    fingerprint: str
    articles: int
    passages: int
    digest: str
    created_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One indexing run. Times are ISO 8601 in UTC; ``skipped`` may be cut short, ``skipped_count`` is not."""

    generation: int
    started_at: str
    finished_at: str
    seconds: float
    articles: int
    added: int
    changed: int
    removed: int
    unchanged: int
    passages: int
    embedded: int
    skipped_count: int
    skipped: tuple[Skipped, ...]
    settings: dict[str, str]


def text_key(text: str) -> bytes:
    """Equal for texts that differ in white space only (32 bytes)."""
    return hashlib.sha256(" ".join(text.split()).encode()).digest()


def text_hash(embedded_text: str) -> bytes:
    """The key of an embedding in the cache (32 bytes)."""
    return hashlib.sha256(embedded_text.encode()).digest()


def folded(name: str | None) -> str | None:
    """The form in which outlets, sections and headlines are compared."""
    return None if name is None else name_key(name)


def published_at(published: str | None) -> int | None:
    """An article's publication as microseconds since 1970; None for an article without a date.

    Raises:
        ValueError: the text is no ISO date.
    """
    return None if published is None else microseconds(instant(published))


def pack_offsets(start: int, sentences: Sequence[tuple[int, int]]) -> bytes:
    """Sentence offsets as little-endian 32-bit pairs, counted from the passage's start."""
    flat = [offset - start for pair in sentences for offset in pair]
    return struct.pack(f"<{len(flat)}I", *flat)


def unpack_offsets(start: int, packed: bytes) -> tuple[tuple[int, int], ...]:
    """What :func:`pack_offsets` packed."""
    flat = [start + offset for (offset,) in struct.iter_unpack("<I", packed)]
    return tuple(zip(flat[::2], flat[1::2], strict=True))


def pack_vector(vector: NDArray[np.float32]) -> bytes:
    """A vector as little-endian float32: half the size would do for ranking, but not for equality with fresh ones."""
    return vector.astype("<f4", copy=False).tobytes()


def unpack_vectors(packed: Sequence[bytes], dimensions: int) -> NDArray[np.float32]:
    """Rows of shape (n, dimensions) from what :func:`pack_vector` packed."""
    return np.frombuffer(b"".join(packed), dtype="<f4").reshape(len(packed), dimensions).astype(np.float32, copy=False)
