"""A deterministic archive that stands in for the real one: small, fast, and it can be held up."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence

from bot.desk import Report
from index import (
    Answer,
    ArchiveStatus,
    Article,
    Citation,
    Hit,
    IndexReport,
    Manner,
    NoAnswer,
    NoAnswerReason,
    Progress,
    Reply,
    Searched,
    Skipped,
    Turn,
    Where,
)
from index.errors import ArticleMissing
from index.types import Origin

TIMING = {"retrieve": 1.0, "read": 3.0, "total": 4.0}
_WORD = re.compile(r"\w{4,}")
_SENTENCE = re.compile(r"\S.*?[.!?](?=\s|$)")


def article(number: int, title: str, text: str, **facts: str | None) -> Article:
    """An article with an outlet, a date and a link."""
    given: dict[str, str | None] = {
        "outlet": "The Harbour Post",
        "published": f"2026-01-{number:02d}",
        "url": f"https://news.example/{number}",
        **facts,
    }
    return Article(id=f"a{number}", title=title, text=text, origin=Origin(path=f"{number}.txt"), **given)


SAMPLE = (
    article(
        10,
        "Ferry service halted after storm",
        "The storm closed the harbour on Monday. The ferry to Saltmarsh will resume on 14 February. "
        "Repairs to the pier cost 2.4 million dollars.",
    ),
    article(
        12,
        "Council votes on tram line",
        "Mayor Ida Brandt supports the tram line. The tram will cost 310 million dollars, the council said. "
        "Opponents want a second study.",
        outlet="Northern Wire",
    ),
)


class FakeNewsroom:
    """Answers with the sentence that shares most words with the question; satisfies :class:`bot.desk.Newsroom`."""

    def __init__(self, articles: Sequence[Article] = SAMPLE) -> None:
        self.articles = {one.id: one for one in articles}
        self.generation = 1
        self.open_doors = threading.Event()
        self.open_doors.set()
        self.asked: list[tuple[str, tuple[Turn, ...], Where | None]] = []
        self.manners: list[Manner] = []
        self.prepared: dict[str, Callable[[Reply], Reply]] = {}
        self.failure: Exception | None = None
        self.to_index: list[Article] = []
        self.skipped: tuple[Skipped, ...] = (Skipped(path="=broken.json", reason="not JSON", line=3),)
        self.steps = 3
        self.step = threading.Semaphore(1_000)
        self.indexing = threading.Event()
        self._lock = threading.Lock()

    def ask(
        self, question: str, history: Sequence[Turn] = (), where: Where | None = None, manner: Manner | None = None
    ) -> Reply:
        self.manners.append(manner or Manner())
        self.asked.append((question, tuple(history), where))
        assert self.open_doors.wait(30), "the test never opened the doors"
        if self.failure is not None:
            raise self.failure
        standalone = f"{history[-1].question} {question}" if history else question
        best = self._best(question, where or Where())
        searched = self._searched(where)
        reply = self._reply(question, standalone, best, searched, where)
        taken = self.manners[-1]
        prepare = self.prepared.get(question) if taken.time_words and taken.ask_back else None
        return prepare(reply) if prepare else reply

    def _reply(
        self,
        question: str,
        standalone: str,
        best: tuple[Article, int, int] | None,
        searched: Searched,
        where: Where | None,
    ) -> Reply:
        if best is None:
            reason = NoAnswerReason.NOT_CONVINCING if self.articles else NoAnswerReason.EMPTY
            return NoAnswer(
                question=question,
                standalone=standalone,
                reason=reason,
                confidence=0.1,
                passages=tuple(self.search(question, 3, where)),
                searched=searched,
                timing_ms=TIMING,
            )
        found, start, end = best
        quote = found.text[start:end]
        longest = max(_WORD.finditer(quote), key=lambda match: len(match[0]))
        citation = Citation(
            marker=1,
            article_id=found.id,
            title=found.title,
            outlet=found.outlet,
            published=found.published,
            url=found.url,
            start=start,
            end=end,
            quote=quote,
            highlight=(longest.start(), longest.end()),
        )
        return Answer(
            question=question,
            standalone=standalone,
            text=quote,
            confidence=0.9,
            citations=(citation,),
            passages=(_hit(found, 1),),
            searched=searched,
            timing_ms=TIMING,
        )

    def search(self, query: str, k: int = 10, where: Where | None = None) -> list[Hit]:
        found = [one for one in self.articles.values() if _passes(one, where or Where())]
        found.sort(key=lambda one: -_shared(query, one.title + " " + one.text))
        return [_hit(one, rank) for rank, one in enumerate(found[:k], start=1)]

    def article(self, article_id: str) -> Article:
        if article_id not in self.articles:
            raise ArticleMissing(f"no article {article_id}")
        return self.articles[article_id]

    def outlets(self) -> list[tuple[str, int]]:
        names = [one.outlet for one in self.articles.values() if one.outlet]
        return [(name, names.count(name)) for name in sorted(set(names))]

    def headlines(self, contains: str = "", limit: int = 25) -> list[tuple[str, str, str | None, str | None]]:
        wanted = contains.casefold()
        found = [one for one in self.articles.values() if wanted in one.title.casefold()]
        return [(one.id, one.title, one.outlet, one.published) for one in found[:limit]]

    def status(self) -> ArchiveStatus:
        searched = self._searched(None)
        return ArchiveStatus(
            generation=self.generation,
            articles=len(self.articles),
            passages=len(self.articles),
            outlets=len(self.outlets()),
            earliest=searched.earliest,
            latest=searched.latest,
            embedder="fake",
            reader="fake",
            bytes_on_disk=1_048_576,
            indexed_at="2026-01-20T10:00:00+00:00",
        )

    def reindex(self, report: Report, *, force: bool, asked_by: str) -> IndexReport:
        del force, asked_by
        self.indexing.set()
        for done in range(self.steps):
            report(Progress(stage="embedding passages", done=done, total=self.steps))
            assert self.step.acquire(timeout=30), "the test never let the indexing go on"
        report(Progress(stage="publishing", done=self.steps, total=self.steps))
        with self._lock:
            added = len(self.to_index)
            self.articles |= {one.id: one for one in self.to_index}
            self.to_index = []
            self.generation += 1
        return IndexReport(
            generation=self.generation,
            articles=len(self.articles),
            added=added,
            changed=0,
            removed=0,
            unchanged=len(self.articles) - added,
            skipped=self.skipped,
            passages=len(self.articles),
            embedded=added,
            seconds=0.1,
        )

    def _best(self, question: str, where: Where) -> tuple[Article, int, int] | None:
        candidates = [
            (_shared(question, match[0]), one, match)
            for one in self.articles.values()
            if _passes(one, where)
            for match in _SENTENCE.finditer(one.text)
        ]
        if not candidates:
            return None
        shared, found, match = max(candidates, key=lambda candidate: candidate[0])
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        return (found, start, match.end()) if shared else None

    def _searched(self, where: Where | None) -> Searched:
        dates = sorted(one.published for one in self.articles.values() if one.published)
        return Searched(
            generation=self.generation,
            articles=len(self.articles),
            earliest=dates[0] if dates else None,
            latest=dates[-1] if dates else None,
            newest_match=dates[-1] if dates else None,
            where=where or Where(),
        )


def _shared(one: str, other: str) -> int:
    return len({word.casefold() for word in _WORD.findall(one)} & {word.casefold() for word in _WORD.findall(other)})


def _passes(one: Article, where: Where) -> bool:
    published = one.published or ""
    return (
        (not where.outlets or (one.outlet or "").casefold() in {name.casefold() for name in where.outlets})
        and (where.since is None or published >= where.since.date().isoformat())
        and (where.latest is None or published <= where.latest.date().isoformat())
    )


def _hit(one: Article, rank: int) -> Hit:
    return Hit(
        rank=rank,
        score=1 / rank,
        passage_id=rank,
        article_id=one.id,
        title=one.title,
        outlet=one.outlet,
        published=one.published,
        url=one.url,
        start=0,
        end=len(one.text),
        text=one.text,
    )
