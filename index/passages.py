"""Article → passages: windows of whole sentences that the embedding model reads in full, as exact slices of the text.

What is embedded and indexed is the header (headline, outlet, date) and the slice; what is stored and quoted is the
slice alone. Lines that no reader came for (by-lines, links, share buttons) are in no passage, and no window reaches
across one, so that every passage is one slice without them.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from index.dates import display_date
from index.errors import UsageError
from index.protocols import TokenCounter
from index.sentences import Span, lines, split_sentences, trimmed
from index.types import Article, Passage

_METHOD: Final = 1
"""Counts the ways of cutting; a change here makes an archive cut itself anew."""

_MIN_TOKENS: Final = 16
_HEADER_SHARE: Final = 4
"""A header may take a fourth of the window."""
_CHARACTERS_PER_TOKEN: Final = 12
"""Bounds a passage in characters too: words the model does not know count one token each, however long they are."""
_WIDE_GAP: Final = 64
"""White space wider than this, in characters, ends a window."""
_CHOICES: Final = 32
"""How many ends are weighed for each window; bounds the work on a text of one-word sentences."""
_MID_PARAGRAPH: Final = 0.1
"""What it costs a window to end inside a paragraph, where an empty window costs 1."""

_NAME: Final = r"[A-Z][\w.'’-]*(?:\s+(?:(?:bin|da|de|del|der|di|el|la|le|van|von)\s+)*[A-Z][\w.'’-]*){1,3}"
_BOILERPLATE: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"\W*",  # rules and ornaments
        r"(?i:(?:link|source|url|via)?:?\s*+(?:[\[(<]\s*+)?(?:https?://|www\.)\S+\s*[\])>]?)",  # a bare link
        r"(?i:(?:contact|e-?mail)?:?\s*+(?:[\[(<]\s*+)?(?:mailto:)?[\w.+-]+@[\w-]+(?:\.[\w-]+)+\s*[\])>]?)",  # e-mail
        r"Read the [Ff]ull .{0,200}\b(?:Article|article|Story|story)(?: at)?\s*:?",
        r"(?:By|BY|Written by|Reporting by|Posted by|Story by)\s+"
        + _NAME
        + r"(?:(?:,|,? and| &)\s+"
        + _NAME
        + r"){0,4}",
        r"(?i:(?:story|article) continues below(?: this)? ad(?:vertisement)?\.?)",
        r"(?i:advertisement\.?(?: article continues below this ad\.?)?|advertising|sponsored(?: content)?)",
        r"(?i:share(?: this)?(?: (?:article|story|post|page))?(?: (?:on|via) \w+)?[.:]?)",
        r"(?i:(?:(?:share|facebook|twitter|whatsapp|reddit|e-?mail|linkedin|pinterest|telegram|copy link)\b\W*)+)",
        r"CLICK HERE TO [A-Z ]{1,80}",
        r"(?i:(?:skip past|after) newsletter promotion.*)",
        r".*(?:\{\{ ?[#^/]|Please enter a valid email address).*",  # a form
        r"(?i:(?:©|\(c\)|copyright\b).{0,120})",
        r"(?i:all rights reserved\.?)",
        r"This is fiction, written for the Dateline sample archive\.",
    )
)
"""Lines that are dropped: each matches a whole line only, because a wrong drop would lose an answer."""

_LONGEST_BOILERPLATE: Final = 2000
"""Characters; bounds the matching, and what a pattern can cost."""

_CLAUSE_END: Final = re.compile(r"[,;:)\]—–]\s+")
_SPACE: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageSettings:
    """How articles are cut.

    ``max_tokens`` bounds header, text and the model's special tokens together; ``overlap_sentences`` is how many
    sentences a window repeats from the one before; ``special_tokens`` is how many the model adds to an input.
    """

    max_tokens: int = 256
    overlap_sentences: int = 1
    special_tokens: int = 2

    def __post_init__(self) -> None:
        if self.max_tokens < _MIN_TOKENS:
            raise UsageError(f"passages of {self.max_tokens} tokens are too short: use {_MIN_TOKENS} or more")
        if self.overlap_sentences < 0 or self.special_tokens < 0:
            raise UsageError("overlap_sentences and special_tokens count something: use 0 or more")

    @property
    def fingerprint(self) -> str:
        """Names this way of cutting; equal fingerprints cut an article alike with the same token counter."""
        return f"passages-{_METHOD}:{self.max_tokens}/{self.overlap_sentences}/{self.special_tokens}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """A sentence, or a piece of one that is too long, with what it weighs in tokens."""

    start: int
    end: int
    weight: int
    ends_paragraph: bool


def header(article: Article) -> str:
    """``{headline} — {outlet}, {date}`` with what there is of it, the date as in "14 January 2026"."""
    date = display_date(article.published) if article.published else ""
    source = ", ".join(part for part in (" ".join((article.outlet or "").split()), date) if part)
    return " — ".join(part for part in (" ".join(article.title.split()), source) if part)


def is_boilerplate(line: str) -> bool:
    """Whether a whole line is nothing for a passage to hold: a by-line, a bare link, a share button and the like."""
    line = line.strip()
    return len(line) <= _LONGEST_BOILERPLATE and any(pattern.fullmatch(line) for pattern in _BOILERPLATE)


def cut_passages(article: Article, counter: TokenCounter, settings: PassageSettings) -> list[Passage]:
    """The passages of an article, in order.

    Every sentence outside boilerplate lines is in at least one passage, and consecutive passages share
    ``overlap_sentences`` sentences where these leave room for a new one. A sentence that fills more than a window is
    cut at clauses, else words, else anywhere, and its pieces count as sentences. No ``embedded_text`` exceeds
    ``max_tokens`` as ``counter`` counts it, for any tokenizer that splits at white space before all else. Windows are
    balanced and prefer to end with a paragraph.

    Takes time linear in the text's length, and few calls of the counter.
    """
    segments = _segments(article.text, article.language)
    if not segments:
        return []
    head, head_tokens = _fitting_header(article, counter, settings)
    room = settings.max_tokens - settings.special_tokens
    cutting = _Cutting(text=article.text, header=head, counter=counter, room=room, overlap=settings.overlap_sentences)
    weights = iter(cutting.weights([span for segment in segments for span in segment]))
    passages: list[Passage] = []
    for segment in segments:
        sentences = cutting.sentences(segment, weights)
        passages += cutting.passages(sentences, room - head_tokens)
    return passages


def _segments(text: str, language: str | None) -> list[list[Span]]:
    """Sentences between boilerplate lines and wide gaps; a window lies within one segment."""
    dropped = [span for span in lines(text) if is_boilerplate(text[slice(*span)])]
    starts = [start for start, _ in dropped]
    segments: list[list[Span]] = []
    end_before = -math.inf
    for start, end in split_sentences(text, (language or "en")[:2].lower()):
        nearest = bisect_right(starts, start) - 1
        if nearest >= 0 and end <= dropped[nearest][1]:
            end_before = -math.inf
        elif start - end_before > _WIDE_GAP:
            segments.append([(start, end)])
            end_before = end
        else:
            segments[-1].append((start, end))
            end_before = end
    return segments


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cutting:
    """What the steps of cutting one article share. ``room`` is what header and text may weigh together."""

    text: str
    header: str
    counter: TokenCounter
    room: int
    overlap: int

    def weights(self, spans: Sequence[Span]) -> list[int]:
        """The tokens of each slice, more for one that is very long for its tokens."""
        counts = self.counter.count_tokens([self.text[start:end] for start, end in spans])
        return [
            max(1, count, -(-(end - start) // _CHARACTERS_PER_TOKEN))
            for count, (start, end) in zip(counts, spans, strict=True)
        ]

    def sentences(self, segment: Sequence[Span], weights: Iterator[int]) -> list[_Unit]:
        """A segment's sentences with their weights, which come from an iterator over the whole article."""
        nexts = [start for start, _ in segment[1:]] + [len(self.text)]
        return [
            _Unit(start=start, end=end, weight=next(weights), ends_paragraph=not self.text[end:after].isprintable())
            for (start, end), after in zip(segment, nexts, strict=True)
        ]

    def passages(self, sentences: Sequence[_Unit], budget: int) -> list[Passage]:
        """The passages of one segment, counted again where the sum of their sentences leaves open whether they fit.

        Sentences are counted one by one, and a tokenizer may read them otherwise side by side. One that splits at
        white space first differs by no more than the white space itself, a token a join; windows with that much to
        spare are not counted again. The others are, and are cut smaller until they fit.
        """
        limit = budget
        while True:
            units = [unit for sentence in sentences for unit in self._pieces(sentence, limit)]
            windows = _windows(units, limit, self.overlap)
            passages = [self._passage(units[first:stop]) for first, stop in windows]
            doubtful = [
                passage.embedded_text
                for passage, (first, stop) in zip(passages, windows, strict=True)
                if sum(unit.weight for unit in units[first:stop]) + stop - first > budget
            ]
            excess = max(self.counter.count_tokens(doubtful)) - self.room if doubtful else 0
            if excess <= 0 or limit == 1:
                return passages
            limit = max(1, limit - excess)

    def _pieces(self, sentence: _Unit, limit: int) -> list[_Unit]:
        """Cuts a sentence into pieces of at most ``limit``, all too heavy ones at once until none is left."""
        if sentence.weight <= limit:
            return [sentence]
        pieces = [((sentence.start, sentence.end), sentence.weight)]
        while any(weight > limit and end - start > 1 for (start, end), weight in pieces):
            spans: list[Span] = []
            for (start, end), weight in pieces:
                parts = math.ceil(1.1 * weight / limit)
                spans += [(start, end)] if weight <= limit else _slices(self.text, start, end, parts)
            pieces = list(zip(spans, self.weights(spans), strict=True))
        return [
            _Unit(start=start, end=end, weight=weight, ends_paragraph=sentence.ends_paragraph and end == sentence.end)
            for (start, end), weight in pieces
        ]

    def _passage(self, units: Sequence[_Unit]) -> Passage:
        start, end = units[0].start, units[-1].end
        spans = tuple((unit.start, unit.end) for unit in units)
        return Passage(start=start, end=end, text=self.text[start:end], header=self.header, sentences=spans)


