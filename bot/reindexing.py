"""One reindexing run at a time: who asked, how far it is, and stopping it."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from index.errors import IndexCancelled

if TYPE_CHECKING:
    from bot.desk import Desk
    from index import IndexReport, Progress

_log = logging.getLogger(__name__)
_ASKED_BY: Final = "an admin on Discord"
"""Kept with the archive, and told to whoever finds it busy: who it was stands in the bot's own audit alone."""


@dataclass(slots=True, kw_only=True)
class Job:
    """A run. ``outcome`` is what it came to, once it is over."""

    id: int
    actor_id: int
    guild_id: int | None = None
    started: float = field(default_factory=time.time)
    progress: Progress | None = None
    cancelled: bool = False
    outcome: IndexReport | Exception | None = None


Show = Callable[[Job], Awaitable[None]]


class Busy(Exception):
    """Another run is under way."""

    def __init__(self, job: Job) -> None:
        super().__init__(f"run {job.id} is under way")
        self.job = job


class Reindexing:
    """Starts runs on the desk and shows how they get on, at most every few seconds."""

    def __init__(self, desk: Desk, *, show_every: float = 4.0) -> None:
        self._desk = desk
        self._show_every = show_every
        self._numbers = itertools.count(int(time.time()))
        self._task: asyncio.Task[None] | None = None
        self._running: Job | None = None
        self.job: Job | None = None

    def begin(self, actor_id: int, guild_id: int | None = None) -> Job:
        """Takes the place of the one run that there may be.

        Raises:
            Busy: somebody else has it.
        """
        if self.job is not None and self.job.outcome is None:
            raise Busy(self.job)
        self.job = Job(id=next(self._numbers), actor_id=actor_id, guild_id=guild_id)
        return self.job

    def abandon(self, job: Job, error: BaseException) -> None:
        """Frees the place of a job that failed before it ran; a run that is under way keeps it."""
        if job.outcome is None and self._running is not job:
            job.outcome = error if isinstance(error, Exception) else IndexCancelled("given up before it began")

    def run(self, job: Job, show: Show, *, force: bool) -> asyncio.Task[None]:
        """Runs a job that has begun; ``show`` is called when there is something new, and at the end."""
        self._running = job
        self._task = asyncio.create_task(self._run(job, show, force=force), name="reindexing")
        return self._task

    def cancel(self, job_id: int) -> bool:
        """Stops a run; False when it is over."""
        if self.job is None or self.job.id != job_id or self.job.outcome is not None:
            return False
        self.job.cancelled = True
        return True

    async def close(self, within: float) -> None:
        """Stops whatever runs, and waits for it."""
        if self._task is None or self._task.done() or self.job is None:
            return
        self.cancel(self.job.id)
        await asyncio.wait({self._task}, timeout=within)

    async def _run(self, job: Job, show: Show, *, force: bool) -> None:
        def report(progress: Progress) -> None:
            job.progress = progress
            if job.cancelled:
                raise IndexCancelled("cancelled: the archive is as it was before")

        work = asyncio.create_task(self._desk.reindex(report, force=force, asked_by=_ASKED_BY))
        # Whatever becomes of the showing, the place is free when the work is over.
        work.add_done_callback(lambda done: _conclude(job, done))
        shown: Progress | None = None
        while not work.done():
            await asyncio.wait({work}, timeout=self._show_every)
            if not work.done() and job.progress is not shown:
                shown = job.progress
                await _shown(show, job)
        # The callback runs in the loop's next turn, and what is shown last needs the outcome.
        await asyncio.sleep(0)
        await _shown(show, job)


def _conclude(job: Job, work: asyncio.Task[IndexReport]) -> None:
    if work.cancelled():
        job.outcome = IndexCancelled("cancelled: the archive is as it was before")
        return
    error = work.exception()
    if error is None:
        job.outcome = work.result()
    else:
        job.outcome = error if isinstance(error, Exception) else RuntimeError(type(error).__name__)


async def _shown(show: Show, job: Job) -> None:
    """Shows a run; a failure to show it must not end it."""
    try:
        await show(job)
    except Exception as error:  # noqa: BLE001 - whatever it is, the run goes on
        _log.warning("how reindexing gets on could not be shown: %s", type(error).__name__)
