"""Measures of the field as pure functions of ranks, labels and probabilities."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

_RESAMPLES: Final = 2000
_SEED: Final = 20231
_BINS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A confidence interval of a mean."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskPoint:
    """One threshold on confidence: the share of questions answered, and the share of those answers that is wrong."""

    threshold: float
    coverage: float
    risk: float


def mean(values: Sequence[float]) -> float:
    """The arithmetic mean; 0 for nothing, because a share of no questions is reported as none."""
    return math.fsum(values) / len(values) if values else 0.0


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent of the values do not exceed, interpolated; 0 for nothing."""
    return float(np.percentile(values, percent)) if values else 0.0


def reciprocal_rank(rank: int | None, depth: int = 10) -> float:
    """1/rank of the first relevant result, 0 where it stands below ``depth`` or nowhere. Ranks count from 1."""
    return 1 / rank if rank is not None and rank <= depth else 0.0


def hit(rank: int | None, depth: int) -> float:
    """1 where the first relevant result stands at ``depth`` or above, else 0. Ranks count from 1."""
    return float(rank is not None and rank <= depth)


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float | None:
    """The probability that a positive scores above a negative, ties counting half; None where one side is empty.

    The Mann-Whitney statistic over the number of pairs (Hanley and McNeil 1982).
    """
    if not positives or not negatives:
        return None
    ordered = np.sort(np.asarray(negatives, dtype=np.float64))
    values = np.asarray(positives, dtype=np.float64)
    below = np.searchsorted(ordered, values, side="left")
    not_above = np.searchsorted(ordered, values, side="right")
    return float((below + not_above).sum()) / (2 * len(positives) * len(negatives))


def expected_calibration_error(confidences: Sequence[float], outcomes: Sequence[bool], bins: int = _BINS) -> float:
    """Mean gap between confidence and frequency over equally wide bins, weighted by size (Naeini et al. 2015)."""
    groups: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for confidence, outcome in zip(confidences, outcomes, strict=True):
        groups[min(int(confidence * bins), bins - 1)].append((confidence, outcome))
    gaps = [
        len(group) * abs(mean([confidence for confidence, _ in group]) - mean([float(right) for _, right in group]))
        for group in groups
        if group
    ]
    return math.fsum(gaps) / len(confidences) if confidences else 0.0


def risk_coverage(confidences: Sequence[float], right: Sequence[bool]) -> tuple[RiskPoint, ...]:
    """Every threshold that changes what is answered, strictest first (El-Yaniv and Wiener 2010).

    ``right`` says whether the answer to a question would be right; an unanswerable question is never right.
    """
    ordered = sorted(zip(confidences, right, strict=True), key=lambda pair: -pair[0])
    points = []
    answered = wrong = 0
    for threshold, group in itertools.groupby(ordered, key=lambda pair: pair[0]):
        outcomes = [outcome for _, outcome in group]
        answered += len(outcomes)
        wrong += outcomes.count(False)
        points.append(RiskPoint(threshold=threshold, coverage=answered / len(ordered), risk=wrong / answered))
    return tuple(points)


def area_under_risk_coverage(points: Sequence[RiskPoint]) -> float:
    """The mean risk over all coverages, each point standing for the step up to it; lower is better."""
    area = before = 0.0
    for point in points:
        area += (point.coverage - before) * point.risk
        before = point.coverage
    return area


def false_refusals_at(answerable: Sequence[float], unanswerable: Sequence[float], refused: float) -> float | None:
    """The share of answerable questions refused by the lowest threshold that refuses a share of the unanswerable.

    A question is refused when its confidence is below the threshold. None where one side is empty.

    Args:
        answerable: confidences of questions that have an answer.
        unanswerable: confidences of questions that have none.
        refused: the share of these that must be refused, such as 0.95.
    """
    if not answerable or not unanswerable:
        return None
    wanted = math.ceil(refused * len(unanswerable) - 1e-9)
    if wanted == 0:
        return 0.0
    highest_refused = sorted(unanswerable)[wanted - 1]
    return sum(confidence <= highest_refused for confidence in answerable) / len(answerable)


def bootstrap_interval(values: Sequence[float], *, level: float = 0.95, resamples: int = _RESAMPLES) -> Interval:
    """The percentile bootstrap interval of the mean over questions (Efron 1979); the same at every call."""
    if not values:
        return Interval(low=0.0, high=0.0)
    figures = np.asarray(values, dtype=np.float64)
    random = np.random.default_rng(_SEED)
    means = [random.choice(figures, size=len(figures)).mean() for _ in range(resamples)]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(low=float(low), high=float(high))
