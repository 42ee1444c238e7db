"""Rewrites of follow-ups against people's: terms, BLEU-4, ROUGE-1 recall and exact match.

*Terms* are the words that say something and that the question lacks, as QuReTeC counts them (Voskarides et al. 2020);
gold are those of the gold rewrite that the conversation has, precision and recall are taken over all turns together.
BLEU-4 is the corpus measure of Papineni et al. (2002) without smoothing, ROUGE-1 recall Lin's (2004) without stemming,
averaged over turns; both over lower-cased words without punctuation. A rewrite is exact when these words are the same.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from index.conversation.understand import Understands
from index.conversation.words import content_keys
from index.evaluate.measures import mean
from index.evaluate.subject import Json
from index.types import Turn

WAYS: Final = 3
_ORDERS: Final = 4
_DIGITS: Final = 4
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A question in its conversation with a person's rewrite; ``history`` is oldest first."""

    question: str
    history: tuple[Turn, ...]
    gold: str

    @property
    def said(self) -> set[str]:
        """The terms of the conversation."""
        return {key for turn in self.history for text in (turn.question, turn.answer) for key in content_keys(text)}

    def terms(self, rewrite: str) -> set[str]:
        """What a rewrite adds of the conversation's terms."""
        return (content_keys(rewrite) - content_keys(self.question)) & self.said


@dataclass(frozen=True, slots=True, kw_only=True)
class TermScore:
    """Precision and recall of terms over many turns, with their harmonic mean."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean; 0 where nothing is right."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def term_score(pairs: Sequence[tuple[set[str], set[str]]]) -> TermScore:
    """The score of (given, gold) sets of terms, counted over all together."""
    right = sum(len(given & gold) for given, gold in pairs)
    given_in_all, gold_in_all = (sum(len(pair[side]) for pair in pairs) for side in (0, 1))
    return TermScore(
        precision=right / given_in_all if given_in_all else 0.0, recall=right / gold_in_all if gold_in_all else 0.0
    )


def tokens(text: str) -> list[str]:
    """Lower-cased words, punctuation left out."""
    return _WORD.findall(text.lower())


def bleu(given: Sequence[Sequence[str]], gold: Sequence[Sequence[str]]) -> float:
    """Corpus BLEU-4 with one reference each, 0 to 1; unsmoothed, so 0 when some order never matches."""
    matched, possible = [0] * _ORDERS, [0] * _ORDERS
    for one, reference in zip(given, gold, strict=True):
        for order in range(1, _ORDERS + 1):
            mine, theirs = _grams(one, order), _grams(reference, order)
            matched[order - 1] += sum((mine & theirs).values())
            possible[order - 1] += sum(mine.values())
    if not all(matched):
        return 0.0
    precision = math.fsum(math.log(m / p) for m, p in zip(matched, possible, strict=True)) / _ORDERS
    given_length, gold_length = sum(map(len, given)), sum(map(len, gold))
    brevity = min(0.0, 1 - gold_length / given_length)
    return math.exp(precision + brevity)


def rouge_1_recall(given: Sequence[str], gold: Sequence[str]) -> float:
    """The share of the gold words that the rewrite has, each as often as it has it; 1 for nothing wanted."""
    wanted = Counter(gold)
    return sum((Counter(given) & wanted).values()) / len(gold) if gold else 1.0


def measure(turns: Sequence[FollowUp], rewrite: Callable[[FollowUp], str], tick: Callable[[], None]) -> Json:
    """The figures of one way of rewriting. A turn *needs* a rewrite when its gold one adds terms."""
    rewrites = []
    for turn in turns:
        rewrites.append(rewrite(turn))
        tick()
    pairs = [(turn.terms(made), turn.terms(turn.gold)) for turn, made in zip(turns, rewrites, strict=True)]
    needing, others = [pair for pair in pairs if pair[1]], [pair for pair in pairs if not pair[1]]
    given, gold = [tokens(made) for made in rewrites], [tokens(turn.gold) for turn in turns]
    return {
        "n": len(turns),
        "needing": {"n": len(needing), **_terms(term_score(needing))},
        "all": _terms(term_score(pairs)),
        "left_alone": _rounded(mean([float(not pair[0]) for pair in others])),
        "exact": _rounded(mean([float(one == other) for one, other in zip(given, gold, strict=True)])),
        "BLEU-4": _rounded(bleu(given, gold)),
        "ROUGE-1_recall": _rounded(mean([rouge_1_recall(one, other) for one, other in zip(given, gold, strict=True)])),
    }


def compare(turns: Sequence[FollowUp], understands: Understands, step: Callable[[], None]) -> Json:
    """Ours beside the question as typed and the question after all before it; ``WAYS`` steps a turn."""
    return {
        **measure(turns, lambda turn: understands.understand(turn.question, turn.history).standalone, step),
        "baselines": {
            "raw": measure(turns, lambda turn: turn.question, step),
            "concatenated": measure(
                turns, lambda turn: " ".join([*(one.question for one in turn.history), turn.question]), step
            ),
        },
    }


def _grams(words: Sequence[str], order: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[i : i + order]) for i in range(len(words) - order + 1))


def _terms(score: TermScore) -> Json:
    return {
        "term_F1": _rounded(score.f1),
        "precision": _rounded(score.precision),
        "recall": _rounded(score.recall),
    }


def _rounded(value: float) -> float:
    return round(value, _DIGITS)
