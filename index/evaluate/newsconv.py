"""newsconv: people's questions over the MultiHop-RAG articles, with the sentences that answer each.

A gold sentence is an article's number with character offsets. The number is the one that an article's id ends with, so
that ``mh007`` is 7. A citation is right when it overlaps a gold sentence: the same article, and offsets that intersect.
A passage counts when it holds a gold sentence from end to end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.errors import UsageError
from index.evaluate.measures import (
    area_under_risk_coverage,
    auroc,
    bootstrap_interval,
    expected_calibration_error,
    false_refusals_at,
    hit,
    mean,
    reciprocal_rank,
    risk_coverage,
)
from index.evaluate.rows import Row, field, read_rows
from index.evaluate.subject import Asks, Json, Searches, Subject
from index.types import Answer, Citation, Hit, Reply

QUESTIONS: Final = "newsconv/dev.questions.jsonl"

_DEPTH: Final = 10
_CITATIONS: Final = 3
_SPAN: Final = 2
_DIGITS: Final = 4
_NUMBER: Final = re.compile(r"\d+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldSpan:
    """An answering sentence: the article's number, and character offsets into its text."""

    article: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question as typed, with every sentence that answers it; none when the archive does not."""

    id: str
    text: str
    answerable: bool
    spans: tuple[GoldSpan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One reply against the gold: whether it answered, and whether its first and any of three citations is right."""

    answered: bool
    first: bool
    any_of_three: bool
    confidence: float


def read_questions(sets_dir: Path) -> list[Question]:
    """The questions of a folder.

    Raises:
        UsageError: the file is missing, or a row is not of the documented form.
    """
    return [read_question(row) for row in read_rows(sets_dir, QUESTIONS)]


def overlaps(citation: Citation, span: GoldSpan) -> bool:
    """The same article, and at least one character in common."""
    return _number(citation.article_id) == span.article and citation.start < span.end and span.start < citation.end


def holds(passage: Hit, span: GoldSpan) -> bool:
    """The same article, and the whole sentence inside the passage."""
    return _number(passage.article_id) == span.article and passage.start <= span.start and span.end <= passage.end


def judge(reply: Reply, spans: Sequence[GoldSpan]) -> Judged:
    """A reply against the sentences that answer the question; an unanswerable question has no right citation."""
    citations = reply.citations[:_CITATIONS] if isinstance(reply, Answer) else ()
    right = [any(overlaps(citation, span) for span in spans) for citation in citations]
    return Judged(
        answered=isinstance(reply, Answer),
        first=right[:1] == [True],
        any_of_three=any(right),
        confidence=reply.confidence,
    )


def measure_search(questions: Sequence[Question], searches: Searches, tick: Callable[[], None]) -> Json:
    """Recall at 1, 5 and 10 and MRR@10 of the passages, over the answerable questions."""
    ranks = []
    for question in questions:
        if question.answerable:
            hits = searches.search(question.text, _DEPTH)
            right = (rank for rank, found in enumerate(hits, start=1) if any(holds(found, s) for s in question.spans))
            ranks.append(next(right, None))
        tick()
    return {
        **{f"recall@{depth}": _share([hit(rank, depth) for rank in ranks]) for depth in (1, 5, _DEPTH)},
        "MRR@10": _share([reciprocal_rank(rank) for rank in ranks]),
    }


def measure_refusal(answerable: Sequence[Judged], unanswerable: Sequence[Judged]) -> Json:
    """How well the confidence tells answerable from not, and what refusing by it costs.

    ``risk_coverage`` counts an answer as wrong when its first citation is.
    """
    everyone = [*answerable, *unanswerable]
    confidences = [one.confidence for one in everyone]
    can = [one.confidence for one in answerable]
    cannot = [one.confidence for one in unanswerable]
    points = risk_coverage(confidences, [one.first for one in everyone])
    return {
        "AUROC": _rounded(auroc(can, cannot)),
        "ECE": _rounded(expected_calibration_error(confidences, [True] * len(can) + [False] * len(cannot))),
        "AURC": _rounded(area_under_risk_coverage(points)),
        "false_refusals@95": _rounded(false_refusals_at(can, cannot, 0.95)),
        "risk_coverage": [[_rounded(p.threshold), _rounded(p.coverage), _rounded(p.risk)] for p in points],
    }


