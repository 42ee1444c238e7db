"""What an attack is given and what it tells. Faults and attacks: `make torture` runs all, `make test` a few of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How hard to try, and with what.

    Attributes:
        scale: share of the full counts; 1 is what `make torture` does, the quick part of `make test` is far below.
        seed: of everything random, so that a failure can be had again.
        folder: an empty folder to work in.
        sets: the folder of public test sets (`--sets`), or None where there is none: what needs them is left out and
            says so.
        thorough: every parser gets 100,000 inputs, also those that take milliseconds for one.
        only: parts of names; of the group `fuzzing`, rows with none of them in their name are not tried. None: all.
    """

    scale: float
    seed: int
    folder: Path
    sets: Path | None = None
    thorough: bool = False
    only: tuple[str, ...] = ()

    def asks_for(self, attack: str) -> bool:
        """Whether a row of this name is to be tried."""
        return not self.only or any(part in attack for part in self.only)

    def times(self, full: int, *, least: int = 1) -> int:
        """How often to try what the full run tries `full` times."""
        return max(least, round(full * self.scale))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table.

    Attributes:
        attack: what was done, as a phrase: "kill -9 while publishing".
        tried: how often.
        held: how it came out when it held, in a phrase: "new generation 212, old 288".
        lost: one entry for each time that a promise was broken, naming seed or input to have it again. Empty is good.
        left_out: why it was not tried, where it wasn't.
    """

    attack: str
    tried: int
    held: str = ""
    lost: tuple[str, ...] = ()
    left_out: str = ""


Attack = Callable[[Plan], Iterator[Row]]
"""A function of a module `tests.torture.<group>` named `attacks`: it yields each row as soon as it is known."""
