"""Transactions of the indexer's database when there is no room."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from index.store import StoreWriter


def test_a_full_disk_is_told_as_such_and_leaves_no_transaction_open(tmp_path: Path) -> None:
    with closing(StoreWriter(tmp_path)) as writer:
        (pages,) = writer._connection.execute("PRAGMA page_count").fetchone()
        writer._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(sqlite3.OperationalError, match="full"), writer.transaction():
            writer._connection.execute("CREATE TABLE room AS SELECT randomblob(100000)")
        with writer.transaction(durable=True):
            writer._connection.execute("DELETE FROM runs")
        assert not writer._connection.in_transaction
