"""Fixtures that many tests share: the sample archive, indexed once a session with the real models."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def articles_folder() -> Path:
    return ROOT / "articles"


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory, articles_folder: Path) -> Path:
    """The home of an archive of the sample articles. Read it only."""
    from index import reindex

    home = tmp_path_factory.mktemp("sample") / "data"
    reindex(home, [articles_folder])
    return home
