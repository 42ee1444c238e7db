"""The development questions that a reader's weights are fitted on, with the sentences that were read for each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.archive import Archive
from index.backends.reader_onnx import OnnxSpanScorer
from index.bootstrap import bundled_model, make_terms
from index.protocols import Embedder
from index.read import evidence, spans
from index.types import Hit, Overview, ScoredSentence, Turn, turn_of

_MULTIHOP_EVERY = 6
"""Every sixth query: enough for one figure."""
_LONG_EVERY = 10
"""Every tenth query to fit the weight of a long question's words on, and every tenth to check it."""
_READ = 10

Matrix = NDArray[np.float64]
Features = Callable[[str, Sequence[Hit]], list[spans.Featured]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question of a development set; ``gold`` are (article id, start, end), empty where they are not known."""

    text: str
    answerable: bool
    source: str
    gold: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Example:
    """A question with its candidate sentences. ``features``: (sentences, features); ``right``: which answer."""

    question: Question
    hits: Sequence[Hit]
    sentences: Sequence[ScoredSentence]
    features: Matrix
    right: NDArray[np.bool_]


def questions(sets: Path) -> Iterator[Question]:
    """The development questions."""
    rows = _lines(sets / "newsconv/dev.questions.jsonl")
    turns = (turn for row in _lines(sets / "newsconv/dev.conversations.jsonl") for turn in row["turns"])
    for row, text in [*((row, row["question"]) for row in rows), *((turn, turn["standalone"]) for turn in turns)]:
        yield _people(row, text)
    queries = [
        row for row in _lines(sets / "multihop-rag/queries.jsonl") if row["type"] in {"inference_query", "null_query"}
    ]
    for row in queries[::_MULTIHOP_EVERY]:
        yield Question(text=row["query"], answerable=row["type"] != "null_query", source="multihop")


def long_questions(archive: Archive, sets: Path) -> Iterator[Question]:
    """MultiHop-RAG's answerable queries, whose gold sentences are their facts: some to fit on, as many to check."""
    queries = [row for row in _lines(sets / "multihop-rag/queries.jsonl") if row["type"] != "null_query"]
    for number, source in ((0, "long"), (_LONG_EVERY // 2, "long, checked")):
        for row in queries[number::_LONG_EVERY]:
            gold = tuple(_place(archive, one["article"], one["fact"]) for one in row["evidence"])
            yield Question(text=row["query"], answerable=True, source=source, gold=gold)


def _place(archive: Archive, article: str, fact: str) -> tuple[str, int, int]:
    """Where a fact stands in its article; nowhere where the set has other white space than the article."""
    start = archive.article(article).text.find(fact)
    return (article, start, start + len(fact)) if start >= 0 else (article, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Read:
    """A question in the form in which it is read, with the passages that are read for it."""

    question: Question
    hits: Sequence[Hit]


def searched(archive: Archive, asked: Sequence[Question]) -> list[Read]:
    """Every question with its passages."""
    return [Read(question=one, hits=archive.search(one.text, _READ)) for one in asked]


def turns_in_talk(archive: Archive, sets: Path) -> list[Read]:
    """The turns of newsconv that go on with their conversation, after the archive's own answers."""
    found = []
    for row in _lines(sets / "newsconv/dev.conversations.jsonl"):
        history: list[Turn] = []
        for turn in row["turns"]:
            understood = archive.understand(turn["question"], history)
            reply = archive.ask(turn["question"], history)
            if understood.follows and not isinstance(reply, Overview):
                question = replace(_people(turn, understood.bracketed or understood.standalone), source="talk")
                found.append(Read(question=question, hits=reply.passages))
            history.append(turn_of(reply))
    return found


def _people(row: Any, text: str) -> Question:  # noqa: ANN401 - a row of JSON
    gold = [(row["article"], *span) for span in row["spans"]] + [tuple(place) for place in row["also"]]
    return Question(
        text=text,
        answerable=row["answerable"],
        source="newsconv",
        gold=tuple((f"mh{article:03d}", start, end) for article, start, end in gold),
    )


def examples(features: Features, given: Sequence[Read]) -> list[Example]:
    """Reads every question."""
    found = []
    for one in given:
        question, hits = one.question, one.hits
        judged = features(question.text, hits)
        right = [
            any(
                s.hit.article_id == article and s.start < end and start < s.end for article, start, end in question.gold
            )
            for s, _ in judged
        ]
        found.append(
            Example(
                question=question,
                hits=hits,
                sentences=[sentence for sentence, _ in judged],
                features=np.asarray([row for _, row in judged], dtype=np.float64),
                right=np.asarray(right, dtype=np.bool_),
            )
        )
    return found


def span_reader(threads: int, *, in_talk: bool = False) -> Features:
    """Candidates as the span reader scores them, in a conversation or not."""
    scorer = OnnxSpanScorer(bundled_model("reader"), threads=threads)
    terms = None if in_talk else make_terms()

    def features(question: str, hits: Sequence[Hit]) -> list[spans.Featured]:
        scored = scorer.score(question, [(hit.header, hit.text) for hit in hits])
        return spans.sentences_read(question, hits, scored, spans.MAX_SPAN_TOKENS, terms)

    return features


def evidence_reader(embedder: Embedder) -> Features:
    """Candidates as the untrained reader scores them."""
    terms = make_terms()

    def features(question: str, hits: Sequence[Hit]) -> list[spans.Featured]:
        candidates = evidence.distinct_sentences(hits)
        if not candidates:
            return []
        rows = evidence.sentence_features(question, candidates, embedder=embedder, terms=terms)
        return [(sentence, tuple(map(float, row))) for sentence, row in zip(candidates, rows, strict=True)]

    return features


def _lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
