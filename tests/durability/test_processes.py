"""Several processes at one archive: a second indexer is told, readers follow by themselves."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from index.errors import IndexBusy
from tests.durability.indexer import (
    checked_versions,
    child,
    edition,
    fail_to_read,
    hold_lock,
    kept,
    read_on_request,
    read_without_rights,
    run_edition,
)
from tests.index.build.indexing import index


def test_a_second_indexer_is_told_who_is_at_work(
    tmp_path: Path, first_edition: Path, context: ForkServerContext
) -> None:
    home = shutil.copytree(first_edition, tmp_path / "home")
    ready, sender = context.Pipe(duplex=False)
    with child(context, hold_lock, home, sender):
        pid = ready.recv()
        with pytest.raises(IndexBusy, match=rf"process {pid} for the editor since 20\d\d-.*wait for it"):
            run_edition(home, 1)
        assert checked_versions(home) == (1, kept(0), ())


def test_the_lock_of_a_dead_indexer_is_no_obstacle(
    tmp_path: Path, first_edition: Path, context: ForkServerContext
) -> None:
    home = shutil.copytree(first_edition, tmp_path / "home")
    ready, sender = context.Pipe(duplex=False)
    with child(context, hold_lock, home, sender):
        pid = ready.recv()
    assert f'"pid": {pid}' in (home / "lock").read_text()
    run_edition(home, 1)
    assert checked_versions(home)[1] == kept(1)


def test_a_second_thread_is_told_as_well(tmp_path: Path) -> None:
    inside, leave = threading.Event(), threading.Event()

    def at_step(_step: str) -> None:
        inside.set()
        assert leave.wait(30)

    thread = threading.Thread(target=index, args=(tmp_path, edition(0)), kwargs={"at_step": at_step})
    thread.start()
    try:
        assert inside.wait(30)
        with pytest.raises(IndexBusy, match=rf"process {os.getpid()} for a test"):
            run_edition(tmp_path, 1)
    finally:
        leave.set()
        thread.join()
    assert checked_versions(tmp_path)[1] == kept(0)


def test_a_reader_in_another_process_follows_new_generations(
    tmp_path: Path, first_edition: Path, context: ForkServerContext
) -> None:
    home = shutil.copytree(first_edition, tmp_path / "home")
    ours, theirs = context.Pipe()
    with child(context, read_on_request, home, theirs):
        for generation, seed in enumerate([0, 1, 2, 3], start=1):
            if seed:
                run_edition(home, seed)
            ours.send("what is there?")
            assert ours.poll(30)
            assert ours.recv() == (generation, kept(seed))


def test_the_articles_of_an_archive_on_read_only_media_are_read(
    first_edition: Path, context: ForkServerContext
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        home = shutil.copytree(first_edition, Path(folder) / "home")
        for path in [home, *home.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        receiver, sender = context.Pipe(duplex=False)
        try:
            with child(context, read_without_rights, home, sender):
                assert receiver.poll(30)
                assert receiver.recv() == (1, kept(0), ())
        finally:
            for path in [home, *home.rglob("*")]:
                path.chmod(0o755)


def test_a_database_that_may_not_be_read_says_so(first_edition: Path, context: ForkServerContext) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        home = shutil.copytree(first_edition, Path(folder) / "home")
        for path in [home, *home.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        (home / "archive.sqlite3").chmod(0)
        receiver, sender = context.Pipe(duplex=False)
        with child(context, fail_to_read, home, sender):
            assert receiver.poll(30)
            said = receiver.recv()
    assert said.startswith("ArchiveError: ")
    assert "archive.sqlite3" in said


def test_readers_see_whole_generations_while_others_are_published(
    tmp_path: Path, first_edition: Path, context: ForkServerContext
) -> None:
    home = shutil.copytree(first_edition, tmp_path / "home")
    seen = set()
    for seed in (1, 2, 3):
        with child(context, run_edition, home, seed, None, 0.01) as process:
            while process.is_alive():
                number, versions, warnings = checked_versions(home)
                assert versions == kept(number - 1)
                assert warnings == ()
                seen.add(number)
            assert process.exitcode == 0
    assert len(seen) >= 2
