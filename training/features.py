"""From text to what the model sees: token ids, which of them may answer, and which of them do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tokenizers import Tokenizer

from training.rows import Span, sentences

CLS, SEP, PAD = 101, 102, 0
MAX_QUESTION, MAX_HEADER, MAX_PASSAGE = 72, 48, 256
MAX_ANSWER = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One question with one passage.

    Token positions `first .. first + len(offsets)` hold the passage; `offsets` are their character offsets in it.
    `golds` are inclusive token pairs (start, end); empty means that the answer is the null position 0. `sentence_spans`
    are the inclusive token spans of the sentences that hold a gold answer.
    """

    ids: tuple[int, ...]
    types_from: int
    first: int
    offsets: tuple[Span, ...]
    golds: tuple[Span, ...]
    sentence_spans: tuple[Span, ...]


def load_tokenizer(path: Path) -> Tokenizer:
    """The embedding model's own tokenizer, with its truncation and padding switched off: limits are kept here."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return tokenizer


def tokens_of_span(offsets: Sequence[Span], span: Span) -> Span | None:
    """The first and last token (inclusive) that overlap the characters of `span`; None when none does."""
    hit = [i for i, (a, b) in enumerate(offsets) if a < span[1] and b > span[0] and b > a]
    return (hit[0], hit[-1]) if hit else None


def _window(offsets: Sequence[Span], golds: Sequence[Span], limit: int, rng: Random | None) -> tuple[int, int]:
    """Token range of at most `limit` tokens that keeps the first gold; random when there is a choice and an `rng`."""
    total = len(offsets)
    if total <= limit:
        return 0, total
    if rng is None:
        return 0, limit
    low, high = 0, total - limit
    if golds:
        low = max(0, min(high, golds[0][1] - limit + 1))
        high = min(high, golds[0][0])
    start = rng.randint(low, max(low, high))
    return start, start + limit


def encode(
    tokenizer: Tokenizer,
    *,
    question: str,
    header: str,
    passage: str,
    spans: Sequence[Span] = (),
    limit: int = MAX_PASSAGE,
    rng: Random | None = None,
) -> Feature:
    """`[CLS] question [SEP] header passage [SEP]`, each part cut to its own limit.

    With an `rng` a passage longer than `limit` becomes a random window that holds the first gold answer; without one
    its beginning is kept. Golds that fall outside the window are dropped.
    """
    q_ids = tokenizer.encode(question, add_special_tokens=False).ids[:MAX_QUESTION]
    h_ids = tokenizer.encode(header, add_special_tokens=False).ids[:MAX_HEADER] if header else []
    body = tokenizer.encode(passage, add_special_tokens=False)
    golds = [pair for span in spans if (pair := tokens_of_span(body.offsets, span))]
    low, high = _window(body.offsets, golds, limit, rng)
    first = 2 + len(q_ids) + len(h_ids)

    def place(pair: Span) -> Span:
        return pair[0] - low + first, pair[1] - low + first

    kept = [pair for pair in golds if low <= pair[0] and pair[1] < high]
    offsets = tuple(body.offsets[low:high])
    holders: list[Span] = []
    if kept:
        for sentence in sentences(passage):
            pair = tokens_of_span(offsets, sentence)
            if pair and any(pair[0] + low <= start <= pair[1] + low for start, _ in kept):
                holders.append((pair[0] + first, pair[1] + first))
    return Feature(
        ids=(CLS, *q_ids, SEP, *h_ids, *body.ids[low:high], SEP),
        types_from=2 + len(q_ids),
        first=first,
        offsets=offsets,
        golds=tuple(place(pair) for pair in kept),
        sentence_spans=tuple(holders),
    )
