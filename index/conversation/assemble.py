"""From a tagger's scores to the words that a turn needs, and to a question that can be asked alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.conversation.words import Word, words
from index.protocols import FollowUpScores, SaidScores

_OWNERS = frozenset({"his", "their", "theirs", "its", "whose", "hers"})
POINTERS = frozenset(
    {"he", "she", "they", "it", "him", "her", "them", "his", "their", "its", "this", "that", "these", "those", "there"}
)
"""Words that stand for what was said before."""
_FRONTED = re.compile(r"^(?=[^,]*\w{3})[^,]*+,\s")
"""A turn that names what it is about first, as in *and the union boss, what does he want?*; its pronoun is his."""
_JOINT = re.compile(r"[\s\-–’'./&]{0,2}")
"""What may stand between two words of one name."""
_END = re.compile(r"(?<![\s?!.,;:])[\s?!.,;:]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class AssemblySettings:
    """Thresholds, set on 400 turns of CANARD dev; the optimum is flat.

    Attributes:
        term: from which probability on a word belongs to the turn.
        rescue: the same, for a turn that leans though no word reaches ``term``.
        leans: from which probability on a turn leans.
        rival: of several names for one pronoun, those stay whose probability is at least this share of the best one's.
        drop: from which probability on a word of the question gives way.
        most_words: how many words are added at most.
    """

    term: float = 0.35
    rescue: float = 0.15
    leans: float = 0.5
    rival: float = 0.75
    drop: float = 0.5
    most_words: int = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Words of the conversation that a turn needs, verbatim, as they stand together.

    ``slot`` counts the question's words: the one they go before or replace; the number of words means the end.
    """

    text: str
    keys: tuple[str, ...]
    slot: int
    probability: float
    order: tuple[int, int]


def terms_of(question: str, said: Sequence[str], scores: FollowUpScores, settings: AssemblySettings) -> list[Term]:
    """The terms that the question lacks, each once, fullest form first.

    Args:
        question: as typed.
        said: the texts that were tagged, newest first.
        scores: what the tagger made of them.
        settings: the thresholds.
    """
    asked = words(question)
    known = {word.key for word in asked if word.says}
    token_words = _token_words(asked, scores.offsets)

    def from_probability(least: float) -> list[Term]:
        return [
            term
            for number, (text, each) in enumerate(zip(said, scores.said, strict=True))
            for term in _runs(number, text, each, token_words, len(asked), known, least)
        ]

    found = from_probability(settings.term)
    if not found and scores.leans >= settings.leans:
        found = from_probability(settings.rescue)
    found = _without_rivals(found, _gives_way(question, asked, scores, settings), settings.rival)
    # The fullest form of a name says it, in capitals where it was written so somewhere.
    found.sort(key=lambda t: (-len(set(t.keys)), t.text.islower(), -t.probability, t.order))
    kept: list[Term] = []
    covered: set[str] = set(known)
    for term in found:
        if set(term.keys) <= covered:
            continue
        covered |= set(term.keys)
        kept.append(term)
    kept.sort(key=lambda t: -t.probability)
    size = 0
    chosen: list[Term] = []
    for term in kept:
        size += len(term.text.split())
        if size > settings.most_words and chosen:
            break
        chosen.append(term)
    return chosen


def rewrite(question: str, terms: Sequence[Term], scores: FollowUpScores, settings: AssemblySettings) -> str:
    """The question with its terms where they belong: in place of what points at them, before a word, or at the end."""
    asked = words(question)
    dropped = _gives_way(question, asked, scores, settings)
    out: list[str] = []
    at = 0
    skip_to = 0
    for number, word in enumerate(asked):
        if number < skip_to:
            continue
        here = _joined(term for term in terms if term.slot == number)
        if not here or (word.text.casefold() in POINTERS and not dropped[number]):
            continue
        out.append(question[at : word.start])
        if dropped[number]:
            skip_to = number + 1
            while skip_to < len(asked) and dropped[skip_to] and not any(t.slot == skip_to for t in terms):
                skip_to += 1
            gone = asked[number:skip_to]
            owner = len(gone) == 1 and _owns(asked, number)
            out.append(f"{here}’s" if owner and not here.endswith(("’s", "'s")) else here)
            at = gone[-1].end
        else:
            out.append(f"{here} ")
            at = word.start
    rest = question[at:]
    staying = {n for n, word in enumerate(asked) if word.text.casefold() in POINTERS and not dropped[n]}
    ending = _joined(term for term in terms if term.slot >= len(asked) or term.slot in staying)
    if ending:
        end = _END.search(rest)
        cut = end.start() if end else len(rest)
        rest = f"{rest[:cut]} ({ending}){rest[cut:].strip()}"
    out.append(rest)
    return re.sub(r"\s+", " ", "".join(out)).strip()


