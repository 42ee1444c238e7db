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
from index.conversation.words import words
from training.draws import chance
from training.followups.dialogues import Exchange, leaning
from training.phrasing import typed
from training.rows import Row

_LISTED = 4
"""Words at most that a list of what may be needed is made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkShares:
    """How often a question is asked in a conversation, and how.

    Attributes:
        share: of the questions of SQuAD, those that follow another.
        elsewhere: of these, those that follow a question about something else, which has to be left aside.
        listed: of the others, those that follow a list of words and not a question.
        titled: those that have the article's name in brackets as well.
        own: of questions that were written in a conversation, those that are asked in it.
    """

    share: float = 0.18
    elsewhere: float = 0.12
    listed: float = 0.3
    titled: float = 0.3
    own: float = 0.7


class Talks:
    """Puts questions into conversations with others on the same paragraph."""

    def __init__(self, rows: Sequence[Row], shares: TalkShares) -> None:
        self._shares = shares
        self._rows = [row for row in rows if row.source == "squad2"]
        self._beside: dict[tuple[str, str], list[str]] = defaultdict(list)
        for row in self._rows:
            self._beside[row.title, row.context].append(row.question)

    def asked(self, row: Row, rng: Random) -> str:
        """The question of a row as it may be typed, alone or in a conversation."""
        if row.turn and chance(self._shares.own, rng):
            listed = chance(self._shares.listed, rng)
            return in_brackets(typed(row.turn, rng), [_listed(row.question, rng) if listed else row.before])
        if row.source != "squad2" or not chance(self._shares.share, rng):
            return typed(row.question, rng)
        if chance(self._shares.elsewhere, rng):
            return in_brackets(typed(row.question, rng), [rng.choice(self._rows).question])
        others = [question for question in self._beside[row.title, row.context] if question != row.question]
        if not others:
            return typed(row.question, rng)
        earlier = rng.choice(others)
        title = row.title.replace("_", " ")
        known = f"{earlier} {title}" if (titled := chance(self._shares.titled, rng)) else earlier
        turn = leaning(Exchange(question=row.question, standalone=row.question), known, rng).question
        about = [_listed(known, rng)] if chance(self._shares.listed, rng) else [earlier, title] if titled else [earlier]
        return in_brackets(typed(turn, rng), about)


def _listed(text: str, rng: Random) -> str:
    """Some of the words that say something, names whole, in any order."""
    found: list[str] = []
    joined = False
    for word in words(text):
        name = word.text[:1].isupper()
        if word.says and name and joined:
            found[-1] += f" {word.text}"
        elif word.says:
            found.append(word.text)
        joined = word.says and name
    rng.shuffle(found)
    return ", ".join(found[:_LISTED])
