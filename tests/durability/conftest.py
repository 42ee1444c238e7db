"""How often these tests kill: as often as shows a mistake in a minute, or as DATELINE_TEST_KILLS says."""

from __future__ import annotations

import os
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from tests.durability.indexer import processes, run_edition


@pytest.fixture(scope="session")
def kills() -> int:
    return int(os.environ.get("DATELINE_TEST_KILLS", "20"))


@pytest.fixture(scope="session")
def context() -> ForkServerContext:
    return processes()


@pytest.fixture(scope="session")
def first_edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with edition 0, to be copied."""
    home = tmp_path_factory.mktemp("archive") / "home"
    run_edition(home, 0)
    return home
