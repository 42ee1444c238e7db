"""The best sentences of all passages, put beside each other to be read once more as one passage.

A model that reads passage by passage sees a sentence of another one by its score alone. Beside each other, the one that
answers can be told from those that only speak of what is asked. Since it is one passage a question, a larger model
reads it than reads the others, trained on such lists (`training/shortlists.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

SHORTLISTED: Final = 6
"""Sentences: about what the model's window holds."""
_LONGEST: Final = 40
"""Words of a sentence that are read again; a longer one would take the others' place in the window."""
_WORD: Final = re.compile(r"\S+")


def around(text: str, at: int) -> str:
    """The words of a sentence with single spaces; of a long one those about the character ``at``."""
    words = list(_WORD.finditer(text))
    before = sum(word.end() <= at for word in words)
    first = max(0, min(before - _LONGEST // 2, len(words) - _LONGEST))
    return " ".join(word[0] for word in words[first : first + _LONGEST])


def side_by_side(pieces: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """A passage of the pieces, in their order, and where in it each begins and ends."""
    places = list[tuple[int, int]]()
    end = -1
    for piece in pieces:
        places.append((end + 1, end + 1 + len(piece)))
        end = places[-1][1]
    return " ".join(pieces), places