def pointed_at(question: str, terms: Sequence[Term], scores: FollowUpScores, settings: AssemblySettings) -> str:
    """The question with one name alone in its pronoun's place, the likeliest; empty where it has no pronoun."""
    pronouns = [number for number, word in enumerate(words(question)) if word.text.casefold() in POINTERS]
    if not pronouns or not terms:
        return ""
    best = max(terms, key=lambda term: (term.slot in pronouns, term.probability))
    slot = best.slot if best.slot in pronouns else pronouns[-1]
    return rewrite(question, [replace(best, slot=slot)], scores, settings)


def _runs(  # noqa: PLR0917 - one text's share of what terms_of was given
    number: int,
    text: str,
    scores: SaidScores,
    token_words: Sequence[int],
    size: int,
    known: set[str],
    least: float,
) -> list[Term]:
    """Neighbouring words of one text that belong to the turn."""
    out: list[Term] = []
    run: list[Word] = []
    rows: list[NDArray[np.float32]] = []

    def close() -> None:
        while run and not run[-1].says:
            run.pop()
            rows.pop()
        if not run:
            return
        keys = tuple(word.key for word in run if word.says)
        if any(key not in known for key in keys):
            mass = np.sum(rows, axis=0)
            by_word = np.zeros(size + 1)
            np.add.at(by_word, [*token_words, size], mass[1:])
            out.append(
                Term(
                    text=text[run[0].start : run[-1].end],
                    keys=keys,
                    slot=int(np.argmax(by_word)),
                    probability=float(max(1 - row[0] for row in rows)),
                    order=(number, run[0].start),
                )
            )
        run.clear()
        rows.clear()

    for word in words(text):
        inside = (scores.offsets[:, 0] < word.end) & (scores.offsets[:, 1] > word.start)
        row = scores.slots[inside].mean(axis=0) if inside.any() else None
        belongs = row is not None and 1 - float(row[0]) >= least
        if run and not _JOINT.fullmatch(text[run[-1].end : word.start]):
            close()
        if row is None or not belongs or (not run and not word.says):
            close()
            continue
        run.append(word)
        rows.append(row)
    close()
    return out


def _token_words(asked: Sequence[Word], offsets: NDArray[np.int64]) -> list[int]:
    """For each token of the question the word it is of, or the next one; past the last word: their number."""
    return [next((i for i, word in enumerate(asked) if word.end > start), len(asked)) for start, _ in offsets.tolist()]


def _without_rivals(found: Sequence[Term], gives_way: Sequence[bool], share: float) -> list[Term]:
    """One pronoun stands for one name, or for several that are about as likely."""
    best: dict[int, float] = {}
    for term in found:
        best[term.slot] = max(best.get(term.slot, 0.0), term.probability)
    return [
        term
        for term in found
        if term.slot >= len(gives_way) or not gives_way[term.slot] or term.probability >= share * best[term.slot]
    ]


def _gives_way(question: str, asked: Sequence[Word], scores: FollowUpScores, settings: AssemblySettings) -> list[bool]:
    """For each word of the question whether it gives way to what is put in its place."""
    out = []
    fronted = _FRONTED.match(question)
    if fronted and any(word.says for word in words(fronted[0])):
        return [False] * len(asked)
    for word in asked:
        inside = (scores.offsets[:, 0] < word.end) & (scores.offsets[:, 1] > word.start)
        dropped = bool(inside.any()) and float(scores.drops[inside].mean()) >= settings.drop
        out.append(dropped or word.text.casefold() in POINTERS)
    return out


def _owns(asked: Sequence[Word], number: int) -> bool:
    """Whether the word at a place says whose the next one is; *her* does before a word that says something."""
    word = asked[number].text.casefold()
    following = number + 1 < len(asked) and asked[number + 1].says
    return word in _OWNERS or (word == "her" and following)


def _joined(terms: Iterable[Term]) -> str:
    """Terms in the order in which they were said, oldest first: names before what is said of them."""
    ordered = sorted(terms, key=lambda term: (-term.order[0], term.order[1]))
    return ", ".join(term.text for term in ordered)
