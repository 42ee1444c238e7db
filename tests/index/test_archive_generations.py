"""An open archive follows the generations that are published, and lets go of the old ones."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from index import open_archive, reindex
from index.bootstrap import open_with
from index.errors import OutOfResources
from index.look import Live
from index.settings import load_settings


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """(home, articles) of an archive of one article."""
    articles = tmp_path / "articles"
    articles.mkdir()
    _write(articles / "one.jsonl", "The harbour master is Ada Quill.")
    reindex(tmp_path / "data", [articles])
    yield tmp_path / "data", articles
    shutil.rmtree(tmp_path)


def _write(path: Path, text: str) -> None:
    path.write_text(json.dumps({"id": path.stem, "title": "Harbour news", "text": text}) + "\n", "utf-8")


def test_an_open_archive_follows_a_new_generation(small: tuple[Path, Path]) -> None:
    home, articles = small
    archive = open_archive(home)
    before = archive.status().generation
    _write(articles / "two.jsonl", "The lighthouse keeper is Ben Tarn.")
    report = reindex(home, [articles])
    assert report.added == 1
    assert archive.status().generation == report.generation > before
    assert any("Ben Tarn" in hit.text for hit in archive.search("who is the lighthouse keeper?"))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files where Linux lists them")
def test_old_generations_leave_no_files_open(small: tuple[Path, Path]) -> None:
    home, articles = small
    archive = open_archive(home)

    def follow(number: int) -> int:
        _write(articles / "two.jsonl", f"The lighthouse keeper has {number} lamps.")
        reindex(home, [articles])
        assert archive.search("how many lamps?")
        return len([file for file in _open_files() if file.startswith(f"{home}/archive.sqlite3-wal")])

    first = follow(1)
    assert [follow(number) for number in (2, 3)] == [first, first]


def _open_files() -> list[str]:
    files = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that lists them
            files.append(str(descriptor.readlink()))
    return files


def test_many_threads_follow_a_new_generation_and_open_it_once(small: tuple[Path, Path]) -> None:
    home, articles = small
    archive = open_archive(home)
    opened, open_live = [], archive._open_live
    archive._open_live = lambda: opened.append(live := open_live()) or live
    _write(articles / "two.jsonl", "The lighthouse keeper is Ben Tarn.")
    report = reindex(home, [articles])
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda _: archive.ask("who keeps the lighthouse?").searched.generation, range(24)))
    assert set(seen) == {report.generation}
    assert len(opened) == 1


def test_an_article_reads_the_same_before_and_after_being_indexed(small: tuple[Path, Path]) -> None:
    home, articles = small
    stored = open_archive(home).article("one")
    given = json.loads((articles / "one.jsonl").read_text("utf-8"))
    assert (stored.title, stored.text) == (given["title"], given["text"])
    assert replace(stored, text="other").version != stored.version


def test_a_generation_that_can_not_be_opened_for_want_of_something_waits_and_the_old_one_answers(
    sample_home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    archive = open_with(load_settings(data=sample_home, reader="evidence"))
    tried = []

    def refuse() -> Live:
        tried.append(1)
        raise OutOfResources("too many files are open")

    with monkeypatch.context() as patch:
        patch.setattr(archive, "_open_live", refuse)
        patch.setattr(archive, "_live_generation", lambda: 99)
        assert [bool(archive.outlets()) for _ in range(3)] == [True] * 3
        assert len(tried) == 1, "it is not tried again at every question"
    assert "generation 1 goes on answering: too many files are open" in caplog.text


def test_an_archive_whose_live_generation_can_not_be_read_for_want_of_something_answers_and_says_so(
    sample_home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    archive = open_with(load_settings(data=sample_home, reader="evidence"))

    def refuse() -> int:
        raise OutOfResources("CURRENT can't be read, too many files are open")

    monkeypatch.setattr(archive, "_live_generation", refuse)
    assert archive.outlets()
    assert "generation 1 goes on answering: CURRENT can't be read" in caplog.text
