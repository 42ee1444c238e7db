"""Bringing a backup back: its articles are published as a new generation, like those of an index run."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from index import generations
from index.build import folders
from index.build.clock import utc_now
from index.build.lock import indexing_lock
from index.build.trouble import database_trouble, file_trouble
from index.care.bundle import OWNER_ONLY, Bundle, flush, is_sqlite
from index.errors import ArchiveError, IndexDamaged, IndexMismatch, RestoreRefused
from index.store import DATABASE, StoreView, StoreWriter, database_files, take_embeddings
from index.types import Article, IndexReport, Origin

_log = logging.getLogger(__name__)
_ASKED_BY = "dateline restore"
_PATIENCE = 60.0
"""Seconds to wait for an index run that began when the articles were back."""
Publish = Callable[[Iterator[Article]], IndexReport]
"""Makes the archive hold exactly these articles, as an index run that may remove whatever is not among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreReport:
    """What was brought back: the run that published the articles, and the files beside the archive."""

    run: IndexReport
    neighbours: tuple[str, ...]
    created_at: str
    set_aside: tuple[str, ...]


def bring_back(bundle: Bundle, home: Path, publish: Publish, *, replace_all: bool = False) -> RestoreReport:
    """Makes ``home`` hold what a proven backup holds.

    The articles become a new generation beside what is there, from the embeddings of the backup; readers, a running
    bot included, are on the one before until that is whole, and follow then. A database that can't be used is moved
    aside, not removed. Other files of the backup take the place of those of the same name, databases in one step.

    Raises:
        RestoreRefused: there is an archive, or one of the other files, and ``replace_all`` was not given.
        IndexBusy: an index run is under way.
        ArchiveError: ``home`` can't be written.
    """
    taken = [name for name in bundle.neighbours if _is_there(home / name)]
    if not replace_all and (_has_archive(home) or taken):
        what = f"an archive (generation {generations.current_generation(home)})" if _has_archive(home) else taken[0]
        raise RestoreRefused(
            f"{home} has {what} already: add --replace to put the backup of {bundle.created_at} in its place,"
            " or name another home with --data"
        )
    with file_trouble(home):
        folders.make_home(home)
    with indexing_lock(home, _ASKED_BY), file_trouble(home), database_trouble(home):
        folders.sweep_halves(home)
        set_aside = _set_aside_unusable(home)
        take_embeddings(home, bundle.folder)
    with StoreView(bundle.folder, bundle.generation) as store:
        run = publish(_articles(store))
    # Under the lock: whoever holds it knows that halves of files that lie about are a dead restore's.
    with indexing_lock(home, _ASKED_BY, patience=_PATIENCE), file_trouble(home):
        for name in bundle.neighbours:
            set_aside += _put_back(bundle.folder / name, home / name)
    return RestoreReport(
        run=run, neighbours=bundle.neighbours, created_at=bundle.created_at, set_aside=tuple(set_aside)
    )


def _articles(store: StoreView) -> Iterator[Article]:
    """Every article with its origin, and after it those that were left out for having the same text."""
    for listed in store.listing():
        article = store.article(listed.id)
        yield article
        for place in store.places(article.id)[1:]:
            yield replace(
                article,
                id=place.id,
                title=place.title,
                outlet=place.outlet,
                published=place.published,
                url=place.url,
                origin=Origin(path=place.path, line=place.line),
            )


def _has_archive(home: Path) -> bool:
    return (
        _is_there(home / DATABASE)
        or generations.current_generation(home) is not None
        or bool(generations.numbers_on_disk(home))
    )


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _set_aside_unusable(home: Path) -> list[str]:
    """Moves a database away that no run could start from; returns the new names."""
    try:
        with closing(StoreWriter(home)) as writer, database_trouble(home):
            writer.check()
    except (IndexDamaged, IndexMismatch) as error:
        _log.warning("%s", error)
    else:
        return []
    return [
        aside.name
        for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm")
        if _is_there(home / name) and (aside := _moved_aside(home / name))
    ]


def _put_back(source: Path, target: Path) -> list[str]:
    """Puts a file of the backup in its place: into an open database in one transaction, else by a rename."""
    if is_sqlite(source) and target.is_file() and not target.is_symlink():
        try:
            _pour(source, target)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise ArchiveError(f"{target} is in use: end what holds it, and run it again") from error
            raise ArchiveError(f"{target} can't be written ({error}): see that there is room") from error
        except sqlite3.DatabaseError as error:
            _log.warning("%s can't be used: %s", target, error)
        else:
            return []
    moved = []
    if is_sqlite(source) or not target.is_file() or target.is_symlink():
        moved = [_moved_aside(one).name for one in database_files(target) if _is_there(one)]
    beside = target.with_name(f"{target.name}.tmp-{os.getpid()}")
    beside.unlink(missing_ok=True)
    beside.touch(mode=OWNER_ONLY)
    shutil.copyfile(source, beside)
    flush(beside)
    beside.replace(target)
    flush(target.parent)
    return moved


def _pour(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?immutable=1", uri=True)) as backup,
        closing(sqlite3.connect(target, timeout=15)) as live,
    ):
        # A database that can't be read must not be written to either.
        (state,) = live.execute("PRAGMA quick_check(1)").fetchone()
        if state != "ok":
            raise sqlite3.DatabaseError(state)
        backup.backup(live)


def _moved_aside(path: Path) -> Path:
    stamp = utc_now().replace(":", "").replace("+0000", "Z")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    path.rename(aside)
    return aside
