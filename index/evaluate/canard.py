"""CANARD (Elgohary et al. 2019): follow-ups of QuAC's dialogues with people's rewrites.

A history begins with the article's title and its section, which stand here as the first thing that was asked; then
questions and answers take turns. Turns without anything before them but the title are measured with the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from index.conversation.understand import Understands
from index.errors import UsageError
from index.evaluate.rewriting import WAYS, FollowUp, compare
from index.evaluate.rows import Row, field, read_rows
from index.evaluate.subject import Json
from index.types import Turn

ROWS: Final = "follow-ups/canard-dev.jsonl.gz"
_ABOUT: Final = 2
"""Texts at the start of a history: the title and the section."""


def read_follow_ups(sets_dir: Path) -> list[FollowUp]:
    """The turns of a folder.

    Raises:
        UsageError: the file is missing, or a row is not of the documented form.
    """
    return [_follow_up(row, number) for number, row in enumerate(read_rows(sets_dir, ROWS), start=1)]


def run(sets_dir: Path, understands: Understands, tick: Callable[[int], Callable[[], None]]) -> Json:
    """All figures of the set."""
    turns = read_follow_ups(sets_dir)
    return compare(turns, understands, tick(WAYS * len(turns)))


def _follow_up(row: Row, number: int) -> FollowUp:
    named = {"id": f"{row.get('QuAC_dialog_id', '?')}, line {number}", **row}
    said = field(named, "History", list)
    if not all(isinstance(text, str) for text in said):
        raise UsageError(f"row {named['id']}: 'History' holds something other than texts: see the set's README")
    about, turns = said[:_ABOUT], said[_ABOUT:]
    history = [Turn(question=". ".join(about))] if about else []
    history += [
        Turn(question=turns[i], answer=turns[i + 1] if i + 1 < len(turns) else "") for i in range(0, len(turns), 2)
    ]
    return FollowUp(question=field(named, "Question", str), history=tuple(history), gold=field(named, "Rewrite", str))
