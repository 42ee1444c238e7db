"""From a reading to what is quoted: one to three verbatim citations, best first, nothing twice.

A citation is a slice of one article. It grows to the sentence before where a sentence can't stand alone, and to one
beside it that may answer as well: a reason often goes on in the next sentence, and what is announced in one is said in
the other. Two chosen neighbours become one slice, so that nobody has to put a quotation together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from index.read.coverage import Terms
from index.read.differing import answers_differ
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
    """How many sentences are quoted, and how near the best the others must be (in the reader's score).

    ``elsewhere`` is that margin for a sentence of an article that is not quoted yet: that another outlet says the same,
    or something else, is worth more than one more sentence of the same article. Where the best sentences were read a
    second time, one that was ``confirmed`` may be that far behind, and to the others these two margins are narrower by
    ``doubted``: both were chosen on our own questions, where as many sentences are quoted as before and more are right.
    ``differing`` is the margin for one whose short answer is another: of sources that disagree none is picked silently.
    ``beside`` is the margin for a sentence right before or after one that is quoted, which only makes that quotation
    longer. ``max_quote`` is the longest quotation, in characters.
    """

    citations: int = 3
    margin: float = 2.0
    elsewhere: float = 2.5
    differing: float = 4.0
    confirmed: float = 3.0
    doubted: float = 0.75
    beside: float = 3.0
    near_duplicate: float = 0.8
    max_quote: int = 700


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slice:
    """A quotation in the making: offsets into the article's text, inside the hit; ``highlight`` lies within."""

    hit: Hit
    start: int
    end: int
    highlight: tuple[int, int] | None


def choose_sentences(
    ranked: Sequence[ScoredSentence], settings: CompositionSettings, terms: Terms, *, one_answer: bool = False
) -> list[ScoredSentence]:
    """The sentences to quote, best first: within the margins of the best, near-duplicates once.

    Where another article gives another short answer than the best sentence, it has a place among them. Sentences alike
    but for that answer are no duplicates. ``one_answer``: the question has one, so that other words are another answer;
    else only other numbers are.
    """

    def differs(one: ScoredSentence, other: ScoredSentence, *, words: bool = one_answer) -> bool:
        return one.hit.article_id != other.hit.article_id and answers_differ(
            _short(one), _short(other), terms, words=words
        )

    # Of sentences that are alike otherwise, other words are another answer, whatever was asked.
    chosen = _within_margins(ranked, settings, terms, lambda one, other: differs(one, other, words=True))
    if not chosen or settings.citations < 2 or any(differs(chosen[0], one) for one in chosen):  # noqa: PLR2004 - a pair
        return chosen
    near = (one for one in ranked if ranked[0].score - one.score <= settings.differing)
    other = next((one for one in near if differs(chosen[0], one)), None)
    return chosen if other is None else [*chosen[: settings.citations - 1], other]


def _short(sentence: ScoredSentence) -> str:
    if sentence.highlight is None:
        return ""
    start, end = sentence.highlight
    return sentence.hit.text[start - sentence.hit.start : end - sentence.hit.start]


def _within_margins(
    ranked: Sequence[ScoredSentence],
    settings: CompositionSettings,
    terms: Terms,
    differs: Callable[[ScoredSentence, ScoredSentence], bool],
) -> list[ScoredSentence]:
    chosen: list[ScoredSentence] = []
    chosen_terms: list[set[str]] = []
    for sentence in ranked:
        behind = ranked[0].score - sentence.score
        if len(chosen) == settings.citations:
            break
        quoted = any(sentence.hit.article_id == other.hit.article_id for other in chosen)
        if behind > _margin(sentence, settings, quoted=quoted):
            continue
        words = set(terms(sentence.text))
        alike = (
            known
            for known, other in zip(chosen, chosen_terms, strict=True)
            if overlap(words, other) >= settings.near_duplicate
        )
        if not all(differs(known, sentence) for known in alike):
            continue
        chosen.append(sentence)
        chosen_terms.append(words)
    return chosen


def _margin(sentence: ScoredSentence, settings: CompositionSettings, *, quoted: bool) -> float:
    """How far behind the best a sentence may be, of an article that is ``quoted`` already or of another."""
    margin = settings.margin if quoted else settings.elsewhere
    if sentence.confirmed is None:
        return margin
    return max(margin, settings.confirmed) if sentence.confirmed else max(0.0, margin - settings.doubted)


def overlap(one: set[str], other: set[str]) -> float:
    """Shared terms as a share of the smaller set, 0 to 1: a sentence contained in another is its duplicate."""
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else float(one == other)


def beside(
    chosen: Sequence[ScoredSentence], ranked: Sequence[ScoredSentence], settings: CompositionSettings, terms: Terms
) -> list[ScoredSentence]:
    """The other sentences that may be quoted along: right before or after a chosen one, and near enough to the best.

    None says over again what a chosen one says.
    """
    if not chosen:
        return []
    quoted = [_slice(one) for one in chosen]
    known = [set(terms(one.text)) for one in chosen]

    def says_it_again(sentence: ScoredSentence) -> bool:
        words = set(terms(sentence.text))
        return any(overlap(words, other) >= settings.near_duplicate for other in known)

    near = [one for one in ranked if chosen[0].score - one.score <= settings.beside]
    touching = [one for one in near if any(_joined(other, _slice(one), settings.max_quote) for other in quoted)]
    return [one for one in touching if not says_it_again(one)]


def cite(
    chosen: Sequence[ScoredSentence], settings: CompositionSettings, along: Sequence[ScoredSentence] = ()
) -> tuple[Citation, ...]:
    """Citations of the chosen sentences, numbered from 1; neighbours become one, and nothing is quoted twice.

    What is quoted ``along`` makes a citation longer where it can; none is added by it, and no two become one.
    """
    slices: list[_Slice] = []
    for sentence in chosen:
        slices = _grown(slices, sentence, settings.max_quote)
    for sentence in along:
        grown = _grown(slices, sentence, settings.max_quote)
        slices = grown if len(grown) == len(slices) else slices
    return tuple(
        Citation(
            marker=marker,
            article_id=one.hit.article_id,
            title=one.hit.title,
            outlet=one.hit.outlet,
            published=one.hit.published,
            url=one.hit.url,
            start=one.start,
            end=one.end,
            quote=one.hit.text[one.start - one.hit.start : one.end - one.hit.start],
            highlight=None if one.highlight is None else (one.highlight[0] - one.start, one.highlight[1] - one.start),
        )
        for marker, one in enumerate((_bounded(one, settings.max_quote) for one in slices), start=1)
    )


def _grown(slices: list[_Slice], sentence: ScoredSentence, max_quote: int) -> list[_Slice]:
    """The slices with a sentence more, and with the one that it leans on; as they are where it is quoted already."""
    alone = _slice(sentence)
    if any(_holds(known, alone) for known in slices):
        return slices
    start, end = standing_alone(sentence, max_quote)
    grown = _added(slices, replace(alone, start=start, end=end), max_quote)
    if any(_overlap(one, other) for one, other in combinations(grown, 2)):
        # What it grew by is quoted already, and the two together would be too long.
        grown = _added(slices, alone, max_quote)
    return grown


def _slice(sentence: ScoredSentence) -> _Slice:
    return _Slice(hit=sentence.hit, start=sentence.start, end=sentence.end, highlight=sentence.highlight)


def _added(slices: Sequence[_Slice], own: _Slice, max_quote: int) -> list[_Slice]:
    """The slices with one more: joined to the best that it touches, which may then touch others in turn."""
    for position, known in enumerate(slices):
        joined = _joined(known, own, max_quote)
        if joined is not None:
            rest = list(slices[:position])
            for other in (joined, *slices[position + 1 :]):
                rest = _added(rest, other, max_quote)
            return rest
    return [*slices, own]


def standing_alone(sentence: ScoredSentence, max_quote: int) -> tuple[int, int]:
    """The sentence's offsets, begun one sentence earlier when it leans on the one before."""
    hit = sentence.hit
    if _LEANING.match(sentence.text):
        before = [span for span in hit.sentences if span[1] <= sentence.start]
        if before and sentence.end - before[-1][0] <= max_quote:
            return before[-1][0], sentence.end
    return sentence.start, sentence.end


def _holds(known: _Slice, other: _Slice) -> bool:
    return known.hit.article_id == other.hit.article_id and known.start <= other.start and other.end <= known.end


def _overlap(one: _Slice, other: _Slice) -> bool:
    return one.hit.article_id == other.hit.article_id and one.start < other.end and other.start < one.end


def _joined(known: _Slice, other: _Slice, max_quote: int) -> _Slice | None:
    """One slice over both, if they overlap or touch and one passage holds it; None where they stay apart."""
    if known.hit.article_id != other.hit.article_id:
        return None
    start, end = min(known.start, other.start), max(known.end, other.end)
    for holder in (known.hit, other.hit):
        if not (holder.start <= start and end <= holder.end):
            continue
        first, second = sorted((known, other), key=lambda one: (one.start, one.end))
        gap = holder.text[first.end - holder.start : second.start - holder.start] if second.start > first.end else ""
        if not gap.strip() and (_holds(known, other) or end - start <= max_quote):
            return _Slice(hit=holder, start=start, end=end, highlight=known.highlight)
    return None


def _bounded(one: _Slice, max_quote: int) -> _Slice:
    """A slice of at most ``max_quote`` characters: of a longer sentence, the words around its highlight."""
    if one.end - one.start <= max_quote:
        return one
    first, last = one.highlight or (one.start, one.start)
    last = min(last, first + max_quote)
    start = max(one.start, min(first - (max_quote - (last - first)) // 2, one.end - max_quote))
    end = min(one.end, start + max_quote)
    text, base = one.hit.text, one.hit.start
    # Words are kept whole where there are words.
    if start > one.start:
        blank = re.compile(r"\s+").search(text, start - base, first - base)
        start = blank.end() + base if blank else start
    if end < one.end:
        blanks = list(re.compile(r"\s+").finditer(text, last - base, end - base))
        end = blanks[-1].start() + base if blanks else end
    return replace(one, start=start, end=end, highlight=None if one.highlight is None else (first, last))
