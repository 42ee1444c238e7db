"""A question in its conversation, as plain context: a follow-up is searched together with what it follows.

Deliberately simple: a turn that stands alone is left alone, one that leans on its history gets the last stand-alone
question put before it. No words are invented.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.types import Turn

_LEANING = re.compile(
    r"^\W*(?:and|but|so|also|then|why|how so|how come|what about|how about|what else|who else|where|when|really|"
    r"are you sure|tell me more|more|go on|which one|since when|until when|by whom|says who|who says)\b",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(?:he|she|it|they|them|him|her|hers|his|its|their|theirs|this|that|these|those|there|then|"
    r"the (?:same|other|latter|former)|one)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<!^)\b[A-Z][\w’'-]+|\b[A-Z]{2,}\b|\d{2,}")
_SHORT = 4
"""Words: a turn this short that opens like a follow-up can't carry its own subject."""


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question as it is searched: itself, or the question it leans on followed by itself.

    Args:
        question: the turn, as typed.
        history: earlier turns, oldest first.
    """
    question = question.strip()
    if not history or not _leans(question):
        return question
    anchor = next(
        (turn.question.strip() for turn in reversed(history) if not _leans(turn.question.strip())),
        history[0].question.strip(),
    )
    return f"{anchor} {question}".strip()


def _leans(question: str) -> bool:
    """Whether a turn can't be understood alone: it points back, or opens a follow-up and names nothing itself."""
    names = _NAME.search(question) is not None
    if _POINTING.search(question):
        return not names
    return _LEANING.match(question) is not None and (not names or len(question.split()) <= _SHORT)
