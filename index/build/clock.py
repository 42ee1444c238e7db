"""Times of a run, and its progress at a bearable rate."""

from __future__ import annotations

import datetime as dt
import time

from index.protocols import Report
from index.types import Progress

_EVERY_SECONDS = 0.1


def utc_now() -> str:
    """The time now as ISO 8601 in UTC, to the second."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


class Ticker:
    """Passes progress on, not more often than a person can see; the first and the last step of a stage always."""

    def __init__(self, report: Report | None) -> None:
        self._report = report
        self._stage = ""
        self._next = 0.0

    def __call__(self, stage: str, done: int, total: int | None = None) -> None:
        """Tells that ``done`` of ``total`` are done. Whatever the report raises ends the run."""
        if self._report is None:
            return
        now = time.monotonic()
        if stage == self._stage and now < self._next and done != total:
            return
        self._stage, self._next = stage, now + _EVERY_SECONDS
        self._report(Progress(stage=stage, done=done, total=total))
