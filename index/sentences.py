"""Where sentences begin and end: exact character offsets, whatever the line breaks and quotation marks do.

The boundaries inside a line come from sentencex (MIT, rules and abbreviations for some 300 languages, written in
Rust). What is added here is what news text needs beyond it:

* Line breaks. A blank line ends a sentence, and so does a single break unless the text is hard-wrapped.
* Quotation marks and brackets are blanked before the library sees the text. It would keep a whole quotation as one
  sentence, lose its place at an unbalanced mark, and take quadratic time where marks pile up. The marks are handed
  back afterwards, opening ones to the sentence that follows and closing ones to the one before.
* A few boundaries are taken back: see :func:`_joins`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import sentencex  # type: ignore[import-untyped]  # the package carries no annotations

Span = tuple[int, int]

_CHUNK: Final = 8192
"""Characters handed to the library at once, so that its time stays linear in the text's length."""

_MARKS: Final = '"“”„‟«»‹›‘‚‛`()（）<>{}'  # noqa: RUF001 - quotation marks and full-width brackets are the point
_OPENING: Final = frozenset("“„‟«‹‘‚‛(（<{[")  # noqa: RUF001 - as above
_CLOSING: Final = frozenset("”»›’)）>}]")  # noqa: RUF001 - as above
_AROUND: Final = frozenset(_MARKS + "'’[]")
_BULLETS: Final = "•◦▪▫■□●○⁃◆◇★☆➤➢▶▸►"  # noqa: RUF001 - bullets are the point
"""The library takes a whole list item for one sentence."""
_SURROGATES: Final = range(0xD800, 0xE000)
"""Halves of characters, which JSON can carry but the library can't be handed."""
_BLANK: Final = str.maketrans(
    dict.fromkeys(_MARKS + _BULLETS + "\t\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029\ufeff", " ")
    | dict.fromkeys(map(chr, _SURROGATES), "x")
    | {"…": "."}
)
_FULL_WORD: Final = re.compile(
    r"\b(?:me|no|art|ill|ok|may|miss|ore|con|ex|fed|pa|etc|(?!(?:MRS?|MS|DR|ST|VS|NO|JR|SR|LT|GOV|SEN|REP|GEN)\b)[A-Z]{2,5})"
    r"(?=\.\W{1,4}[A-Z])",
)
"""Words that the library takes for abbreviations (Maine, number, article, …) although a sentence begins after them."""
_LOOSE_APOSTROPHE: Final = re.compile(r"(?<!\w)['’]|['’](?!\w)")

_LINE: Final = re.compile(r"[^\n\r\v\f\x85\u2028\u2029]+")
_LIST_ITEM: Final = re.compile(r"(?:[-*+•‣▪●–—·]|\(?(?:\d{1,3}|[A-Za-z])[.)])\s")
_WRAP_MIN, _WRAP_MAX, _WRAP_LINES, _WRAP_SHARE = 40, 120, 3, 0.6