def _slices(text: str, start: int, end: int, parts: int) -> list[Span]:
    """About ``parts`` slices of like length, each ending at the last clause or word that its second half has."""
    length = max(1, (end - start) // max(2, parts))
    slices: list[Span] = []
    while end - start > length:
        stop = start + length
        middle = start + length // 2
        for pattern in (_CLAUSE_END, _SPACE):
            ends = [match.end() for match in pattern.finditer(text, middle, stop)]
            if ends:
                stop = ends[-1]
                break
        slices.append((start, stop))
        start = stop
    slices.append((start, end))
    return [span for low, high in slices if (span := trimmed(text, low, high))[0] < span[1]]


def _fitting_header(article: Article, counter: TokenCounter, settings: PassageSettings) -> tuple[str, int]:
    """The header and its tokens; a long headline is shortened, and if that is not enough the header is left out."""
    room = settings.max_tokens // _HEADER_SHARE
    full = header(article)
    title = article.title.split()
    source = full[len(" ".join(title)) :]
    shown = full
    while shown:
        tokens = counter.count_tokens([f"{shown}\n"])[0]
        if tokens <= room and len(shown) <= room * _CHARACTERS_PER_TOKEN:
            return shown, tokens
        kept = min(len(title) - 1, len(title) * room // max(tokens, len(shown) // _CHARACTERS_PER_TOKEN, 1))
        title = title[: max(0, kept)]
        shown = f"{' '.join(title)} …{source}" if title else ""
    return "", 0


def _windows(units: Sequence[_Unit], limit: int, overlap: int) -> list[Span]:
    """Ranges of units: the cheapest way through them, where a window costs the square of what it leaves empty.

    As in Knuth and Plass, "Breaking Paragraphs into Lines" (1981), so that no short rest is left at the end. A unit
    above the limit stands alone.
    """
    count = len(units)
    weight = [0, *accumulate(unit.weight for unit in units)]
    cost = [0.0] * (count + 1)
    begins, stops = [0] * count, [count] * count
    for first in range(count - 1, -1, -1):
        begin = max(0, first - overlap)
        while begin < first and weight[first + 1] - weight[begin] > limit:
            begin += 1
        furthest = max(first + 1, bisect_right(weight, weight[begin] + limit) - 1)
        best = math.inf
        for stop in range(max(first + 1, furthest - _CHOICES + 1), furthest + 1):
            empty = 1 - (weight[stop] - weight[begin]) / limit
            total = empty * empty + (0 if units[stop - 1].ends_paragraph else _MID_PARAGRAPH) + cost[stop]
            if total < best:
                best, stops[first] = total, stop
        cost[first], begins[first] = best, begin
    windows: list[Span] = []
    first = 0
    while first < count:
        windows.append((begins[first], stops[first]))
        first = stops[first]
    return windows
