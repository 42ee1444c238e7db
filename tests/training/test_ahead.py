"""Blocks that other processes draw are those that were asked for, in order."""

from __future__ import annotations

import os
from functools import partial

import pytest

pytest.importorskip("torch")

from training.ahead import Ahead


def drawn(parent: int, block: int) -> list[int | bool]:
    """A block to draw, and whether it was drawn in another process than `parent`."""
    return [block, block * block, os.getpid() != parent]


def test_blocks_drawn_ahead_are_those_asked_for() -> None:
    draw = Ahead(partial(drawn, os.getpid()), workers=1)
    draw.start(3)
    assert [draw(block) for block in (3, 4, 5)] == [[3, 9, True], [4, 16, True], [5, 25, True]]
    assert draw(9) == [9, 81, True], "another block than the next is drawn anew"
