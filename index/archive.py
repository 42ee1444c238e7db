"""The archive as everyone else sees it: search it, ask it, read from it. Thread-safe; follows new generations."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
import weakref
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from index.asking import (
    Inventory,
    Timing,
    event_choices,
    inventory_of,
    latest_in,
    name_choices,
    none_is_an_answer,
    overview_of,
    timing_of,
)
from index.conversation.follow import Followed, follow, headlines
from index.conversation.speech import speaker_in
from index.conversation.understand import Understands, Understood
from index.errors import OutOfResources, UsageError
from index.look import Live, Look, readable, receipt
from index.protocols import Reader
from index.read.compose import CompositionSettings, beside, choose_sentences, cite
from index.read.differing import differing, has_one_answer
from index.read.rerank import reranked
from index.sentences import split_sentences
from index.types import (
    Answer,
    ArchiveStatus,
    Article,
    Choice,
    Hit,
    Manner,
    NoAnswer,
    NoAnswerReason,
    Overview,
    Reading,
    Reply,
    Searched,
    Turn,
    Where,
)

_AGAIN_SECONDS = 5.0
"""After how long a new generation is tried again that could not be opened for want of memory or open files."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSettings:
    """How many passages are read, what is quoted, and from which confidence on (None: the reader's default)."""

    read: int = 10
    threshold: float | None = None
    composition: CompositionSettings = field(default_factory=CompositionSettings)


