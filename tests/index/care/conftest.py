"""An archive with two generations and a bot's database beside it, to be copied; flushing is left out."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.index.build.indexing import article, index

SHELF = [article(name, published="2026-01-14") for name in ("a", "b", "c")]
COPY = article("copy", SHELF[0].text, title="The same again")


@pytest.fixture(autouse=True)
def _no_flushing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


@pytest.fixture(scope="session")
def well_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("well") / "home"
    index(home, SHELF[:2])
    index(home, [*SHELF, COPY])
    with closing(sqlite3.connect(home / "bot.sqlite3", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE questions (question TEXT)")
        connection.execute("INSERT INTO questions VALUES ('Who said so?')")
    (home / "bot.key").write_text("ab" * 32)
    return home


@pytest.fixture
def home(tmp_path: Path, well_home: Path) -> Path:
    return shutil.copytree(well_home, tmp_path / "home")
