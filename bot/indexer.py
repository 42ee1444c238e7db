"""Reindexing as a process of its own: it takes its order from standard input, and tells its progress as JSON lines."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from dataclasses import asdict
from types import FrameType
from typing import Final

from index import IndexReport, Progress, reindex
from index.errors import DatelineError, IndexCancelled, in_words, scarcity

_EVERY: Final = 0.2
_NICENESS: Final = 5


def main(order: str) -> int:
    """Runs one order, a JSON object of ``home``, ``articles``, ``force`` and ``asked_by``; the exit code."""
    os.nice(_NICENESS)
    teller = _Teller()
    signal.signal(signal.SIGTERM, teller.stop)
    asked = json.loads(order)
    try:
        done = reindex(asked["home"], asked["articles"], teller.tell, force=asked["force"], asked_by=asked["asked_by"])
    except DatelineError as error:
        _say({"error": type(error).__name__, "message": in_words(error)})
        return 1
    except (MemoryError, OSError, ImportError, RuntimeError) as error:
        scarce = scarcity(error)
        if scarce is None:
            raise
        _say({"error": "OutOfResources", "message": f"{scarce}, and run it again; nothing has changed"})
        return 1
    _say({"report": _plain(done)})
    return 0


class _Teller:
    """Passes progress on a few times a second, and cancels once asked to."""

    def __init__(self) -> None:
        self._stopped = False
        self._stage = ""
        self._told = 0.0

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopped = True

    def tell(self, progress: Progress) -> None:
        if self._stopped:
            raise IndexCancelled("cancelled: the archive is as it was before")
        now = time.monotonic()
        if progress.stage != self._stage or now - self._told >= _EVERY:
            self._stage, self._told = progress.stage, now
            _say({"progress": asdict(progress)})


def _plain(done: IndexReport) -> dict[str, object]:
    return asdict(done)


def _say(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.stdin.read()))
