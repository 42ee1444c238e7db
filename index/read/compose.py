"""From a reading to what is quoted: one to three verbatim citations, best first, nothing twice.

A citation is a slice of one article. It grows to the sentence before where a sentence can't stand alone, and two
chosen neighbours become one slice, so that nobody has to put a quotation together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.types import Citation, Hit, ScoredSentence

# Openings that point backwards: pronouns and connectives, as whole first words.
_LEANING = re.compile(
    r"[\"'“‘(\[]*(?:he|she|it|they|this|that|these|those|his|her|hers|its|their|him|them|but|and|so|however|"
    r"therefore|thus|instead|meanwhile|moreover|furthermore|also|then|nevertheless|nonetheless|still|yet|"
    r"in addition|as a result|for example|for instance|by contrast|the (?:former|latter)|such|both)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositionSettings:
    """How many sentences are quoted, and how near the best the others must be (in the reader's score)."""

    citations: int = 3
    margin: float = 2.0
    near_duplicate: float = 0.8
    max_quote: int = 700


def choose_sentences(
    ranked: Sequence[ScoredSentence], settings: CompositionSettings, terms: Callable[[str], list[str]]
) -> list[ScoredSentence]:
    """The sentences to quote, best first: within the margin of the best, near-duplicates once."""
    chosen: list[ScoredSentence] = []
    chosen_terms: list[set[str]] = []
    for sentence in ranked:
        if len(chosen) == settings.citations or sentence.score < ranked[0].score - settings.margin:
            break
        words = set(terms(sentence.text))
        if any(overlap(words, other) >= settings.near_duplicate for other in chosen_terms):
            continue
        chosen.append(sentence)
        chosen_terms.append(words)
    return chosen


def overlap(one: set[str], other: set[str]) -> float:
    """Shared terms as a share of the smaller set, 0 to 1: a sentence contained in another is its duplicate."""
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else float(one == other)


def cite(chosen: Sequence[ScoredSentence], settings: CompositionSettings) -> tuple[Citation, ...]:
    """Citations of the chosen sentences, numbered from 1; neighbours in one article become one."""
    slices: list[tuple[Hit, int, int, tuple[int, int] | None]] = []
    for sentence in chosen:
        start, end = standing_alone(sentence, settings.max_quote)
        for position, (hit, known_start, known_end, highlight) in enumerate(slices):
            if hit.article_id != sentence.hit.article_id:
                continue
            joined = _joined(hit, (known_start, known_end), sentence.hit, (start, end), settings.max_quote)
            if joined is not None:
                slices[position] = (joined[0], joined[1], joined[2], highlight)
                break
        else:
            slices.append((sentence.hit, start, end, sentence.highlight))
    return tuple(
        Citation(
            marker=marker,
            article_id=hit.article_id,
            title=hit.title,
            outlet=hit.outlet,
            published=hit.published,
            url=hit.url,
            start=start,
            end=end,
            quote=hit.text[start - hit.start : end - hit.start],
            highlight=None if highlight is None else (highlight[0] - start, highlight[1] - start),
        )
        for marker, (hit, start, end, highlight) in enumerate(slices, start=1)
    )


def standing_alone(sentence: ScoredSentence, max_quote: int) -> tuple[int, int]:
    """The sentence's offsets, begun one sentence earlier when it leans on the one before."""
    hit = sentence.hit
    if _LEANING.match(sentence.text):
        before = [span for span in hit.sentences if span[1] <= sentence.start]
        if before and sentence.end - before[-1][0] <= max_quote:
            return before[-1][0], sentence.end
    return sentence.start, sentence.end


def _joined(
    hit: Hit, known: tuple[int, int], other_hit: Hit, other: tuple[int, int], max_quote: int
) -> tuple[Hit, int, int] | None:
    """One slice over both, if they overlap or touch and one passage holds it; None where they stay apart."""
    start, end = min(known[0], other[0]), max(known[1], other[1])
    for holder in (hit, other_hit):
        if not (holder.start <= start and end <= holder.end):
            continue
        first, second = sorted((known, other))
        gap = holder.text[first[1] - holder.start : second[0] - holder.start] if second[0] > first[1] else ""
        inside = known[0] <= other[0] and other[1] <= known[1]
        if not gap.strip() and (inside or end - start <= max_quote):
            return holder, start, end
    return None
