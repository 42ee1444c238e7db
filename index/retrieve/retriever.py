"""The retriever: candidates of both engines as a true union, each with both engines' scores, fused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.protocols import Embedder, LexicalIndex, VectorIndex
from index.retrieve.fusion import Candidate, Fused, FusionSettings, averaged, fuse, lifted, with_kept
from index.retrieve.mentions import MentionedSources, OutletNames, dates_in
from index.retrieve.questions import clauses, content_words
from index.types import Where, name_key


class Retrieves(Protocol):
    """Finds the best passages for a question: :class:`Retriever`, and the baselines that it is judged beside."""

    def retrieve(
        self,
        query: str,
        k: int,
        where: Where | None = None,
        allowed: Sequence[int] | None = None,
        *,
        kept: Sequence[int] = (),
        also: Sequence[str] = (),
    ) -> list[Fused]:
        """The k best passages, best first.

        ``allowed`` are the passages that pass ``where``; ``kept`` are candidates whatever the engines find, and the
        best of them are among the k. ``also`` are other forms of the same question, which count as much as ``query``.
        """
        ...


class PassageSource(Protocol):
    """Where a passage was published, and when (ISO 8601)."""

    @property
    def outlet(self) -> str | None:
        """The outlet as the source spells it."""
        ...

    @property
    def published(self) -> str | None:
        """ISO 8601 text."""
        ...


class Sources(Protocol):
    """What retrieval asks of the store: the outlets there are, and where passages come from."""

    def outlets(self) -> list[tuple[str, int]]:
        """Every outlet with its number of articles."""
        ...

    def sources(self, passage_ids: Sequence[int]) -> Mapping[int, PassageSource]:
        """Where the named passages come from, by id; unknown ids are left out."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Form:
    """A question in one of its forms: ``vector`` of shape (dimensions,), its clauses, and the sources that it names."""

    text: str
    vector: NDArray[np.float32]
    parts: Sequence[str]
    named: MentionedSources


