"""Randomness that repeats: generators named by strings, and yes or no with a given share."""

from __future__ import annotations

from random import Random


def seeded(name: str) -> Random:
    """A generator that depends on `name` alone."""
    return Random(name)  # noqa: S311 - augmentation, not cryptography


def chance(share: float, rng: Random) -> bool:
    """True in `share` of all draws."""
    return rng.random() < share
