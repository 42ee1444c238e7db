"""What a reply shows, free of Discord's library: coloured cards of text and rules."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

TEXT_LIMIT = 4_000
"""Characters of text that one message of components may have, over all of its parts."""


class Tone(IntEnum):
    """A card's colour, by what it says."""

    ANSWER = 0x2F6F9F
    NO_ANSWER = 0x8A8D91
    NOTICE = 0xC98A1B
    PROBLEM = 0xB3393B
    DONE = 0x3B8F5A


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Blocks of Discord markdown, top to bottom; a thin rule is drawn before the last when ``ruled``."""

    tone: Tone
    blocks: tuple[str, ...]
    ruled: bool = False

    @property
    def size(self) -> int:
        """Characters of text."""
        return sum(len(block) for block in self.blocks)


def notice(text: str, tone: Tone = Tone.NOTICE) -> Card:
    """A card that says one thing."""
    return Card(tone=tone, blocks=(text[:TEXT_LIMIT],))
