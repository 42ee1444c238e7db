"""Copies of a database as of one moment, while others read and write it, and what one database takes from another."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from index.store.schema import DATABASE, open_to_read, open_to_write


def copy_database(home: Path, folder: Path) -> None:
    """Copies the database in ``home`` into ``folder``, as one file, whoever is writing to it.

    Raises:
        ArchiveError: it can't be read.
        sqlite3.DatabaseError: it turns out to be damaged, or the copy can't be written.
    """
    with closing(open_to_read(home).connection) as source, closing(sqlite3.connect(folder / DATABASE)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE").fetchone()


def take_embeddings(home: Path, source: Path) -> None:
    """Gives the database in ``home`` the cached embeddings that the one in ``source`` has more; both are whole.

    The caller holds the indexer's lock of ``home``.
    """
    with closing(open_to_write(home)) as connection:
        uri = f"{(source / DATABASE).absolute().as_uri()}?immutable=1"
        connection.execute("ATTACH ? AS other", (uri,))
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT OR IGNORE INTO embedders (id) SELECT id FROM other.embedders")
        connection.execute(
            "INSERT OR IGNORE INTO embeddings (text_hash, embedder, vector)"
            " SELECT e.text_hash, m.embedder, e.vector FROM other.embeddings e"
            " JOIN other.embedders o ON o.embedder = e.embedder JOIN embedders m ON m.id = o.id"
        )
        connection.execute("COMMIT")
        connection.execute("DETACH other")
