"""What indexing reports, and the state of an archive."""

from __future__ import annotations

from dataclasses import dataclass

from index.types.articles import Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexReport:
    """What an indexing run did. ``generation`` is the one that is live afterwards."""

    generation: int
    articles: int
    added: int
    changed: int
    removed: int
    unchanged: int
    skipped: tuple[Skipped, ...]
    passages: int
    embedded: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A step of a long run: ``done`` of ``total`` (None when it can't be known) in a named stage."""

    stage: str
    done: int
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveStatus:
    """The state of an archive, for ``dateline status``."""

    generation: int
    articles: int
    passages: int
    outlets: int
    earliest: str | None
    latest: str | None
    embedder: str
    reader: str
    bytes_on_disk: int
    indexed_at: str | None
    warnings: tuple[str, ...] = ()
