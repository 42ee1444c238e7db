"""Batches: JSON lines in, JSON lines out, in the same order; a bad line is answered with its error and goes on."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from index.cli.console import Streams
from index.errors import DatelineError, UsageError
from index.types import Manner, Where
from index.wire import BatchRow, Json, parse_row


def run_batch(
    source: str,
    *,
    field: str,
    default: Where,
    answer: Callable[[BatchRow], Json],
    streams: Streams,
    manner: Manner | None = None,
) -> None:
    """Answers every row of a batch.

    Args:
        source: a file's path, or ``-`` for standard input.
        field: the row's text: "question" or "query".
        default: the command's own filters; a row's go before them.
        answer: makes the JSON of one row's answer.
        streams: where the answers go.
        manner: how questions are taken, where a row does not say.

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
                result = answer(parse_row(row, field=field, default=default, manner=manner))
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
        return json.loads(line, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:  # ValueError: also a number of thousands of digits
        raise UsageError(f"not JSON: {error}") from error


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no number of JSON")


@contextmanager
def _lines(source: str) -> Iterator[Iterator[str]]:
    # utf-8-sig: Windows puts a byte-order mark before the first line.
    if source == "-":
        if sys.stdin is None:
            raise UsageError("standard input is closed: send JSON lines to it, or give a file")
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")
        yield _read(sys.stdin, source)
        return
    try:
        file = open(source, encoding="utf-8-sig", errors="replace")  # noqa: PTH123, SIM115  # a path as typed, for the message; closed below
    except (OSError, ValueError) as error:
        raise _unreadable(source, error) from error
    with file:
        yield _read(file, source)


def _read(file: TextIO, source: str) -> Iterator[str]:
    """The lines; an error of reading is told apart from one of writing the answers."""
    while True:
        try:
            line = file.readline()
        except OSError as error:
            raise _unreadable(source, error) from error
        if not line:
            return
        yield line


def _unreadable(source: str, error: OSError | ValueError) -> UsageError:
    reason = error.strerror if isinstance(error, OSError) else error
    return UsageError(f"can't read {source}: {reason}; give a JSON-lines file, or - for input")
