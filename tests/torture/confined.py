"""Places with little of something: a small disk, a read-only folder, few open files, little memory, one core.

What is done there is done in a process of its own, which nothing outlives.
"""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any, Final

from tests.bot.process import READER
from tests.durability.indexer import child

_NEW_MOUNTS, _NEW_USERS = 0x20000, 0x10000000
_READ_ONLY, _REMOUNT, _BIND, _RECURSIVE, _PRIVATE = 1, 32, 4096, 16384, 1 << 18
_WITHIN: Final = 300
"""Seconds within which anything must come to its end, also on a machine with much else to do."""


class Refused(Exception):
    """This system lets nobody make such a place; says why."""


def private_mounts() -> None:
    """What this process mounts from now on, nobody else sees, and it goes with the process.

    Raises:
        Refused: neither root nor an unprivileged user may do that here.
    """
    library = ctypes.CDLL(None, use_errno=True)
    ids = os.getuid(), os.getgid()
    if library.unshare(_NEW_MOUNTS) < 0:
        if library.unshare(_NEW_USERS | _NEW_MOUNTS) < 0:
            raise Refused(f"no mounts of one's own here: {os.strerror(ctypes.get_errno())}")
        Path("/proc/self/setgroups").write_text("deny", "ascii")
        for name, own in zip(("uid_map", "gid_map"), ids, strict=True):
            Path(f"/proc/self/{name}").write_text(f"0 {own} 1", "ascii")
    _mount("none", Path("/"), "", _RECURSIVE | _PRIVATE)


def small_disk(folder: Path, size: int) -> None:
    """Makes ``folder`` a disk of its own, in memory, of so many bytes."""
    _mount("tmpfs", folder, "tmpfs", 0, f"size={size}")


def read_only(folder: Path, *, on: bool) -> None:
    """Lets nobody write to ``folder``, root neither, or lets them again."""
    if on:
        _mount(os.fspath(folder), folder, "", _BIND)
    _mount("none", folder, "", _REMOUNT | _BIND | (_READ_ONLY if on else 0))


def few_files(count: int) -> None:
    """Lets this process and those that it starts have so many files open."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def little_memory(size: int) -> None:
    """Lets this process and those that it starts have so many bytes of addresses."""
    resource.setrlimit(resource.RLIMIT_AS, (size, resource.getrlimit(resource.RLIMIT_AS)[1]))


def dateline_index(home: Path, *, limit: Callable[[], None] | None = None) -> tuple[int, str]:
    """Runs ``dateline index`` on ``home/articles``: its exit code, and the last line of what it says."""
    done = subprocess.run(  # noqa: S603  # our own interpreter, no shell
        [
            sys.executable, "-c", "from index.cli import main; main()",
            "index", "--articles", os.fspath(home / "articles"), "--data", os.fspath(home / "data"), "--json",
        ],
        env={**os.environ, **READER, "PYTHONPATH": os.pathsep.join(sys.path)},
        preexec_fn=limit,  # it sets a limit and no more
        capture_output=True,
        text=True,
        check=False,
        timeout=_WITHIN,
    )  # fmt: skip
    lines = (done.stderr if done.returncode else done.stdout).strip().splitlines()
    return done.returncode, lines[-1] if lines else ""


def apart(context: ForkServerContext, work: Callable[..., Any], *args: object) -> Any:  # noqa: ANN401  # whatever the work returns
    """What ``work`` returns in a process of its own.

    Raises:
        Refused: the place it works in can't be made here.
        AssertionError: it failed; says how.
    """
    receiver, sender = context.Pipe(duplex=False)
    with child(context, _report, work, args, sender) as process:
        sender.close()
        try:
            assert receiver.poll(_WITHIN), "it took too long"
            kind, value = receiver.recv()
        except EOFError:
            process.join(10)
            raise AssertionError(f"the process ended with {process.exitcode}") from None
    if kind == "refused":
        raise Refused(value)
    assert kind == "done", value
    return value


def _report(work: Callable[..., Any], args: tuple[object, ...], sender: Connection) -> None:
    try:
        sender.send(("done", work(*args)))
    except Refused as error:
        sender.send(("refused", str(error)))
    except BaseException as error:
        sender.send(("failed", f"{type(error).__name__}: {error}"))
        raise


def _mount(source: str, target: Path, kind: str, flags: int, options: str = "") -> None:
    library = ctypes.CDLL(None, use_errno=True)
    library.mount.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p]
    if library.mount(source.encode(), os.fsencode(target), kind.encode(), flags, options.encode()) < 0:
        raise Refused(f"{target} can't be mounted here: {os.strerror(ctypes.get_errno())}")
