"""A parser under attack: what it is given, what must hold of what comes out, and when it was broken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from index.articles.limits import ReadingLimits
from tests.torture.mutation import Mutator

NOW: Final = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
LIMITS: Final = ReadingLimits(line_bytes=20_000)
FULL: Final = 100_000


class Broken(AssertionError):
    """A promise about what a parser gives was not kept."""


def must(holds: object, promise: str) -> None:
    """Holds, or it is lost."""
    if not holds:
        raise Broken(promise)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A parser under attack: makes an input, and looks at what becomes of it.

    ``refuses`` are the errors by which it may say no; ``full`` is how many inputs `make torture` tries, ``why_fewer``
    the reason where these are not 100,000.
    """

    name: str
    make: Callable[[Mutator], Any]
    check: Callable[[Any], None]
    refuses: tuple[type[Exception], ...] = ()
    full: int = FULL
    why_fewer: str = ""
