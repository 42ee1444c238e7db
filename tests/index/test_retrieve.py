"""Retrieval: a true union, exact filters, evidence that counts as documented, and questions of any shape."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import lexicon
from index.backends.lexical_tantivy import TantivyLexical, TantivyLexicalWriter
from index.backends.vectors_faiss import FaissVectors, FaissVectorsWriter
from index.dates import instant
from index.protocols import LexicalIndex, Vectors
from index.retrieve import (
    Fused,
    FusionSettings,
    Retriever,
    lifted,
)
from index.types import Scored, Where
from tests.fakes import MemoryLexical, MemoryVectors, ToyEmbedder


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    passage_id: int
    text: str
    title: str = ""
    outlet: str | None = None
    section: str | None = None
    published: str | None = None
    header: str = ""


class RowSources:
    """The store's side of retrieval over plain rows."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = {row.passage_id: row for row in rows}

    def outlets(self) -> list[tuple[str, int]]:
        return [(outlet, 1) for outlet in sorted({row.outlet for row in self._rows.values() if row.outlet})]

    def sources(self, passage_ids: Sequence[int]) -> dict[int, Row]:
        return {passage_id: self._rows[passage_id] for passage_id in passage_ids if passage_id in self._rows}


class CountingEmbedder(ToyEmbedder):
    """Counts calls, because a question is worth one."""

    calls = 0

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        self.calls += 1
        return super().embed_queries(texts)


ROWS = [
    Row(
        passage_id=1,
        text="The harbour bridge closed after a crack was found.",
        outlet="The Ledger",
        published="2026-02-02",
    ),
    Row(
        passage_id=2,
        text="Ferries replaced the buses while the bridge was closed.",
        outlet="The Verge",
        published="2026-02-03",
    ),
    Row(
        passage_id=3,
        text="Residents were told to boil water for two days.",
        outlet="The Ledger",
        published="2026-02-04",
    ),
    Row(
        passage_id=5,
        text="The mayor promised a new bridge within the year.",
        outlet="FOX News - Health",
        published="2026-02-05",
    ),
    Row(passage_id=8, text="A council vote on the water pipes was put off.", outlet="FOX News - Travel"),
    Row(passage_id=9, text="Gulls stole chips from visitors at the pier."),
]
EVERY_ID = {row.passage_id for row in ROWS}
WORDS = sorted({word.strip(".") for row in ROWS for word in row.text.split()} | {"gorilla", "the", "and", ","})
QUESTIONS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=14).map(" ".join)


def passing(where: Where, rows: Sequence[Row] = ROWS) -> list[int]:
    """What the filters let through, decided apart from any index."""

    def passes(row: Row) -> bool:
        if where.outlets and (row.outlet or "").casefold() not in {name.casefold() for name in where.outlets}:
            return False
        if where.since is None and where.latest is None:
            return True
        if row.published is None:
            return False
        moment = instant(row.published)
        return (where.since is None or moment >= where.since) and (where.latest is None or moment <= where.latest)

    return [row.passage_id for row in rows if passes(row)]


def retriever(
    rows: Sequence[Row] = ROWS, *, settings: FusionSettings | None = None, embedder: ToyEmbedder | None = None
) -> Retriever:
    embedder = embedder or ToyEmbedder()
    vectors = embedder.embed_passages([row.text for row in rows])
    return Retriever(
        embedder=embedder,
        vectors=MemoryVectors([([row.passage_id for row in rows], vectors)], embedder.dimensions),
        lexical=MemoryLexical(rows, instant=instant),
        sources=RowSources(rows),
        settings=settings,
    )


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    """A retriever over FAISS and tantivy."""
    home = tmp_path_factory.mktemp("engines")
    embedder = ToyEmbedder()
    ids = [row.passage_id for row in ROWS]
    vectors = embedder.embed_passages([row.text for row in ROWS])
    FaissVectorsWriter().write(home / "dense.faiss", [(ids, vectors)], embedder.dimensions)
    (home / "lexical").mkdir()
    TantivyLexicalWriter(analyse=lexicon.index_form, instant=instant).write(home / "lexical", ROWS)
    return Retriever(
        embedder=embedder,
        vectors=FaissVectors(home / "dense.faiss", dimensions=embedder.dimensions),
        lexical=TantivyLexical(home / "lexical", analyse=lexicon.query_form),
        sources=RowSources(ROWS),
    )


