"""What killed processes left beside an archive."""

from __future__ import annotations

from pathlib import Path

from index.build import folders
from index.build.lock import indexing_lock
from index.build.trouble import file_trouble
from index.errors import IndexBusy


def clear_halves(home: Path) -> list[str]:
    """Removes what a restore had begun to write beside an archive when it was killed; the names of those files.

    While a restore or an index run is under way, nothing is removed: that run does it, or it is its own.

    Raises:
        ArchiveError: the folder can't be read or written.
    """
    with file_trouble(home):
        if not home.is_dir() or not any(".tmp-" in path.name for path in home.iterdir()):
            return []
    try:
        with indexing_lock(home, "clearing up"), file_trouble(home):
            return folders.sweep_halves(home)
    except IndexBusy:
        return []
