"""Questions that nearly fit their paragraph: one thing in them changed, so that it mostly doesn't answer them any more.

SQuAD 2.0's own questions without an answer were written by people, in much this way: another name, another year, the
opposite, a *not*. There are 43,000 of them, which a reader soon knows; of these there are as many as there are
answerable questions. The reader's worst mistakes on news are of this kind: the right person in the wrong event.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

from index.dates import MONTH_NAMES
from training.draws import chance
from training.rows import Row

_MONTH = "|".join(MONTH_NAMES)
_PART = rf"(?!I\b|(?:{_MONTH})\b)[A-Z]\w+(?!-)"
_NAME = re.compile(rf"(?<=[a-z,;] ){_PART}(?: (?:(?:of|the|de|von|van|for) ){{0,2}}{_PART})*(?![\w’'.]*\w)")
"""A name within a sentence. At its beginning every word has a capital."""
_YEAR = re.compile(r"\b(?:1[0-9]|20)[0-9]{2}\b")
_AUXILIARY = re.compile(r"\b(did|was|is|are|were|does|do|can|could|has|had|would)\b", re.IGNORECASE)
_NOT = {"can": "can't"}
_OPPOSITES = (
    ("first", "last"),
    ("largest", "smallest"),
    ("biggest", "smallest"),
    ("highest", "lowest"),
    ("oldest", "newest"),
    ("earliest", "latest"),
    ("longest", "shortest"),
    ("more", "less"),
    ("best", "worst"),
    ("before", "after"),
    ("beginning", "end"),
    ("began", "ended"),
    ("start", "stop"),
    ("started", "stopped"),
    ("open", "close"),
    ("opened", "closed"),
    ("increase", "decrease"),
    ("increased", "decreased"),
    ("win", "lose"),
    ("won", "lost"),
    ("born", "buried"),
    ("join", "leave"),
    ("support", "oppose"),
    ("supported", "opposed"),
    ("accept", "reject"),
    ("accepted", "rejected"),
    ("allow", "forbid"),
    ("allowed", "forbidden"),
    ("north", "south"),
    ("northern", "southern"),
    ("east", "west"),
    ("eastern", "western"),
    ("inside", "outside"),
    ("minimum", "maximum"),
    ("majority", "minority"),
    ("major", "minor"),
    ("positive", "negative"),
    ("male", "female"),
    ("men", "women"),
    ("rich", "poor"),
    ("public", "private"),
    ("always", "never"),
    ("easy", "hard"),
    ("easier", "harder"),
    ("import", "export"),
    ("buy", "sell"),
    ("bought", "sold"),
    ("upper", "lower"),
    ("ancient", "modern"),
)
_OPPOSITE = {a: b for pair in _OPPOSITES for a, b in (pair, pair[::-1])}
_OPPOSITE_WORD = re.compile(rf"\b({'|'.join(_OPPOSITE)})\b", re.IGNORECASE)
_DENIED = 0.15
"""Of the questions in which nothing else can be changed."""

Swap = Callable[[Row, Sequence[str], Random], str | None]


def nearly(row: Row, paragraphs: Sequence[str], rng: Random) -> str | None:
    """The question of an answerable row, changed so that its paragraph doesn't answer it; None when nothing can be.

    Args:
        row: the question, whose names may be in its paragraph.
        paragraphs: of the same article, where other names and years are taken from; its own may be among them.
        rng: chooses what is changed, and to what.
    """
    swaps: list[Swap] = [_another_name, _another_year, _the_opposite]
    rng.shuffle(swaps)
    # Any question can be denied, and few are: more of these would teach that n't is a reason to refuse.
    swaps += [_not] if chance(_DENIED, rng) else []
    return next((changed for swap in swaps if (changed := swap(row, paragraphs, rng))), None)


def _another_name(row: Row, paragraphs: Sequence[str], rng: Random) -> str | None:
    own = list(_NAME.finditer(row.question))
    rng.shuffle(own)
    answers = {word for a, b in row.spans for word in _words(row.context[a:b])}
    kept = answers | _words(row.question)
    found = sorted({other.group() for text in paragraphs for other in _NAME.finditer(text)})
    for name in own:
        # A full name for a full name: a family name alone is asked about as if it were known.
        alike = [o for o in found if (" " in o) == (" " in name.group()) and not _words(o) & kept]
        if alike:
            return row.question[: name.start()] + rng.choice(alike) + row.question[name.end() :]
    return None


def _another_year(row: Row, paragraphs: Sequence[str], rng: Random) -> str | None:
    year = _YEAR.search(row.question)
    if year is None:
        return None
    own = {other for a, b in row.spans for other in _YEAR.findall(row.context[a:b])} | set(_YEAR.findall(row.question))
    others = sorted({other for text in paragraphs for other in _YEAR.findall(text)} - own)
    near = [str(int(year.group()) + years) for years in (-10, -3, -2, -1, 1, 2, 3, 10)]
    other: str = rng.choice(others or [one for one in near if one not in own])
    return f"{row.question[: year.start()]}{other}{row.question[year.end() :]}"


def _the_opposite(row: Row, _paragraphs: Sequence[str], rng: Random) -> str | None:
    found = list(_OPPOSITE_WORD.finditer(row.question))
    if not found:
        return None
    word = rng.choice(found)
    return row.question[: word.start()] + _OPPOSITE[word.group().lower()] + row.question[word.end() :]


def _not(row: Row, _paragraphs: Sequence[str], _rng: Random) -> str | None:
    found = _AUXILIARY.search(row.question)
    if found is None:
        return None
    denied = _NOT.get(found.group().lower(), f"{found.group()}n't")
    return row.question[: found.start()] + denied + row.question[found.end() :]


def _words(text: str) -> set[str]:
    return {word.lower() for word in re.findall(r"\w+", text)}