_LIST_MARKER: Final = re.compile(r"[(\[]?(?:\d{1,3}|[A-Za-z]|[ivx]{1,4})[.)\]]{1,2}$")
_TITLE_BEFORE: Final = re.compile(
    r"\b(?:Ald|Amb|Atty|Const|Ft|Gens|Govs|Ms|Mx|Vol|approx|est|vs)\.$",
)
_NUMBER_BEFORE: Final = re.compile(r"\b[Nn]os?\.$")
_TIME_BEFORE: Final = re.compile(r"\b[ap]\.m\.$", re.IGNORECASE)
_TIME_AFTER: Final = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b|(?:Mon|Tues?|Wed|Thurs?|Fri|Sat|Sun|Jan|Feb|Mar|Apr|Aug|Sept?|Oct"
    r"|Nov|Dec)\.|(?:January|February|March|April|May|June|July|August|September|October|November|December)\b"
    r"|(?:[ECMP][SD]?T|A[ECW][SD]T|[BI]ST|CES?T|EES?T|GMT|UTC|HKT|JST|MSK|SGT)\b|(?:Eastern|Central|Mountain|Pacific"
    r"|Greenwich)\b|[(|/–—-]",
)
_REPORTED_BEFORE: Final = re.compile(r"[?!…][\"”’]$")
_REPORTED_AFTER: Final = re.compile(
    r"(?:[A-Z][\w.'’-]*\s){1,4}(?:said|says|asked|asks|added|adds|told|wrote|writes|replied|shouted|joked|tweeted)\b",
)
_GLUED: Final = re.compile(r"[a-z\d%][a-z\d%)\]”’\"]?[.?!…]+[)\]”’\"]*$")
_GLUED_AFTER: Final = re.compile(r"[\"“‘(\[]?[A-Z“][a-z’' ]")
_ADDRESS: Final = re.compile(r"://|www\.|@|[/=&?]\w", re.IGNORECASE)
_LOWERCASE: Final = re.compile(r"[^\w]{0,3}[a-z]+(?![A-Za-z]*[A-Z])")
_WORD: Final = re.compile(r"\w")
_NEAR: Final = 64
"""How far around a boundary the corrections look, in characters."""


def split_sentences(text: str, language: str = "en") -> list[Span]:
    """The sentences of a text, in order, as half-open character offsets.

    Spans carry no white space at their ends, do not overlap, and cover every character that is not white space. A
    sentence may hold a line break where the text is hard-wrapped. There is no bound on a sentence's length.

    Args:
        text: Any text.
        language: ISO 639-1 code for the library's abbreviations; an unknown one falls back by itself.

    Returns:
        ``(start, end)`` pairs; none for a text without visible characters. Takes time linear in the text's length.
    """
    return [span for start, end in _blocks(text) for span in _split_block(text, start, end, language)]


def lines(text: str) -> Iterator[Span]:
    """The lines that hold visible characters, trimmed, as half-open offsets."""
    for match in _LINE.finditer(text):
        start, end = trimmed(text, match.start(), match.end())
        if start < end:
            yield start, end


def _blocks(text: str) -> Iterator[Span]:
    """Stretches within which a sentence may run: a line, or the lines of a hard-wrapped paragraph."""
    spans = list(lines(text))
    if not spans:
        return
    soft = _soft_breaks(text, spans)
    start, end = spans[0]
    for is_soft, span in zip(soft, spans[1:], strict=True):
        if is_soft:
            end = span[1]
        else:
            yield start, end
            start, end = span
    yield start, end


