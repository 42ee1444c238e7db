"""Blocks drawn ahead by other processes: a GPU learns faster than one process draws."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Generic, TypeVar, cast

from torch.utils.data import DataLoader, Dataset

Drawn = TypeVar("Drawn")


class _Blocks(Dataset[bytes], Generic[Drawn]):
    """Blocks by number. Pickled whole: tensors sent one by one would each take an open file."""

    def __init__(self, draw: Callable[[int], Sequence[Drawn]]) -> None:
        self._draw = draw

    def __getitem__(self, number: int) -> bytes:
        return pickle.dumps(self._draw(number))


class Ahead(Generic[Drawn]):
    """A drawing function that is asked for one block after the other, and has `workers` processes draw the next ones.

    Which block is drawn where makes no difference, since drawing is a pure function of the number. The function is
    sent to processes of their own (a forked one may inherit a lock of torch's that nobody opens), so it should be small
    when pickled, and build what it needs when first called.
    """

    def __init__(self, draw: Callable[[int], Sequence[Drawn]], *, workers: int) -> None:
        self._blocks = _Blocks(draw)
        self._workers = workers
        self._coming: Iterator[bytes] = iter(())
        self._next = -1

    def start(self, block: int) -> None:
        """Begin to draw that block and those after it."""
        loader = DataLoader(
            self._blocks,
            batch_size=None,
            sampler=count(block),  # the loader takes any iterable of numbers, and asks for as many as are wanted
            num_workers=self._workers,
            prefetch_factor=4,
            multiprocessing_context="spawn",
        )
        self._coming, self._next = iter(loader), block

    def __call__(self, block: int) -> Sequence[Drawn]:
        """The batches of that block."""
        if block != self._next:
            self.start(block)
        self._next += 1
        return cast("Sequence[Drawn]", pickle.loads(next(self._coming)))  # noqa: S301 - our own processes' words
