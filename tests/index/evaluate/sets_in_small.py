"""Evaluation sets of a few rows, written to a folder, and archives whose every result is laid down."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from index.conversation.understand import RuledUnderstanding
from index.evaluate import Json, Readers, Subject
from index.evaluate.paragraphs import Found
from index.types import Answer, Citation, Hit, NoAnswer, NoAnswerReason, Reply, Searched, Turn, Where

_SEARCHED = Searched(generation=1, articles=2, earliest=None, latest=None, newest_match=None, where=Where())


def write_rows(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def passage(article_id: str, start: int, text: str, rank: int = 1) -> Hit:
    return Hit(
        rank=rank,
        score=1 / rank,
        passage_id=rank,
        article_id=article_id,
        title="",
        outlet=None,
        published=None,
        url=None,
        start=start,
        end=start + len(text),
        text=text,
        sentences=((start, start + len(text)),),
    )


def citation(article_id: str, start: int, end: int) -> Citation:
    return Citation(
        marker=1, article_id=article_id, title="", outlet=None, published=None, url=None, start=start, end=end, quote=""
    )


def answer(question: str, confidence: float, *citations: Citation) -> Answer:
    return Answer(
        question=question,
        standalone=question,
        text="",
        confidence=confidence,
        citations=citations,
        passages=(),
        searched=_SEARCHED,
    )


def no_answer(question: str, confidence: float) -> NoAnswer:
    return NoAnswer(
        question=question,
        standalone=question,
        reason=NoAnswerReason.NOT_CONVINCING,
        confidence=confidence,
        passages=(),
        searched=_SEARCHED,
    )


class LaidDown:
    """An archive that answers from a table; what is not in it finds nothing."""

    def __init__(
        self, hits: Mapping[str, Sequence[Hit]] | None = None, replies: Mapping[str, Reply] | None = None
    ) -> None:
        self._hits = hits or {}
        self._replies = replies or {}

    def search(self, query: str, k: int = 10, where: Where | None = None, history: Sequence[Turn] = ()) -> list[Hit]:
        assert where is None
        del history  # a table of questions, however they are asked
        return list(self._hits.get(query, ()))[:k]

    def ask(self, question: str, history: Sequence[Turn] = (), where: Where | None = None) -> Reply:
        assert not history
        assert where is None
        return self._replies.get(question) or no_answer(question, 0.0)


class Fixed:
    """A reader of paragraphs that finds what a table says; what is not in it finds nothing."""

    def __init__(self, found: Mapping[str, Found] | None = None) -> None:
        self._found = found or {}

    def read(self, question: str, title: str, text: str) -> Found:
        assert title
        assert text
        return self._found.get(question) or Found(answer=None, sentences=(), score=float("-inf"))


class Pool(LaidDown, RuledUnderstanding):
    """Passages, and what understands turns by rule."""


def refuse(articles: Path) -> Subject:
    raise AssertionError(f"{articles} was opened")


class Openings:
    """Opens what a test lays down; archives are refused where none is given."""

    def __init__(self, subject: Callable[[Path], Subject] = refuse) -> None:
        self.subject = subject

    def readers(self) -> Readers:
        return Readers(reader=Fixed(), threshold=0.0, settings={"reader": "fixed"})

    def understanding(self) -> RuledUnderstanding:
        return RuledUnderstanding()

    def pool(self, name: str, articles: Iterable[Json]) -> Pool:
        assert name
        return Pool({"a": [passage(str(one["id"]), 0, str(one["text"])) for one in articles]})