def _soft_breaks(text: str, spans: list[Span]) -> list[bool]:
    """For each pair of neighbouring lines, whether the break between them only wraps a sentence.

    A text counts as wrapped when most of its breaks come where the next word would no longer have fitted. Elsewhere a
    line goes on only if it ends in the middle of a clause and the next one begins in lower case.
    """
    adjoining = [_one_break(text[a[1] : b[0]]) and not _LIST_ITEM.match(text, b[0]) for a, b in pairwise(spans)]
    if not any(adjoining):
        return [False] * len(adjoining)
    lengths = sorted(end - start for start, end in spans)
    width = lengths[min(len(lengths) - 1, len(lengths) * 95 // 100)]
    full = [
        near and end - start + 1 + _first_word(text, after) > width
        for near, (start, end), (after, _) in zip(adjoining, spans, spans[1:], strict=False)
    ]
    wrapped = (
        _WRAP_MIN <= width <= _WRAP_MAX
        and sum(full) >= _WRAP_LINES
        and sum(full)
        >= _WRAP_SHARE * sum(near and not _indented(text, b[0]) for near, b in zip(adjoining, spans[1:], strict=True))
    )
    soft = []
    for near, fills, (start, end), (after, _) in zip(adjoining, full, spans, spans[1:], strict=False):
        open_ended = text[end - 1] not in ".?!:;"
        goes_on = open_ended and text[after].islower() and end - start >= _WRAP_MIN // 2
        filled = wrapped and (fills or (open_ended and end - start >= width // 2))
        soft.append(near and not _indented(text, after) and (goes_on or filled))
    return soft


def _one_break(gap: str) -> bool:
    return (
        len(gap) < _NEAR
        and sum(gap.count(mark) for mark in "\n\v\f\x85\u2028\u2029") + gap.count("\r") - gap.count("\r\n") == 1
    )


def _indented(text: str, start: int) -> bool:
    return text[max(0, start - 2) : start].isspace() and "\n" not in text[max(0, start - 2) : start]


def _first_word(text: str, start: int) -> int:
    """The length of the word that begins here, at most ``_NEAR``."""
    return len(text[start : start + _NEAR].split(maxsplit=1)[0])


def _split_block(text: str, start: int, end: int, language: str) -> Iterator[Span]:
    """Sentences within one block: the library's boundaries, marks handed back, wrong ones taken back."""
    cuts = [start]
    for at in _boundaries(text, start, end, language):
        cut = _cut_between_marks(text, at, start, end)
        if cut > cuts[-1]:
            cuts.append(cut)
    cuts.append(end)
    pending: Span | None = None
    for low, high in pairwise(cuts):
        span = trimmed(text, low, high)
        if span[0] == span[1]:
            continue
        if pending is None:
            pending = span
        elif _joins(text, pending, span):
            pending = pending[0], span[1]
        else:
            yield pending
            pending = span
    if pending is not None:
        yield pending


def _boundaries(text: str, start: int, end: int, language: str) -> Iterator[int]:
    """Offsets at which the library begins a sentence, in order, asked of bounded chunks that end at white space."""
    low = start
    while low < end:
        high = min(low + _CHUNK, end)
        if high < end:
            space = max(text.rfind(" ", low + _CHUNK // 2, high), text.rfind("\n", low + _CHUNK // 2, high))
            high = space + 1 if space >= 0 else high
        blanked = _FULL_WORD.sub(lambda match: "x" * len(match[0]), text[low:high])
        blanked = _LOOSE_APOSTROPHE.sub(" ", blanked).translate(_BLANK)
        sentences = sentencex.get_sentence_boundaries(language, blanked)
        yield from (low + sentence["start_index"] for sentence in sentences if sentence["start_index"])
        low = high


def _cut_between_marks(text: str, at: int, start: int, end: int) -> int:
    """Moves a boundary to the place between closing and opening marks around it."""
    low = high = at
    while low > start and (text[low - 1].isspace() or text[low - 1] in _AROUND):
        low -= 1
    while high < end and (text[high].isspace() or text[high] in _AROUND):
        high += 1
    cut = low
    while cut < high and not text[cut].isspace() and text[cut] not in _OPENING:
        cut += 1
    while True:
        after = cut
        while after < high and text[after].isspace():
            after += 1
        if after == high or text[after] not in _CLOSING:
            return cut
        cut = after + 1


def _joins(text: str, before: Span, after: Span) -> bool:
    """Whether a boundary is taken back, so that the two pieces are one sentence."""
    start, end = before
    head = text[max(start, end - _NEAR) : end]
    tail = text[after[0] : min(after[1], after[0] + _NEAR)]
    if end == after[0] and head[-1].isascii():
        return not (_GLUED.search(head) and _GLUED_AFTER.match(tail)) or bool(_ADDRESS.search(_token(head, tail)))
    return bool(
        _LOWERCASE.match(tail)
        or not _WORD.search(tail)
        or _LIST_MARKER.match(text, start, end)
        or _TITLE_BEFORE.search(head)
        or (_NUMBER_BEFORE.search(head) and tail[0].isdigit())
        or (_TIME_BEFORE.search(head) and _TIME_AFTER.match(tail))
        or (_REPORTED_BEFORE.search(head) and _REPORTED_AFTER.match(tail))
    )


def _token(head: str, tail: str) -> str:
    """The run without white space that two adjoining pieces share."""
    return head.rsplit(maxsplit=1)[-1] + tail.split(maxsplit=1)[0]


def trimmed(text: str, start: int, end: int) -> Span:
    """The span without the white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
