"""The development questions that a reader's weights are fitted and checked on, with the sentences read for each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.archive import Archive
from index.bootstrap import make_scorers, make_terms
from index.protocols import Embedder
from index.read import evidence, spans
from index.types import Hit, Overview, ScoredSentence, Turn, turn_of

OWN = Path(__file__).parent / "questions"
"""Our own questions; see the README there."""
_MULTIHOP_EVERY = 6
"""Every sixth query: enough for one figure."""
_LONG_EVERY = 10
"""Every tenth query to fit the weight of a long question's words on, and every tenth to check it."""
_READ = 10

Matrix = NDArray[np.float64]
Features = Callable[[str, Sequence[Hit]], list[spans.Featured]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question of a development set.

    Attributes:
        text: as it is read.
        answerable: whether the archive answers it; of a withheld one, False, since what answers is passed over.
        topic: what must not be divided between what is fitted and what is judged, see :func:`topics`.
        gold: (article id, start, end) of the sentences that answer; empty where they are not known.
    """

    text: str
    answerable: bool
    topic: str
    gold: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Read:
    """A question in the form in which it is read, with the passages that are read for it."""

    question: Question
    hits: Sequence[Hit]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Example:
    """A question with its candidate sentences. ``features``: (sentences, features); ``right``: which answer."""

    question: Question
    hits: Sequence[Hit]
    sentences: Sequence[ScoredSentence]
    features: Matrix
    right: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSet:
    """A set of people's questions and conversations, in newsconv's form; of either file one row in `every` is taken."""

    questions: Path
    conversations: Path
    every: int = 1


def own_set(every: int = 1) -> QuestionSet:
    """What everything here is fitted on."""
    return QuestionSet(questions=OWN / "questions.jsonl", conversations=OWN / "conversations.jsonl", every=every)


def newsconv(sets: Path) -> QuestionSet:
    """What nothing here is fitted on."""
    return QuestionSet(
        questions=sets / "newsconv/dev.questions.jsonl", conversations=sets / "newsconv/dev.conversations.jsonl"
    )


def alone(given: QuestionSet) -> Iterator[Question]:
    """The questions as typed, and those of the conversations as they stand alone."""
    topic_of = topics(given)
    for row in _lines(given.questions)[:: given.every]:
        yield _people(row, row["question"], topic_of[row["id"]])
    for row in _lines(given.conversations)[:: given.every]:
        yield from (_people(turn, turn["standalone"], topic_of[row["id"]]) for turn in row["turns"])


def topics(given: QuestionSet) -> dict[str, str]:
    """The topic of every row, by its id: rows that an article answers are of one, and those of these articles' others.

    A row that nothing answers is a topic of its own.
    """
    articles = {
        row["id"]: sorted({article for turn in row.get("turns", [row]) for article in _answering(turn)})
        for file in (given.questions, given.conversations)
        for row in _lines(file)
    }
    first = {article: article for own in articles.values() for article in own}

    def found(article: int) -> int:
        while first[article] != article:
            article = first[article]
        return article

    for own in articles.values():
        for other in own[1:]:
            first[found(other)] = found(own[0])
    return {name: str(found(own[0])) if own else name for name, own in articles.items()}


def _answering(row: Any) -> list[int]:  # noqa: ANN401 - a row of JSON
    """The numbers of the articles that are known to answer."""
    return [row["article"], *(place[0] for place in row["also"])] if row["answerable"] else []


def multihop(sets: Path) -> Iterator[Question]:
    """MultiHop-RAG's inference and null queries, every sixth."""
    queries = [
        row for row in _lines(sets / "multihop-rag/queries.jsonl") if row["type"] in {"inference_query", "null_query"}
    ]
    for row in queries[::_MULTIHOP_EVERY]:
        yield Question(text=row["query"], answerable=row["type"] != "null_query", topic=row["query"])


def long_questions(archive: Archive, sets: Path, *, checked: bool) -> Iterator[Question]:
    """MultiHop-RAG's answerable queries, whose gold sentences are their facts: some to fit on, as many to check."""
    queries = [row for row in _lines(sets / "multihop-rag/queries.jsonl") if row["type"] != "null_query"]
    for row in queries[_LONG_EVERY // 2 if checked else 0 :: _LONG_EVERY]:
        gold = tuple(_place(archive, one["article"], one["fact"]) for one in row["evidence"])
        yield Question(text=row["query"], answerable=True, topic=row["query"], gold=gold)


def _place(archive: Archive, article: str, fact: str) -> tuple[str, int, int]:
    """Where a fact stands in its article; nowhere where the set has other white space than the article."""
    start = archive.article(article).text.find(fact)
    return (article, start, start + len(fact)) if start >= 0 else (article, 0, 0)


def searched(archive: Archive, asked: Sequence[Question]) -> list[Read]:
    """Every question with its passages."""
    return [Read(question=one, hits=archive.search(one.text, _READ)) for one in asked]


def withheld(archive: Archive, asked: Sequence[Question]) -> list[Read]:
    """Half of the answerable questions again, the articles passed over that are known to answer.

    Half are enough, and each costs a search and a reading.
    """
    return [
        Read(question=replace(one, answerable=False, gold=()), hits=archive.search(one.text, _READ, without=_held(one)))
        for one in [one for one in asked if one.gold][::2]
    ]


def _held(question: Question) -> set[str]:
    return {article for article, _, _ in question.gold}


def in_talk(archive: Archive, given: QuestionSet) -> tuple[list[Read], list[Read]]:
    """The turns that go on with their conversation, after the archive's own answers; and the answerable ones withheld.

    Of a withheld turn the conversation before it is still the one with the article.
    """
    topic_of = topics(given)
    found, without = list[Read](), list[Read]()
    for row in _lines(given.conversations)[:: given.every]:
        history: list[Turn] = []
        for turn in row["turns"]:
            typed = turn["question"]
            understood = archive.understand(typed, history)
            reply = archive.ask(typed, history)
            if understood.follows and not isinstance(reply, Overview):
                question = _people(turn, understood.bracketed or understood.standalone, topic_of[row["id"]])
                found.append(Read(question=question, hits=archive.search(typed, _READ, history=history)))
                if question.gold:
                    hits = archive.search(typed, _READ, history=history, without=_held(question))
                    without.append(Read(question=replace(question, answerable=False, gold=()), hits=hits))
            history.append(turn_of(reply))
    return found, without


def _people(row: Any, text: str, topic: str) -> Question:  # noqa: ANN401 - a row of JSON
    gold = [(row["article"], *span) for span in row["spans"]] + [tuple(place) for place in row["also"]]
    return Question(
        text=text,
        answerable=row["answerable"],
        topic=topic,
        gold=tuple((f"mh{article:03d}", start, end) for article, start, end in gold),
    )


def examples(features: Features, given: Sequence[Read]) -> list[Example]:
    """Reads every question; those for which nothing is found are left out."""
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
        if judged:
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
    scorer, shortlist_scorer = make_scorers(threads)
    terms = None if in_talk else make_terms()

    def features(question: str, hits: Sequence[Hit]) -> list[spans.Featured]:
        return spans.sentences_read(question, hits, scorer, shortlist_scorer, spans.MAX_SPAN_TOKENS, terms=terms)

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
