"""What every lexical index has to do: words meet, filters hold inside the search, odd queries harm nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.backends.lexical_tantivy import TantivyLexical, TantivyLexicalWriter
from index.dates import instant
from index.protocols import LexicalIndex
from index.types import Where
from tests.fakes import MemoryLexical


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    passage_id: int
    title: str
    text: str
    outlet: str | None = None
    section: str | None = None
    published: str | None = None


ROWS = [
    Row(
        passage_id=40,
        title="Bridge closed",
        text="The harbour bridge closed on Monday after a crack was found.",
        outlet="The Ledger",
        section="City",
        published="2026-02-02",
    ),
    Row(
        passage_id=12,
        title="Ferries start",
        text="Ferries replaced the buses while the bridge was closed for repair.",
        outlet="City Dispatch",
        section="Transport",
        published="2026-02-03T08:30:00+02:00",
    ),
    Row(
        passage_id=33,
        title="Water notices",
        text="Residents were told to boil water for two days.",
        outlet="The Ledger",
        section="city",
        published="1969-07-21",
    ),
    Row(passage_id=7, title="An undated note", text="The bridge has stood for ninety years.", outlet="the  ledger"),
]
Build = Callable[[Sequence[Row]], LexicalIndex]


def day(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.fixture(params=["memory", "tantivy"])
def build(request: pytest.FixtureRequest, tmp_path: Path) -> Build:
    def make(rows: Sequence[Row]) -> LexicalIndex:
        if request.param == "memory":
            return MemoryLexical(rows, instant=instant)
        folder = tmp_path / "lexical"
        folder.mkdir()
        written = TantivyLexicalWriter(analyse=str, instant=instant).write(folder, rows)
        return TantivyLexical(folder, analyse=str, count=written)

    return make


@pytest.fixture
def index(build: Build) -> LexicalIndex:
    return build(ROWS)


def found(index: LexicalIndex, query: str, where: Where | None = None, k: int = 10) -> list[int]:
    return [hit.passage_id for hit in index.search(query, k, where)]


def test_the_index_knows_how_many_passages_it_holds(index: LexicalIndex) -> None:
    assert len(index) == len(ROWS)


def test_passages_that_share_words_are_found_and_no_others(index: LexicalIndex) -> None:
    assert set(found(index, "bridge")) == {40, 12, 7}
    assert found(index, "zeppelin") == []


def test_the_passage_that_shares_more_words_comes_first(index: LexicalIndex) -> None:
    assert found(index, "harbour bridge crack")[0] == 40


def test_the_headline_and_the_outlet_are_searched(index: LexicalIndex) -> None:
    assert found(index, "undated") == [7]
    assert found(index, "dispatch") == [12]


def test_case_does_not_matter(index: LexicalIndex) -> None:
    assert found(index, "HARBOUR") == found(index, "harbour") == [40]


def test_hits_come_best_first_and_never_more_than_k(index: LexicalIndex) -> None:
    hits = index.search("bridge closed ferries", 10)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert [hit.passage_id for hit in index.search("bridge closed ferries", 2)] == [h.passage_id for h in hits[:2]]
    assert index.search("bridge", 0) == []


def test_scores_agree_with_search_and_are_zero_where_no_word_meets(index: LexicalIndex) -> None:
    hits = {hit.passage_id: hit.score for hit in index.search("bridge repair", 10)}
    named = [33, 12, 999, 7, 40, 12]
    assert index.scores("bridge repair", named) == pytest.approx([hits.get(i, 0.0) for i in named])
    assert index.scores("bridge", []) == []


def test_a_filter_does_not_change_the_score(index: LexicalIndex) -> None:
    plain = {hit.passage_id: hit.score for hit in index.search("bridge closed", 10)}
    filtered = index.search("bridge closed", 10, Where(outlets=("The Ledger",), until=day("2026-02-02")))
    assert {hit.passage_id: hit.score for hit in filtered} == pytest.approx({40: plain[40]})


@pytest.mark.parametrize("query", ["", "   ", "?!", '"', "…"])
def test_a_query_without_words_finds_nothing(index: LexicalIndex, query: str) -> None:
    assert index.search(query, 5) == []
    assert index.scores(query, [40]) == [0.0]


@pytest.mark.parametrize("query", ["bridge)", "title:(bridge", '"bridge', "bridge AND NOT", "bridge^9 ~", "[bridge TO"])
def test_query_syntax_means_nothing(index: LexicalIndex, query: str) -> None:
    assert {40, 12, 7} <= set(found(index, query))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=200))
def test_no_query_fails(index: LexicalIndex, query: str) -> None:
    assert len(index.search(query, 3)) <= 3


def test_a_date_filter_bounds_the_publication_inclusively(index: LexicalIndex) -> None:
    assert set(found(index, "bridge", Where(since=day("2026-02-02")))) == {40, 12}
    assert found(index, "bridge", Where(until=day("2026-02-02"))) == [40]
    later = day("2026-02-02T00:00:00.000001")
    assert found(index, "bridge", Where(as_of=day("2026-02-03T06:30:00"), since=later)) == [12]
    assert found(index, "bridge", Where(as_of=day("2026-02-03T06:29:59.999999"), since=later)) == []


def test_the_tighter_of_as_of_and_until_counts(index: LexicalIndex) -> None:
    assert found(index, "bridge", Where(as_of=day("2026-02-02"), until=day("2026-03-01"))) == [40]


def test_dates_before_1970_are_dates(index: LexicalIndex) -> None:
    assert found(index, "water", Where(until=day("1969-07-21"))) == [33]
    assert found(index, "water", Where(until=day("1969-07-20"))) == []


def test_an_article_without_a_date_matches_no_date_filter(index: LexicalIndex) -> None:
    assert 7 in found(index, "bridge")
    assert 7 not in found(index, "bridge", Where(until=day("2100-01-01")))
    assert 7 not in found(index, "bridge", Where(since=day("1000-01-01")))


def test_outlets_and_sections_match_in_any_case_any_of_those_named(index: LexicalIndex) -> None:
    assert set(found(index, "bridge water", Where(sections=("CITY",)))) == {40, 33}
    assert set(found(index, "bridge", Where(outlets=("city dispatch", "THE LEDGER")))) >= {40, 12}
    assert found(index, "bridge", Where(outlets=("Nowhere Post",))) == []
    assert found(index, "bridge", Where(outlets=("The",))) == []


def test_a_selective_filter_still_gives_k_hits(build: Build) -> None:
    rows = [
        Row(passage_id=i, title="Bridge bridge bridge", text="Bridge, bridge.", published="2026-01-01")
        for i in range(200)
    ]
    rows += [
        Row(passage_id=1000 + i, title="Other news", text="A long day, a bridge in it.", published="2020-05-05")
        for i in range(10)
    ]
    where = Where(until=day("2020-12-31"))
    assert len(found(build(rows), "bridge", where, k=10)) == 10


def test_equal_scores_come_in_the_order_of_their_ids(build: Build) -> None:
    rows = [Row(passage_id=i, title="Same", text="The same words.") for i in (9, 2, 7, 4)]
    assert found(build(rows), "same words") == [2, 4, 7, 9]


def test_an_empty_index_finds_nothing(build: Build) -> None:
    empty = build([])
    assert len(empty) == 0
    assert empty.search("bridge", 5) == []
    assert empty.scores("bridge", [1]) == [0.0]
