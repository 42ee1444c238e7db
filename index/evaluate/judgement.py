"""Replies against gold sentences: what counts as right, and the measures of choosing and of refusing.

A gold sentence is an article with character offsets into its text. A citation is right when it overlaps one: the same
article, and offsets that intersect.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from index.evaluate.measures import (
    area_under_risk_coverage,
    auroc,
    bootstrap_interval,
    expected_calibration_error,
    false_refusals_at,
    mean,
    risk_coverage,
)
from index.evaluate.subject import Asks, Json, Subject
from index.types import Answer, Citation, NoAnswer, Overview, Reply

DIGITS: Final = 4
_CITATIONS: Final = 3
_NUMBER: Final = re.compile(r"\d+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldSpan:
    """An answering sentence: offsets into the text of ``article``, an id or the number that an id ends with."""

    article: str | int
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


def same_article(article_id: str, gold: str | int) -> bool:
    """Whether a gold sentence's article is this one; a number is the one that an id ends with, so mh007 is 7."""
    if isinstance(gold, str):
        return article_id == gold
    number = _NUMBER.search(article_id)
    return number is not None and int(number[0]) == gold


def overlaps(citation: Citation, span: GoldSpan) -> bool:
    """The same article, and at least one character in common."""
    return same_article(citation.article_id, span.article) and citation.start < span.end and span.start < citation.end


def judge(reply: Reply, spans: Sequence[GoldSpan]) -> Judged:
    """A reply against the sentences that answer the question; an unanswerable question has no right citation.

    An overview is an answer, of the citations that it lists.
    """
    answered = isinstance(reply, (Answer, Overview))
    citations = () if isinstance(reply, NoAnswer) else reply.citations[:_CITATIONS]
    right = [any(overlaps(citation, span) for span in spans) for citation in citations]
    return Judged(
        answered=answered,
        first=right[:1] == [True],
        any_of_three=any(right),
        confidence=reply.confidence,
    )


def measure_answers(questions: Sequence[Question], subject: Subject, tick: Callable[[], None]) -> tuple[Json, Json]:
    """Figures of the archive as users meet it and made to answer, and by name those of the readers beside it.

    Every question is asked 2 + ``len(subject.asks)`` times.
    """
    met, met_unanswerable = _ask_all(questions, subject.archive, tick)
    forced, forced_unanswerable = _ask_all(questions, subject.forced, tick)
    first = [float(one.first) for one in met]
    interval = bootstrap_interval(first)
    figures: Json = {
        "answerable": len(met),
        "unanswerable": len(met_unanswerable),
        "first_citation": share(first),
        "first_citation_95%": [rounded(interval.low), rounded(interval.high)],
        "any_of_three": share(one.any_of_three for one in met),
        "answered_answerable": share(one.answered for one in met),
        "refused_unanswerable": share(not one.answered for one in met_unanswerable),
        "forced": _forced(forced),
        **measure_refusal(forced, forced_unanswerable),
    }
    others: Json = {}
    for name, asks in subject.asks.items():
        can, cannot = _ask_all(questions, asks, tick)
        others[name] = {"forced": _forced(can), **measure_refusal(can, cannot)}
    return figures, others


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
        "AUROC": rounded(auroc(can, cannot)),
        "ECE": rounded(expected_calibration_error(confidences, [True] * len(can) + [False] * len(cannot))),
        "AURC": rounded(area_under_risk_coverage(points)),
        "false_refusals@95": rounded(false_refusals_at(can, cannot, 0.95)),
        "risk_coverage": [[rounded(p.threshold), rounded(p.coverage), rounded(p.risk)] for p in points],
    }


def share(values: Iterable[float]) -> float:
    """The mean of figures or of yes and no, rounded; 0 for nothing."""
    return round(mean([float(value) for value in values]), DIGITS)


def rounded(value: float | None) -> float | None:
    """A figure as it is printed; None stays None."""
    return None if value is None else round(value, DIGITS)


def _ask_all(questions: Sequence[Question], asks: Asks, tick: Callable[[], None]) -> tuple[list[Judged], list[Judged]]:
    """The judged replies to the answerable and to the unanswerable questions."""
    judged: dict[bool, list[Judged]] = {True: [], False: []}
    for question in questions:
        judged[question.answerable].append(judge(asks.ask(question.text), question.spans))
        tick()
    return judged[True], judged[False]


def _forced(judged: Sequence[Judged]) -> Json:
    return {
        "first_citation": share(one.first for one in judged),
        "any_of_three": share(one.any_of_three for one in judged),
    }
