"""MultiHop-RAG (Tang and Yang 2024): does a retrieved passage hold a fact that answers? By the set's own rules.

Questions of type ``null_query`` are left out. A passage counts when it contains any gold fact, white space aside;
Hits@k is per question; MRR@10 takes the first passage that counts; MAP@10 adds, over the first 11 ranks, the number of
facts found for the first time divided by the rank, and divides by the number of facts, at most 10.

Beside the set's own rules: the answers to inference and null queries. A citation is right when it overlaps a gold fact,
and a null query is one that the archive does not answer. Comparisons and questions of order ask for a yes, a no or a
name that no sentence says, and are left out there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.errors import UsageError
from index.evaluate.judgement import DIGITS, GoldSpan, Question, measure_answers
from index.evaluate.measures import bootstrap_interval, hit, mean, percentile, reciprocal_rank
from index.evaluate.rows import Row, field, read_rows
from index.evaluate.subject import Json, Searches, Subject

ARTICLES: Final = "multihop-rag/articles.jsonl"
QUERIES: Final = "multihop-rag/queries.jsonl"

INFERENCE: Final = "inference_query"
NULL: Final = "null_query"

_RANKS: Final = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question with the verbatim facts that answer it."""

    id: str
    text: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The measures of one question."""

    reciprocal_rank: float
    average_precision: float
    hits_at_10: float
    hits_at_4: float


def read_queries(sets_dir: Path) -> list[Query]:
    """The answerable queries of a folder.

    Raises:
        UsageError: the file is missing, a row is not of the documented form, or no query is answerable.
    """
    queries = [
        Query(
            id=field(row, "id", str),
            text=field(row, "query", str),
            facts=tuple(_fact(row, evidence) for evidence in field(row, "evidence", list)),
        )
        for row in read_rows(sets_dir, QUERIES)
        if row.get("type") != NULL
    ]
    for query in queries:
        if not query.facts:
            raise UsageError(f"row {query.id}: no evidence: give facts, or the type null_query")
    if not queries:
        raise UsageError(f"{sets_dir / QUERIES} has only null queries: there is nothing to measure")
    return queries


def read_questions(sets_dir: Path) -> list[Question]:
    """The inference and null queries as questions with gold sentences: where the facts stand in the articles.

    Raises:
        UsageError: a file is missing, or a row is not of the documented form.
    """
    texts = {field(row, "id", str): field(row, "text", str) for row in read_rows(sets_dir, ARTICLES)}
    found = []
    for row in read_rows(sets_dir, QUERIES):
        if row.get("type") not in {INFERENCE, NULL}:
            continue
        answerable = row.get("type") != NULL
        places = [_place(row, evidence, texts) for evidence in field(row, "evidence", list)] if answerable else []
        found.append(
            Question(
                id=field(row, "id", str),
                text=field(row, "query", str),
                answerable=answerable,
                spans=tuple(place for place in places if place is not None),
            )
        )
    return found


def score(texts: Sequence[str], facts: Sequence[str]) -> Score:
    """The measures of one ranking of passage texts, best first; a ranking may be shorter than 11."""
    wanted = [_squeezed(fact) for fact in facts]
    first: int | None = None
    precision = 0.0
    found: set[str] = set()
    for rank, text in enumerate(texts[:_RANKS], start=1):
        squeezed = _squeezed(text)
        holds = [fact for fact in wanted if fact in squeezed]
        if holds and first is None:
            first = rank
        # A fact that is listed twice counts once, as in the script.
        new = set(holds) - found
        precision += len(new) / rank
        found |= new
    return Score(
        reciprocal_rank=reciprocal_rank(first),
        average_precision=precision / min(len(wanted), 10),
        hits_at_10=hit(first, 10),
        hits_at_4=hit(first, 4),
    )


def measure(queries: Sequence[Query], searches: Searches, tick: Callable[[], None]) -> Json:
    """The figures of one way of searching, with a 95 % interval of the main one and the time a search took."""
    scores: list[Score] = []
    milliseconds: list[float] = []
    for query in queries:
        started = time.perf_counter()
        hits = searches.search(query.text, _RANKS)
        milliseconds.append((time.perf_counter() - started) * 1000)
        scores.append(score([found.text for found in hits], query.facts))
        tick()
    ranks = [one.reciprocal_rank for one in scores]
    interval = bootstrap_interval(ranks)
    return {
        "n": len(scores),
        "MRR@10": round(mean(ranks), DIGITS),
        "MAP@10": round(mean([one.average_precision for one in scores]), DIGITS),
        "Hits@10": round(mean([one.hits_at_10 for one in scores]), DIGITS),
        "Hits@4": round(mean([one.hits_at_4 for one in scores]), DIGITS),
        "MRR@10_95%": [round(interval.low, DIGITS), round(interval.high, DIGITS)],
        "search_ms": {"p50": round(percentile(milliseconds, 50), 1), "p95": round(percentile(milliseconds, 95), 1)},
    }


def run(sets_dir: Path, subject: Subject, tick: Callable[[int], Callable[[], None]]) -> Json:
    """All figures of the set: the archive's, and each baseline's."""
    queries, questions = read_queries(sets_dir), read_questions(sets_dir)
    step = tick(len(queries) * (1 + len(subject.searches)) + len(questions) * (2 + len(subject.asks)))
    figures = measure(queries, subject.archive, step)
    baselines: Json = {name: measure(queries, searches, step) for name, searches in subject.searches.items()}
    answers, others = measure_answers(questions, subject, step)
    for name, other in others.items():
        baselines[name] = {"answers": other}
    figures["answers"] = {"n": len(questions), **answers}
    return {**figures, "baselines": baselines} if baselines else figures


def _fact(row: Row, evidence: object) -> str:
    fact = evidence.get("fact") if isinstance(evidence, dict) else None
    if not isinstance(fact, str) or not fact.strip():
        raise UsageError(f"row {row.get('id', '?')}: evidence without a fact: give its verbatim text")
    return fact


def _place(row: Row, evidence: object, texts: Mapping[str, str]) -> GoldSpan | None:
    """Where a fact stands in its article, or in any if that is not named; None where it stands nowhere."""
    fact = _fact(row, evidence)
    named = evidence.get("article") if isinstance(evidence, dict) else None
    for article in (named,) if isinstance(named, str) else texts:
        place = _found(fact, texts.get(article, ""))
        if place is not None:
            return GoldSpan(article=article, start=place[0], end=place[1])
    return None


def _found(fact: str, text: str) -> tuple[int, int] | None:
    """The offsets of a fact in a text, white space aside."""
    at = text.find(fact)
    if at >= 0:
        return at, at + len(fact)
    kept = [place for place, letter in enumerate(text) if not letter.isspace()]
    wanted = _squeezed(fact)
    at = "".join(text[place] for place in kept).find(wanted)
    return (kept[at], kept[at + len(wanted) - 1] + 1) if at >= 0 else None


def _squeezed(text: str) -> str:
    return "".join(text.split())
