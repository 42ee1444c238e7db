"""Lists as a second reader finds them: the best sentences of several passages, beside each other, for a text.

What a first reader takes for the best is what is about the question and has its words, so that is what stands beside
the sentence that answers: what was written to confuse, and of the text and of paragraphs that a search confuses with
it those sentences that share most words with the question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from index.read.shortlist import SHORTLISTED, around, side_by_side
from training.distractors import answers_in
from training.draws import chance
from training.negatives import words
from training.rows import Row, Span, sentences

_FEWER = 0.25
"""Of the lists, those that are shorter than a whole one: a small archive has no more."""
_CHANCE = 1.5
"""What chance adds to the words that a sentence shares with the question, at most."""


def shortlisted(row: Row, beside: Sequence[str], rng: Random) -> Row | None:
    """The row with a list for a text; None where no sentence holds the answer whole.

    Args:
        row: a question with its text; without spans the list holds no answer.
        beside: texts that don't answer.
        rng: draws what stands in the list, and in which order.
    """
    pieces = list[tuple[str, Span | None]]()
    others = list[str]()
    for a, b in sentences(row.context):
        inside = [(y - a, z - a) for y, z in row.spans if a <= y and z <= b]
        if inside:
            # Of several answers in a sentence the first alone is marked: the sentence is what is chosen.
            pieces.append(_answering(row.context[a:b], inside[0]))
        elif not answers_in(row, a, b):
            others.append(row.context[a:b])
    # One that is cut off would stand there unmarked.
    pieces = [(text, place) for text, place in pieces if place is not None]
    if row.spans and not pieces:
        return None
    others += [text[a:b] for text in beside for a, b in sentences(text)]
    asked = set(words(row.question))
    ranked = sorted(others, key=lambda one: -(len(asked & set(words(one))) + _CHANCE * rng.random()))
    size = rng.randint(2, SHORTLISTED) if chance(_FEWER, rng) else SHORTLISTED
    size = max(size, len(pieces) + 1)
    known = {text for text, _ in pieces}
    for one in (*rng.sample(row.distractors, len(row.distractors)), *ranked):
        text = around(one, 0)
        if len(pieces) < size and text and text not in known:
            known.add(text)
            pieces.append((text, None))
    rng.shuffle(pieces)
    text, places = side_by_side([piece for piece, _ in pieces])
    spans = [(at + y[0], at + y[1]) for (at, _), (_, y) in zip(places, pieces, strict=True) if y is not None]
    return replace(row, context=text, spans=tuple(spans))


def _answering(sentence: str, place: Span) -> tuple[str, Span | None]:
    """The sentence as it is read again, and where the answer stands in it; None if it is cut off there."""
    text = around(sentence, place[0])
    answer = sentence[place[0] : place[1]].lstrip()
    # Like words may stand before it, so it is not looked for: a bar in its place is as far from the beginning.
    before = " ".join(f"{sentence[: place[1] - len(answer)]}|".split())
    at = len(before) - 1 - " ".join(sentence.split()).index(text)
    answer = " ".join(answer.split())
    return text, (at, at + len(answer)) if answer and text.startswith(answer, at) else None
