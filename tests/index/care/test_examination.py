"""The doctor sees what is wrong, says what to do, and touches nothing."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from index.build.lock import indexing_lock
from index.care import Finding, State, examination, examine, is_well
from index.generations import Expectation
from tests.index.build.indexing import expectation, index
from tests.index.care.conftest import SHELF


def findings(home: Path, expected: Expectation | None = None) -> dict[str, Finding]:
    return {one.what: one for one in examine(home, expected or expectation())}


def test_a_well_archive_is_well_and_stays_as_it_is(home: Path) -> None:
    def state() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in home.rglob("*") if path.is_file() and "-shm" not in path.name}

    before = state()
    found = findings(home)
    assert {one.what for one in found.values() if one.state is not State.WELL} == set()
    assert {"home", "disk", "lock", "archive.sqlite3", "articles", "CURRENT", "generation 1", "generation 2"} <= set(
        found
    )
    assert {name: content for name, content in state().items() if not name.endswith("-wal")} == before


@pytest.mark.parametrize("file", ["dense.faiss", "manifest.json", "lexical/meta.json"])
def test_a_damaged_live_generation_is_bad_and_an_earlier_one_worth_a_note(home: Path, file: str) -> None:
    for number, state in ((1, State.NOTE), (2, State.BAD)):
        path = home / "generations" / f"{number:06d}" / file
        path.write_bytes(path.read_bytes()[:-1])
        found = findings(home)[f"generation {number}"]
        assert found.state is state
        assert file.rsplit("/", 1)[-1] in found.detail
    assert "run `dateline index" in found.cure + found.detail


def test_large_files_are_read_to_the_end(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.generations._FULL_CHECK_BYTES", 0)
    monkeypatch.setattr("index.generations._END_BYTES", 16)
    path = home / "generations" / "000002" / "dense.faiss"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert findings(home)["generation 2"].state is State.BAD


def test_a_damaged_article_is_named_with_its_cure(home: Path) -> None:
    with closing(sqlite3.connect(home / "archive.sqlite3", isolation_level=None)) as connection:
        connection.execute("UPDATE articles SET text = 'changed' WHERE id = 'b'")
    found = findings(home)["articles"]
    assert (found.state, found.detail) == (State.BAD, "article 'b' is not what was stored")
    assert "run `dateline index" in found.cure
    index(home, SHELF)
    assert findings(home)["articles"].state is State.NOTE  # the generation before still shows it
    assert is_well(findings(home).values())


def test_a_database_that_cant_be_read_is_named_with_its_cure(home: Path) -> None:
    path = home / "archive.sqlite3"
    path.write_bytes(path.read_bytes()[: 4096 * 3])
    found = findings(home)["archive.sqlite3"]
    assert found.state is State.BAD
    assert "move it away" in found.cure + found.detail


@pytest.mark.parametrize("content", [None, "000009\n", "nonsense"])
def test_current_that_names_nothing_is_bad(home: Path, content: str | None) -> None:
    (home / "CURRENT").unlink()
    if content:
        (home / "CURRENT").write_text(content)
    assert findings(home)["CURRENT"].state is State.BAD


def test_another_model_is_said(home: Path) -> None:
    found = findings(home, Expectation(embedder="bigger@768"))["generation 2"]
    assert found.state is State.BAD
    assert "not bigger@768" in found.detail
    assert "dateline index" in found.cure


def test_who_is_indexing_or_was_killed_at_it_is_said(home: Path) -> None:
    with indexing_lock(home, "the editor"):
        found = findings(home)["lock"]
        assert found.state is State.NOTE
        assert f"process {os.getpid()} for the editor since" in found.detail
        assert "is indexing" in found.detail
    assert findings(home)["lock"].state is State.WELL
    (home / "lock").write_text(json.dumps({"pid": 2**22 + 1, "since": "2026-01-01", "asked_by": ""}))
    assert "was ended while indexing" in findings(home)["lock"].detail
    (home / "lock").unlink()
    (home / "lock").mkdir()
    assert findings(home)["lock"].state is State.BAD


def test_leftovers_rights_and_room_are_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "generations" / "000003.tmp-99").mkdir()
    assert "000003.tmp-99" in findings(home)["leftovers"].detail
    home.chmod(0o777)
    assert findings(home)["home"].state is State.BAD
    monkeypatch.setattr(examination, "_ROOM", 2**62)
    assert findings(home)["disk"].state is State.BAD


def test_checks_of_others_are_asked_too(home: Path) -> None:
    extra = Finding(what="the rest", state=State.BAD)
    assert list(examine(home, None, [lambda _home: [extra]]))[-1] == extra


def test_no_archive_is_said(tmp_path: Path) -> None:
    assert not is_well(findings(tmp_path / "nowhere").values())
    (tmp_path / "empty").mkdir()
    found = findings(tmp_path / "empty")
    assert found["archive.sqlite3"].state is State.BAD
    assert "dateline index" in found["archive.sqlite3"].detail
