"""Little room and few files in small, and that the checkers see what is lost."""

from __future__ import annotations

import shutil
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from tests.durability.indexer import processes, run_edition
from tests.torture import resources
from tests.torture.confined import Refused, apart


@pytest.fixture(scope="module")
def context() -> ForkServerContext:
    return processes("tests.torture.resources")


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("toy") / "home"
    run_edition(home, 0)
    run_edition(home, 1)
    return home


def place(tmp_path: Path) -> Path:
    folder = tmp_path / "place"
    folder.mkdir()
    return folder


def test_a_full_disk_leaves_the_archive_of_before(tmp_path: Path, toy: Path, context: ForkServerContext) -> None:
    try:
        tried, lost, _ = apart(context, resources.full_disk_toy, toy, place(tmp_path), [0, 60_000, 250_000])
    except Refused as error:
        pytest.skip(str(error))
    assert (tried, lost) == (3, [])


def test_what_the_bot_acknowledged_before_the_disk_was_full_is_there(
    tmp_path: Path, context: ForkServerContext
) -> None:
    try:
        tried, lost, _ = apart(context, resources.full_disk_filing, place(tmp_path), 5, [0, 30_000])
    except Refused as error:
        pytest.skip(str(error))
    assert (tried, lost) == (2, [])


def test_too_many_open_files_are_told_as_such(tmp_path: Path, toy: Path, context: ForkServerContext) -> None:
    tried, lost, seen = apart(context, resources.no_more_files, toy, place(tmp_path))
    assert (tried, lost) == (28, [])
    assert seen["indexing refused"]


def test_an_archive_that_does_not_answer_is_noticed(tmp_path: Path, toy: Path, context: ForkServerContext) -> None:
    damaged = shutil.copytree(toy, tmp_path / "damaged")
    (damaged / "generations" / "000002" / "dense.faiss").write_bytes(b"")
    try:
        _, lost, _ = apart(context, resources.full_disk_toy, damaged, place(tmp_path), [0])
    except Refused as error:
        pytest.skip(str(error))
    assert any("what answers is not the archive of before" in one for one in lost)


def test_a_message_without_a_cure_is_noticed() -> None:
    assert resources._complaints("it can't be done", "here") == ["here: no cure: it can't be done"]
    assert resources._complaints("no space is left on the device: make room", "here") == []
