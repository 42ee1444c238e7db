"""Articles as they are read and cut: what flows from files to the store."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an article was read: a file, and the line in it for JSON-lines files (from 1)."""

    path: str
    line: int | None = None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One source document, as parsed. ``text`` is the body alone: no headline, dateline or closing link."""

    id: str
    title: str
    text: str
    origin: Origin
    outlet: str | None = None
    author: str | None = None
    published: str | None = None
    updated: str | None = None
    section: str | None = None
    url: str | None = None
    language: str | None = None
    place: str | None = None

    @property
    def version(self) -> str:
        """Hex sha256 of all that a reader would see; changes when, and only when, the content does."""
        content = [
            self.title,
            self.text,
            self.outlet,
            self.author,
            self.published,
            self.updated,
            self.section,
            self.url,
            self.language,
            self.place,
        ]
        return hashlib.sha256(json.dumps(content, ensure_ascii=True).encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A piece of input that was not indexed, and why, in words that a person can act on."""

    path: str
    reason: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A window of whole sentences of one article; ``text == article.text[start:end]``.

    ``header`` (headline, outlet, date) is put before the text for embedding and lexical search only;
    it is never quoted. ``sentences`` are the offsets of the window's sentences into the article's text.
    """

    start: int
    end: int
    text: str
    header: str
    sentences: tuple[tuple[int, int], ...]

    @property
    def embedded_text(self) -> str:
        """What the embedder sees."""
        return f"{self.header}\n{self.text}" if self.header else self.text
