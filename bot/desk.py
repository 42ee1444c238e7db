"""The only crossing from the event loop to threads: questions queue here, and the archive answers them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, Generic, Protocol, TypeVar

from index import ArchiveStatus, Article, Hit, IndexReport, Manner, Progress, Reply, Turn, Where

_NICENESS: Final = 5
Found = TypeVar("Found")
Report = Callable[[Progress], None]


def give_way() -> None:
    """Lowers this thread's priority, so that heartbeats and acknowledgements go first; only Linux can.

    Threads that it starts, such as a model's, inherit it.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


class Newsroom(Protocol):
    """What the bot needs of an archive. Thread-safe; every call sees one generation throughout."""

    def ask(
        self, question: str, history: Sequence[Turn] = (), where: Where | None = None, manner: Manner | None = None
    ) -> Reply:
        """Answers in quotations, or says that the archive doesn't answer."""
        ...

    def search(self, query: str, k: int = 10, where: Where | None = None) -> list[Hit]:
        """The k best passages, best first."""
        ...

    def article(self, article_id: str) -> Article:
        """One article; raises ArticleMissing."""
        ...

    def outlets(self) -> list[tuple[str, int]]:
        """Outlets with their numbers of articles."""
        ...

    def headlines(self, contains: str = "", limit: int = 25) -> list[tuple[str, str, str | None, str | None]]:
        """(article id, headline, outlet, published) of articles whose headline contains a text."""
        ...

    def status(self) -> ArchiveStatus:
        """The state of the live generation."""
        ...

    def reindex(self, report: Report, *, force: bool, asked_by: str) -> IndexReport:
        """Brings the archive up to date; raising IndexCancelled from ``report`` stops it with nothing changed."""
        ...


class DeskFull(Exception):
    """More questions are waiting than the queue may hold."""


class DeskClosing(Exception):
    """The bot is about to leave, and this question's turn has not come."""


class Ticket(Generic[Found]):
    """A question on its way: its place in the line, and what comes of it."""

    def __init__(self, desk: Desk, work: Callable[[], Found]) -> None:
        self._desk = desk
        self._work = work
        self.started = asyncio.Event()
        self.task: asyncio.Task[Found] = asyncio.create_task(self._run())

    @property
    def place(self) -> int:
        """Place in the line, from 1; 0 once it is being worked on or done."""
        return 0 if self.started.is_set() or self.task.done() else self._desk.place_of(self)

    async def result(self) -> Found:
        """What came of it. Cancelling the wait gives the place in the line up."""
        return await self.task

    async def _run(self) -> Found:
        loop = asyncio.get_running_loop()
        try:
            await self._desk.turn(self)
            self.started.set()
            future = self._desk.readers.submit(self._work)
        except BaseException:
            self._desk.done(self)
            raise

        def ended(_: Future[Found]) -> None:
            # When the bot has left, nobody is in line any more.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._desk.done, self)

        # A thread can't be stopped: whoever gives up leaves their reader taken until it is done.
        future.add_done_callback(ended)
        return await asyncio.wrap_future(future)


class Desk:
    """Bounded threads with a bounded queue before them.

    Questions take turns at ``workers`` threads; looking something up (headlines for autocomplete) never waits
    behind them; what is filed in the bot's own database goes through a single thread, since SQLite has one writer.
    """

    def __init__(self, newsroom: Newsroom, *, workers: int, queue: int) -> None:
        self.newsroom = newsroom
        self.readers = ThreadPoolExecutor(workers, thread_name_prefix="reader", initializer=give_way)
        self._lookups = ThreadPoolExecutor(2, thread_name_prefix="lookup")
        self._clerk = ThreadPoolExecutor(1, thread_name_prefix="clerk")
        self._indexer = ThreadPoolExecutor(1, thread_name_prefix="indexer")
        self._free = workers
        self._queue = queue
        self._waiting: deque[tuple[Ticket[Any], asyncio.Future[None]]] = deque()
        self._busy: set[Ticket[Any]] = set()

    @property
    def waiting(self) -> int:
        """How many questions wait for their turn."""
        return len(self._waiting)

    @property
    def working(self) -> int:
        """How many questions are being answered."""
        return len(self._busy)

    def enter(self, work: Callable[[Newsroom], Found]) -> Ticket[Found]:
        """Puts a question in line.

        Raises:
            DeskFull: the queue is at its bound.
        """
        if len(self._waiting) >= self._queue:
            raise DeskFull
        newsroom = self.newsroom
        return Ticket(self, lambda: work(newsroom))

    async def look_up(self, work: Callable[[Newsroom], Found]) -> Found:
        """Runs something quick beside the line."""
        return await asyncio.get_running_loop().run_in_executor(self._lookups, work, self.newsroom)

    async def file(self, work: Callable[[], Found]) -> Found:
        """Runs something on the bot's own database."""
        return await asyncio.get_running_loop().run_in_executor(self._clerk, work)

    async def reindex(self, report: Report, *, force: bool, asked_by: str) -> IndexReport:
        """Reindexes on its own thread; ``report`` is called there."""
        return await asyncio.get_running_loop().run_in_executor(
            self._indexer, lambda: self.newsroom.reindex(report, force=force, asked_by=asked_by)
        )

    def dismiss(self) -> None:
        """Sends everybody in line away with DeskClosing; what is being worked on goes on."""
        while self._waiting:
            _, future = self._waiting.popleft()
            if not future.done():
                future.set_exception(DeskClosing())

    async def drain(self) -> None:
        """Waits until every question in line is answered."""
        tasks = [ticket.task for ticket, _ in self._waiting] + [ticket.task for ticket in self._busy]
        if tasks:
            await asyncio.wait(tasks)

    def close(self) -> None:
        """Lets the threads end once they are done with what they have."""
        for executor in (self.readers, self._lookups, self._clerk, self._indexer):
            executor.shutdown(wait=False, cancel_futures=True)

    def place_of(self, ticket: Ticket[Any]) -> int:
        """A ticket's place in the line, from 1; 0 if it isn't in it."""
        return next((place for place, (other, _) in enumerate(self._waiting, start=1) if other is ticket), 0)

    async def turn(self, ticket: Ticket[Any]) -> None:
        """Waits for a free reader, first come, first served."""
        if self._free > 0:
            self._free -= 1
            self._busy.add(ticket)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (ticket, future)
        self._waiting.append(entry)
        try:
            await future
        except asyncio.CancelledError:
            # When the turn came at the moment of giving up, it isn't in line any more, and ``done`` passes it on.
            if entry in self._waiting:
                self._waiting.remove(entry)
            raise

    def done(self, ticket: Ticket[Any]) -> None:
        """Gives a reader to the next in line."""
        if ticket not in self._busy:
            return
        self._busy.discard(ticket)
        while self._waiting:
            follower, future = self._waiting.popleft()
            if not future.done():
                self._busy.add(follower)
                future.set_result(None)
                return
        self._free += 1
