"""One indexer at a time: a lock that dies with its process, and says who holds it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from index.build.clock import utc_now
from index.build.trouble import file_trouble
from index.errors import IndexBusy

_NAME = "lock"


@contextmanager
def indexing_lock(home: Path, asked_by: str, *, patience: float = 0) -> Iterator[None]:
    """Holds the archive's lock; ``asked_by`` tells others who. Waits ``patience`` seconds for it.

    The system lets go of the lock when the process ends, however it ends: a leftover file is no obstacle.

    Raises:
        IndexBusy: another process, or another thread of this one, is indexing.
        ArchiveError: the lock file can't be written.
    """
    path = home / _NAME
    lock = FileLock(path, timeout=patience)
    with file_trouble(home):
        try:
            lock.acquire()
        except Timeout as error:
            raise IndexBusy(f"{home} is being indexed by {_holder(path)}: wait for it to finish, or stop it") from error
    try:
        with file_trouble(home):
            # Written in place: a lock file that is replaced would guard nothing.
            path.write_text(json.dumps({"pid": os.getpid(), "since": utc_now(), "asked_by": asked_by}), "utf-8")
        yield
    finally:
        # Who is killed leaves its name: that is how an examination knows of it.
        with suppress(OSError):
            path.write_text("", "utf-8")
        lock.release()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who has, or had, the lock, in words, and whether that process is there."""

    who: str
    alive: bool


def holder_of(home: Path) -> Holder | None:
    """Who is indexing, or was killed at it; None where the last run came to its end. Reads the lock's file only."""
    path = home / _NAME
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return None if not path.is_symlink() else Holder(who=_holder(path), alive=False)
    except (OSError, UnicodeDecodeError):
        return Holder(who=_holder(path), alive=False)
    if not text.strip():
        return None
    try:
        os.kill(int(json.loads(text)["pid"]), 0)
    except PermissionError:
        alive = True
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        alive = False
    else:
        alive = True
    return Holder(who=_holder(path), alive=alive)


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text("utf-8"))
        who = f" for {holder['asked_by']}" if holder["asked_by"] else ""
        return f"process {holder['pid']}{who} since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return "another process"