class Retriever:
    """Retrieves passages of one generation. Thread-safe where its parts are.

    Without ``sources``, outlets and days that a question names are matched as words only.
    """

    def __init__(
        self,
        *,
        embedder: Embedder,
        vectors: VectorIndex,
        lexical: LexicalIndex,
        sources: Sources | None = None,
        settings: FusionSettings | None = None,
    ) -> None:
        self._embedder = embedder
        self._vectors = vectors
        self._lexical = lexical
        self._sources = sources
        self._settings = settings or FusionSettings()

    @property
    def settings(self) -> FusionSettings:
        """The constants in use."""
        return self._settings

    def retrieve(
        self,
        query: str,
        k: int,
        where: Where | None = None,
        allowed: Sequence[int] | None = None,
        *,
        kept: Sequence[int] = (),
        also: Sequence[str] = (),
    ) -> list[Fused]:
        """The k best passages, best first; k of them whenever k pass the filters, and none for an empty query.

        Args:
            query: the question, stand-alone.
            k: how many.
            where: filters, for the lexical index.
            allowed: ids of the passages that pass the same filters, for the vectors; None when nothing is filtered.
            kept: ids of passages that are candidates whatever the engines find, such as those of an article that was
                quoted before; the best few of them are among the k.
            also: other forms of the same question, such as the turn as it was typed; each is searched by itself, and
                a passage's score is the mean of theirs.

        Raises:
            ValueError: there are filters, and ``allowed`` does not say what passes them.
        """
        if where and allowed is None:
            raise ValueError("filters without the passages that pass them: give `allowed` with `where`")
        if not query.strip() or k < 1 or (allowed is not None and not allowed):
            return []
        passing = None if allowed is None else set(allowed)
        forms = self._forms(query, also)
        found: set[int] = set()
        for form in forms:
            depth = max(k, self._settings.depth)
            found.update(hit.passage_id for hit in self._vectors.search(form.vector, depth, allowed))
            for search in self._lexical_searches(form, where, k):
                found.update(hit_id for hit_id in search() if passing is None or hit_id in passing)
        remaining = [hit_id for hit_id in kept if passing is None or hit_id in passing]
        ids = sorted(found.union(remaining))
        fused = averaged([self._fused(form, ids) for form in forms])
        fused = lifted(fused, remaining, lift=self._settings.kept_lift)
        return with_kept(fused, k, remaining, share=self._settings.kept_share)

    def _forms(self, query: str, also: Sequence[str]) -> list[_Form]:
        """The question and its other forms, each once, ready to be searched."""
        texts = list(dict.fromkeys([query, *(text for text in also if text.strip())]))
        return [
            _Form(
                text=text,
                vector=vector,
                parts=clauses(text, self._settings.clauses),
                named=self._named_in(text),
            )
            for text, vector in zip(texts, self._embedder.embed_queries(texts), strict=True)
        ]

    def _fused(self, form: _Form, ids: Sequence[int]) -> list[Fused]:
        """One score for each candidate, by one form of the question."""
        candidates = self._candidates(form, ids)
        if form.named.outlets or form.named.days:
            candidates = self._with_sources(candidates, form.named)
        return fuse(candidates, content_words=len(content_words(form.text)), settings=self._settings)

    @cached_property
    def _outlet_names(self) -> OutletNames:
        return OutletNames(outlet for outlet, _ in self._sources.outlets()) if self._sources else OutletNames(())

    def _named_in(self, query: str) -> MentionedSources:
        if self._sources is None:
            return MentionedSources()
        return MentionedSources(outlets=self._outlet_names.named_in(query), days=dates_in(query))

    def _lexical_searches(self, form: _Form, where: Where | None, k: int) -> Iterator[Callable[[], list[int]]]:
        def search(text: str, depth: int, narrowed: Where | None) -> Callable[[], list[int]]:
            return lambda: [hit.passage_id for hit in self._lexical.search(text, depth, narrowed)]

        depth = self._settings.clause_depth
        yield search(form.text, max(k, self._settings.depth), where)
        for part in form.parts:
            yield search(part, depth, where)
        for narrowed in _narrowed(form.named, where or Where()):
            yield search(form.text, depth, narrowed)

    def _candidates(self, form: _Form, ids: Sequence[int]) -> list[Candidate]:
        by_clause = [self._lexical.scores(part, ids) for part in form.parts]
        best_clause = [max(scores) for scores in zip(*by_clause, strict=True)] if by_clause else [0.0] * len(ids)
        dense = self._vectors.scores(form.vector, ids)
        lexical = self._lexical.scores(form.text, ids)
        return [
            Candidate(passage_id=passage_id, dense=cosine, lexical=words, clause=clause)
            for passage_id, cosine, words, clause in zip(ids, dense, lexical, best_clause, strict=True)
        ]

    def _with_sources(self, candidates: Sequence[Candidate], named: MentionedSources) -> list[Candidate]:
        sources = self._sources.sources([candidate.passage_id for candidate in candidates]) if self._sources else {}
        outlets = {name_key(outlet) for outlet in named.outlets}
        marked = []
        for candidate in candidates:
            source = sources.get(candidate.passage_id)
            outlet, published = (source.outlet, source.published) if source else (None, None)
            marked.append(
                replace(
                    candidate,
                    outlet_named=outlet is not None and name_key(outlet) in outlets,
                    day_named=published is not None and published[:10] in named.days,
                )
            )
        return marked


def _narrowed(named: MentionedSources, where: Where) -> Iterator[Where]:
    """Filters that keep what the question names, within the caller's own; these are never widened."""
    if not where.outlets:
        for outlet in sorted(named.outlets):
            yield replace(where, outlets=(outlet,))
    for day in sorted(named.days):
        start = dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC)
        end = start + dt.timedelta(days=1, microseconds=-1)
        yield replace(
            where,
            since=start if where.since is None else max(start, where.since),
            until=end if where.until is None else min(end, where.until),
        )