@given(QUESTIONS, st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_no_candidate_of_either_engine_is_lost(question: str, depth: int) -> None:
    embedder = ToyEmbedder()
    vectors = MemoryVectors([(sorted(EVERY_ID), embedder.embed_passages([row.text for row in ROWS]))], 64)
    lexical = MemoryLexical(ROWS, instant=instant)
    found = {hit.passage_id for hit in retriever(settings=FusionSettings(depth=depth)).retrieve(question, len(ROWS))}
    shallow = retriever(settings=FusionSettings(depth=depth)).retrieve(question, depth)
    by_vectors = vectors.search(embedder.embed_queries([question])[0], depth)
    by_words = lexical.search(question, depth)
    assert {hit.passage_id for hit in (*by_vectors, *by_words)} <= found
    assert len(shallow) == depth


def test_what_only_one_engine_finds_carries_the_score_of_both() -> None:
    class Blind(MemoryVectors):
        def search(self, vector: Vectors, k: int, allowed: Sequence[int] | None = None) -> list[Scored]:
            return [hit for hit in super().search(vector, k, allowed) if hit.passage_id != 9]

    embedder = ToyEmbedder()
    passages = embedder.embed_passages([row.text for row in ROWS])
    blind = Blind([([row.passage_id for row in ROWS], passages)], 64)
    lexical = MemoryLexical(ROWS, instant=instant)
    one = Retriever(embedder=embedder, vectors=blind, lexical=lexical)
    found = {hit.passage_id: hit for hit in one.retrieve("gulls", 6)}
    assert found[9].lexical == pytest.approx(lexical.scores("gulls", [9])[0])
    assert found[9].dense == pytest.approx(float(passages[-1] @ embedder.embed_queries(["gulls"])[0]), abs=1e-6)
    assert found[1].lexical == 0
    assert found[1].dense == pytest.approx(float(passages[0] @ embedder.embed_queries(["gulls"])[0]), abs=1e-6)


@given(
    QUESTIONS,
    st.sampled_from(
        [
            Where(outlets=("the ledger",)),
            Where(outlets=("The Verge", "FOX News - Travel")),
            Where(since=dt.datetime(2026, 2, 3, tzinfo=dt.UTC)),
            Where(as_of=dt.datetime(2026, 2, 3, 23, tzinfo=dt.UTC)),
            Where(outlets=("The Ledger",), until=dt.datetime(2026, 2, 2, 23, tzinfo=dt.UTC)),
            Where(outlets=("Nobody's Gazette",)),
        ]
    ),
    st.integers(1, 8),
    st.sampled_from(["", " according to The Verge", ", published on February 4, 2026, in The Ledger"]),
)
@settings(max_examples=80, deadline=None)
def test_filters_hold_and_k_hits_come_whenever_k_pages_pass(
    real: Retriever, question: str, where: Where, k: int, named: str
) -> None:
    allowed = passing(where)
    for one in (real, retriever()):
        found = [hit.passage_id for hit in one.retrieve(question + named, k, where, allowed)]
        assert set(found) <= set(allowed)
        assert len(found) == min(k, len(allowed))
        assert len(set(found)) == len(found)


def test_a_list_of_allowed_passages_alone_filters_the_lexical_side_too(real: Retriever) -> None:
    assert [hit.passage_id for hit in real.retrieve("bridge closed", 5, None, [3])] == [3]


def test_filters_without_their_passages_are_a_mistake_of_the_caller(real: Retriever) -> None:
    with pytest.raises(ValueError, match="allowed"):
        real.retrieve("bridge", 3, Where(outlets=("The Ledger",)))


@given(QUESTIONS)
@settings(max_examples=40, deadline=None)
def test_scores_stay_between_nothing_and_one_and_fall(real: Retriever, question: str) -> None:
    scores = [hit.score for hit in real.retrieve(question, 6)]
    assert all(0 <= score <= 1 + 1e-9 for score in scores)
    assert scores == sorted(scores, reverse=True)


def test_equal_passages_come_in_the_order_of_their_ids_at_every_call() -> None:
    rows = [Row(passage_id=number, text="the same words") for number in (30, 4, 17, 9)]
    for order in (rows, rows[::-1]):
        assert [hit.passage_id for hit in retriever(order).retrieve("same words", 4)] == [4, 9, 17, 30]


@pytest.mark.parametrize("question", ["", "   ", "\n\t"])
def test_an_empty_question_finds_nothing(real: Retriever, question: str) -> None:
    assert real.retrieve(question, 5) == []


@pytest.mark.parametrize("question", ["the of and", "who is it?", "???", "…", "a" * 10_000, "é" * 300, "\x00"])
def test_odd_questions_still_get_the_nearest_passages(real: Retriever, question: str) -> None:
    assert len(real.retrieve(question, 4)) == 4


def test_a_question_of_ten_thousand_characters_costs_a_bounded_number_of_searches() -> None:
    searched: list[str] = []

    class Watched(MemoryLexical):
        def search(self, query: str, k: int, where: Where | None = None) -> list[Scored]:
            searched.append(query)
            return super().search(query, k, where)

    embedder = CountingEmbedder()
    vectors = MemoryVectors([(sorted(EVERY_ID), embedder.embed_passages([row.text for row in ROWS]))], 64)
    one = Retriever(embedder=embedder, vectors=vectors, lexical=Watched(ROWS, instant=instant))
    assert len(one.retrieve("the bridge closed, and then some, " * 300, 5)) == 5
    assert len(searched) == 1 + FusionSettings().clauses
    assert embedder.calls == 1


def test_the_outlet_that_a_question_names_comes_first(real: Retriever) -> None:
    assert real.retrieve("bridge closed, as reported by The Ledger", 1)[0].passage_id == 1
    assert real.retrieve("bridge closed, as reported by The Verge", 1)[0].passage_id == 2


def test_the_day_that_a_question_names_comes_first() -> None:
    rows = [replace(ROWS[0], passage_id=day, published=f"2026-02-{day:02}T09:00:00Z") for day in range(1, 9)]
    assert retriever(rows).retrieve("why was the bridge closed?", 1)[0].passage_id == 1
    assert retriever(rows).retrieve("why was the bridge closed on February 5, 2026?", 1)[0].passage_id == 5


def test_a_passage_that_answers_one_part_beats_one_that_touches_both() -> None:
    rows = [
        Row(passage_id=1, text="crack found in harbour bridge"),
        Row(passage_id=2, text="harbour holiday water weekend sun beach"),
        Row(passage_id=3, text="residents boil water warning"),
    ]
    question = "crack found in harbour bridge, and residents boil water warning"
    with_parts = [hit.passage_id for hit in retriever(rows).retrieve(question, 3)]
    assert set(with_parts[:2]) == {1, 3}


def test_an_index_without_lexical_hits_leaves_the_order_to_the_vectors() -> None:
    embedder = ToyEmbedder()
    vectors = MemoryVectors([(sorted(EVERY_ID), embedder.embed_passages([row.text for row in ROWS]))], 64)
    mute: LexicalIndex = MemoryLexical([], instant=instant)
    found = Retriever(embedder=embedder, vectors=vectors, lexical=mute).retrieve("bridge closed", 6)
    assert [hit.passage_id for hit in found] == [
        hit.passage_id for hit in vectors.search(embedder.embed_queries(["bridge closed"])[0], 6)
    ]


@given(QUESTIONS, st.integers(1, len(ROWS)), st.sets(st.sampled_from(sorted(EVERY_ID))))
@settings(max_examples=60, deadline=None)
def test_what_a_conversation_is_about_has_its_share_of_the_places(question: str, k: int, kept: set[int]) -> None:
    constants = FusionSettings()
    found = retriever(settings=constants).retrieve(question, k, kept=sorted(kept))
    ids = [hit.passage_id for hit in found]
    assert len(ids) == len(set(ids)) == k
    assert len(kept.intersection(ids)) >= min(len(kept), round(k * constants.kept_share))


def test_what_a_conversation_is_about_is_found_though_no_engine_finds_it() -> None:
    far = retriever(settings=FusionSettings(depth=1)).retrieve("gulls", 2, kept=[1])
    assert 1 in {hit.passage_id for hit in far}


def test_what_the_filters_hide_is_not_kept() -> None:
    where = Where(outlets=("nobody",))
    assert retriever().retrieve("gulls", 5, where, passing(where), kept=[1]) == []


def test_other_forms_of_a_question_count_as_much_as_itself() -> None:
    one, two = "bridge closed", "gulls and chips"
    first = {hit.passage_id: hit for hit in retriever().retrieve(one, len(ROWS))}
    second = {hit.passage_id: hit for hit in retriever().retrieve(two, len(ROWS))}
    both = retriever().retrieve(one, len(ROWS), also=[two, one, " "])
    assert {hit.passage_id for hit in both} == first.keys() | second.keys()
    for hit in both:
        assert hit.dense == pytest.approx(first[hit.passage_id].dense, abs=1e-6)
        assert hit.lexical == pytest.approx(first[hit.passage_id].lexical, abs=1e-6)
    assert [hit.score for hit in both] == sorted((hit.score for hit in both), reverse=True)
    assert all(0 <= hit.score <= 1 for hit in both)


def test_one_form_is_the_question_itself() -> None:
    assert retriever().retrieve("bridge closed", 5, also=["bridge closed", ""]) == retriever().retrieve(
        "bridge closed", 5
    )


@given(
    scores=st.lists(st.floats(0, 1), min_size=1, max_size=12),
    kept=st.sets(st.integers(0, 15)),
    lift=st.floats(0, 1),
)
def test_a_lift_raises_what_a_conversation_is_about_and_nothing_else(
    scores: list[float], kept: set[int], lift: float
) -> None:
    fused = [Fused(passage_id=i, score=score, dense=0.0, lexical=0.0) for i, score in enumerate(scores)]
    after = {one.passage_id: one.score for one in lifted(fused, sorted(kept), lift=lift)}
    for one in fused:
        if one.passage_id in kept:
            assert one.score - 1e-12 <= after[one.passage_id] <= 1 + 1e-12
        else:
            assert after[one.passage_id] == one.score
