"""The training set as values: one question, one paragraph, and where in it the answers stand."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Span = tuple[int, int]

# An initial, an honorific or a dotted abbreviation does not end a sentence.
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z0-9])|\n+")
_NOT_AN_END = re.compile(
    r"(?:\b(?:[A-Z]|[A-Z]\.[A-Z]|Mr|Mrs|Ms|Dr|St|Sen|Rep|Gov|Gen|Lt|Col|No|vs|etc|Inc|Jr|c|ca))\.$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One training question. `spans` are character offsets into `context`; empty when it has no answer there.

    `turn` is the question as it was typed in a conversation, below `before`; both are empty where there is none.
    `distractors` are sentences that stand nowhere yet, and speak of what is asked without answering it. `plain` is one,
    with the place of the answer in it, that tells the answer in the question's own words.
    """

    source: str
    title: str
    question: str
    context: str
    spans: tuple[Span, ...]
    turn: str = ""
    before: str = ""
    distractors: tuple[str, ...] = ()
    plain: tuple[str, Span] | None = None

    @property
    def answerable(self) -> bool:
        """Whether the context holds an answer."""
        return bool(self.spans)


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a gzipped JSON-lines training file; spans that fall outside their context are left out."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            raw = json.loads(line)
            context: str = raw["context"]
            spans = tuple((a, b) for a, b in raw["spans"] if 0 <= a < b <= len(context))
            if raw["spans"] and not spans:
                continue
            yield Row(
                source=raw["set"], title=raw["title"], question=raw["question"].strip(), context=context, spans=spans
            )


def sentences(text: str) -> list[Span]:
    """Character spans of the sentences of `text`, in order, without the white space between them."""
    out: list[Span] = []
    start = 0
    for gap in _SENTENCE_END.finditer(text):
        closed = gap.start() + len(gap.group()) - len(gap.group().lstrip("\"'”’)]"))
        if "\n" not in gap.group() and _NOT_AN_END.search(text[start : gap.start()]):
            continue
        if text[start:closed].strip():
            out.append((start, closed))
        start = gap.end()
    if text[start:].strip():
        out.append((start, len(text)))
    return out
