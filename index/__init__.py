"""The archive: articles in, quotations out. These names are public; importing them loads neither torch nor faiss.

from index import open_archive
reply = open_archive("data").ask("what does the US want from Israel?")
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.conversation.topic import new_topic
from index.errors import DatelineError
from index.types import (
    Answer,
    ArchiveStatus,
    Article,
    Choice,
    Citation,
    Cited,
    Hit,
    IndexReport,
    Manner,
    NoAnswer,
    NoAnswerReason,
    Overview,
    OverviewKind,
    Period,
    Progress,
    Reply,
    Searched,
    Skipped,
    Turn,
    Where,
    turn_of,
)

if TYPE_CHECKING:
    from index.archive import Archive
    from index.protocols import Report

__all__ = [
    "Answer",
    "Archive",
    "ArchiveStatus",
    "Article",
    "Choice",
    "Citation",
    "Cited",
    "DatelineError",
    "Hit",
    "IndexReport",
    "Manner",
    "NoAnswer",
    "NoAnswerReason",
    "Overview",
    "OverviewKind",
    "Period",
    "Progress",
    "Reply",
    "Searched",
    "Skipped",
    "Turn",
    "Where",
    "new_topic",
    "open_archive",
    "reindex",
    "turn_of",
]


def open_archive(path: str | Path) -> Archive:
    """The archive at ``path``, with the settings of the environment.

    Raises:
        IndexMissing: nothing has been indexed there yet.
        IndexMismatch: it was built with another format, embedder or passage settings.
        IndexDamaged: no generation passes its checks.
        UsageError: a setting has an impossible value.
    """
    from index.bootstrap import open_with
    from index.settings import load_settings

    return open_with(load_settings(data=Path(path)))


def reindex(
    path: str | Path,
    articles: Sequence[str | Path],
    report: Report | None = None,
    *,
    force: bool = False,
    asked_by: str = "python",
) -> IndexReport:
    """Brings the archive at ``path`` up to date with the articles; readers follow by themselves.

    Args:
        path: the archive's home.
        articles: folders and files of articles; together they are the whole archive.
        report: receives progress; raising IndexCancelled from it stops the run, and nothing has changed.
        force: allow a run that removes more than half of the archive.
        asked_by: who asked, for whoever is told that a run is under way.

    Raises:
        IndexBusy: another run is under way.
        RemovalRefused: more than half would be removed, and ``force`` is not set.
        UsageError: a path does not exist.
    """
    from index import bootstrap
    from index.settings import load_settings

    return bootstrap.reindex(
        load_settings(data=Path(path)),
        [Path(article) for article in articles],
        report=report,
        force=force,
        asked_by=asked_by,
    )


def __getattr__(name: str) -> object:
    # The class is public for annotations and isinstance; its module needs numpy, which a light import must not load.
    if name == "Archive":
        from index.archive import Archive

        return Archive
    raise AttributeError(f"module 'index' has no attribute {name!r}")
