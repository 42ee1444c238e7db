"""The training questions on invented news as rows; see the README in `training/news`.

An article is cut into stretches of about the length of an archive's passages. A question stands at the stretch that
answers it, or, where none does, at the one that it shares most words with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from training.negatives import words
from training.rows import Row, Span

NEWS = Path(__file__).parent / "news"
SOURCE = "news"
_STRETCH = 150
"""Words of a stretch at least, but of the last one."""


def read_news(folder: Path = NEWS) -> Iterator[Row]:
    """The rows of all files of a folder, in the order of their names."""
    for article in read_articles(folder):
        cut = stretches(article["text"])
        facts = {(fact["sentence"], fact["answer"]): fact for fact in article["facts"]}
        for question in questions_on(article):
            fact = facts.get((question["sentence"], question["answer"]))
            rows = _rows(article, question, cut)
            yield from rows if fact is None else (_told_of(fact, row) for row in rows)


def read_articles(folder: Path = NEWS) -> Iterator[Any]:
    """The articles of all files of a folder as they are written, in the order of the files' names."""
    for file in sorted(folder.glob("*.jsonl")):
        yield from map(json.loads, file.read_text(encoding="utf-8").splitlines())


def questions_on(article: Any) -> list[Any]:  # noqa: ANN401 - a row of JSON
    """An article's questions, and those that stand at its facts, in one form."""
    return [*article["questions"], *_of_facts(article)]


def _told_of(fact: Any, row: Row) -> Row:  # noqa: ANN401 - a row of JSON
    """The row with the sentences that were written to what it asks."""
    return replace(row, distractors=tuple(fact["distractors"]), plain=_marked(fact["plain"]))


def _marked(text: str) -> tuple[str, Span]:
    """A sentence without the double brackets about its answer, and where that stands."""
    before, rest = text.split("[[")
    answer, after = rest.split("]]")
    return before + answer + after, (len(before), len(before) + len(answer))


def _of_facts(article: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - a row of JSON
    """The two questions that stand at each fact, in the form of the others: one by itself and one below another's."""
    facts = article["facts"]
    for fact in facts:
        place = fact["sentence"], fact["answer"]
        known = next(one for one in article["questions"] if (one["sentence"], one["answer"]) == place)
        yield {**known, "question": fact["typed"], "before": None}
        yield {**known, "question": fact["turn"], "before": facts[fact["after"]]["typed"]}


def stretches(text: str) -> list[Span]:
    """Where a text's stretches stand: whole paragraphs together, until they have enough words."""
    found: list[Span] = []
    start = end = 0
    for paragraph in text.split("\n\n"):
        end = text.index(paragraph, end) + len(paragraph)
        if len(text[start:end].split()) >= _STRETCH:
            found.append((start, end))
            start = end + len("\n\n")
    if start < len(text):
        found.append((start, len(text)))
    return found


def _rows(
    article: Any,  # noqa: ANN401 - rows of JSON
    question: Any,  # noqa: ANN401
    cut: Sequence[Span],
) -> Iterator[Row]:
    text = article["text"]
    golds = list[Span]()
    if question["answer"] is not None:
        for answer, sentence in [(question["answer"], question["sentence"]), *question["also"]]:
            start = text.index(sentence) + sentence.index(answer)
            golds.append((start, start + len(answer)))
        standing = [span for span in cut if any(span[0] <= a and b <= span[1] for a, b in golds)]
    else:
        asked = set(words(question["standalone"]))
        standing = [max(cut, key=lambda span: len(asked & set(words(text[span[0] : span[1]]))))]
    leaning = question["before"] is not None
    for start, end in standing:
        yield Row(
            source=SOURCE,
            title=article["headline"],
            question=question["standalone"] if leaning else question["question"],
            context=text[start:end],
            spans=tuple((a - start, b - start) for a, b in golds if start <= a and b <= end),
            turn=question["question"] if leaning else "",
            before=question["before"] or "",
        )
