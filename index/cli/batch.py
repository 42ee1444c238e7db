"""Batches: JSON lines in, JSON lines out, in the same order; a bad line is answered with its error and goes on."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from index.cli.console import Streams
from index.errors import DatelineError, UsageError
from index.types import Where
from index.wire import BatchRow, Json, parse_row


def run_batch(source: str, *, field: str, default: Where, answer: Callable[[BatchRow], Json], streams: Streams) -> None:
    """Answers every row of a batch.

    Args:
        source: a file's path, or ``-`` for standard input.
        field: the row's text: "question" or "query".
        default: the command's own filters; a row's go before them.
        answer: makes the JSON of one row's answer.
        streams: where the answers go.

    Raises:
        DatelineError: at the end, if any line could not be understood; its place in the output holds the reason.
    """
    wrong = 0
    with _lines(source) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            row_id: object = None
            try:
                row = _decoded(line)
                row_id = row.get("id") if isinstance(row, dict) else None
                result = answer(parse_row(row, field=field, default=default))
            except UsageError as error:
                wrong += 1
                result = {"id": row_id, "status": "error", "error": f"line {number}: {error}"}
            streams.json(result)
    if wrong:
        raise DatelineError(
            f"{wrong} line{'s' if wrong > 1 else ''} of {source} could not be understood: "
            'see "error" in their place in the output, correct them and run the batch again'
        )


def _decoded(line: str) -> object:
    try:
        return json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise UsageError(f"not JSON: {error}") from error


@contextmanager
def _lines(source: str) -> Iterator[TextIO]:
    if source == "-":
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]  # a text stream here
        yield sys.stdin
        return
    try:
        with open(source, encoding="utf-8", errors="replace") as file:  # noqa: PTH123  # a path as typed, for the message
            yield file
    except OSError as error:
        raise UsageError(f"can't read {source}: {error.strerror}; give a JSON-lines file, or - for input") from error
