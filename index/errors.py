"""Every error that the archive raises on purpose, as one tree.

    DatelineError
    ├── UsageError            the caller asked for something that makes no sense (exit code 2)
    │   └── FilterError       a date or outlet filter that can't be understood
    ├── ArchiveError          the archive on disk can't serve
    │   ├── IndexMissing      nothing has been indexed here yet
    │   ├── IndexMismatch     built with another format, embedder or passage settings
    │   ├── IndexDamaged      no generation passes its checks
    │   ├── IndexBusy         another process is indexing
    │   ├── BackupDamaged     a backup is not what was written, or no backup at all
    │   ├── RestoreRefused    there is something already where a backup should go
    │   ├── OutOfResources    the system gave no more memory, open files or room
    │   └── ArticleMissing    no article has this id
    ├── RemovalRefused        a run would remove more than half of the archive
    ├── IndexCancelled        the caller cancelled the run
    └── ModelError            a model can't be loaded, or isn't the one it claims to be

The message names the cause and the cure in one line, because the command line prints it as it stands.
"""

from __future__ import annotations

import errno


class DatelineError(Exception):
    """Base of every error raised on purpose."""


class UsageError(DatelineError):
    """The request makes no sense; nothing was done."""


class FilterError(UsageError):
    """A filter can't be understood, such as a date that does not exist."""


class ArchiveError(DatelineError):
    """The archive on disk can't serve."""


class IndexMissing(ArchiveError):
    """Nothing has been indexed here yet."""


class IndexMismatch(ArchiveError):
    """The archive was built with another format, embedder or passage settings."""


class IndexDamaged(ArchiveError):
    """No generation of the archive passes its checks."""


class IndexBusy(ArchiveError):
    """Another process is indexing this archive."""


class BackupDamaged(ArchiveError):
    """A backup is not what was written, or no backup at all; nothing was changed."""


class RestoreRefused(ArchiveError):
    """There is something already where the backup should go; nothing was changed."""


class OutOfResources(ArchiveError):
    """The system gave no more memory, open files or room on the disk; nothing is wrong with the archive."""


class ArticleMissing(ArchiveError):
    """No article of the live generation has this id."""


class RemovalRefused(DatelineError):
    """The run would remove more than half of a non-trivial archive."""


class IndexCancelled(DatelineError):
    """The caller cancelled the run; the generation before stays live."""


class ModelError(DatelineError):
    """A model is missing, damaged, or not the one that its checksum names."""


_SCARCE: tuple[tuple[set[int], tuple[str, ...], str], ...] = (
    (
        {errno.EMFILE, errno.ENFILE},
        ("too many open files", "toomanyopenfiles"),
        "too many files are open: allow more (ulimit -n), or close what holds them",
    ),
    (
        {errno.ENOMEM},
        ("bad_alloc", "cannot allocate memory", "failed to map segment"),
        "memory ran out: free some, or allow more (ulimit -v, or the container's limit)",
    ),
    (
        set(),
        ("can't start new thread",),
        "no thread could be started for want of memory or processes: free some, or allow more (ulimit -v, ulimit -u)",
    ),
    (
        {errno.ENOSPC, errno.EDQUOT},
        ("no space left on device", "database or disk is full", "disk quota exceeded"),
        "no space is left on the device: make room",
    ),
)
"""Error numbers, words in messages of libraries that give no number, and what to say."""


def scarcity(error: BaseException | None) -> str | None:
    """What the system ran out of, with the cure, if that is what an error, or one that led to it, is about.

    Python, the loader, SQLite, FAISS, tantivy and onnxruntime each tell it in another way.
    """
    while error is not None:
        if isinstance(error, MemoryError):
            return _SCARCE[1][2]
        number = error.errno if isinstance(error, OSError) else None
        text = str(error).casefold()
        for numbers, words, said in _SCARCE:
            if number in numbers or any(word in text for word in words):
                return said
        error = error.__cause__ or error.__context__
    return None


def refuse_scarcity(place: object, error: BaseException) -> None:
    """Lets an error pass that says something about what is read; one for want of memory, files or room says nothing.

    Raises:
        OutOfResources: something ran out while ``place`` was read.
    """
    if (scarce := scarcity(error)) is not None:
        raise OutOfResources(f"{place} can't be read, {scarce}, and try again") from error


def in_words(error: DatelineError) -> str:
    """An error's own words; where a model could not be loaded because something ran out, what that was."""
    scarce = None if isinstance(error, ArchiveError) else scarcity(error)
    return str(error) if scarce is None else f"{scarce}, and run it again ({error})"
