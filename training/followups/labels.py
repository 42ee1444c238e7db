"""What a rewrite says about its question: which words came from the conversation, and where they went.

Question and rewrite are aligned word by word; each piece of the rewrite that the question lacks is looked up in the
conversation. A piece put in place of words marks these as dropped; a piece put between words points at the word that
it goes before, or at the end. So a rewrite can be rebuilt from the labels, as in Liu et al. (2020), whose edits these
are, with the terms of Voskarides et al. (2020).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from index.conversation.words import Word, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A run of words that only the rewrite has. ``slot`` is the question's word it goes before or replaces."""

    slot: int
    replaces: int
    keys: tuple[str, ...]
    content: frozenset[str]


def pieces_of(question: str, standalone: str) -> list[Piece]:
    """The pieces of the rewrite that the question lacks, in order; ``slot`` may be one past the last word."""
    asked, alone = words(question), words(standalone)
    known = {w.key for w in asked}
    match = SequenceMatcher(None, [w.key for w in asked], [w.key for w in alone], autojunk=False)
    out = []
    for kind, i1, i2, j1, j2 in match.get_opcodes():
        if kind not in {"replace", "insert"}:
            continue
        piece = alone[j1:j2]
        content = frozenset(w.key for w in piece if w.says and w.key not in known)
        if content:
            out.append(Piece(slot=i1, replaces=i2 - i1, keys=tuple(w.key for w in piece), content=content))
    return out


def mark(history: Sequence[Word], pieces: Sequence[Piece]) -> list[int | None]:
    """For each word of one text of the conversation the number of the piece that it is part of, or None."""
    found: list[int | None] = [
        next((number for number, piece in enumerate(pieces) if word.says and word.key in piece.content), None)
        for word in history
    ]
    # Small words between two words of one piece belong to the name that they make: "Bird of Prey".
    marked = [i for i, number in enumerate(found) if number is not None]
    for left, right in itertools.pairwise(marked):
        number = found[left]
        if number is None or number != found[right] or right - left < 2:  # noqa: PLR2004 - neighbours leave no gap
            continue
        run = tuple(word.key for word in history[left : right + 1])
        if _holds(pieces[number].keys, run):
            for i in range(left + 1, right):
                found[i] = number
    return found


def _holds(keys: Sequence[str], run: Sequence[str]) -> bool:
    return any(tuple(keys[i : i + len(run)]) == tuple(run) for i in range(len(keys) - len(run) + 1))
