"""What a question asks for, and whether a sentence bears that kind of thing. Pure, linear-time word patterns.

The kinds follow the coarse classes of Li and Roth (2002), cut to what can be told from surface words, plus two that
news readers ask all the time: what someone *wants*, and what someone *said*.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache


class Kind(StrEnum):
    """What a question asks for."""

    WHO = "who"
    WHEN = "when"
    WHERE = "where"
    QUANTITY = "quantity"
    WHY = "why"
    WANT = "want"
    SAY = "say"
    OTHER = "other"


# First match wins, so the order matters: "why did X say" asks for a reason, "how many want" for a number.
_QUESTION_PATTERNS: tuple[tuple[Kind, str], ...] = (
    (Kind.WHY, r"why|how come|for what reason|what(?:'s| is| was)? the (?:reason|cause)|what caused|because of what"),
    (
        Kind.QUANTITY,
        r"how (?:many|much|old|long|far|big|large|tall|often|high|fast|small|deep|wide)|"
        r"what (?:number|percent\w*|share|price|amount)|how \w+er",
    ),
    (Kind.WHEN, r"when(?:'s)?|what (?:date|day|year|month|time)|(?:since|until) when"),
    (Kind.WHERE, r"where(?:'s)?|in (?:which|what) (?:city|country|place|town)"),
    (
        Kind.WANT,
        (
            r"wants?|wanted|demand(?:s|ing)?|seeks?|asks? of|aims?|goals?|plans?|hopes?|expects?|urges?|"
            r"push for|calls? for"
        ),
    ),
    (
        Kind.SAY,
        r"say|says|said|tell|told|thinks?|claims?|respond(?:ed)?|react|comment|admit|argue",
    ),
    (Kind.WHO, r"who|whom|whose|who's|which (?:person|company|team|president|man|woman|player|minister)"),
)

_ANSWER_PATTERNS: dict[Kind, str] = {
    # Two capitalised words in a row, one after an honorific, or one that does not open the sentence.
    Kind.WHO: (
        r"\b[A-Z][\w'’-]+ (?:[A-Z]\. )?[A-Z][\w'’-]+|"
        r"(?:Mr|Mrs|Ms|Dr|Sir|Gov|Sen|Rep)\.? [A-Z]|"
        r"(?<=\w )[A-Z][a-z]+"
    ),
    Kind.WHEN: (
        r"(?i)\b(?:january|february|march|april|may|june|july|august|september|october|november|december|"
        r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|yesterday|today|tomorrow|tonight|"
        r"weeks?|months?|years?|(?:19|20)\d\d|\d+ ?[ap]\.?m)\b"
    ),
    Kind.WHERE: r"\b(?:in|at|from|near|outside|across|on|to) (?:the )?[A-Z]",
    Kind.QUANTITY: (
        r"(?i)\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|"
        r"millions?|billions?|half|quarter|third|twice|double)\b"
    ),
    Kind.WHY: (
        r"(?i)\b(?:because|due to|since|after|amid|owing to|so that|in order to|as a result|result of|caused?|blam\w+|"
        r"reasons?|to (?:avoid|prevent|protect|help|make|become|ensure|allow)|led to|driven by|means that|"
        r"hopes? (?:to|that)|named after)\b"
    ),
    # Needing to do something is not wanting it from someone, and the demands of others are not one's own.
    Kind.WANT: (
        r"(?i)\b(?:wants?|wanted|persuade|urg(?:e[ds]?|ing)|press(?:e[ds]|ing)?|demand(?:s|ed|ing)?(?! of)|"
        r"call(?:s|ed|ing)? (?:for|on)|seek(?:s|ing)?|sought|objective|aim(?:s|ed)?|goals?|expected to|"
        r"must|should|insist\w*|stress\w*|hop(?:e[ds]?|ing)|plans? to|let|allow|desire|require[ds]?|"
        r"ask(?:s|ed|ing)? (?:for|to))\b"
    ),
    Kind.SAY: (
        r"[\"“”]|\b(?:said|says|told|added|according to|wrote|argued|claimed|warned|insisted|believes|thinks)\b"
    ),
}


_SHORTEST_SENTENCE = 6
"""Words."""


@cache
def _compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(pattern, flags)


def kind_of(question: str) -> Kind:
    """The kind of thing a question asks for; ``OTHER`` where its words don't tell.

    Of a turn with what it follows in brackets at its end its own kind, and where it doesn't tell (*and the mayor?*),
    that of the question before it, which stands first in the brackets.
    """
    turn, _, followed = question.partition(" (") if question.endswith(")") else (question, "", "")
    for text in (turn, followed.partition(", ")[0]):
        for kind, pattern in _QUESTION_PATTERNS:
            if _compiled(rf"\b(?:{pattern})\b", re.IGNORECASE).search(text):
                return kind
    return Kind.OTHER


def asks(sentence: str) -> bool:
    """Whether a sentence is a question, which answers none."""
    return sentence.rstrip("\"'”’) ").endswith("?")


def fragment(sentence: str) -> bool:
    """Whether it is a heading or a scrap, which repeats a question's words as often as it answers it."""
    return len(sentence.split()) < _SHORTEST_SENTENCE


def bears(kind: Kind, sentence: str) -> bool:
    """Whether a sentence holds something of the kind; everything bears ``OTHER``."""
    pattern = _ANSWER_PATTERNS.get(kind)
    return pattern is None or _compiled(pattern).search(sentence) is not None