class Archive:
    """A live archive. Every call sees one generation throughout; a newly published one serves the next call."""

    def __init__(
        self,
        *,
        open_live: Callable[[], Live],
        live_generation: Callable[[], int | None],
        bytes_on_disk: Callable[[], int],
        reader: Reader,
        understands: Understands,
        terms: Callable[[str], list[str]],
        settings: AnswerSettings,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._open_live = open_live
        self._live_generation = live_generation
        self._bytes_on_disk = bytes_on_disk
        self._reader = reader
        self._understands = understands
        self._terms = terms
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._not_before = 0.0
        self._live = self._opened()

    def search(
        self,
        query: str,
        k: int = 10,
        where: Where | None = None,
        history: Sequence[Turn] = (),
        *,
        without: Collection[str] = (),
    ) -> list[Hit]:
        """The k best passages for a query as typed, best first; with ``history``, as :meth:`ask` would take the turn.

        ``without`` are ids of articles that are passed over; counts of words and names still know them.

        Raises:
            UsageError: k is not positive.
        """
        if k < 1:
            raise UsageError(f"k must be at least 1, not {k}")
        look = Look(self._current(), where, without=without)
        if not history:
            return look.hits(readable(query), k, where)
        turn = self._followed(look.spelled(query), history, look)
        return look.hits(turn.standalone, k, turn.where, kept=turn.kept, only=turn.only, also=turn.also)

    def ask(
        self, question: str, history: Sequence[Turn] = (), where: Where | None = None, manner: Manner | None = None
    ) -> Reply:
        """Answers a question with verbatim quotations, or says that the archive doesn't.

        A question about the archive itself is answered by counting. Words for a time in what was typed narrow the
        search to the days that they mean, unless nothing there answers.

        Args:
            question: one turn, as typed.
            history: earlier turns of the conversation, oldest first.
            where: filters.
            manner: how the question is to be taken.
        """
        started = time.perf_counter()
        manner = manner or Manner()
        live = self._current()
        look = Look(live, where)
        typed = look.spelled(question)
        turn = self._followed(typed, history, look)
        # What is asked of a quotation is asked of its article, whenever that is from.
        quoted = turn.reading is not None
        timing = (
            Timing(where=turn.where)
            if quoted
            else timing_of(typed, live.store, turn.where, manner, today=self._today(where))
        )
        understood = time.perf_counter()

        def spent() -> dict[str, float]:
            return {
                "understand": (understood - started) * 1000,
                "total": (time.perf_counter() - started) * 1000,
            }

        alone = turn.pointed or turn.standalone
        asked = None if quoted else inventory_of(typed, alone, timing.said, in_talk=bool(history))
        if asked is not None:
            overview = self._overview(live, question, asked, timing)
            if overview.articles or not asked.about or none_is_an_answer(asked, typed):
                return replace(overview, timing_ms=spent())
            # Nothing has these words, which is no answer; something may still answer what they mean.
        reply = timing.settle(lambda within: self._read(look, question, turn, timing, within=within, manner=manner))
        latest = latest_in(typed) if isinstance(reply, NoAnswer) else None
        if latest is not None:
            overview = self._overview(live, question, latest, timing)
            if overview.articles:
                return replace(overview, timing_ms=spent())
        return replace(reply, timing_ms={**reply.timing_ms, **spent()})

    def _followed(self, question: str, history: Sequence[Turn], look: Look) -> Followed:
        """The turn in its conversation."""
        return follow(question, look.earlier(history), look.where, understands=self._understands, passages=look)

    def _overview(self, live: Live, question: str, asked: Inventory, timing: Timing) -> Overview:
        """The answer to a question about the archive itself."""
        within = timing.within(timing.span)
        searched = replace(
            receipt(live, (), within),
            period=timing.period_of(timing.span, kept=True),
            newest_first=timing.newest_first,
            behind_days=timing.behind_days,
        )
        return overview_of(
            asked,
            lambda: live.store.listing(within),
            question=question,
            searched=searched,
            sentences=split_sentences,
        )

    def _read(
        self, look: Look, question: str, turn: Followed, timing: Timing, *, within: Where | None, manner: Manner
    ) -> Answer | NoAnswer:
        started = time.perf_counter()
        alone = turn.standalone
        asked = timing.bare(alone)
        if turn.reading is None or turn.only is not None:
            also = [timing.bare(form) for form in turn.also]
            hits = look.hits(asked, self._settings.read, within, kept=turn.kept, only=turn.only, also=also)
        else:
            hits = list({sentence.hit.passage_id: sentence.hit for sentence in turn.reading.sentences}.values())
        retrieved = time.perf_counter()
        asked_as = timing.bare(turn.bracketed or alone)
        reading = turn.reading or self._reader.read(asked_as, look.of_its_years(question, hits), follows=turn.follows)
        read = time.perf_counter()
        searched = replace(
            receipt(look.live, hits, within), newest_first=timing.newest_first, behind_days=timing.behind_days
        )
        threshold = self._reader.default_threshold if self._settings.threshold is None else self._settings.threshold
        answers = bool(reading.sentences) and reading.confidence >= threshold
        ranked = timing.ordered(reading.sentences, self._settings.composition.margin)
        chosen = (
            choose_sentences(ranked, self._settings.composition, self._terms, one_answer=has_one_answer(asked))
            if answers
            else []
        )
        along = beside(chosen, ranked, self._settings.composition, self._terms)
        # "Who said that?" is answered from the whole quotation: another speaker beside it would be taken for its own.
        citations = cite(chosen, self._settings.composition, [one for one in along if speaker_in(one.text) is None])
        spent = {"retrieve": (retrieved - started) * 1000, "read": (read - retrieved) * 1000}
        if citations:
            return Answer(
                question=question,
                standalone=alone,
                text="\n".join(f"{citation.quote} [{citation.marker}]" for citation in citations),
                confidence=reading.confidence,
                citations=citations,
                passages=tuple(reranked(hits, reading)),
                searched=searched,
                timing_ms=spent,
                choices=self._choices(alone, reading, turn.spoken_of) if manner.ask_back else (),
                differing=differing(asked, citations, self._terms),
            )
        return NoAnswer(
            question=question,
            standalone=alone,
            reason=_reason(searched, hits),
            confidence=reading.confidence,
            passages=tuple(hits),
            searched=searched,
            timing_ms=spent,
        )

    def _choices(self, question: str, reading: Reading, spoken_of: frozenset[str]) -> tuple[Choice, ...]:
        """The readings of an unclear question: the people that it may mean, or the events."""
        people = name_choices(question, reading.sentences)
        return people or event_choices(question, reading.sentences, self._terms, spoken_of)

    def understand(self, question: str, history: Sequence[Turn] = ()) -> Understood:
        """A turn as :meth:`ask` would search it, without searching."""
        look = Look(self._current(), None)
        return self._understands.understand(look.spelled(question), look.earlier(history), headlines(look))

    def _today(self, where: Where | None) -> dt.date:
        """The day on which a question is asked: that of ``as_of``, or today's."""
        return (where.as_of if where and where.as_of else self._clock()).date()

    def article(self, article_id: str) -> Article:
        """An article of the live generation.

        Raises:
            ArticleMissing: there is none with this id.
        """
        return self._current().store.article(article_id)

    def outlets(self) -> list[tuple[str, int]]:
        """Every outlet with its number of articles, most first."""
        return self._current().store.outlets()

    def headlines(self, contains: str = "", limit: int = 25) -> list[tuple[str, str, str | None, str | None]]:
        """(article id, title, outlet, published) of articles whose headline contains the words, newest first."""
        return self._current().store.headlines(contains, limit)

    def warnings(self) -> tuple[str, ...]:
        """What is wrong with what is live, in words; empty where all is well. Costs nothing, unlike the status."""
        return self._current().warnings

    def status(self) -> ArchiveStatus:
        """What is live, and how big it is."""
        live = self._current()
        counts = live.store.counts()
        earliest, latest = live.store.span()
        return ArchiveStatus(
            generation=live.generation,
            articles=counts.articles,
            passages=counts.passages,
            outlets=len(live.store.outlets()),
            earliest=earliest,
            latest=latest,
            embedder=live.embedder_id,
            reader=self._reader.id,
            bytes_on_disk=self._bytes_on_disk(),
            indexed_at=live.store.indexed_at(),
            warnings=live.warnings,
        )

    def _current(self) -> Live:
        try:
            named = self._live_generation()
        except OutOfResources as error:
            self._stays(error)
            return self._live
        # Compared with what was meant to be opened: a damaged generation must not be tried again at every question.
        if named == self._live.named:
            return self._live
        with self._lock:
            # Read again: while this thread waited for another's opening, the name may have moved on.
            if self._live_generation() != self._live.named and time.monotonic() >= self._not_before:
                try:
                    self._live = self._opened()
                except OutOfResources as error:
                    # What is open goes on answering; opening is tried again when there may be more.
                    self._not_before = time.monotonic() + _AGAIN_SECONDS
                    self._stays(error)
            return self._live

    def _stays(self, error: OutOfResources) -> None:
        _log.warning("generation %d goes on answering: %s", self._live.generation, error)

    def _opened(self) -> Live:
        """Opens what is live. Its connection closes when the last call that reads from it has ended."""
        live = self._open_live()
        weakref.finalize(live, live.store.close)
        return live


def _reason(searched: Searched, hits: Sequence[Hit]) -> NoAnswerReason:
    if not searched.articles:
        return NoAnswerReason.EMPTY
    return NoAnswerReason.NOT_CONVINCING if hits else NoAnswerReason.NOTHING_SIMILAR
