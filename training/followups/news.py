"""Conversations about invented news to learn from: turns as people type them, and how they read alone.

Their rewrites are free: *and what did the doc say when she went back* is *What did the doctor tell Mabel Quist?* So
only what points gives way, and whatever else the rewrite has goes to the end, unless it was put between two words. What
was answered is told as the archive tells it, in the article's sentences, now and then the wrong ones or none; and the
article's headline, which names what its sentences call *she* and *the company*.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from index.conversation.assemble import POINTERS
from index.conversation.words import words
from training.draws import chance
from training.followups.dialogues import Said
from training.followups.labels import Piece, pieces_of
from training.news import NEWS, questions_on, read_articles
from training.rows import sentences

_SWITCHING = ("ok other thing, ", "different topic: ", "anyway, ", "ok something else, ", "btw ", "on another note, ")
_LONGEST_TALK = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsTurn:
    """A question on an article as typed, how it reads alone, and the sentences that answer it, the first one best.

    ``leans`` says that it was written below another one.
    """

    question: str
    standalone: str
    answers: tuple[str, ...]
    leans: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsTalk:
    """The turns of a conversation about one article, oldest first."""

    headline: str
    text: tuple[str, ...]
    turns: tuple[NewsTurn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A turn with what was said before, newest first, and what its rewrite adds; see `training.followups.examples`."""

    question: str
    history: tuple[Said, ...]
    pieces: tuple[Piece, ...]
    leans: bool
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsShares:
    """How often a turn is of which kind; what is left follows its own conversation.

    Attributes:
        switch: it asks about another article.
        whole: it needs nothing, though it asks about the same one.
        longer: another question on the same article came first.
        mixed: another conversation came first.
        refused: an answer that exists was not found.
        wrong: another sentence of the article was told instead of the answer, or with it.
        untitled: an answer whose headline is not told.
    """

    switch: float = 0.15
    whole: float = 0.12
    longer: float = 0.3
    mixed: float = 0.15
    refused: float = 0.12
    wrong: float = 0.2
    untitled: float = 0.08


def read_talks(folder: Path = NEWS) -> list[NewsTalk]:
    """Every follow-up of a folder of news below what was said before it, and every question that opens one.

    The last turn of a talk is the one that it is about.
    """
    return [talk for article in read_articles(folder) for talk in _talks_of(article)]


def _talks_of(article: Any) -> Iterator[NewsTalk]:  # noqa: ANN401 - a row of JSON
    text = article["text"]
    asked = questions_on(article)
    by_text = {one["question"]: one for one in reversed(asked)}
    around = tuple(" ".join(text[a:b].split()) for a, b in sentences(text))
    for one in asked:
        path = _path_to(one, by_text)
        if path:
            yield NewsTalk(headline=article["headline"], text=around, turns=tuple(_turn(each) for each in path))


def _path_to(one: Any, by_text: Mapping[str, Any]) -> list[Any]:  # noqa: ANN401 - rows of JSON
    """A question below those that it follows, oldest first; nothing where one of them is not the article's own."""
    path = [one]
    while path[0]["before"] is not None and len(path) < _LONGEST_TALK:
        earlier = by_text.get(path[0]["before"])
        if earlier is None:
            return []
        if any(earlier is each for each in path):
            break
        path.insert(0, earlier)
    return path


def _turn(question: Any) -> NewsTurn:  # noqa: ANN401 - a row of JSON
    places = [question["sentence"], *(sentence for _, sentence in question["also"])] if question["answer"] else []
    return NewsTurn(
        question=question["question"],
        standalone=question["standalone"],
        answers=tuple(dict.fromkeys(" ".join(place.split()) for place in places)),
        leans=question["before"] is not None,
    )


