"""What the tests of reading share: the time of the run, and reading sorted into articles and reasons."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path

from index.articles import ReadingLimits, read_articles
from index.types import Article, Skipped

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def read(*paths: Path, limits: ReadingLimits | None = None) -> tuple[list[Article], list[Skipped]]:
    """Everything under the paths, articles and reasons apart."""
    pieces = list(read_articles(paths, limits=limits or ReadingLimits(), now=NOW))
    return (
        [piece for piece in pieces if isinstance(piece, Article)],
        [piece for piece in pieces if isinstance(piece, Skipped)],
    )


def read_one(path: Path) -> Article:
    """The one article of a file that has no trouble."""
    articles, skipped = read(path)
    assert not skipped
    assert len(articles) == 1
    return articles[0]


def reason(path: Path, limits: ReadingLimits | None = None) -> str:
    """Why the one piece in a file was skipped."""
    articles, skipped = read(path, limits=limits)
    assert not articles
    assert len(skipped) == 1
    assert skipped[0].path == path.as_posix()
    return skipped[0].reason


def json_lines(records: Iterable[object]) -> bytes:
    """The records as a JSON-lines file."""
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def written(path: Path, content: str | bytes) -> Path:
    """The file, after writing it."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
