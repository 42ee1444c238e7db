"""What a process does to its files, seen where the kernel sees it: from Python, C and Rust alike (Linux's ptrace).

As in ALICE (Pillai et al., *All File Systems Are Not Created Equal*, OSDI 2014), the trace of a run is what the states
are made from that a power cut may leave. What is stored through memory maps is not seen: of the archive that is
SQLite's ``-shm`` file alone, which it makes anew after a crash, and which is left out.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

Kind = Literal["create", "write", "truncate", "rename", "unlink", "mkdir", "sync", "mark"]
Mark = Callable[[str], None]

_TRACEME, _SYSCALL, _SETOPTIONS, _SYSCALL_INFO = 0, 24, 0x4200, 0x420E
# Mark system calls, follow threads, and end what is traced when the tracer ends.
_OPTIONS: Final = 0x1 | 0x8 | 0x100000
_SYSCALL_STOP: Final = signal.SIGTRAP | 0x80
_ENTRY, _EXIT = 1, 2
_ALL_THREADS: Final = 0x40000000
_INFO: Final = struct.Struct("<BxxxIQQQ6Q")
_CURRENT_FOLDER: Final = -100
_UNSEEN: Final = "-shm"
_PATH_BYTES: Final = 4096

_NUMBERS: Final = {
    "x86_64": {
        1: "write", 2: "open", 18: "pwrite64", 20: "writev", 74: "fsync", 75: "fdatasync", 76: "truncate",
        77: "ftruncate", 82: "rename", 83: "mkdir", 84: "rmdir", 85: "creat", 87: "unlink", 257: "openat",
        258: "mkdirat", 263: "unlinkat", 264: "renameat", 285: "fallocate", 296: "pwritev", 316: "renameat2",
    },
    "aarch64": {
        64: "write", 68: "pwrite64", 66: "writev", 82: "fsync", 83: "fdatasync", 45: "truncate", 46: "ftruncate",
        56: "openat", 34: "mkdirat", 35: "unlinkat", 38: "renameat", 47: "fallocate", 70: "pwritev", 276: "renameat2",
    },
}  # fmt: skip
_CHANGES: Final = frozenset({"write", "pwrite64", "writev", "pwritev", "fsync", "fdatasync", "rename", "renameat2"})


class Untraceable(Exception):
    """This system lets nobody trace; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One change of the files below a folder, paths relative to it.

    ``target`` is a rename's new path, ``size`` a truncation's; a mark's ``path`` is what the process said.
    """

    kind: Kind
    path: str
    target: str = ""
    offset: int = 0
    size: int = 0
    data: bytes = b""


def traced(run: Callable[[Mark], None], root: Path, *, pause: float = 0.0, within: float = 300.0) -> list[Operation]:
    """Runs something in a process of its own and returns what it did to the files below ``root``, in order.

    Args:
        run: gets a function that puts a mark into the trace.
        root: other files are left out.
        pause: seconds that each write and flush is made to take, as on a slow disk.
        within: seconds after which it is given up.

    Raises:
        Untraceable: the system, or its rights, don't allow it.
        AssertionError: the process failed, or took too long.
    """
    numbers = _NUMBERS.get(platform.machine())
    if platform.system() != "Linux" or numbers is None:
        raise Untraceable(f"tracing is written for Linux on x86_64 and aarch64, not {platform.platform()}")
    marks = os.open(os.devnull, os.O_WRONLY)
    pid = os.fork()
    if not pid:
        _be_traced(run, marks)
    try:
        return _Tracer(pid, root, marks, numbers, pause=pause).follow(time.monotonic() + within)
    finally:
        os.close(marks)


def _be_traced(run: Callable[[Mark], None], marks: int) -> None:
    code = 1
    try:
        if _ptrace(_TRACEME, 0) == 0:
            os.kill(os.getpid(), signal.SIGSTOP)
            run(lambda said: os.write(marks, said.encode()) and None)
            code = 0
        else:
            code = 77
    finally:
        os._exit(code)


class _Tracer:
    """Follows one process with all its threads from stop to stop."""

    def __init__(self, pid: int, root: Path, marks: int, numbers: dict[int, str], *, pause: float) -> None:
        self._pid = pid
        self._root = os.fspath(root.resolve())
        self._marks = marks
        self._numbers = numbers
        self._pause = pause
        self._pending: dict[int, Operation | None] = {}
        self._found: list[Operation] = []

    def follow(self, deadline: float) -> list[Operation]:
        """To the end of the process."""
        _, status = os.waitpid(self._pid, _ALL_THREADS)
        if not os.WIFSTOPPED(status):
            raise Untraceable("this system lets nobody trace (seccomp or Yama forbid ptrace)")
        if _ptrace(_SETOPTIONS, self._pid, 0, _OPTIONS) < 0:
            os.kill(self._pid, signal.SIGKILL)
            raise Untraceable(f"ptrace: {os.strerror(ctypes.get_errno())}")
        self._memory = os.open(f"/proc/{self._pid}/mem", os.O_RDONLY)
        try:
            _ptrace(_SYSCALL, self._pid)
            while True:
                thread, status = os.waitpid(-1, _ALL_THREADS)
                if os.WIFSTOPPED(status):
                    _ptrace(_SYSCALL, thread, self._stopped(thread, status))
                elif thread == self._pid:
                    assert status == 0, f"what was traced ended with {os.waitstatus_to_exitcode(status)}"
                    return self._found
                if time.monotonic() > deadline:
                    os.kill(self._pid, signal.SIGKILL)
                    deadline += 1e9
        finally:
            os.close(self._memory)

    def _stopped(self, thread: int, status: int) -> int:
        """Deals with a stop; the signal to deliver."""
        what = os.WSTOPSIG(status)
        if what == _SYSCALL_STOP:
            info = ctypes.create_string_buffer(_INFO.size)
            if _ptrace(_SYSCALL_INFO, thread, _INFO.size, ctypes.addressof(info)) < 0:
                return 0
            phase, _, _, _, first, *rest = _INFO.unpack(info.raw)
            if phase == _ENTRY:
                self._pending[thread] = self._entered(thread, self._numbers.get(first), rest)
            elif phase == _EXIT:
                self._left(self._pending.pop(thread, None), struct.unpack("<q", struct.pack("<Q", first))[0])
            return 0
        # Stops of the tracing itself: a new thread's first one, and the events that announce it.
        return 0 if what in {signal.SIGSTOP, signal.SIGTRAP} or status >> 16 else what

    def _entered(  # noqa: C901, PLR0911  # a table of system calls
        self, thread: int, name: str | None, args: list[int]
    ) -> Operation | None:
        if name is None:
            return None
        if self._pause and name in _CHANGES:
            time.sleep(self._pause)
        match name:
            case "write" | "pwrite64" | "writev" | "pwritev":
                return self._write(thread, name, args)
            case "fsync" | "fdatasync":
                return self._operation("sync", self._of_descriptor(thread, args[0]))
            case "ftruncate":
                return self._operation("truncate", self._of_descriptor(thread, args[0]), size=args[1])
            case "fallocate":
                path = self._of_descriptor(thread, args[0])
                longer = not args[1] and path is not None and args[2] + args[3] > Path(path).stat().st_size
                return self._operation("truncate", path if longer else None, size=args[2] + args[3])
            case "truncate":
                return self._operation("truncate", self._named(thread, _CURRENT_FOLDER, args[0]), size=args[1])
            case "open" | "creat" | "openat":
                return self._open(thread, name, args)
            case "mkdir" | "mkdirat":
                at = args if name == "mkdirat" else [_CURRENT_FOLDER, *args]
                return self._operation("mkdir", self._named(thread, *at[:2]))
            case "unlink" | "rmdir" | "unlinkat":
                at = args if name == "unlinkat" else [_CURRENT_FOLDER, *args]
                return self._operation("unlink", self._named(thread, *at[:2]))
            case _:
                at = [_CURRENT_FOLDER, args[0], _CURRENT_FOLDER, args[1]] if name == "rename" else args
                source, target = self._named(thread, *at[:2]), self._named(thread, *at[2:4])
                return self._operation("rename", source, target=self._relative(target) or "")

    def _left(self, pending: Operation | None, result: int) -> None:
        if pending is None or result < 0:
            return
        if pending.kind == "write" and result < len(pending.data):
            pending = Operation(kind="write", path=pending.path, offset=pending.offset, data=pending.data[:result])
        self._found.append(pending)

    def _write(self, thread: int, name: str, args: list[int]) -> Operation | None:
        if args[0] == self._marks:
            return Operation(kind="mark", path=self._bytes(args[1], args[2]).decode())
        path = self._of_descriptor(thread, args[0])
        if self._relative(path) is None or path is None:
            return None
        if name in {"writev", "pwritev"}:
            pieces = struct.iter_unpack("<QQ", self._bytes(args[1], 16 * args[2]))
            data = b"".join(self._bytes(start, size) for start, size in pieces)
        else:
            data = self._bytes(args[1], args[2])
        offset = args[3] if name.startswith("p") else self._position(thread, args[0], path)
        return self._operation("write", path, offset=offset, data=data)

    def _open(self, thread: int, name: str, args: list[int]) -> Operation | None:
        at = args if name == "openat" else [_CURRENT_FOLDER, *args]
        flags = os.O_CREAT | os.O_TRUNC if name == "creat" else at[2]
        path = self._named(thread, *at[:2])
        if path is None or not flags & (os.O_CREAT | os.O_TRUNC):
            return None
        if not os.path.lexists(path):
            return self._operation("create", path) if flags & os.O_CREAT else None
        return self._operation("truncate", path) if flags & os.O_TRUNC else None

    def _operation(
        self, kind: Kind, path: str | None, *, target: str = "", offset: int = 0, size: int = 0, data: bytes = b""
    ) -> Operation | None:
        relative = self._relative(path)
        if relative is None or relative.endswith(_UNSEEN):
            return None
        return Operation(kind=kind, path=relative, target=target, offset=offset, size=size, data=data)

    def _relative(self, path: str | None) -> str | None:
        if path == self._root:
            return "."
        if path is None or not path.startswith(self._root + "/"):
            return None
        return path[len(self._root) + 1 :]

    def _of_descriptor(self, thread: int, descriptor: int) -> str | None:
        try:
            return os.fspath(Path(f"/proc/{thread}/fd/{descriptor & 0xFFFFFFFF}").readlink())
        except OSError:
            return None

    def _position(self, thread: int, descriptor: int, path: str) -> int:
        facts = dict(
            line.split(":", 1) for line in Path(f"/proc/{thread}/fdinfo/{descriptor}").read_text().splitlines()
        )
        appends = int(facts["flags"], 8) & os.O_APPEND
        return Path(path).stat().st_size if appends else int(facts["pos"])

    def _named(self, thread: int, folder: int, address: int) -> str | None:
        raw = self._bytes(address, _PATH_BYTES, string=True)
        name = os.fsdecode(raw.split(b"\0", 1)[0])
        number = struct.unpack("<i", struct.pack("<I", folder & 0xFFFFFFFF))[0]
        here = number == _CURRENT_FOLDER
        base = os.fspath(Path(f"/proc/{thread}/cwd").readlink()) if here else self._of_descriptor(thread, number)
        return os.path.normpath(os.path.join(base or "/", name))  # noqa: PTH118  # a string of the kernel's

    def _bytes(self, address: int, size: int, *, string: bool = False) -> bytes:
        """What a process has at an address; of a string at the end of a mapping, as much as there is."""
        if string:
            page = 4096 - address % 4096
            found = os.pread(self._memory, min(size, page), address)
            return (
                found if b"\0" in found or page >= size else found + os.pread(self._memory, size - page, address + page)
            )
        return os.pread(self._memory, size, address) if size else b""


def _ptrace(request: int, pid: int, address: int = 0, data: int = 0) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    library.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    library.ptrace.restype = ctypes.c_long
    return int(library.ptrace(request, pid, address, data))
