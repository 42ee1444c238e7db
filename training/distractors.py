"""Sentences that speak of what is asked without answering it, put among those of a text.

A reader that is never shown them takes a sentence for the answer because it has the question's words (Jia and Liang
2017, *Adversarial examples for evaluating reading comprehension systems*). The invented news has two for each fact
that is asked for: one that speaks of it and keeps it back, and one that tells the same of another thing. A reader that
is shown nothing else distrusts the question's words, so there is a sentence as well that answers in just these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from index.read.shortlist import side_by_side
from training.draws import chance
from training.rows import Row, Span, sentences

_NEAR = 0.7
"""Of the sentences put in, those that come near the one that answers: a window of the text mostly has both then."""
_REACH = 3
"""Sentences that are still near."""


def crowded(row: Row, rng: Random) -> Row:
    """The row with some of its distractors in its text, and the answer's place moved along."""
    text, spans = row.context, row.spans
    for sentence in rng.sample(row.distractors, rng.randint(1, len(row.distractors))):
        text, spans = put(text, spans, sentence, rng)
    return replace(row, context=text, spans=spans)


def plainly(row: Row) -> Row:
    """The row with its answer told in the question's words; as it is where it has no such sentence or no answer."""
    if row.plain is None or not row.spans:
        return row
    sentence, (start, end) = row.plain
    a, b = next((a, b) for a, b in sentences(row.context) if a <= row.spans[0][0] < b)
    longer = len(sentence) - (b - a)
    others = [(y, z) if z <= a else (y + longer, z + longer) for y, z in row.spans if z <= a or y >= b]
    text = row.context[:a] + sentence + row.context[b:]
    return replace(row, context=text, spans=((a + start, a + end), *others))


def bereft(row: Row) -> Row:
    """The row without the sentences that answer; as it is where no others are left."""
    kept = [row.context[a:b] for a, b in sentences(row.context) if not answers_in(row, a, b)]
    return replace(row, context=" ".join(kept), spans=()) if kept else row


def listed(row: Row, rng: Random) -> Row:
    """The row with a list for a text: the sentences that answer, its distractors and some others, in any order.

    So sentences of several passages look beside each other. The second reader has lists made for it, see
    `training/shortlists.py`.
    """
    pieces: list[tuple[str, list[Span]]] = [(one, []) for one in row.distractors]
    others: list[str] = []
    for a, b in sentences(row.context):
        text, inside = row.context[a:b], [(y - a, z - a) for y, z in row.spans if a <= y and z <= b]
        if inside:
            pieces.append((text, inside))
        elif not answers_in(row, a, b):
            others.append(text)
    pieces += [(text, []) for text in rng.sample(others, min(len(others), rng.randint(2, 5)))]
    rng.shuffle(pieces)
    text, places = side_by_side([piece for piece, _ in pieces])
    spans = [(at + a, at + b) for (at, _), (_, inside) in zip(places, pieces, strict=True) for a, b in inside]
    return replace(row, context=text, spans=tuple(spans))


def put(text: str, spans: Sequence[Span], sentence: str, rng: Random) -> tuple[str, tuple[Span, ...]]:
    """The text with a sentence more, at the border of one of its own and never inside an answer; and the answers."""
    borders = [*(a for a, _ in sentences(text)), len(text)]
    near = _near(borders, spans[0][0]) if spans and chance(_NEAR, rng) else []
    free = [at for at in near or borders if not any(a < at < b for a, b in spans)]
    at = rng.choice(free or [len(text)])
    added = f" {sentence}" if at == len(text) else f"{sentence} "
    moved = tuple((a + len(added), b + len(added)) if a >= at else (a, b) for a, b in spans)
    return text[:at] + added + text[at:], moved


def answers_in(row: Row, start: int, end: int) -> bool:
    """Whether a stretch of the row's text holds an answer or a part of one."""
    return any(start < z and y < end for y, z in row.spans)


def _near(borders: Sequence[int], answer: int) -> list[int]:
    """The borders about the sentence in which an answer begins."""
    holder = sum(at <= answer for at in borders) - 1
    return list(borders[max(0, holder - _REACH + 1) : holder + _REACH + 1])
