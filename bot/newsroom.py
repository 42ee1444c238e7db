"""The real archive as the desk sees it: questions answered here, reindexing in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import index.errors
from bot.desk import Report
from index import ArchiveStatus, Article, Hit, IndexReport, Manner, Progress, Reply, Skipped, Turn, Where, open_archive
from index.errors import DatelineError

if TYPE_CHECKING:
    from index import Archive

_STOP_WITHIN: Final = 20.0
_BOTS_OWN: Final = "DISCORD_"
"""What the bot's own settings in the environment begin with, the token among them: the indexer needs none of them."""


class ArchiveNewsroom:
    """An archive that may not be there yet.

    Reindexing runs as a child process at lower priority: embedding thousands of passages must not hold up the event
    loop, whose heartbeats Discord waits for. The archive follows the new generation by itself.
    """

    def __init__(self, home: Path, articles: Path, *, opened: Callable[[Path], Archive] = open_archive) -> None:
        self._home = home
        self._articles = articles
        self._opened = opened
        self._lock = threading.Lock()
        self._archive: Archive | None = None

    def open(self) -> None:
        """Opens the archive and loads its models by asking something.

        Raises:
            IndexMissing: nothing has been indexed yet; the bot runs all the same, so that an admin can.
        """
        self._live().ask("What happened?")

    def ask(
        self, question: str, history: Sequence[Turn] = (), where: Where | None = None, manner: Manner | None = None
    ) -> Reply:
        """See :class:`bot.desk.Newsroom`."""
        return self._live().ask(question, history, where, manner)

    def search(self, query: str, k: int = 10, where: Where | None = None) -> list[Hit]:
        """See :class:`bot.desk.Newsroom`."""
        return self._live().search(query, k, where)

    def article(self, article_id: str) -> Article:
        """See :class:`bot.desk.Newsroom`."""
        return self._live().article(article_id)

    def outlets(self) -> list[tuple[str, int]]:
        """See :class:`bot.desk.Newsroom`."""
        return self._live().outlets()

    def headlines(self, contains: str = "", limit: int = 25) -> list[tuple[str, str, str | None, str | None]]:
        """See :class:`bot.desk.Newsroom`."""
        return self._live().headlines(contains, limit)

    def status(self) -> ArchiveStatus:
        """See :class:`bot.desk.Newsroom`."""
        return self._live().status()

    def reindex(self, report: Report, *, force: bool, asked_by: str) -> IndexReport:
        """See :class:`bot.desk.Newsroom`. Blocks until the child process is done."""
        order = json.dumps(
            {"home": str(self._home), "articles": [str(self._articles)], "force": force, "asked_by": asked_by}
        )
        # The order is told, not given as an argument: command lines are for everybody on the machine to read.
        with subprocess.Popen(
            [sys.executable, "-m", "bot.indexer"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={name: value for name, value in os.environ.items() if not name.upper().startswith(_BOTS_OWN)},
        ) as child:
            try:
                _order(child, order)
                return _follow(child, report, self._articles)
            except BaseException:
                _stop(child)
                raise

    def _live(self) -> Archive:
        with self._lock:
            if self._archive is None:
                self._archive = self._opened(self._home)
            return self._archive


def _order(child: subprocess.Popen[str], order: str) -> None:
    assert child.stdin is not None  # noqa: S101 - asked for as a pipe
    # A child that ended before it was told anything is reported by its exit code.
    with contextlib.suppress(BrokenPipeError), child.stdin:
        child.stdin.write(order)


def _follow(child: subprocess.Popen[str], report: Report, articles: Path) -> IndexReport:
    assert child.stdout is not None  # noqa: S101 - asked for as a pipe
    for line in child.stdout:
        match _told(line):
            case {"progress": progress}:
                report(Progress(**progress))
            case {"report": done}:
                skipped = tuple(_below(Skipped(**one), articles) for one in done.pop("skipped"))
                return IndexReport(**done, skipped=skipped)
            case {"error": name, "message": message}:
                raise _error(name, message)
    raise DatelineError(_ended(child.wait()))


def _told(line: str) -> object:
    """A message of the child's; None for half of one, from a child that died over it, and for what is none."""
    try:
        return json.loads(line)
    except ValueError:
        return None


def _ended(code: int) -> str:
    """What an indexing process that told no outcome has come to, with its cure."""
    if code >= 0:
        return f"the indexing process ended with code {code}: see its messages in the bot's log, then run it again"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return (
        f"the indexing process was ended by {name}, nothing has changed that was not finished: if nobody ended it, the"
        " system ran out of memory (see that some is free), and run it again"
    )


def _below(skipped: Skipped, articles: Path) -> Skipped:
    """With its path below the articles' folder: where that lies is nobody's business on Discord."""
    path = Path(skipped.path)
    return replace(skipped, path=path.relative_to(articles).as_posix()) if path.is_relative_to(articles) else skipped


def _error(name: str, message: str) -> DatelineError:
    kind = getattr(index.errors, name, DatelineError)
    known = isinstance(kind, type) and issubclass(kind, DatelineError)
    return kind(message) if known else DatelineError(message)


def _stop(child: subprocess.Popen[str]) -> None:
    if child.poll() is not None:
        return
    child.send_signal(signal.SIGTERM)
    try:
        child.wait(_STOP_WITHIN)
    except subprocess.TimeoutExpired:
        # Nothing is lost: a generation is published atomically or not at all.
        child.kill()
