"""newsconv: people's questions over the MultiHop-RAG articles, with the sentences that answer each.

A gold sentence names its article by the number that the article's id ends with, so that ``mh007`` is 7. A passage
counts when it holds a gold sentence from end to end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from index.errors import UsageError
from index.evaluate.judgement import GoldSpan, Question, measure_answers, same_article, share
from index.evaluate.measures import hit, reciprocal_rank
from index.evaluate.rows import Row, field, read_rows
from index.evaluate.subject import Json, Searches, Subject
from index.types import Hit

QUESTIONS: Final = "newsconv/dev.questions.jsonl"

_DEPTH: Final = 10
_SPAN: Final = 2


def read_questions(sets_dir: Path) -> list[Question]:
    """The questions of a folder.

    Raises:
        UsageError: the file is missing, or a row is not of the documented form.
    """
    return [read_question(row) for row in read_rows(sets_dir, QUESTIONS)]


def holds(passage: Hit, span: GoldSpan) -> bool:
    """The same article, and the whole sentence inside the passage."""
    return same_article(passage.article_id, span.article) and passage.start <= span.start and span.end <= passage.end


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
        **{f"recall@{depth}": share([hit(rank, depth) for rank in ranks]) for depth in (1, 5, _DEPTH)},
        "MRR@10": share([reciprocal_rank(rank) for rank in ranks]),
    }


def run(sets_dir: Path, subject: Subject, tick: Callable[[int], Callable[[], None]]) -> Json:
    """All figures of the set: the archive's as users meet it, its choice when forced to answer, and the baselines'."""
    questions = read_questions(sets_dir)
    step = tick(len(questions) * (3 + len(subject.searches) + len(subject.asks)))
    answers, others = measure_answers(questions, subject, step)
    figures: Json = {"n": len(questions), **answers, **measure_search(questions, subject.archive, step)}
    searches: Json = {name: measure_search(questions, searches, step) for name, searches in subject.searches.items()}
    baselines = searches | others
    return {**figures, "baselines": baselines} if baselines else figures


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
