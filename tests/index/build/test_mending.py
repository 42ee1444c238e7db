"""What the next run makes of a damaged archive: it mends what it can from the input and from the database itself."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from index.errors import ArchiveError, IndexDamaged
from index.generations import current_generation
from index.types import Skipped
from tests.fakes import ToyEmbedder
from tests.index.build.indexing import article, articles_of, index, open_live, passage_ids, versions, visible

SHELF = [article(name) for name in ("a", "b", "c")]


def change(home: Path, *statements: str) -> None:
    with closing(sqlite3.connect(home / "archive.sqlite3", isolation_level=None)) as connection:
        for sql in statements:
            connection.execute(sql)


def well(home: Path) -> bool:
    with open_live(home).store as store:
        ids = passage_ids(store)
        return len(store.quotable(ids)) == 6 and articles_of(store) == {one.id: one for one in SHELF}


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE articles SET text = replace(text, 'two', 'ten') WHERE id = 'b'",
        "UPDATE articles SET text = CAST(x'54ff80' AS TEXT) WHERE id = 'b'",
        "UPDATE articles SET text_key = x'00' WHERE id = 'b'",
        "UPDATE passages SET start = 1 WHERE article_row = 2 AND start = 0",
        "UPDATE passages SET sentences = x'' WHERE article_row = 2",
    ],
)
def test_a_damaged_article_is_read_again_although_its_file_is_as_it_was(
    tmp_path: Path, sql: str, caplog: pytest.LogCaptureFixture
) -> None:
    index(tmp_path, SHELF)
    change(tmp_path, sql)
    with caplog.at_level(logging.WARNING):
        report = index(tmp_path, SHELF)
    assert (report.changed, report.unchanged, report.generation) == (1, 2, 2)
    assert "stored anew" in caplog.text
    assert well(tmp_path)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM passages WHERE passage_id = 3",
        "UPDATE passages SET removed_in = 1 WHERE passage_id = 3",
        "UPDATE articles SET id = 'z' WHERE id = 'b'",
        "UPDATE articles SET removed_in = 1 WHERE id = 'b'",
    ],
)
def test_rows_that_are_gone_are_made_again(tmp_path: Path, sql: str, caplog: pytest.LogCaptureFixture) -> None:
    index(tmp_path, SHELF)
    change(tmp_path, sql)
    with caplog.at_level(logging.WARNING):
        index(tmp_path, SHELF)
    assert "rows of generation 1 are gone or changed" in caplog.text
    assert current_generation(tmp_path) == 2
    assert well(tmp_path)


def test_a_damaged_article_whose_file_cant_be_read_now_ends_the_run_with_the_cure(tmp_path: Path) -> None:
    index(tmp_path, SHELF)
    change(tmp_path, "UPDATE articles SET text = 'x' WHERE id = 'b'", "DELETE FROM passages WHERE passage_id = 1")
    gone = Skipped(path="in/b.txt", reason="can't be read")
    with pytest.raises(IndexDamaged, match=r"article 'b' .*see that it can, or add --force"):
        index(tmp_path, [SHELF[0], SHELF[2], gone])
    index(tmp_path, [SHELF[0], SHELF[2], gone], force=True)
    assert visible(tmp_path) == versions([SHELF[0], SHELF[2]])


@pytest.mark.parametrize("vector", ["zeroblob(256)", "x'00'", "x'0000c07f' || zeroblob(252)"])
def test_a_damaged_embedding_is_computed_again(tmp_path: Path, vector: str) -> None:
    index(tmp_path, SHELF)
    change(tmp_path, f"UPDATE embeddings SET vector = CAST({vector} AS BLOB) WHERE key = 2")  # noqa: S608  # our own
    embedder = ToyEmbedder()
    index(tmp_path, SHELF, embedder=embedder, fingerprint="two sentences")
    assert embedder.embedded == 0  # nothing new is built, and nothing answers from the cache
    index(tmp_path, [*SHELF, article("d")], embedder=embedder)
    assert embedder.embedded == 3


def _stale_index(home: Path) -> None:
    """An index of the articles that has another id than the table."""
    change(home, "UPDATE articles SET id = 'zz' WHERE id = 'b'")
    saved = "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_master WHERE name LIKE 'articles_%id'"
    with closing(sqlite3.connect(home / "archive.sqlite3", isolation_level=None)) as connection:
        rows = connection.execute(saved).fetchall()
        rows += connection.execute(saved.replace("'articles_%id'", "'articles_one_open_version'")).fetchall()
        connection.execute("PRAGMA writable_schema = ON")
        connection.executemany("DELETE FROM sqlite_master WHERE name = ?", [(row[1],) for row in rows])
    change(home, "UPDATE articles SET id = 'b' WHERE id = 'zz'")
    with closing(sqlite3.connect(home / "archive.sqlite3", isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.executemany("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", rows)


def test_an_index_that_differs_from_its_table_is_made_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    index(tmp_path, SHELF)
    _stale_index(tmp_path)
    with caplog.at_level(logging.WARNING):
        assert index(tmp_path, SHELF).unchanged == 3
    assert "its indexes are made anew" in caplog.text
    assert well(tmp_path)


def test_pages_that_are_damaged_are_named_with_the_cure_before_anything_is_written(tmp_path: Path) -> None:
    index(tmp_path, SHELF)
    path = tmp_path / "archive.sqlite3"
    content = bytearray(path.read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'embeddings'").fetchone()
    content[(page - 1) * 4096 : page * 4096] = b"\x99" * 4096
    path.write_bytes(content)
    with pytest.raises(IndexDamaged, match=r"is damaged .*move it away"):
        index(tmp_path, SHELF)
    for one in tmp_path.glob("archive.sqlite3*"):
        one.rename(tmp_path / f"away-{one.name}")
    index(tmp_path, SHELF)
    assert well(tmp_path)


@pytest.mark.parametrize("name", ["generations", "CURRENT", "lock"])
def test_what_stands_in_the_way_is_named(tmp_path: Path, name: str) -> None:
    home = tmp_path / "home"
    (home / name).mkdir(parents=True)
    if name == "generations":
        (home / name).rmdir()
        (home / name).write_text("")
    with pytest.raises(ArchiveError, match=rf"{name}\S* is in the way .*move it away"):
        index(home, SHELF)
    (home / name).rename(tmp_path / "away")
    index(home, SHELF)
    assert well(home)


def test_links_among_the_generations_are_removed_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    home = tmp_path / "home"
    index(home, SHELF)
    (home / "generations" / "000009").symlink_to(outside)
    (home / "generations" / "000002.tmp-7").symlink_to(outside)
    (home / "CURRENT.new").symlink_to(outside / "kept")
    index(home, [*SHELF, article("d")])
    assert (outside / "kept").read_text() == "kept"
    assert sorted(path.name for path in (home / "generations").iterdir()) == ["000001", "000002"]
