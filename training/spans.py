"""From logits to an answer, in plain numpy: the reference that a runtime reader is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.rows import Span

MAX_ANSWER = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The best span of one passage.

    `start` and `end` are character offsets into the passage. `log_odds` is the span's score minus the null's (start
    plus end logits each): comparable across the passages of one question, higher is better, above 0 when the model
    itself prefers the span to no answer.
    """

    start: int
    end: int
    log_odds: float


def best_span(
    start_logits: NDArray[np.float32],
    end_logits: NDArray[np.float32],
    *,
    first: int,
    offsets: Sequence[Span],
    longest: int = MAX_ANSWER,
) -> Reading:
    """The best span among the passage's tokens, which stand from position `first` on; null is position 0.

    Logits are one passage's, shape (tokens,). Header tokens stand before `first` and are therefore never answered from.
    A passage without tokens gives an empty span at minus infinity.
    """
    count = len(offsets)
    if count == 0:
        return Reading(start=0, end=0, log_odds=float("-inf"))
    starts = start_logits[first : first + count].astype(np.float64)
    ends = end_logits[first : first + count].astype(np.float64)
    scores = starts[:, None] + ends[None, :]
    scores[~band(count, longest)] = -np.inf
    i, j = divmod(int(scores.argmax()), count)
    null = float(start_logits[0]) + float(end_logits[0])
    return Reading(start=offsets[i][0], end=offsets[j][1], log_odds=float(scores[i, j]) - null)


def sentence_log_odds(
    start_logits: NDArray[np.float32],
    end_logits: NDArray[np.float32],
    *,
    first: int,
    offsets: Sequence[Span],
    sentences: Sequence[Span],
    longest: int = MAX_ANSWER,
) -> NDArray[np.float64]:
    """For each sentence (character spans), the log of the summed odds of all spans that begin in it, against null.

    A sentence with two half-likely spans beats one with a single span a little more likely than each.
    """
    count = len(offsets)
    out = np.full(len(sentences), -np.inf)
    if count == 0:
        return out
    starts = start_logits[first : first + count].astype(np.float64)
    ends = end_logits[first : first + count].astype(np.float64)
    scores = np.where(band(count, longest), starts[:, None] + ends[None, :], -np.inf)
    peak = float(scores.max())
    by_start = np.exp(scores - peak).sum(axis=1)
    null = float(start_logits[0]) + float(end_logits[0])
    at = np.array([a for a, _ in offsets])
    for number, (a, b) in enumerate(sentences):
        mass = float(by_start[(at >= a) & (at < b)].sum())
        if mass > 0:
            out[number] = float(np.log(mass)) + peak - null
    return out


def band(count: int, longest: int) -> NDArray[np.bool_]:
    """Which (start, end) pairs are spans of at most `longest` tokens."""
    gap = np.arange(count)[None, :] - np.arange(count)[:, None]
    allowed: NDArray[np.bool_] = (gap >= 0) & (gap < longest)
    return allowed
