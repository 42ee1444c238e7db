"""Bytes of a fuzzer as choices: whoever picks the bytes picks what is tried."""

from __future__ import annotations

import random
from typing import Any, Final

from tests.torture.mutation import Mutator
from tests.torture.target import Target

CHOOSES: Final = 0
"""A first byte that is even: those after it are the mutator's choices."""
IS_IT: Final = 1
"""A first byte that is odd: those after it are the input itself, where a parser takes text or bytes."""


class Drawn(random.Random):
    """Random numbers that are read off bytes; when these are used up, zeros."""

    def __init__(self, data: bytes) -> None:
        super().__init__(0)
        self._data = data
        self._at = 0

    def random(self) -> float:
        """At least 0, and less than 1."""
        return self._taken(4) / 2**32

    def getrandbits(self, k: int, /) -> int:
        """A number of ``k`` bits."""
        return self._taken((k + 7) // 8) & ((1 << k) - 1)

    def _randbelow(self, n: int) -> int:
        # What the standard one does, drawing until it fits, would never end on zeros, and waste bytes before.
        return self._taken(((n - 1).bit_length() + 7) // 8) % n if n else 0

    def _taken(self, count: int) -> int:
        taken = self._data[self._at : self._at + count]
        self._at += count
        return int.from_bytes(taken.ljust(count, b"\0"), "big")


def given(target: Target, kind: type, data: bytes) -> Any:  # noqa: ANN401 - whatever the parser takes
    """What a fuzzer's bytes mean to a parser; ``kind`` is the type of what it takes."""
    if data and data[0] % 2 == IS_IT and kind in {str, bytes}:
        return data[1:] if kind is bytes else _text(data[1:])
    return target.make(Mutator("", Drawn(data[1:])))


def kind_of(target: Target) -> type:
    """What a parser takes: text, bytes, or something that only the mutator makes."""
    return type(target.make(Mutator("kind")))


def examples(target: Target, kind: type, seed: int, *, count: int = 100) -> list[bytes]:
    """Bytes to begin with: random choices, and for text or bytes what the mutator makes as well."""
    pick = random.Random(f"{seed}:{target.name}")  # noqa: S311 - inputs to try, no secrets
    made = [bytes([CHOOSES]) + pick.randbytes(64) for _ in range(count)]
    for number in range(count if kind in {str, bytes} else 0):
        example = target.make(Mutator(f"{seed}:{target.name}:{number}"))
        data = example if isinstance(example, bytes) else example.encode("utf-8", "surrogatepass")
        made.append(bytes([IS_IT]) + data)
    return made


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")
