"""The files under the given paths, in a fixed order, with each link, odd file and unreadable folder accounted for.

Symbolic links inside a folder are not a way out of it: a link that leaves the folder is reported and not read, because
whatever is indexed can be quoted to strangers. A path that the caller names is followed even if it is a link. Hidden
files, and the README and LICENSE that lie beside articles, are passed over without a word.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.types import Skipped

_BYSTANDERS: Final = re.compile(
    r"(?:readme|licen[cs]e|copying|changelog)(?:\.(?:md|markdown|txt|rst|html?))?|thumbs\.db|desktop\.ini",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file to read; ``shown`` is its path as the caller would write it, with slashes, safe to print and store."""

    path: Path
    shown: str


def found_files(paths: Sequence[Path]) -> Iterator[Found | Skipped]:
    """Walks the paths in the order given, folders in the order of their names; a file met twice counts once."""
    seen: set[str] | None = set() if len(paths) > 1 else None
    for path in paths:
        for found in _walk(path):
            if seen is not None and isinstance(found, Found):
                real = os.path.realpath(found.path)
                if real in seen:
                    continue
                seen.add(real)
            yield found


def shown_path(path: Path) -> str:
    """The path with slashes; bytes that are not UTF-8 and control characters become escapes."""
    text = path.as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", lambda match: ascii(match[0])[1:-1], text)


def _walk(top: Path) -> Iterator[Found | Skipped]:
    try:
        mode = top.stat().st_mode
    except FileNotFoundError:
        yield Skipped(path=shown_path(top), reason="there is no such file or folder")
        return
    except (OSError, ValueError) as error:
        yield Skipped(path=shown_path(top), reason=unreadable(error))
        return
    if not stat.S_ISDIR(mode):
        yield _file(top, mode)
        return
    root = os.path.realpath(top)
    troubles: list[OSError] = []
    for folder, subfolders, files in os.walk(top, onerror=troubles.append):
        yield from _folder_troubles(troubles)
        here = Path(folder)
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        links = [name for name in subfolders if (here / name).is_symlink()]
        for name in links:
            yield _folder_link(here / name, root)
        for name in sorted(files):
            if not name.startswith(".") and not _BYSTANDERS.fullmatch(name):
                yield _entry(here / name, root)
    yield from _folder_troubles(troubles)


def _folder_troubles(troubles: list[OSError]) -> Iterator[Skipped]:
    for error in troubles:
        yield Skipped(path=shown_path(Path(os.fsdecode(error.filename or "?"))), reason=unreadable(error))
    troubles.clear()


def _folder_link(link: Path, root: str) -> Skipped:
    target = os.path.realpath(link)
    if not _inside(target, root):
        reason = "a link that leaves the given folder: name its target as a path of its own to index it"
    elif _inside(os.path.realpath(link.parent), target):
        reason = "a link that leads back to a folder around it"
    else:
        reason = "a link to another folder of the same archive, which is read at its own place"
    return Skipped(path=shown_path(link), reason=reason)


def _entry(path: Path, root: str) -> Found | Skipped:
    try:
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode):
            return _file(path, mode)
        target = os.path.realpath(path, strict=True)
        if not _inside(target, root):
            reason = "a link that leaves the given folder: name its target as a path of its own to index it"
            return Skipped(path=shown_path(path), reason=reason)
        hidden = any(part.startswith(".") for part in Path(os.path.relpath(target, root)).parts)
        if hidden:  # how Kubernetes mounts a ConfigMap: the files themselves lie where nobody looks
            return _file(path, path.stat().st_mode)
    except FileNotFoundError:
        return Skipped(path=shown_path(path), reason="a link to a file that is not there")
    except (OSError, ValueError) as error:
        return Skipped(path=shown_path(path), reason=unreadable(error))
    reason = "a link to another file of the same archive, which is read at its own place"
    return Skipped(path=shown_path(path), reason=reason)


def _file(path: Path, mode: int) -> Found | Skipped:
    if not stat.S_ISREG(mode):
        return Skipped(path=shown_path(path), reason="not a regular file, but a pipe, a socket or a device")
    return Found(path=path, shown=shown_path(path))


def _inside(target: str, folder: str) -> bool:
    return target == folder or target.startswith(folder.rstrip(os.sep) + os.sep)


def unreadable(error: OSError | ValueError) -> str:
    """The reason for a file or folder that the system won't give."""
    if isinstance(error, PermissionError):
        return "it can't be read: permission denied"
    if isinstance(error, OSError) and error.strerror:
        return f"it can't be read: {error.strerror.lower()}"
    return "it can't be read"
