"""One generation as one question looks into it: passages, words, and what was said before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial

from index.asking import tells_of, years_in
from index.conversation.follow import Passages
from index.dates import instant
from index.retrieve import Fused, Retrieves, Vocabulary, respelled
from index.store import StoredPassage, StoreView
from index.types import Hit, Searched, Turn, Where

_MAX_QUESTION = 2000
"""Characters of a question that are read; what is longer is a pasted text, and its start says what is wanted."""
_MAX_ANSWER = 10_000
"""Characters of an earlier answer; three quotations have a fourth of it."""
_MAX_TURNS = 50
"""Turns of a conversation that are looked at: what lies further back is not what a question leans on."""
_FIND = 3
"""Passages among which a quotation is looked for by its text."""


@dataclass(frozen=True, slots=True, weakref_slot=True, kw_only=True)
class Live:
    """One generation, opened for reading: everything that a question needs, and nothing that changes under it.

    ``named`` is the one that was meant to be opened; a damaged one falls back to the one before.
    """

    generation: int
    named: int | None
    store: StoreView
    retriever: Retrieves
    vocabulary: Callable[[Where | None], Vocabulary]
    embedder_id: str
    warnings: tuple[str, ...] = ()


def hit_of(passage: StoredPassage, found: Fused, rank: int) -> Hit:
    """A passage of the store as a hit."""
    return Hit(
        rank=rank,
        score=found.score,
        passage_id=found.passage_id,
        article_id=passage.article_id,
        title=passage.title,
        outlet=passage.outlet,
        published=passage.published,
        url=passage.url,
        start=passage.start,
        end=passage.end,
        text=passage.text,
        header=passage.header,
        sentences=passage.sentences,
        dense=found.dense,
        lexical=found.lexical,
    )


class Look(Passages):
    """One generation as one question looks into it; a conversation is followed behind the caller's filters.

    What passes which filters is looked up once: a follow-up asks for it again and again. ``without`` are ids of
    articles that are passed over.
    """

    def __init__(self, live: Live, where: Where | None, *, without: Collection[str] = ()) -> None:
        self.live = live
        self.where = where
        self._allowed = cache(partial(live.store.allowed_passages, without=without))

    def hits(
        self,
        query: str,
        k: int,
        where: Where | None,
        *,
        kept: Sequence[int] = (),
        only: Sequence[int] | None = None,
        also: Sequence[str] = (),
    ) -> list[Hit]:
        """The k best passages; ``kept`` are candidates whatever is found, and of ``only`` alone where it is given.

        ``also`` are other forms of the query.
        """
        live, allowed = self.live, self._allowed(where)
        if only is not None:
            # What is asked about was quoted from here: nothing else can answer.
            passing = set(only) if allowed is None else set(only).intersection(allowed)
            allowed = sorted(passing)
        fused = live.retriever.retrieve(query, k, where, allowed, kept=kept, also=also)
        passages = live.store.quotable([found.passage_id for found in fused])
        return [hit_of(passages[found.passage_id], found, rank) for rank, found in enumerate(fused, start=1)]

    def of_its_years(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """The passages of articles that tell of a year which the question is about; all where it is about none."""
        asked = years_in(question)
        latest = self.live.store.span()[1] if asked else None
        years = [one for one in asked if latest is not None and one.year <= instant(latest).year]
        if not years:
            return list(hits)
        articles = {hit.article_id: self.live.store.article(hit.article_id) for hit in hits}
        telling = {name for name, article in articles.items() if any(tells_of(article, one) for one in years)}
        return [hit for hit in hits if hit.article_id in telling]

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return self.live.vocabulary(self.where)

    def spelled(self, question: str) -> str:
        """A question as it is read: of bounded length, and without slips of the keyboard."""
        return respelled(readable(question), self._vocabulary)

    def earlier(self, history: Sequence[Turn]) -> list[Turn]:
        """The turns that are looked at, their questions as they were read."""
        turns = [_readable_turn(turn) for turn in history[-_MAX_TURNS:]]
        return [replace(turn, question=respelled(turn.question, self._vocabulary)) for turn in turns]

    @cached_property
    def _passing(self) -> frozenset[int] | None:
        allowed = self._allowed(self.where)
        return None if allowed is None else frozenset(allowed)

    def of_article(self, article_id: str) -> list[Hit]:
        """See :class:`index.conversation.follow.Passages`."""
        store, passing = self.live.store, self._passing
        ids = store.passages_of(article_id)
        passages = store.passages([one for one in ids if passing is None or one in passing])
        return [
            hit_of(passages[one], Fused(passage_id=one, score=1.0, dense=0.0, lexical=0.0), rank)
            for rank, one in enumerate((one for one in ids if one in passages), start=1)
        ]

    def find(self, text: str) -> list[Hit]:
        """See :class:`index.conversation.follow.Passages`."""
        return self.hits(text, _FIND, self.where)


def receipt(live: Live, hits: Sequence[Hit], where: Where | None) -> Searched:
    """What was searched, for the reply."""
    earliest, latest = live.store.span(where)
    dated = [hit.published for hit in hits if hit.published]
    return Searched(
        generation=live.generation,
        articles=live.store.counts(where).articles,
        earliest=earliest,
        latest=latest,
        newest_match=max(dated, key=instant, default=None),
        where=where or Where(),
    )


def readable(text: str, most: int = _MAX_QUESTION) -> str:
    """Text without what no model takes: unpaired surrogates, which JSON can carry, and endless length."""
    return text[:most].encode("utf-8", "replace").decode("utf-8")


def _readable_turn(turn: Turn) -> Turn:
    """A turn without what no model takes, and of bounded length: a batch may bring any."""
    return replace(
        turn,
        question=readable(turn.question),
        answer=readable(turn.answer, _MAX_ANSWER),
        standalone=readable(turn.standalone),
    )
