"""Rows of an evaluation set, read from its folder alone and checked: a bad row is named, never skipped."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO, TypeVar

from index.errors import UsageError

Row = Mapping[str, object]
_T = TypeVar("_T")


def require_file(sets_dir: Path, name: str) -> Path:
    """The path of a set's file.

    Raises:
        UsageError: it is not there.
    """
    path = sets_dir / name
    if not path.is_file():
        raise UsageError(f"there is no {path}: give the folder that has {name} with --sets")
    return path


def read_rows(sets_dir: Path, name: str) -> list[Row]:
    """The rows of a JSON-lines file (``.gz``: gzip), in order; empty lines are passed over.

    Raises:
        UsageError: the file is missing or empty, or a line is no JSON object; the message names file and line.
    """
    path = require_file(sets_dir, name)
    rows: list[Row] = []
    try:
        with _opened(path) as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    rows.append(_decoded(line, f"{path}:{number}"))
    except (UnicodeDecodeError, OSError, EOFError) as error:
        raise UsageError(f"{path} can't be read ({error}): give JSON lines in UTF-8") from error
    if not rows:
        raise UsageError(f"{path} has no rows: there is nothing to measure")
    return rows


def field(row: Row, name: str, kind: type[_T]) -> _T:
    """A row's field of the type that it must have.

    Raises:
        UsageError: it is missing or of another type; the message names the row.
    """
    value = row.get(name)
    if not isinstance(value, kind):
        raise UsageError(f"row {row.get('id', '?')}: {name!r} is missing or not {kind.__name__}: see the set's README")
    return value


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def _decoded(line: str, place: str) -> Row:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise UsageError(f"{place} is not JSON ({error.msg}): give one object a line") from error
    if not isinstance(row, dict):
        raise UsageError(f"{place} is not a JSON object: give one object a line")
    return row
