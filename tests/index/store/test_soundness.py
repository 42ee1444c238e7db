"""What was changed in the database behind the program's back is never quoted, and always named with the cure."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from index.errors import IndexDamaged
from index.store import Inspection, StoreView
from index.types import Where
from tests.index.build.indexing import article, index

SHELF = [
    article("jan", published="2026-01-14", outlet="The Ledger", section="World", url="https://l.example/jan"),
    article("feb", published="2026-02-03T06:00:00+00:00", outlet="Dispatch", section="City"),
    article("undated", outlet="Wire"),
]
ALL = Where(outlets=("The Ledger", "Dispatch", "Wire"))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("shelf") / "home"
    index(home, SHELF)
    return home


@pytest.fixture
def home(tmp_path: Path, shelf: Path) -> Path:
    return shutil.copytree(shelf, tmp_path / "home")


def change(home: Path, sql: str) -> None:
    with closing(sqlite3.connect(home / "archive.sqlite3", isolation_level=None)) as connection:
        assert connection.execute(sql).rowcount > 0


def quote(view: StoreView) -> object:
    return view.quotable([1, 2, 3, 4, 5, 6])


def read(view: StoreView) -> object:
    return view.article("jan")


def list_all(view: StoreView) -> object:
    return list(view.listing())


@pytest.mark.parametrize("use", [quote, read, list_all])
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE articles SET text = replace(text, 'two', 'ten') WHERE id = 'jan'",
        "UPDATE articles SET text = CAST(x'54ff80' AS TEXT) WHERE id = 'jan'",
        "UPDATE articles SET title = 'Headline of jam' WHERE id = 'jan'",
        "UPDATE articles SET outlet = NULL WHERE id = 'jan'",
        "UPDATE articles SET published = '2026-01-15' WHERE id = 'jan'",
        "UPDATE articles SET published = 'someday' WHERE id = 'jan'",
        "UPDATE articles SET instant = instant + 1 WHERE id = 'jan'",
        "UPDATE articles SET section_key = 'city' WHERE id = 'jan'",
        "UPDATE articles SET url = 'https://l.example/jam' WHERE id = 'jan'",
        "UPDATE articles SET version = replace(version, 'a', 'b') WHERE id = 'jan'",
    ],
)
def test_an_article_that_was_changed_is_refused_whatever_it_is_used_for(
    home: Path, sql: str, use: Callable[[StoreView], object]
) -> None:
    change(home, sql)
    with StoreView(home, 1) as view, pytest.raises(IndexDamaged, match=r"damaged .*run `dateline index --articles"):
        use(view)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE passages SET start = start + 1 WHERE passage_id = 1",
        "UPDATE passages SET stop = stop - 1 WHERE passage_id = 1",
        "UPDATE passages SET stop = 100000 WHERE passage_id = 1",
        "UPDATE passages SET header = 'Another headline' WHERE passage_id = 1",
        "UPDATE passages SET article_row = 2 WHERE passage_id = 1",
        "UPDATE passages SET text_hash = x'00' WHERE passage_id = 1",
        "UPDATE passages SET sentences = x'00000000' WHERE passage_id = 1",
        "UPDATE passages SET sentences = x'' WHERE passage_id = 1",
        "UPDATE passages SET sentences = CAST(x'0000000011' || substr(sentences, 6) AS BLOB) WHERE passage_id = 1",
        "DELETE FROM passages WHERE passage_id = 1",
    ],
)
def test_a_passage_that_was_changed_or_is_gone_is_not_quoted(home: Path, sql: str) -> None:
    change(home, sql)
    with StoreView(home, 1) as view, pytest.raises(IndexDamaged, match=r"damaged .*run `dateline index --articles"):
        view.quotable([1, 2])


@pytest.mark.parametrize(
    ("sql", "use"),
    [
        ("UPDATE articles SET published = '2026-01-15' WHERE id = 'jan'", lambda view: view.span()),
        ("UPDATE articles SET title = 'Headline of jam' WHERE id = 'jan'", lambda view: view.headlines()),
        ("UPDATE articles SET outlet = 'Dispatcher' WHERE id = 'feb'", lambda view: view.outlets()),
        ("UPDATE runs SET skipped = '[1'", lambda view: view.last_run()),
        ("UPDATE runs SET settings = '[1'", lambda view: view.last_run()),
    ],
)
def test_lists_are_proven_as_well(home: Path, sql: str, use: Callable[[StoreView], object]) -> None:
    change(home, sql)
    with StoreView(home, 1) as view, pytest.raises(IndexDamaged, match="run `dateline index --articles"):
        use(view)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM articles WHERE id = 'undated'",
        "UPDATE articles SET id = 'jam' WHERE id = 'jan'",
        "UPDATE articles SET removed_in = 1 WHERE id = 'jan'",
        "UPDATE articles SET added_in = 2 WHERE id = 'jan'",
    ],
)
def test_an_article_that_came_or_went_is_noticed_on_opening(home: Path, sql: str) -> None:
    with StoreView(home, 1) as view:
        view.check_content()
    change(home, sql)
    with StoreView(home, 1) as view, pytest.raises(IndexDamaged, match="its articles are not those of generation 1"):
        view.check_content()


def test_outlet_and_date_to_rank_by_cost_no_text(home: Path) -> None:
    change(home, "UPDATE articles SET text = 'changed' WHERE id = 'jan'")
    with StoreView(home, 1) as view:
        found = view.sources([1, 99])
    assert {key: (one.outlet, one.published) for key, one in found.items()} == {1: ("The Ledger", "2026-01-14")}


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
def test_a_link_or_a_folder_in_the_databases_place_is_not_followed(home: Path, tmp_path: Path, suffix: str) -> None:
    path = home / f"archive.sqlite3{suffix}"
    path.unlink(missing_ok=True)
    path.symlink_to(tmp_path / "outside.sqlite3")
    with pytest.raises(IndexDamaged, match="is a link, not a file: put the file itself there"):
        StoreView(home, 1)
    with pytest.raises(IndexDamaged, match="is a link, not a file"):
        index(home, SHELF)
    assert not (tmp_path / "outside.sqlite3").exists()
    path.unlink()
    path.mkdir()
    with pytest.raises(IndexDamaged, match="is a folder or device, not a file"):
        StoreView(home, 1)


def test_an_inspection_names_what_is_damaged_and_whether_it_is_shown(home: Path) -> None:
    with Inspection(home) as database:
        assert (database.structural_problems(), list(database.unsound_rows(1)), database.unsound_vectors()) == (
            [],
            [],
            0,
        )
    change(home, "UPDATE articles SET text = CAST(x'54ff80' AS TEXT) WHERE id = 'jan'")
    change(home, "UPDATE passages SET start = 1 WHERE article_row = 2 AND start = 0")
    change(home, "UPDATE embeddings SET vector = zeroblob(256) WHERE key = 2")
    change(home, "UPDATE embeddings SET vector = x'00' WHERE key = 3")
    with Inspection(home) as database:
        assert list(database.unsound_rows(1)) == [
            ("article 'jan' is not what was stored", True),
            ("passage 3 of article 'feb' is not what was stored", True),
        ]
        assert all(not shown for _, shown in database.unsound_rows(0))
        assert database.unsound_vectors() == 2
