"""Ways to damage a file, each given the file, something to swap it with, and dice."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

Damage = Callable[[Path, Path | None, random.Random], None]
"""(the file, another one of its kind or None, dice); leaves something else where the file was."""


def emptied(path: Path, _other: Path | None, _dice: random.Random) -> None:
    path.write_bytes(b"")


def halved(path: Path, _other: Path | None, _dice: random.Random) -> None:
    os.truncate(path, path.stat().st_size // 2)


def shortened(path: Path, _other: Path | None, _dice: random.Random) -> None:
    os.truncate(path, max(0, path.stat().st_size - 1))


def flipped(path: Path, _other: Path | None, dice: random.Random) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(dice.choice((1, 1, 2, 8))):
        if content:
            content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    path.write_bytes(content)


def garbled(path: Path, _other: Path | None, dice: random.Random) -> None:
    """A stretch of the file overwritten, as by a stray block of another one."""
    content = bytearray(path.read_bytes())
    start = dice.randrange(max(1, len(content)))
    stop = min(len(content), start + dice.choice((16, 512, 4096)))
    content[start:stop] = dice.randbytes(stop - start)
    path.write_bytes(content)


def swapped(path: Path, other: Path | None, _dice: random.Random) -> None:
    """Another archive's or another generation's file of the same name."""
    if other is not None and other.is_file():
        shutil.copyfile(other, path)
    else:
        path.write_bytes(b"something else altogether\n" * 200)


def deleted(path: Path, _other: Path | None, _dice: random.Random) -> None:
    path.unlink()


def made_a_folder(path: Path, _other: Path | None, _dice: random.Random) -> None:
    path.unlink()
    path.mkdir()


def linked_to_nowhere(path: Path, _other: Path | None, _dice: random.Random) -> None:
    path.unlink()
    path.symlink_to(path.parent / "nowhere")


def linked_to_a_neighbour(path: Path, _other: Path | None, dice: random.Random) -> None:
    neighbours = sorted(one for one in path.parent.iterdir() if one != path and one.is_file())
    path.unlink()
    path.symlink_to(dice.choice(neighbours) if neighbours else path.parent)


def linked_outside(path: Path, other: Path | None, _dice: random.Random) -> None:
    """A link to a file of the same kind outside of the archive, which nobody may write to through it."""
    path.unlink()
    path.symlink_to(other if other is not None and other.exists() else Path("/etc/hostname"))


WAYS: tuple[Damage, ...] = (
    emptied,
    halved,
    shortened,
    flipped,
    garbled,
    swapped,
    deleted,
    made_a_folder,
    linked_to_nowhere,
    linked_to_a_neighbour,
    linked_outside,
)


def flip_in(path: Path, needle: bytes, dice: random.Random) -> bool:
    """Flips one bit inside a place where the file has these bytes; False where it has none."""
    content = bytearray(path.read_bytes())
    places = []
    at = content.find(needle)
    while at >= 0:
        places.append(at)
        at = content.find(needle, at + 1)
    if not places:
        return False
    content[dice.choice(places) + dice.randrange(len(needle))] ^= 1 << dice.randrange(8)
    path.write_bytes(content)
    return True
