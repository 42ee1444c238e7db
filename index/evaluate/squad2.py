"""SQuAD 2.0 (Rajpurkar, Jia and Liang 2018): the short answer in a paragraph, or none. By the set's own rules.

Exact match and F1 of words after the script's normalisation, the best of several gold answers; a question without an
answer earns 1 when it is refused, else 0. Titles stand before the paragraphs, as headlines stand before passages.
"""

from __future__ import annotations

import math
import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.errors import UsageError
from index.evaluate.judgement import share
from index.evaluate.measures import auroc, bootstrap_interval
from index.evaluate.paragraphs import Found, Readers, best_threshold, compare
from index.evaluate.rows import Row, field, read_rows
from index.evaluate.subject import Json

ROWS: Final = "squad2/dev.jsonl.gz"

_ARTICLES: Final = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION: Final = str.maketrans("", "", string.punctuation)
_PERCENT: Final = 100
_DIGITS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question about a paragraph with its gold answers; none when the paragraph does not answer."""

    question: str
    title: str
    text: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A reading against the gold: overlap and exactness of the short answer, and whether its sentence is right."""

    answerable: bool
    score: float
    f1: float
    exact: float
    sentence: bool


def read_asked(sets_dir: Path) -> list[Asked]:
    """The questions of a folder.

    Raises:
        UsageError: the file is missing, or a row is not of the documented form.
    """
    return [
        Asked(
            question=field(row, "question", str),
            title=field(row, "title", str),
            text=field(row, "context", str),
            answers=_answers(row),
        )
        for row in read_rows(sets_dir, ROWS)
    ]


def normal(text: str) -> str:
    """SQuAD's normal form: lower case, no punctuation, no articles, single spaces."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def overlap_f1(given: str, gold: str) -> float:
    """F1 of the words of two answers, 0 to 1."""
    one, other = normal(given).split(), normal(gold).split()
    if not one or not other:
        return float(one == other)
    common = sum((Counter(one) & Counter(other)).values())
    return 2 * common / (len(one) + len(other))


def judge(asked: Asked, found: Found) -> Marked:
    """One reading, as if it had to answer. A sentence is right when it holds a gold answer's text."""
    given = "" if found.answer is None else asked.text[found.answer[0] : found.answer[1]]
    first = asked.text[slice(*found.sentences[0])] if found.sentences else ""
    return Marked(
        answerable=bool(asked.answers),
        score=found.score,
        f1=max((overlap_f1(given, gold) for gold in asked.answers), default=0.0),
        exact=max((float(normal(given) == normal(gold)) for gold in asked.answers), default=0.0),
        sentence=any(gold in first for gold in asked.answers),
    )


def measure(marked: Sequence[Marked], threshold: float | None) -> Json:
    """The set's figures, in percent but for `AUROC` and `sentence`.

    Args:
        marked: the readings.
        threshold: what is below it counts as refused; None: the best on the same rows, which flatters.
    """
    best = best_threshold([m.score for m in marked], [m.f1 for m in marked], [m.answerable for m in marked])
    cut = best if threshold is None else threshold
    can = [m for m in marked if m.answerable]
    f1 = [_credit(m, m.f1, cut) for m in marked]
    interval = bootstrap_interval(f1)
    separation = auroc([m.score for m in can], [m.score for m in marked if not m.answerable])
    return {
        "n": len(marked),
        "EM": _percent([_credit(m, m.exact, cut) for m in marked]),
        "F1": _percent(f1),
        "F1_95%": [round(_PERCENT * interval.low, _DIGITS), round(_PERCENT * interval.high, _DIGITS)],
        "HasAns_EM": _percent([_credit(m, m.exact, cut) for m in can]),
        "HasAns_F1": _percent([_credit(m, m.f1, cut) for m in can]),
        "NoAns_F1": _percent([_credit(m, 0.0, cut) for m in marked if not m.answerable]),
        "best_F1": _percent([_credit(m, m.f1, best) for m in marked]),
        "forced_HasAns_F1": _percent([m.f1 for m in can]),
        "forced_HasAns_EM": _percent([m.exact for m in can]),
        "sentence": share(m.sentence for m in can),
        "AUROC": None if separation is None else round(separation, 4),
        "threshold": round(cut, 3) if math.isfinite(cut) else None,
    }


def run(sets_dir: Path, readers: Readers, tick: Callable[[int], Callable[[], None]]) -> Json:
    """The figures of the reader with its own threshold, and of the baselines with the best one on these rows."""
    return compare(read_asked(sets_dir), readers, judge, measure, tick)


def _credit(marked: Marked, gain: float, threshold: float) -> float:
    answers = marked.score >= threshold
    return gain * answers if marked.answerable else float(not answers)


def _percent(values: Sequence[float]) -> float:
    return round(_PERCENT * sum(values) / len(values), _DIGITS) if values else 0.0


def _answers(row: Row) -> tuple[str, ...]:
    answers = field(row, "answers", list)
    if not all(isinstance(one, str) for one in answers):
        raise UsageError(f"row {row.get('id', '?')}: an answer that is no text: see the set's README")
    return tuple(answers)
