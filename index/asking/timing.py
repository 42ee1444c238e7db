"""What a question's words for a time do to the search: narrow it, order it, and say how old the archive is."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from index.asking.when import Span, take_out, when_in
from index.dates import instant
from index.types import Answer, Manner, NoAnswer, Period, ScoredSentence, Where

Headline = tuple[str, str, str | None, str | None]
_WORD: Final = re.compile(r"\w+")
_BEHIND: Final = 2
"""Days that an archive may lie behind before a question about now is told so."""
_HEADLINES: Final = 500
_ONE_EVENT: Final = dt.timedelta(days=3)
"""Most time between two headlines that are about the same event."""


class Dated(Protocol):
    """What timing asks of the store."""

    def span(self, where: Where | None = None) -> tuple[str | None, str | None]:
        """The earliest and latest publication."""
        ...

    def headlines(self, contains: str = "", limit: int = 25) -> list[Headline]:
        """(article id, title, outlet, published), newest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What is to be done about time, for one question. ``where`` are the caller's own filters, never widened.

    ``ignored`` is the span that would have narrowed the search, had the caller not said otherwise.
    """

    where: Where | None
    span: Span | None = None
    ignored: Span | None = None
    event: str | None = None
    newest_first: bool = False
    behind_days: int | None = None

    def bare(self, question: str) -> str:
        """The question as it is looked up: days counted from today are a filter, and no words that articles share."""
        return take_out(question, self.said) if self.said is not None and not self.said.weak else question

    @property
    def said(self) -> Span | None:
        """The span that the question names, whether it narrows the search or not."""
        return self.span or self.ignored

    def within(self, span: Span | None) -> Where | None:
        """The caller's filters and a span's days."""
        if span is None:
            return self.where
        where = self.where or Where()
        since = _moment(span.since, end=False)
        until = _moment(span.until, end=True)
        return replace(
            where,
            since=max((bound for bound in (where.since, since) if bound), default=None),
            until=min((bound for bound in (where.until, until) if bound), default=None),
        )

    def period_of(self, span: Span | None, *, kept: bool) -> Period | None:
        """The span as the receipt tells it."""
        if span is None:
            return None
        return Period(
            words=span.words,
            since=span.since.isoformat() if span.since else None,
            until=span.until.isoformat() if span.until else None,
            kept=kept,
            event=self.event,
        )

    def settle(self, read: Callable[[Where | None], Answer | NoAnswer]) -> Answer | NoAnswer:
        """Reads within the days, and in the whole archive where these do not answer.

        Words that may as well tell when something happened narrow the search only if it answers at least as surely.
        """
        if self.span is None:
            return read(self.where)
        lagging = self.span.lagging
        narrow = read(self.within(lagging))
        if isinstance(narrow, Answer) and not self.span.weak:
            return self._noted(narrow, kept=True)
        whole = read(self.where)
        if isinstance(narrow, Answer) and narrow.confidence >= whole.confidence:
            return self._noted(narrow, kept=True)
        # Of these days and less sure: then they are when it happened, and nothing is to be said about them.
        return whole if isinstance(narrow, Answer) else self._noted(whole, kept=False)

    def ordered(self, ranked: Sequence[ScoredSentence], margin: float) -> Sequence[ScoredSentence]:
        """The sentences, best first; where the latest is asked for, the newest of those near the best first."""
        if not self.newest_first or not ranked:
            return ranked
        near = [one for one in ranked if one.score >= ranked[0].score - margin]
        near.sort(key=lambda one: instant(one.hit.published) if one.hit.published else _NEVER, reverse=True)
        # Scores stay in descending order, as whoever chooses among them expects.
        best = ranked[0].score
        return [*(replace(one, score=best) for one in near), *ranked[len(near) :]]

    def _noted(self, reply: Answer | NoAnswer, *, kept: bool) -> Answer | NoAnswer:
        period = self.period_of(self.span and self.span.lagging, kept=kept)
        searched = replace(reply.searched, period=period)
        return replace(reply, searched=searched)


_NEVER: Final = dt.datetime.min.replace(tzinfo=dt.UTC)


def timing_of(question: str, store: Dated, where: Where | None, manner: Manner, *, today: dt.date) -> Timing:
    """What a question's words for a time come to.

    Args:
        question: as typed.
        store: the archive's dates and headlines.
        where: the caller's filters.
        manner: whether such words count at all.
        today: the day on which it is asked.
    """
    if not manner.time_words:
        return Timing(where=where, ignored=when_in(question, today=today, week_begins=manner.week_begins).span)
    said = when_in(question, today=today, week_begins=manner.week_begins)
    if not (said.span or said.newest_first or said.about_now):
        return Timing(where=where)
    oldest, newest = (
        instant(end).date() if end else None
        for end in store.span(Where(as_of=where.as_of, outlets=where.outlets) if where else None)
    )
    said = when_in(question, today=today, newest=newest, week_begins=manner.week_begins)
    span, event = _dated(said.span, store, newest_allowed=today)
    if span is not None and span.weak and _beside(span, oldest, newest):
        # No article is of those days: they tell when it happened.
        span = event = None
    behind = (today - newest).days if newest is not None and (said.about_now or _ends_late(span, newest)) else 0
    return Timing(
        where=where,
        span=span,
        event=event,
        newest_first=said.newest_first,
        behind_days=behind if behind > _BEHIND else None,
    )


def _beside(span: Span, oldest: dt.date | None, newest: dt.date | None) -> bool:
    """Whether no article can be of these days."""
    if oldest is None or newest is None:
        return True
    lagging = span.lagging
    return (lagging.since or oldest) > newest or (lagging.until or newest) < oldest


def _ends_late(span: Span | None, newest: dt.date) -> bool:
    """Whether a span lies wholly after the newest article."""
    return span is not None and span.since is not None and span.since > newest


def _dated(span: Span | None, store: Dated, *, newest_allowed: dt.date) -> tuple[Span | None, str | None]:
    """The span with its event dated by the headlines that name it; none where they are of different days, or none are.

    Returns:
        the span and the headline.
    """
    if span is None or not span.event:
        return span, None
    dated = []
    for _, title, _, published in store.headlines(" ".join(span.event), _HEADLINES):
        words = {word.casefold() for word in _WORD.findall(title)}
        if published and words.issuperset(span.event) and instant(published).date() <= newest_allowed:
            dated.append((instant(published), title))
    if not dated or max(dated)[0] - min(dated)[0] > _ONE_EVENT:
        return None, None
    moment, title = min(dated)
    return span.dated(moment.date()), title


def _moment(day: dt.date | None, *, end: bool) -> dt.datetime | None:
    if day is None:
        return None
    start = dt.datetime.combine(day, dt.time(), dt.UTC)
    return start + dt.timedelta(days=1, microseconds=-1) if end else start
