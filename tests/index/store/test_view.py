"""What the reading side of the database returns."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import ArticleMissing, IndexDamaged, IndexMismatch, IndexMissing
from index.store import Counts, StoreView, schema
from index.store.rows import pack_offsets, text_key, unpack_offsets
from index.store.schema import open_to_write
from index.types import Article, Origin, Where
from tests.index.build.indexing import article, articles_of, cut, index, passage_ids

UTC = dt.UTC
SHELF = [
    article("jan", published="2026-01-14", outlet="The Ledger", section="World", title="Aid reaches Gaza"),
    article("feb-morning", published="2026-02-03T06:00:00+00:00", outlet="the ledger", section="city", title="Ferries"),
    article("feb-night", published="2026-02-03T23:30:00-05:00", outlet="Dispatch", title="First FERRIES sail"),
    article("march", published="2026-03-06", outlet="Dispatch", section="City", title="Straße reopens"),
    article("undated", outlet="Wire", title="Ferry, undated"),
]


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> StoreView:
    home = tmp_path_factory.mktemp("shelf")
    index(home, SHELF)
    return StoreView(home, 1)


def _ids(view: StoreView, where: Where) -> set[str]:
    allowed = view.allowed_passages(where)
    assert allowed is not None
    return {passage.article_id for passage in view.passages(allowed).values()}


def test_an_article_comes_back_as_it_went_in(view: StoreView) -> None:
    full = Article(
        id="full",
        title="T",
        text="Body.",
        origin=Origin(path="a.jsonl", line=3),
        outlet="O",
        author="A. Uthor",
        published="2026-01-14T10:00:00+02:00",
        updated="2026-01-15",
        section="S",
        url="https://o.example/full",
        language="en",
        place="Jerusalem",
    )
    index(view._path.parent, [*SHELF, full])
    with StoreView(view._path.parent, 2) as newer:
        assert newer.article("full") == full
    with pytest.raises(ArticleMissing, match="full"):
        view.article("full")


def test_an_unknown_article_is_named(view: StoreView) -> None:
    with pytest.raises(ArticleMissing, match="no article has the id 'nothing'"):
        view.article("nothing")


def test_passages_come_by_id_and_unknown_ids_are_left_out(view: StoreView) -> None:
    ids = passage_ids(view)
    found = view.passages([*ids, 10_000])
    assert set(found) == set(ids)
    assert len(ids) == 10
    first = found[ids[0]]
    assert (first.article_id, first.title, first.outlet, first.section, first.published) == (
        "jan",
        "Aid reaches Gaza",
        "The Ledger",
        "World",
        "2026-01-14",
    )
    assert (first.text, first.header) == ("This is about jan. It has two sentences.", "Aid reaches Gaza, The Ledger")
    assert (first.start, first.end, first.sentences) == (0, 40, ((0, 18), (19, 40)))


def test_an_articles_passages_come_in_the_order_of_its_text(view: StoreView) -> None:
    ids = view.passages_of("jan")
    passages = view.passages(ids)
    assert ids
    assert {passages[one].article_id for one in ids} == {"jan"}
    assert [passages[one].start for one in ids] == sorted(passages[one].start for one in ids)
    assert view.passages_of("no-such") == []


def test_more_ids_than_one_query_takes_are_answered(view: StoreView) -> None:
    assert set(view.passages([*range(5_000), *passage_ids(view)])) >= set(passage_ids(view))


def test_no_filter_means_no_list(view: StoreView) -> None:
    assert view.allowed_passages(None) is None
    assert view.allowed_passages(Where()) is None


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Where(outlets=("THE  LEDGER",)), {"jan", "feb-morning"}),
        (Where(outlets=("Dispatch", "wire")), {"feb-night", "march", "undated"}),
        (Where(sections=("city",)), {"feb-morning", "march"}),
        (Where(sections=("city",), outlets=("dispatch",)), {"march"}),
        (Where(outlets=("nobody",)), set()),
        (Where(since=dt.datetime(2026, 2, 3, tzinfo=UTC)), {"feb-morning", "feb-night", "march"}),
        (Where(until=dt.datetime(2026, 2, 3, 23, 59, 59, 999999, tzinfo=UTC)), {"jan", "feb-morning"}),
        (Where(as_of=dt.datetime(2026, 2, 4, 4, 30, tzinfo=UTC)), {"jan", "feb-morning", "feb-night"}),
        (Where(as_of=dt.datetime(2026, 2, 4, 4, 29, 59, 999999, tzinfo=UTC)), {"jan", "feb-morning"}),
        (
            Where(as_of=dt.datetime(2026, 12, 31, tzinfo=UTC), until=dt.datetime(2026, 1, 14, tzinfo=UTC)),
            {"jan"},
        ),
        (
            Where(since=dt.datetime(2026, 2, 4, 6, 30, tzinfo=dt.timezone(dt.timedelta(hours=2)))),
            {"feb-night", "march"},
        ),
    ],
)
def test_filters_let_through_what_they_should(view: StoreView, where: Where, expected: set[str]) -> None:
    assert _ids(view, where) == expected
    assert view.counts(where).articles == len(expected)


def test_counts_and_span_tell_the_whole_and_the_filtered(view: StoreView) -> None:
    assert view.counts() == Counts(articles=5, passages=10)
    assert view.counts(Where(outlets=("dispatch",))) == Counts(articles=2, passages=4)
    assert view.span() == ("2026-01-14", "2026-03-06")
    assert view.span(Where(outlets=("dispatch",))) == ("2026-02-03T23:30:00-05:00", "2026-03-06")
    assert view.span(Where(outlets=("wire",))) == (None, None)


def test_outlets_are_counted_whatever_their_case(view: StoreView) -> None:
    assert view.outlets() == [("Dispatch", 2), ("The Ledger", 2), ("Wire", 1)]


def test_headlines_are_found_by_parts_of_words_newest_first(view: StoreView) -> None:
    assert [row[0] for row in view.headlines()] == ["march", "feb-night", "feb-morning", "jan", "undated"]
    assert view.headlines("ferr") == [
        ("feb-night", "First FERRIES sail", "Dispatch", "2026-02-03T23:30:00-05:00"),
        ("feb-morning", "Ferries", "the ledger", "2026-02-03T06:00:00+00:00"),
        ("undated", "Ferry, undated", "Wire", None),
    ]
    assert [row[0] for row in view.headlines("sail ferries")] == ["feb-night"]
    assert [row[0] for row in view.headlines("STRASSE")] == ["march"]
    assert [row[0] for row in view.headlines("%")] == []
    assert len(view.headlines(limit=2)) == 2


def test_the_last_run_is_told(view: StoreView) -> None:
    run = view.last_run()
    assert run is not None
    assert (run.generation, run.articles, run.added, run.settings["asked_by"]) == (1, 5, 5, "a test")
    assert view.indexed_at() == run.finished_at


def test_many_threads_read_the_same_view(view: StoreView) -> None:
    ids = passage_ids(view)
    expected = (view.passages(ids), view.outlets(), articles_of(view))
    barrier = threading.Barrier(8)

    def read(_number: int) -> bool:
        barrier.wait()
        return all((view.passages(ids), view.outlets(), articles_of(view)) == expected for _ in range(20))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(8)))


def test_a_database_that_is_missing_damaged_or_of_another_version_is_named(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="run `dateline index"):
        StoreView(tmp_path, 1)
    connection = open_to_write(tmp_path)
    with pytest.raises(IndexDamaged, match="knows nothing of generation 1"):
        StoreView(tmp_path, 1)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(IndexMismatch, match="format 99, this program reads format 1"):
        StoreView(tmp_path, 1)
    with pytest.raises(IndexMismatch, match="format 99"):
        open_to_write(tmp_path)
    (tmp_path / "archive.sqlite3").write_bytes(b"no database at all" * 500)
    with pytest.raises(IndexDamaged, match="move it away"):
        StoreView(tmp_path, 1)


def test_an_article_that_is_not_what_was_stored_is_not_quoted(tmp_path: Path) -> None:
    index(tmp_path, SHELF)
    with closing(sqlite3.connect(tmp_path / "archive.sqlite3", isolation_level=None)) as connection:
        connection.execute("UPDATE articles SET text = replace(text, 'two', 'ten') WHERE id = 'jan'")
    with StoreView(tmp_path, 1) as view, pytest.raises(IndexDamaged, match="article 'jan' is not what was stored"):
        view.article("jan")


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60)


@settings(max_examples=15, deadline=None)
@given(texts=st.lists(_TEXT, min_size=1, max_size=12, unique_by=text_key))
def test_slices_agree_with_python_whatever_the_characters(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    home = tmp_path_factory.mktemp("any")
    sources = {f"a{number}": article(f"a{number}", text) for number, text in enumerate(texts)}
    index(home, sources.values(), force=True)
    with StoreView(home, 1) as view:
        assert articles_of(view) == sources
        found = view.passages(passage_ids(view))
    assert sorted((p.article_id, p.start, p.end, p.text) for p in found.values()) == sorted(
        (source.id, p.start, p.end, p.text) for source in sources.values() for p in cut(source)
    )


@given(start=st.integers(0, 2**31), lengths=st.lists(st.tuples(st.integers(0, 50), st.integers(1, 5000)), max_size=40))
def test_offsets_survive_packing(start: int, lengths: list[tuple[int, int]]) -> None:
    sentences, here = [], start
    for gap, length in lengths:
        sentences.append((here + gap, here + gap + length))
        here += gap + length
    assert unpack_offsets(start, pack_offsets(start, sentences)) == tuple(sentences)


def test_a_listing_is_newest_first_with_the_undated_last(view: StoreView) -> None:
    assert [one.id for one in view.listing()] == ["march", "feb-night", "feb-morning", "jan", "undated"]
    assert [one.id for one in view.listing(Where(outlets=("DISPATCH",)))] == ["march", "feb-night"]


def test_a_database_that_was_thought_still_is_read_anew_when_somebody_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(tmp_path, [article("a"), article("b")])
    version = schema._version

    def without_shared_memory(_connection: sqlite3.Connection) -> int:
        monkeypatch.setattr(schema, "_version", version)
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(schema, "_version", without_shared_memory)
    monkeypatch.setattr(schema, "_without_shared_memory", lambda _home, _error: True)
    with StoreView(tmp_path, 1) as view:
        assert view._reading.still is not None
        before = view.article("a")
        index(tmp_path, [article("a", "Another text. Of two sentences."), article("b"), article("c")])
        assert view.article("a") == before
        assert view._reading.still is None