def run(sets_dir: Path, subject: Subject, tick: Callable[[int], Callable[[], None]]) -> Json:
    """All figures of the set: the archive's as users meet it, its choice when forced to answer, and the baselines'."""
    questions = read_questions(sets_dir)
    step = tick(len(questions) * (3 + len(subject.searches) + len(subject.asks)))
    met, met_unanswerable = _ask_all(questions, subject.archive, step)
    forced, forced_unanswerable = _ask_all(questions, subject.forced, step)
    first = [float(one.first) for one in met]
    interval = bootstrap_interval(first)
    figures: Json = {
        "n": len(questions),
        "answerable": len(met),
        "first_citation": _share(first),
        "first_citation_95%": [_rounded(interval.low), _rounded(interval.high)],
        "any_of_three": _share([one.any_of_three for one in met]),
        "answered_answerable": _share([one.answered for one in met]),
        "refused_unanswerable": _share([not one.answered for one in met_unanswerable]),
        "forced": _forced(forced),
        **measure_search(questions, subject.archive, step),
        **measure_refusal(forced, forced_unanswerable),
    }
    baselines: Json = {name: measure_search(questions, searches, step) for name, searches in subject.searches.items()}
    for name, asks in subject.asks.items():
        can, cannot = _ask_all(questions, asks, step)
        baselines[name] = {"forced": _forced(can), **measure_refusal(can, cannot)}
    return {**figures, "baselines": baselines} if baselines else figures


def _ask_all(questions: Sequence[Question], asks: Asks, tick: Callable[[], None]) -> tuple[list[Judged], list[Judged]]:
    """The judged replies to the answerable and to the unanswerable questions."""
    judged: dict[bool, list[Judged]] = {True: [], False: []}
    for question in questions:
        judged[question.answerable].append(judge(asks.ask(question.text), question.spans))
        tick()
    return judged[True], judged[False]


def _forced(judged: Sequence[Judged]) -> Json:
    return {
        "first_citation": _share([one.first for one in judged]),
        "any_of_three": _share([one.any_of_three for one in judged]),
    }


def read_question(row: Row) -> Question:
    """The question of a row, or of a conversation's turn.

    Raises:
        UsageError: it is not of the documented form.
    """
    answerable = field(row, "answerable", bool)
    spans: list[GoldSpan] = []
    if answerable:
        number = field(row, "article", int)
        spans += [_span(row, number, *_ints(row, pair, _SPAN)) for pair in field(row, "spans", list)]
        spans += [_span(row, *_ints(row, place, 1 + _SPAN)) for place in field(row, "also", list)]
        if not spans:
            raise UsageError(f"row {row.get('id', '?')}: answerable without spans: give the sentences that answer")
    return Question(
        id=field(row, "id", str), text=field(row, "question", str), answerable=answerable, spans=tuple(spans)
    )


def _ints(row: Row, values: object, count: int) -> list[int]:
    if not isinstance(values, list) or len(values) != count or not all(isinstance(value, int) for value in values):
        raise UsageError(f"row {row.get('id', '?')}: {values!r} is not {count} whole numbers: see the set's README")
    return values


def _span(row: Row, article: int, start: int, end: int) -> GoldSpan:
    if not 0 <= start < end:
        raise UsageError(f"row {row.get('id', '?')}: [{start}, {end}] is no span: give start and end, start first")
    return GoldSpan(article=article, start=start, end=end)


def _number(article_id: str) -> int | None:
    match = _NUMBER.search(article_id)
    return int(match[0]) if match else None


def _share(values: Sequence[float]) -> float:
    return round(mean([float(value) for value in values]), _DIGITS)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
