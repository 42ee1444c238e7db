"""A turn in its conversation, understood: the question to ask in its place, and whether it goes on with the topic."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from index.conversation.assemble import AssemblySettings, pointed_at, rewrite, terms_of
from index.conversation.leaning import anchored, in_brackets, leans
from index.conversation.words import content_keys
from index.protocols import FollowUpTagger
from index.types import Turn

_MARKER = re.compile(r"(?<!\s)\s*\[\d+\]\s*$", re.MULTILINE)
_FULL_TURNS = 2
"""Turns whose answers are looked at; of older ones the questions tell what they were about."""

Headline = Callable[[str], str]
"""An article's headline by its id; empty where there is none."""


def untold(_article_id: str) -> str:
    """No headline: for conversations that have no articles."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A turn as it is searched and read.

    ``standalone`` is the question to search; the turn itself where nothing was added. ``bracketed`` is the form to read
    with: the turn as typed with what it follows in brackets; empty where it reads well alone. ``follows`` says that it
    goes on with what was talked about, so that what was quoted before is evidence again. ``pointed`` is the turn with
    one name alone in its pronoun's place, the likeliest; empty where it has no pronoun or nothing was added.
    """

    standalone: str
    bracketed: str = ""
    follows: bool = False
    added: tuple[str, ...] = ()
    pointed: str = ""


class Understands(Protocol):
    """Reads a turn in its conversation."""

    def understand(self, question: str, history: Sequence[Turn], headline: Headline = untold) -> Understood:
        """The turn, understood; ``history`` is oldest first, ``headline`` tells those of the articles it quotes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderstandingSettings:
    """When a turn goes on with the topic.

    Attributes:
        assembly: the thresholds of words.
        same: from which probability on a turn goes on with the topic, whatever its words. Of newsconv's turns those
            that change it have .1 and less, but one, and those that go on with it .25 and more, but four.
        other: below this probability nothing of the old topic is added, but to a turn that points back by its words.
    """

    assembly: AssemblySettings = field(default_factory=AssemblySettings)
    same: float = 0.25
    other: float = 0.15


class RuledUnderstanding:
    """Without a model: a turn that opens or points like a follow-up is put after the question that it follows."""

    def understand(self, question: str, history: Sequence[Turn], headline: Headline = untold) -> Understood:
        """The turn, or the last question that stands alone followed by it."""
        alone = anchored(question, history)
        if alone == question.strip():
            return Understood(standalone=alone)
        return Understood(standalone=alone, bracketed=_bracketed(question, history, headline), follows=True)


class TaggedUnderstanding:
    """With a tagger of follow-ups, after QuReTeC (Voskarides et al. 2020): the words that the turn needs go into it.

    Where the tagger sees a turn that leans but no words for it to lean on, the rules' answer serves.
    """

    def __init__(self, tagger: FollowUpTagger, settings: UnderstandingSettings | None = None) -> None:
        self._tagger = tagger
        self._settings = settings or UnderstandingSettings()

    def understand(self, question: str, history: Sequence[Turn], headline: Headline = untold) -> Understood:
        """The turn with what it needs of its history, or as it is."""
        question = question.strip()
        said = said_before(history, headline)
        if not said or not question:
            return Understood(standalone=question)
        scores = self._tagger.tag(question, said)
        settings = self._settings
        pointing = leans(question)
        if scores.same < settings.other and not pointing:
            return Understood(standalone=question)
        texts = [text for text, _ in said]
        terms = terms_of(question, texts, scores, settings.assembly)
        follows = bool(terms) or pointing or scores.same >= settings.same
        if not terms:
            # What it points at is not among the tagger's words, but the question before it names it as a rule.
            helpless = pointing and (scores.leans >= settings.assembly.leans or not content_keys(question))
            # One that points at nothing is read better as it is, even on the same topic.
            return Understood(
                standalone=anchored(question, history) if helpless else question,
                bracketed=_bracketed(question, history, headline) if pointing else "",
                follows=follows,
            )
        return Understood(
            standalone=rewrite(question, terms, scores, settings.assembly),
            bracketed=_bracketed(question, history, headline, [term.text for term in terms]),
            follows=follows,
            added=tuple(term.text for term in terms),
            pointed=pointed_at(question, terms, scores, settings.assembly),
        )


def _bracketed(question: str, history: Sequence[Turn], headline: Headline, terms: Sequence[str] = ()) -> str:
    """The turn with the question before it, those terms that neither of them has, and what was quoted last by its name.

    The headline stands for the topic where the turn before is a digression, or leans itself. Not with what was
    answered: a reader trained to be told so found no more, and took a third longer.
    """
    before = history[-1].question
    known = content_keys(before) | content_keys(question)
    unknown = [term for term in terms if not content_keys(term) <= known]
    return in_brackets(question, [before, *unknown, _last_headline(history, headline)])


def _last_headline(history: Sequence[Turn], headline: Headline) -> str:
    """The headline of the article that was quoted last."""
    return next((_headline_of(turn, headline) for turn in reversed(history) if turn.cited), "")


def _headline_of(turn: Turn, headline: Headline) -> str:
    """The headline of the article that a turn's answer quotes first; empty where it quotes none."""
    return headline(turn.cited[0].article_id).strip() if turn.cited else ""


def said_before(history: Sequence[Turn], headline: Headline = untold) -> list[tuple[str, bool]]:
    """The texts of a conversation, newest first, each with whether it is an answer; of older turns only questions.

    An answer is followed by the headline of the article that it quotes first, once: it names what the quotation calls
    *she* or *the company*.
    """
    out: list[tuple[str, bool]] = []
    told: set[str] = set()
    for number, turn in enumerate(reversed(history)):
        if turn.question.strip():
            out.append((turn.question.strip(), False))
        answer = _MARKER.sub("", turn.answer).strip()
        if not answer or number >= _FULL_TURNS:
            continue
        out.append((answer, True))
        title = _headline_of(turn, headline)
        if title and title not in told:
            told.add(title)
            out.append((title, False))
    return out
