"""Blocks that other processes draw are those that were asked for, in order."""

from __future__ import annotations

from functools import partial

import pytest

pytest.importorskip("torch")

from training.ahead import Ahead


def numbers(start: int, block: int) -> list[int]:
    """A block to draw."""
    return [start + block, start - block]


def test_blocks_drawn_ahead_are_those_asked_for() -> None:
    draw = Ahead(partial(numbers, 100), workers=1)
    draw.start(3)
    assert [draw(block) for block in (3, 4, 5)] == [numbers(100, block) for block in (3, 4, 5)]
    assert draw(9) == numbers(100, 9), "another block than the next is drawn anew"