def loose_pieces(question: str, standalone: str) -> tuple[Piece, ...]:
    """What a free rewrite has and the question lacks: in place of what points, between two words, or at the end."""
    asked = words(question)
    found = list[Piece]()
    for piece in pieces_of(question, standalone):
        gone = range(piece.slot, piece.slot + piece.replaces)
        pointing = [number for number in gone if asked[number].text.casefold() in POINTERS]
        slot = pointing[-1] if pointing else len(asked) if gone else piece.slot
        found.append(replace(piece, slot=slot, replaces=1 if pointing else 0))
    return tuple(found)


class NewsTalks:
    """Draws turns from conversations about invented news."""

    def __init__(self, talks: Sequence[NewsTalk], shares: NewsShares) -> None:
        self._shares = shares
        self._following = [talk for talk in talks if talk.turns[-1].leans]
        self._opening = [talk for talk in talks if not talk.turns[-1].leans]
        self._openings: dict[str, list[NewsTurn]] = {}
        for talk in self._opening:
            self._openings.setdefault(talk.headline, []).append(talk.turns[-1])

    def __len__(self) -> int:
        """How many turns follow a conversation."""
        return len(self._following)

    def drawn(self, number: int, rng: Random) -> Drawn:
        """Turn ``number`` of those that follow a conversation, or one of another kind below that conversation."""
        talk = self._following[number]
        share = rng.random()
        if share < self._shares.switch:
            return self._switched(talk, rng)
        if share < self._shares.switch + self._shares.whole:
            asked = self._opening_of(talk, rng)
            if asked is not None and asked not in talk.turns:
                history = self._history(talk, talk.turns[-rng.randint(1, len(talk.turns)) :], rng)
                return Drawn(question=asked.question, history=history, pieces=(), leans=False, same=True)
        *before, turn = talk.turns
        return Drawn(
            question=turn.question,
            history=self._history(talk, before, rng),
            pieces=loose_pieces(turn.question, turn.standalone),
            leans=True,
            same=True,
        )

    def _switched(self, talk: NewsTalk, rng: Random) -> Drawn:
        other = rng.choice(self._opening)
        while other.headline == talk.headline:
            other = rng.choice(self._opening)
        opening = rng.choice(_SWITCHING) if chance(0.25, rng) else ""
        history = self._history(talk, talk.turns, rng)
        return Drawn(question=opening + other.turns[-1].question, history=history, pieces=(), leans=False, same=False)

    def _opening_of(self, talk: NewsTalk, rng: Random) -> NewsTurn | None:
        """A whole question on the talk's article; None where it has none."""
        openings = self._openings.get(talk.headline)
        return rng.choice(openings) if openings else None

    def _history(self, talk: NewsTalk, turns: Sequence[NewsTurn], rng: Random) -> tuple[Said, ...]:
        """What was said in some turns and before them, newest first."""
        earlier = list(turns)
        first = self._opening_of(talk, rng) if chance(self._shares.longer, rng) else None
        if first is not None:
            earlier.insert(0, first)
        told = self._told(talk, earlier, rng)
        if chance(self._shares.mixed, rng):
            other = rng.choice(self._following)
            told += [replace(one, ours=False) for one in self._told(other, other.turns[:-1], rng)]
        return tuple(told)

    def _told(self, talk: NewsTalk, turns: Sequence[NewsTurn], rng: Random) -> list[Said]:
        told: list[Said] = []
        titled = False
        for turn in reversed(turns):
            told.append(Said(text=turn.question, kind=0))
            answer = self._answer(talk, turn, rng)
            if answer:
                told.append(Said(text=answer, kind=1))
            if answer and not titled and not chance(self._shares.untitled, rng):
                titled = True
                told.append(Said(text=talk.headline, kind=0))
        return told

    def _answer(self, talk: NewsTalk, turn: NewsTurn, rng: Random) -> str:
        """What the archive may have answered: sentences, each on its line."""
        answers = list(turn.answers[: rng.randint(1, 3)])
        if chance(self._shares.refused if answers else 0.5, rng):
            return ""
        if not answers or chance(self._shares.wrong, rng):
            wrong = rng.choice(talk.text)
            answers = [wrong] if chance(0.5, rng) else [*answers, wrong]
        return "\n".join(answers)
