"""CLAPNQ (Rosenthal et al. 2024): natural questions, and the sentences of a passage that answer them, or none.

A sentence is right when it overlaps one that the annotators selected.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.errors import UsageError
from index.evaluate.judgement import rounded, share
from index.evaluate.measures import auroc, false_refusals_at
from index.evaluate.paragraphs import Found, Readers, Span, compare
from index.evaluate.rows import Row, field, read_rows
from index.evaluate.subject import Json

ANSWERABLE: Final = "clapnq/answerable.jsonl"
UNANSWERABLE: Final = "clapnq/unanswerable.jsonl"
_CITATIONS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question about a passage; ``gold`` are the offsets of the selected sentences.

    A few answerable passages have none selected: they count for refusing, not for sentences.
    """

    question: str
    title: str
    text: str
    answerable: bool
    gold: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A reading against the gold."""

    answerable: bool
    selected: bool
    score: float
    first: bool
    any_of_three: bool


def read_asked(sets_dir: Path) -> list[Asked]:
    """The questions of a folder, answerable ones first.

    Raises:
        UsageError: a file is missing, or a row is not of the documented form.
    """
    answerable = [_asked(row, answerable=True) for row in read_rows(sets_dir, ANSWERABLE)]
    return answerable + [_asked(row, answerable=False) for row in read_rows(sets_dir, UNANSWERABLE)]


def judge(asked: Asked, found: Found) -> Judged:
    """One reading: whether its first sentences are among those selected."""
    right = [any(a < end and start < b for a, b in asked.gold) for start, end in found.sentences[:_CITATIONS]]
    return Judged(
        answerable=asked.answerable,
        selected=bool(asked.gold),
        score=found.score,
        first=right[:1] == [True],
        any_of_three=any(right),
    )


def measure(judged: Sequence[Judged], threshold: float | None) -> Json:
    """The figures of one reader; what it refuses by ``threshold``, where it has one of its own."""
    can = [one for one in judged if one.answerable]
    cannot = [one for one in judged if not one.answerable]
    scores, others = [one.score for one in can], [one.score for one in cannot]
    refusals: Json = {}
    if threshold is not None:
        refusals = {
            "answered_answerable": share(score >= threshold for score in scores),
            "refused_unanswerable": share(score < threshold for score in others),
        }
    return {
        "n": len(judged),
        "first_sentence": share(one.first for one in judged if one.selected),
        "any_of_three": share(one.any_of_three for one in judged if one.selected),
        "AUROC": rounded(auroc(scores, others)),
        "false_refusals@95": rounded(false_refusals_at(scores, others, 0.95)),
        **refusals,
    }


def run(sets_dir: Path, readers: Readers, tick: Callable[[int], Callable[[], None]]) -> Json:
    """The figures of the reader and of the baselines."""
    return compare(read_asked(sets_dir), readers, judge, measure, tick)


def _asked(row: Row, *, answerable: bool) -> Asked:
    passages = field(row, "passages", list)
    if not passages or not isinstance(passages[0], dict):
        raise UsageError(f"row {row.get('id', '?')}: no passage: see the set's README")
    passage: Row = passages[0]
    text = field(passage, "text", str)
    gold = tuple(_places(row, text)) if answerable else ()
    question, title = field(row, "input", str), field(passage, "title", str)
    return Asked(question=question, title=title, text=text, answerable=answerable, gold=gold)


def _places(row: Row, text: str) -> list[Span]:
    """Where the selected sentences stand in the passage."""
    places = []
    for output in field(row, "output", list):
        selected = output.get("selected_sentences") if isinstance(output, dict) else None
        for sentence in selected if isinstance(selected, list) else ():
            wanted = str(sentence).strip()
            at = text.find(wanted) if wanted else -1
            if at >= 0:
                places.append((at, at + len(wanted)))
    return places
