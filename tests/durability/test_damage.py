"""Damaged files are noticed, the generation before serves, and the next run repairs; a full disk harms nothing."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Callable
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from index.errors import IndexDamaged, IndexMissing
from tests.durability.indexer import checked_versions, child, kept, run_edition, run_out_of_disk


def _truncate(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)


def _delete(path: Path) -> None:
    path.unlink()


DAMAGES = pytest.mark.parametrize("damage", [_truncate, _flip, _delete], ids=["truncated", "flipped", "deleted"])


@pytest.fixture(scope="module")
def second_edition(first_edition: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with edition 1 live and edition 0 before it."""
    home = shutil.copytree(first_edition, tmp_path_factory.mktemp("archive") / "home")
    run_edition(home, 1)
    return home


@DAMAGES
def test_the_generation_before_serves_for_any_damaged_file(
    tmp_path: Path, second_edition: Path, damage: Callable[[Path], None]
) -> None:
    live = second_edition / "generations" / "000002"
    files = [path.relative_to(live) for path in live.rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert {"dense.faiss", "manifest.json", "lexical/meta.json"} <= {str(file) for file in files}
    assert len(files) > 8
    for number, file in enumerate(files):
        home = shutil.copytree(second_edition, tmp_path / str(number))
        damage(home / "generations" / "000002" / file)
        generation, versions, warnings = checked_versions(home)
        assert (generation, versions) == (1, kept(0))
        assert len(warnings) == 1
        assert file.name in warnings[0]
        assert "generation 1 serves instead; run `dateline index" in warnings[0]


@DAMAGES
@pytest.mark.parametrize("file", ["dense.faiss", "manifest.json", "lexical/meta.json"])
def test_a_run_repairs_a_damaged_generation_although_nothing_changed(
    tmp_path: Path,
    second_edition: Path,
    damage: Callable[[Path], None],
    file: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    home = shutil.copytree(second_edition, tmp_path / "home")
    damage(home / "generations" / "000002" / file)
    with caplog.at_level(logging.WARNING):
        run_edition(home, 1)
    assert "generation 2 is damaged" in caplog.text
    assert checked_versions(home) == (3, kept(1), ())
    assert sorted(path.name for path in (home / "generations").iterdir()) == ["000001", "000003"]


def test_a_generation_that_is_gone_altogether_is_replaced(tmp_path: Path, second_edition: Path) -> None:
    home = shutil.copytree(second_edition, tmp_path / "home")
    shutil.rmtree(home / "generations" / "000002")
    assert checked_versions(home)[:2] == (1, kept(0))
    run_edition(home, 1)
    assert checked_versions(home) == (3, kept(1), ())


def test_no_whole_generation_is_an_error_with_its_cure_and_the_next_run_repairs(
    tmp_path: Path, second_edition: Path
) -> None:
    home = shutil.copytree(second_edition, tmp_path / "home")
    for number in ("000001", "000002"):
        _flip(home / "generations" / number / "dense.faiss")
    with pytest.raises(IndexDamaged, match=r"generation 2 is damaged: dense.faiss.*run `dateline index"):
        checked_versions(home)
    run_edition(home, 1)
    assert checked_versions(home) == (3, kept(1), ())


@pytest.mark.parametrize("content", [None, "", "0000", "nonsense", "000099\n", "\xff"])
def test_without_a_readable_current_the_latest_generation_serves(
    tmp_path: Path, second_edition: Path, content: str | None
) -> None:
    home = shutil.copytree(second_edition, tmp_path / "home")
    if content is None:
        (home / "CURRENT").unlink()
    else:
        (home / "CURRENT").write_bytes(content.encode("latin-1"))
    generation, versions, warnings = checked_versions(home)
    assert (generation, versions) == (2, kept(1))
    assert len(warnings) == 1
    run_edition(home, 1)
    assert checked_versions(home) == (3, kept(1), ())


def test_a_database_of_another_archive_is_noticed(tmp_path: Path, first_edition: Path, second_edition: Path) -> None:
    home = shutil.copytree(second_edition, tmp_path / "home")
    shutil.copyfile(first_edition / "archive.sqlite3", home / "archive.sqlite3")
    generation, versions, warnings = checked_versions(home)
    assert (generation, versions) == (1, kept(0))
    assert "knows nothing of generation 2" in warnings[0]
    run_edition(home, 1)
    assert checked_versions(home) == (3, kept(1), ())


def test_nothing_indexed_is_an_error_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="run `dateline index --articles"):
        checked_versions(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("step", "limit"),
    [
        *[("locked", limit) for limit in (0, 10_000, 40_000, 150_000)],
        ("embedded", 1_000),
        *[("workplace", limit) for limit in (0, 1_000, 60_000)],
        *[("vectors", limit) for limit in (0, 1_000, 3_000)],
        *[("lexical", limit) for limit in (0, 1_000)],
        ("sealed", 0),
        ("moved in", 0),
    ],
)
def test_a_full_disk_leaves_the_live_generation(
    tmp_path: Path, second_edition: Path, context: ForkServerContext, step: str, limit: int
) -> None:
    home = shutil.copytree(second_edition, tmp_path / "home")
    receiver, sender = context.Pipe(duplex=False)
    with child(context, run_out_of_disk, home, 2, step, limit, sender):
        assert receiver.poll(30)
        outcome = receiver.recv()
    assert outcome.startswith(("ArchiveError", "IndexDamaged: the new generation"))
    assert checked_versions(home) == (2, kept(1), ())
    run_edition(home, 2)
    assert checked_versions(home) == (3, kept(2), ())


def test_the_database_is_sound_after_all_this(second_edition: Path) -> None:
    with sqlite3.connect(second_edition / "archive.sqlite3") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
