"""Reading one paragraph: what a reader makes of a question and a text, without an archive around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from index.evaluate.subject import Json
from index.protocols import Reader, SpanScorer
from index.read.spans import MAX_SPAN_TOKENS, mark
from index.types import Article, Hit, Origin, Passage

Cut = Callable[[Article], list[Passage]]
"""Cuts an article into passages; a long paragraph is read as the archive would read it, window by window."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a reader found in a text. All offsets are character offsets into it.

    Attributes:
        answer: the short answer; None where the text has no words.
        sentences: its sentences, likeliest to answer first.
        score: higher where the text more likely answers.
    """

    answer: Span | None
    sentences: tuple[Span, ...]
    score: float


class ReadsParagraphs(Protocol):
    """Reads one text for one question."""

    def read(self, question: str, title: str, text: str) -> Found:
        """The answer in the text, and how likely there is one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """Readers to be judged on paragraphs.

    Attributes:
        reader: the one that users meet.
        threshold: the score from which it says that a paragraph answers.
        beside: baselines by name.
        settings: recorded beside the figures; JSON values.
    """

    reader: ReadsParagraphs
    threshold: float
    beside: Mapping[str, ReadsParagraphs] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)


class AskedOfText(Protocol):
    """A question about one text."""

    @property
    def question(self) -> str: ...  # noqa: D102 - a field
    @property
    def title(self) -> str: ...  # noqa: D102 - a field
    @property
    def text(self) -> str: ...  # noqa: D102 - a field


_AskedT = TypeVar("_AskedT", bound=AskedOfText)
_JudgedT = TypeVar("_JudgedT")


def compare(
    asked: Sequence[_AskedT],
    readers: Readers,
    judge: Callable[[_AskedT, Found], _JudgedT],
    measure: Callable[[Sequence[_JudgedT], float | None], Json],
    tick: Callable[[int], Callable[[], None]],
) -> Json:
    """The figures of the reader with its own threshold, and of the baselines, which have none.

    Args:
        asked: the questions, each read once by each.
        readers: who reads.
        judge: one reading against the gold.
        measure: the figures of all judged readings; what is below a threshold counts as refused.
        tick: told the number of readings, gives what is called after each.
    """
    step = tick(len(asked) * (1 + len(readers.beside)))

    def read_all(reader: ReadsParagraphs) -> list[_JudgedT]:
        judged = []
        for one in asked:
            judged.append(judge(one, reader.read(one.question, one.title, one.text)))
            step()
        return judged

    figures = measure(read_all(readers.reader), readers.threshold)
    baselines = {name: measure(read_all(reader), None) for name, reader in readers.beside.items()}
    return {**figures, "baselines": baselines} if baselines else figures


class SpanParagraphs:
    """Reads with a span model alone; the score is the best span's log-odds against "no answer here"."""

    def __init__(self, scorer: SpanScorer, cut: Cut) -> None:
        self._scorer = scorer
        self._cut = cut

    def read(self, question: str, title: str, text: str) -> Found:
        """Sentences by the summed odds of the spans inside, the answer by the best span."""
        passages = self._cut(_article(title, text))
        scored = self._scorer.score(question, [(passage.header, passage.text) for passage in passages])
        masses: dict[Span, float] = {}
        answer, best = None, float("-inf")
        for passage, scores in zip(passages, scored, strict=True):
            whole = mark(scores, (0, len(passage.text)), MAX_SPAN_TOKENS)
            if whole is not None and whole.log_odds > best:
                best, answer = whole.log_odds, (passage.start + whole.start, passage.start + whole.end)
            for start, end in passage.sentences:
                marked = mark(scores, (start - passage.start, end - passage.start), MAX_SPAN_TOKENS)
                if marked is not None:
                    masses[start, end] = max(marked.mass, masses.get((start, end), float("-inf")))
        return Found(answer=answer, sentences=tuple(sorted(masses, key=lambda one: -masses[one])), score=best)


class SentenceParagraphs:
    """Reads with any reader; its best sentence stands for the answer, and that sentence's score for the score."""

    def __init__(self, reader: Reader, cut: Cut) -> None:
        self._reader = reader
        self._cut = cut

    def read(self, question: str, title: str, text: str) -> Found:
        """Sentences in the reader's order."""
        hits = [_hit(number, passage, title) for number, passage in enumerate(self._cut(_article(title, text)), 1)]
        ranked = self._reader.read(question, hits).sentences
        order = tuple((one.start, one.end) for one in ranked)
        return Found(
            answer=order[0] if order else None, sentences=order, score=ranked[0].score if ranked else float("-inf")
        )


def best_threshold(scores: Sequence[float], gains: Sequence[float], answerable: Sequence[bool]) -> float:
    """The threshold with the greatest mean credit over all rows, as SQuAD 2.0's script finds it.

    An answerable row that is answered earns its gain, an unanswerable one that is refused earns 1.
    """
    order = sorted(range(len(scores)), key=lambda i: -scores[i])
    credit = best = 0.0
    threshold = float("inf")
    for place, i in enumerate(order):
        credit += gains[i] if answerable[i] else -1.0
        tied = place + 1 < len(order) and scores[order[place + 1]] == scores[i]
        if credit > best and not tied:
            best, threshold = credit, scores[i]
    return threshold


def _article(title: str, text: str) -> Article:
    return Article(id="paragraph", title=title, text=text, origin=Origin(path=""))


def _hit(number: int, passage: Passage, title: str) -> Hit:
    # Windows of one paragraph, which nothing was searched for: none is before another.
    return Hit(
        rank=1,
        score=1.0,
        passage_id=number,
        article_id="paragraph",
        title=title,
        outlet=None,
        published=None,
        url=None,
        start=passage.start,
        end=passage.end,
        text=passage.text,
        header=passage.header,
        sentences=passage.sentences,
    )
