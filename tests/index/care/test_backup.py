"""A backup is whole or not there; bringing it back is whole or nothing, and readers follow."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.care import RestoreReport, back_up, bring_back, clear_halves, opened_bundle, verified_bundle
from index.errors import BackupDamaged, IndexBusy, IndexDamaged, IndexMissing, RestoreRefused, UsageError
from index.generations import current_generation
from index.types import Article, IndexReport
from tests.fakes import ToyEmbedder
from tests.index.build.indexing import article, articles_of, index, open_live, versions, visible
from tests.index.care.conftest import SHELF

ALL = {"archive.sqlite3", "CURRENT", "backup.json", "bot.key", "bot.sqlite3", "generations"}


def restore(source: Path, home: Path, *, replace_all: bool = False) -> tuple[RestoreReport, int]:
    """The report, and how many texts had to be embedded."""
    embedder = ToyEmbedder()

    def publish(pieces: Iterator[Article]) -> IndexReport:
        return index(home, pieces, embedder=embedder, force=True)

    with opened_bundle(source, home) as folder:
        return bring_back(verified_bundle(folder), home, publish, replace_all=replace_all), embedder.embedded


def questions(home: Path) -> list[str]:
    with closing(sqlite3.connect(home / "bot.sqlite3")) as connection:
        return [question for (question,) in connection.execute("SELECT question FROM questions")]


@pytest.mark.parametrize("name", ["backup", "backup.tar", "backup.tar.gz"])
def test_what_was_backed_up_comes_back(home: Path, tmp_path: Path, name: str) -> None:
    done = back_up(home, tmp_path / name)
    assert (done.generation, done.articles, done.neighbours) == (2, 3, ("bot.key", "bot.sqlite3"))
    assert {path.name for path in tmp_path.iterdir()} == {"home", name}
    assert (tmp_path / name).stat().st_mode & 0o077 == 0
    report, embedded = restore(tmp_path / name, tmp_path / "new")
    assert (report.run.added, report.run.articles, embedded) == (3, 3, 0)
    assert visible(tmp_path / "new") == versions(SHELF)
    with open_live(tmp_path / "new").store as store, open_live(home).store as original:
        assert articles_of(store) == articles_of(original)
        assert store.places("a") == original.places("a")
    assert questions(tmp_path / "new") == ["Who said so?"]
    assert (tmp_path / "new" / "bot.key").read_text() == "ab" * 32
    assert {(tmp_path / "new" / one).stat().st_mode & 0o777 for one in ("bot.key", "bot.sqlite3")} == {0o600}


def test_a_backup_is_an_archive_of_its_own(home: Path, tmp_path: Path) -> None:
    back_up(home, tmp_path / "backup")
    assert {path.name for path in (tmp_path / "backup").iterdir()} == ALL
    assert visible(tmp_path / "backup") == versions(SHELF)


def test_a_backup_takes_what_is_in_the_write_ahead_log(home: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(home / "bot.sqlite3", isolation_level=None)) as bot:
        bot.execute("INSERT INTO questions VALUES ('And just now?')")
        back_up(home, tmp_path / "backup")
    assert questions(tmp_path / "backup") == ["Who said so?", "And just now?"]


def test_a_generation_that_is_removed_meanwhile_is_tried_again(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from index.care import backup

    real, overtaken = backup.copy_database, []

    def overtake(source: Path, target: Path) -> None:
        real(source, target)
        if not overtaken:
            overtaken.append(index(home, [*SHELF, article("d")]))
            index(home, [*SHELF, article("e")])

    monkeypatch.setattr(backup, "copy_database", overtake)
    assert back_up(home, tmp_path / "backup").generation == 4
    assert visible(tmp_path / "backup") == versions([*SHELF, article("e")])


def test_a_damaged_archive_is_not_backed_up_as_if_it_were_well(home: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(home / "archive.sqlite3", isolation_level=None)) as connection:
        connection.execute("UPDATE articles SET text = 'changed' WHERE id = 'b'")
    with pytest.raises(IndexDamaged, match=r"article 'b' is not what was stored.*dateline doctor"):
        back_up(home, tmp_path / "backup")
    assert {path.name for path in tmp_path.iterdir()} == {"home"}


@pytest.mark.parametrize("target", ["home", "home/inside", "no/such/backup"])
def test_a_place_that_can_hold_no_backup_is_named(home: Path, tmp_path: Path, target: str) -> None:
    with pytest.raises(UsageError, match=r"exists already|inside the archive|there is no folder"):
        back_up(home, tmp_path / target)


def test_nothing_to_back_up_is_said(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="dateline index"):
        back_up(tmp_path / "nowhere", tmp_path / "backup")


def test_what_is_there_is_replaced_only_when_asked_and_readers_follow(home: Path, tmp_path: Path) -> None:
    back_up(home, tmp_path / "backup")
    index(home, [article("x")], force=True)
    with closing(sqlite3.connect(home / "bot.sqlite3", isolation_level=None)) as bot:
        bot.execute("DELETE FROM questions")
        with pytest.raises(RestoreRefused, match=r"has an archive \(generation 3\) already: add --replace"):
            restore(tmp_path / "backup", home)
        assert visible(home) == versions([article("x")])
        reader = open_live(home)
        report, embedded = restore(tmp_path / "backup", home, replace_all=True)
        # The running bot's connection sees its own database brought back, without opening it again.
        assert bot.execute("SELECT question FROM questions").fetchall() == [("Who said so?",)]
    assert (report.run.generation, report.run.removed, embedded, report.set_aside) == (4, 1, 0, ())
    assert articles_of(reader.store) == {"x": article("x")}  # who had it open reads on, until the next look at CURRENT
    assert current_generation(home) == 4 != reader.named
    assert visible(home) == versions(SHELF)


def test_what_cant_be_used_is_moved_aside(home: Path, tmp_path: Path) -> None:
    back_up(home, tmp_path / "backup")
    for name in ("archive.sqlite3", "bot.sqlite3"):
        (home / name).write_bytes(b"no database any more" * 1000)
    report, _ = restore(tmp_path / "backup", home, replace_all=True)
    assert {name.split(".damaged-")[0] for name in report.set_aside} >= {"archive.sqlite3", "bot.sqlite3"}
    assert all((home / name).exists() for name in report.set_aside)
    assert visible(home) == versions(SHELF)
    assert questions(home) == ["Who said so?"]


@pytest.mark.parametrize(
    "file", ["archive.sqlite3", "backup.json", "CURRENT", "bot.sqlite3", "bot.key", "generations/000002/dense.faiss"]
)
@pytest.mark.parametrize("way", ["flipped", "deleted", "linked"])
def test_a_damaged_backup_is_refused_before_anything_is_touched(
    home: Path, tmp_path: Path, file: str, way: str
) -> None:
    back_up(home, tmp_path / "backup")
    path = tmp_path / "backup" / file
    content = bytearray(path.read_bytes())
    path.unlink()
    if way == "flipped":
        content[len(content) // 2] ^= 4
        path.write_bytes(content)
    elif way == "linked":
        path.symlink_to(home / file)
    with pytest.raises(BackupDamaged, match=r"name what|make another"):
        restore(tmp_path / "backup", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_is_no_backup_is_named(home: Path, tmp_path: Path) -> None:
    (tmp_path / "text.tar").write_text("no tar")
    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        link = tarfile.TarInfo("archive.sqlite3")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        tar.addfile(link)
    with tarfile.open(tmp_path / "up.tar", "w") as tar:
        tar.add(home / "CURRENT", arcname="../escaped")
    for name in ("text.tar", "evil.tar", "up.tar", "nowhere", "home"):
        with pytest.raises(BackupDamaged, match=r"can't be unpacked|there is no|is no backup"):
            restore(tmp_path / name, tmp_path / "new")
    assert not (tmp_path / "escaped").exists()
    assert not [path for path in tmp_path.iterdir() if "unpacked" in path.name]


def test_a_backup_that_was_interrupted_leaves_nothing_of_its_name(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", fail)
    with pytest.raises(Exception, match="no space is left on the device"):
        back_up(home, tmp_path / "backup")
    assert {path.name for path in tmp_path.iterdir()} == {"home"}


def test_the_name_of_a_new_home_is_flushed_before_anything_is_in_it(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(home, tmp_path / "backup")
    flushed: list[tuple[int, list[str]]] = []
    new = tmp_path / "parent" / "new"

    def flush(descriptor: int) -> None:
        flushed.append((os.fstat(descriptor).st_ino, sorted(path.name for path in new.glob("*"))))

    monkeypatch.setattr(os, "fsync", flush)
    (tmp_path / "parent").mkdir()
    restore(tmp_path / "backup", new)
    assert flushed[0] == ((tmp_path / "parent").stat().st_ino, [])


HALVES = {"bot.sqlite3.tmp-1", "bot.key.tmp-12345"}
"""What a killed restore leaves. The first process is there, and may be another one that has got the number."""


def halves(home: Path) -> set[str]:
    return {path.name for path in home.iterdir() if ".tmp-" in path.name}


@pytest.fixture
def littered(home: Path) -> Path:
    for name in (*HALVES, "notes.tmp-old", "kept.tmp-"):
        (home / name).write_text("half")
    return home


def test_what_a_killed_restore_left_is_cleared_by_the_next(littered: Path, tmp_path: Path) -> None:
    back_up(littered, tmp_path / "backup")
    restore(tmp_path / "backup", littered, replace_all=True)
    assert halves(littered) == {"notes.tmp-old", "kept.tmp-"}
    assert questions(littered) == ["Who said so?"]


def test_what_a_killed_restore_left_is_cleared_by_an_index_run(littered: Path) -> None:
    index(littered, [*SHELF, article("new")])
    assert halves(littered) == {"notes.tmp-old", "kept.tmp-"}


def test_what_a_killed_restore_left_is_cleared_at_start_and_nothing_where_there_is_nothing(
    littered: Path, tmp_path: Path
) -> None:
    assert set(clear_halves(littered)) == HALVES
    assert clear_halves(littered) == []
    assert clear_halves(tmp_path / "nowhere") == []
    assert not (tmp_path / "nowhere").exists()


def test_what_a_restore_is_writing_is_left_alone(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    back_up(home, tmp_path / "backup")
    copyfile, seen = shutil.copyfile, []

    def copied(source: Path, target: Path) -> Path:
        copyfile(source, target)
        if ".tmp-" in target.name:
            assert clear_halves(target.parent) == []  # as another process would at its start
            with pytest.raises(IndexBusy, match="dateline restore"):
                index(target.parent, SHELF)
            seen.append(target.name.partition(".tmp-")[0])
        return target

    monkeypatch.setattr(shutil, "copyfile", copied)
    restore(tmp_path / "backup", tmp_path / "new")
    assert seen == ["bot.key", "bot.sqlite3"]
    assert halves(tmp_path / "new") == set()
    assert questions(tmp_path / "new") == ["Who said so?"]
