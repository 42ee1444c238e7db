"""Whether a turn leans on what was said before, told by how it opens and points; and the question it leans on.

Deliberately simple: a turn that stands alone is left alone, one that leans on its history gets the last stand-alone
question put before it. No words are invented.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.types import Turn

_LEANING = re.compile(
    r"^\W*(?:and|but|so|also|then|how so|what about|how about|what else|who else|really|are you sure|"
    r"tell me more|more|go on|which one|since when|until when|by whom|says who|who says)\b",
    re.IGNORECASE,
)
_ASKING = re.compile(r"^\W*(?:why|how come|where|when)\b", re.IGNORECASE)
"""Openings of a follow-up ("why?") as well as of a question that says all it needs to ("why did the boss quit?")."""
_PERSON = re.compile(r"\b(?:he|she|they|him|her|hers|his|them|their|theirs)\b", re.IGNORECASE)
_THING = re.compile(
    # Not "it" that stands for what follows ("is it true that"), and not days that are counted from today.
    r"\b(?:it(?!\W+(?:true|takes?|likely|possible)\b)|its|(?:this|these)(?!\W+(?:year|month|week|morning|summer|winter|"
    r"spring|autumn|season|weekend)s?\b)|those|the (?:same|other|latter|former)|(?:which|that|this|another) one|"
    # "That" which opens a clause ("the law that", "said that") points nowhere; at the end or after these words it does.
    r"(?:is|was|did|does|do|were|and|about|after|before|of|for|with|by|like|from|than|why|how|what|mean|^)\W*that|"
    r"that(?=\W*$)|then|(?<!is )(?<!are )(?<!was )(?<!were )there(?!\W+(?:is|are|was|were|be|been)\b))\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<!^)\b[A-Z][\w’'-]+|\b[A-Z]{2,}\b|\d{2,}")
_SHORT = 4
"""Words: a turn this short that opens like a follow-up can't carry its own subject."""


def anchored(question: str, history: Sequence[Turn]) -> str:
    """The question as it is searched: itself, or the question it leans on followed by itself.

    Args:
        question: the turn, as typed.
        history: earlier turns, oldest first.
    """
    question = question.strip()
    if not history or not leans(question):
        return question
    anchor = next(
        (asked for turn in reversed(history) if not leans(asked := _asked(turn))),
        _asked(history[0]),
    )
    return f"{anchor} {question}".strip()


def in_brackets(turn: str, about: Sequence[str]) -> str:
    """A turn as typed, and in brackets what it follows: the form in which the reader has learnt to take it.

    A rewrite puts guessed words into the turn, and the reader takes a wrong guess for the question; in brackets it
    may leave it aside.
    """
    inside = ", ".join(said for one in about if (said := one.strip().rstrip("?!.")))
    return f"{turn.strip()} ({inside})" if inside else turn.strip()


def _asked(turn: Turn) -> str:
    """A turn's question, as it was understood where that is known."""
    return (turn.standalone or turn.question).strip()


def leans(question: str) -> bool:
    """Whether a turn can't be understood alone: it points back, or opens a follow-up and names nothing itself."""
    name = _NAME.search(question)
    person = _PERSON.search(question)
    if person and (name is None or person.start() < name.start()):
        return True
    if name is None and _THING.search(question):
        return True
    short = len(question.split()) <= _SHORT
    return (_LEANING.match(question) is not None and (name is None or short)) or (
        _ASKING.match(question) is not None and short
    )
