"""The states that a power cut may leave of a traced run: what was flushed, and what the lot gives of the rest.

What a file system may do without being wrong, and less kindly than any does:

- data written since the file's last flush is there, gone, torn at any byte, or there as zeros, each write on its own;
- names (made, moved, removed) since the folder's last flush are there up to any moment: with ``orderly``, up to the
  same moment in all folders, as a journal keeps them; without, up to another in each;
- a new file whose name is there and whose data never was is empty.

What it takes for granted: a rename has happened or has not; a flush that returned has happened.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.torture.tracing import Operation

_ROOT = 0


@dataclass(slots=True, kw_only=True)
class _Node:
    """A file or folder whatever its name, as it was when the trace began; ``content`` is None for a folder."""

    content: bytes | None
    entries: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """One operation on nodes: ``data`` at ``offset`` of a file, its new ``size``, or names of a folder."""

    kind: Literal["write", "size", "names", "sync", "mark"]
    node: int = -1
    offset: int = 0
    data: bytes = b""
    size: int = 0
    names: tuple[tuple[str, int | None], ...] = ()
    said: str = ""


class History:
    """A run's operations on a tree of files, from which the states are made."""

    def __init__(self, before: Path, operations: Sequence[Operation]) -> None:
        """``before`` is the folder as it was, all of it on the disk."""
        self._nodes: list[_Node] = []
        self._scan(before)
        self._changes: list[_Change] = []
        names = [dict(node.entries) for node in self._nodes]
        for operation in operations:
            self._changes.append(self._change(operation, names))

    def __len__(self) -> int:
        return len(self._changes)

    def moments(self, dice: random.Random, count: int) -> list[int]:
        """Moments of power cuts (how many operations were over): anywhere, just after a turn of things, at the end."""
        turns = [number for number, change in enumerate(self._changes, 1) if change.kind in {"names", "sync", "mark"}]
        return [
            dice.choice([dice.randint(0, len(self)), dice.choice(turns), dice.choice(turns), len(self)])
            for _ in range(count)
        ]

    def said(self, moment: int) -> str | None:
        """The last mark before a moment."""
        marks = [change.said for change in self._changes[:moment] if change.kind == "mark"]
        return marks[-1] if marks else None

    def leave(self, target: Path, moment: int, dice: random.Random, *, orderly: bool) -> None:
        """Writes into an empty folder what a power cut at a moment may leave."""
        past = self._changes[:moment]
        shown = self._names(past, dice, orderly=orderly)
        mode = dice.choice(["gone", "lot", "lot", "there"])
        self._write(target, _ROOT, shown, lambda node: self._content(node, past, dice, mode))

    def leave_all(self, target: Path) -> None:
        """Writes what the run itself saw at its end: proves that the trace has everything."""
        shown = [dict(node.entries) for node in self._nodes]
        for change in self._changes:
            if change.kind == "names":
                _rename(shown[change.node], change)
        self._write(target, _ROOT, shown, lambda node: self._content(node, self._changes, random.Random(0), "there"))  # noqa: S311  # no secret

    def _scan(self, folder: Path) -> int:
        number = len(self._nodes)
        self._nodes.append(_Node(content=None))
        for path in sorted(folder.iterdir()):
            if path.name.endswith("-shm"):
                continue
            if path.is_dir():
                self._nodes[number].entries[path.name] = self._scan(path)
            else:
                self._nodes[number].entries[path.name] = self._new(path.read_bytes())
        return number

    def _new(self, content: bytes | None) -> int:
        self._nodes.append(_Node(content=content))
        return len(self._nodes) - 1

    def _change(self, operation: Operation, names: list[dict[str, int]]) -> _Change:
        """The operation on nodes; ``names`` are the folders as the run sees them, and are kept up."""
        if operation.kind == "mark":
            return _Change(kind="mark", said=operation.path)
        folder, name = self._parent(operation.path, names)
        node = names[folder].get(name, -1) if name else folder
        match operation.kind:
            case "create" | "mkdir":
                made = self._new(b"" if operation.kind == "create" else None)
                names.append({})
                change = _Change(kind="names", node=folder, names=((name, made),))
            case "unlink":
                change = _Change(kind="names", node=folder, names=((name, None),))
            case "rename":
                target, new = self._parent(operation.target, names)
                assert target == folder, f"a rename between folders, {operation}, is not modelled"
                change = _Change(kind="names", node=folder, names=((name, None), (new, node)))
            case "write":
                return _Change(kind="write", node=node, offset=operation.offset, data=operation.data)
            case "truncate":
                return _Change(kind="size", node=node, size=operation.size)
            case "sync":
                return _Change(kind="sync", node=node)
        _rename(names[folder], change)
        return change

    def _parent(self, path: str, names: list[dict[str, int]]) -> tuple[int, str]:
        if path == ".":
            return _ROOT, ""
        folder = _ROOT
        *above, name = path.split("/")
        for part in above:
            folder = names[folder][part]
        return folder, name

    def _names(self, past: Sequence[_Change], dice: random.Random, *, orderly: bool) -> list[dict[str, int]]:
        """The folders as the disk has them."""
        folders = {number for number, node in enumerate(self._nodes) if node.content is None}
        flushed = dict.fromkeys(folders, -1)
        for number, change in enumerate(past):
            if change.kind == "sync" and change.node in folders:
                # A journal keeps the order of all names: flushing one folder flushes what came before in any.
                flushed.update(dict.fromkeys(folders, number) if orderly else {change.node: number})
        together = _until(dice, [n for n, change in enumerate(past) if change.kind == "names" and n > flushed[_ROOT]])
        shown = [dict(node.entries) for node in self._nodes]
        for folder in sorted(folders):
            changes = [n for n, change in enumerate(past) if change.kind == "names" and change.node == folder]
            pending = [number for number in changes if number > flushed[folder]]
            until = together if orderly else _until(dice, pending)
            for number in changes:
                if number <= flushed[folder] or number < until:
                    _rename(shown[folder], past[number])
        return shown

    def _content(self, node: int, past: Sequence[_Change], dice: random.Random, mode: str) -> bytes:
        """A file as the disk has it."""
        changes = [change for change in past if change.node == node and change.kind in {"write", "size", "sync"}]
        flushed = max((number for number, change in enumerate(changes) if change.kind == "sync"), default=-1)
        content = bytearray(self._nodes[node].content or b"")
        for number, change in enumerate(changes):
            fate = "there" if number < flushed or mode == "there" else "gone"
            if number > flushed and mode == "lot":
                fate = dice.choice(["there", "there", "gone", "torn", "zeros"])
            if change.kind == "size" and fate != "gone":
                del content[change.size :]
                content.extend(bytes(change.size - len(content)))
            elif change.kind == "write" and fate != "gone":
                data = change.data
                if fate == "torn":
                    data = data[: dice.randint(0, len(data))]
                elif fate == "zeros":
                    # What was there before stays: only what a file grew by can be found as zeros.
                    data = bytes(content[change.offset : change.offset + len(data)]).ljust(len(data), b"\0")
                content.extend(bytes(max(0, change.offset - len(content))))
                content[change.offset : change.offset + len(data)] = data
        return bytes(content)

    def _write(self, target: Path, node: int, shown: Sequence[dict[str, int]], content: Callable[[int], bytes]) -> None:
        target.mkdir(parents=True, exist_ok=True)
        for name, inner in shown[node].items():
            if self._nodes[inner].content is None:
                self._write(target / name, inner, shown, content)
            else:
                (target / name).write_bytes(content(inner))


def _until(dice: random.Random, pending: Sequence[int]) -> float:
    """The number of the first operation that did not reach the disk; half of the time all did."""
    return dice.choice([float("inf"), dice.choice([*pending, float("inf")])])


def _rename(folder: dict[str, int], change: _Change) -> None:
    for name, node in change.names:
        if node is None:
            folder.pop(name, None)
        else:
            folder[name] = node
