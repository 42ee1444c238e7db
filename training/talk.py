"""Questions asked in a conversation, as the reader sees them: the turn, and in brackets what it follows.

A turn such as *and what did he pay?* has its subject in what was said before. Rewriting it puts guessed words into it,
and a wrong guess is read as the question; so the reader is taught to take the turn as it was typed, with the question
before it and the words that it may need in brackets, and to leave aside what does not belong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from index.conversation.leaning import in_brackets
from index.conversation.words import content_keys, words
from training.draws import chance
from training.followups.dialogues import Exchange, leaning
from training.news import SOURCE
from training.phrasing import typed
from training.rows import Row

_TALKED_ABOUT = frozenset({"squad2", SOURCE})
"""Sets with several questions on one text."""
_LISTED = 4
"""Words at most that a list of what may be needed is made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkShares:
    """How often a question is asked in a conversation, and how.

    Attributes:
        share: of the questions that stand alone, those that are asked below another on the same text.
        elsewhere: of these, those that follow a question about something else, which has to be left aside.
        listed: of the others, those that follow a list of words and not a question.
        titled: those that have the article's name in brackets as well.
        own: of questions that were written in a conversation, those that are asked in it.
        missed: of the words that such a question needs, those that the tagger has not found.
        stray: of such questions, those to which it adds a word that they don't need.
    """

    share: float = 0.18
    elsewhere: float = 0.12
    listed: float = 0.3
    titled: float = 0.3
    own: float = 0.85
    missed: float = 0.2
    stray: float = 0.15


class Talks:
    """Puts questions into conversations with others on the same paragraph or article."""

    def __init__(self, rows: Sequence[Row], shares: TalkShares) -> None:
        self._shares = shares
        self._rows = [row for row in rows if row.source == "squad2"]
        self._beside: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in rows:
            if row.source in _TALKED_ABOUT:
                self._beside[_text_of(row)].append(row)

    def asked(self, row: Row, rng: Random) -> str:
        """The question of a row as it may be typed, alone or in a conversation."""
        if row.turn and chance(self._shares.own, rng):
            return in_brackets(typed(row.turn, rng), [row.before, *self._added(row, rng)])
        if row.source not in _TALKED_ABOUT or not chance(self._shares.share, rng):
            return typed(row.question, rng)
        if self._rows and chance(self._shares.elsewhere, rng):
            return in_brackets(typed(row.question, rng), [rng.choice(self._rows).question])
        others = [one for one in self._beside[_text_of(row)] if one.question != row.question]
        if not others:
            return typed(row.question, rng)
        earlier = rng.choice(others).question
        if row.source == SOURCE:
            # It stands alone, so that what is in brackets is to be left aside.
            return in_brackets(typed(row.question, rng), [earlier])
        title = row.title.replace("_", " ")
        known = f"{earlier} {title}" if (titled := chance(self._shares.titled, rng)) else earlier
        turn = leaning(Exchange(question=row.question, standalone=row.question), known, rng).question
        about = [_listed(known, rng)] if chance(self._shares.listed, rng) else [earlier, title] if titled else [earlier]
        return in_brackets(typed(turn, rng), about)

    def _added(self, row: Row, rng: Random) -> list[str]:
        """Names of the rewrite that neither turn nor question before it has, as the tagger adds; now and then a stray.

        Of the rewrite's other words most were never said.
        """
        known = content_keys(row.turn) | content_keys(row.before)
        names = [one for one in _units(row.question) if one[:1].isupper() and not content_keys(one) <= known]
        found = [one for one in names if not chance(self._shares.missed, rng)]
        if chance(self._shares.stray, rng):
            # Of another question, not of the passage: it would tell which passage is the right one.
            others = _units(rng.choice(self._beside[_text_of(row)]).question)
            found += rng.sample(others, 1) if others else []
        rng.shuffle(found)
        return found[:_LISTED]


def _text_of(row: Row) -> tuple[str, str]:
    """What names the text that a row is asked about; of invented news the article, which has several contexts."""
    return (row.title, "" if row.source == SOURCE else row.context)


def _units(text: str) -> list[str]:
    """The words that say something, names whole."""
    found: list[str] = []
    joined = False
    for word in words(text):
        name = word.text[:1].isupper()
        if word.says and name and joined:
            found[-1] += f" {word.text}"
        elif word.says:
            found.append(word.text)
        joined = word.says and name
    return found


def _listed(text: str, rng: Random) -> str:
    """Some of the words that say something, in any order."""
    found = _units(text)
    rng.shuffle(found)
    return ", ".join(found[:_LISTED])
