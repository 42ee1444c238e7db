"""The two streams of the command line: results on standard output, everything else on standard error."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import (
    Progress as ProgressBar,
)

from index.errors import UsageError
from index.types import Progress

if TYPE_CHECKING:
    # `dateline --help` has no business loading numpy.
    from index.protocols import Report

_BEYOND_ASCII = re.compile(r"[^\x00-\x7e]")


class OutputClosed(Exception):
    """Whoever read our output has gone. No OSError: typer would end with exit code 1 before we could."""


class _Screen(Console):
    """A console that says so when its reader has gone, where rich would end the process with exit code 1."""

    def on_broken_pipe(self) -> None:
        raise OutputClosed


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """``out`` for results, ``err`` for all else; rich drops colours by itself when a stream is no terminal."""

    out: Console
    err: Console

    def json(self, value: object) -> None:
        """One JSON value on one line, never wrapped or coloured; flushed, so that a pipe sees each as it comes.

        Characters that can't be seen, drive a terminal or are taken for a line's end by some readers (controls,
        bidirectional controls, tags, U+2028) go out as escapes: the same JSON, and harmless to look at.
        """
        text = json.dumps(value, ensure_ascii=False)
        if not text.isprintable():
            text = _BEYOND_ASCII.sub(lambda found: _visible(found[0]), text)
        try:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
        except BrokenPipeError as error:
            raise OutputClosed from error


def open_streams(*, colour: bool) -> Streams:
    """The process's streams; ``colour`` False turns colours off even on a terminal (NO_COLOR does too).

    Both speak UTF-8 whatever the locale says. An unpaired surrogate, which a question can carry in from JSON, goes out
    as a backslash escape, and so as valid JSON again.
    """
    if sys.stdout is None:
        raise UsageError("standard output is closed: send it to a file, or to /dev/null")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    return Streams(
        out=_Screen(no_color=not colour or None, highlight=False, soft_wrap=False),
        err=_Screen(stderr=True, no_color=not colour or None, highlight=False),
    )


def streams_of(context: typer.Context) -> Streams:
    """The streams that the app's callback made before the command."""
    streams = context.obj
    if not isinstance(streams, Streams):
        raise TypeError("the callback makes the streams before any command runs")
    return streams


@contextmanager
def progress_bar(streams: Streams) -> Iterator[Report | None]:
    """A progress bar with rate and remaining time on standard error; None where that is not a terminal."""
    if not streams.err.is_terminal:
        yield None
        return
    with ProgressBar(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=streams.err,
        transient=True,
    ) as bar:
        tasks: dict[str, TaskID] = {}

        def show(progress: Progress) -> None:
            if progress.stage not in tasks:
                tasks[progress.stage] = bar.add_task(progress.stage, total=progress.total, rate="")
            task = tasks[progress.stage]
            speed = bar.tasks[bar.task_ids.index(task)].speed
            bar.update(task, completed=progress.done, total=progress.total, rate=f"{speed:.0f}/s" if speed else "")

        yield show


def _visible(character: str) -> str:
    """A character as it stands in JSON: itself, or its escape where nothing of it would be seen."""
    return character if character.isprintable() else json.dumps(character)[1:-1]
