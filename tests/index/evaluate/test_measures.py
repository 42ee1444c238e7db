"""Measures against values worked out by hand, and against scikit-learn's where it has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]  # it has no stubs

from index.evaluate.measures import (
    area_under_risk_coverage,
    auroc,
    bootstrap_interval,
    expected_calibration_error,
    false_refusals_at,
    hit,
    mean,
    percentile,
    reciprocal_rank,
    risk_coverage,
)

PROBABILITY = st.floats(0, 1)


def test_reciprocal_ranks_end_at_the_depth() -> None:
    assert reciprocal_rank(1) == 1
    assert reciprocal_rank(4) == 0.25
    assert reciprocal_rank(10) == 0.1
    assert reciprocal_rank(11) == 0
    assert reciprocal_rank(None) == 0


def test_hits_count_up_to_the_depth() -> None:
    assert [hit(rank, 4) for rank in (1, 4, 5, None)] == [1, 1, 0, 0]


def test_means_and_percentiles_of_nothing_are_zero() -> None:
    assert mean([]) == 0
    assert percentile([], 50) == 0
    assert mean([1, 2]) == 1.5
    assert percentile([1, 2, 3], 50) == 2


def test_auroc_counts_pairs_and_halves_ties() -> None:
    assert auroc([0.9, 0.5], [0.5, 0.1]) == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert auroc([1.0], [0.0]) == 1
    assert auroc([0.0], [1.0]) == 0
    assert auroc([], [1.0]) is None
    assert auroc([1.0], []) is None


@given(st.lists(PROBABILITY, min_size=1, max_size=30), st.lists(PROBABILITY, min_size=1, max_size=30))
def test_auroc_agrees_with_scikit_learn(positives: list[float], negatives: list[float]) -> None:
    labels = [1] * len(positives) + [0] * len(negatives)
    assert auroc(positives, negatives) == pytest.approx(roc_auc_score(labels, [*positives, *negatives]))


def test_calibration_error_weighs_the_gaps_by_bin() -> None:
    # 0.9 and 0.95 share a bin of which half is right; 0.2 is alone in its bin and wrong.
    assert expected_calibration_error([0.9, 0.95, 0.2], [True, False, False]) == pytest.approx(
        (2 * (0.925 - 0.5) + 1 * 0.2) / 3
    )
    assert expected_calibration_error([1.0, 0.0], [True, False]) == 0
    assert expected_calibration_error([], []) == 0


def test_risk_and_coverage_step_through_the_thresholds() -> None:
    points = risk_coverage([0.9, 0.8, 0.8, 0.1], [True, False, True, False])
    assert [(point.threshold, point.coverage, point.risk) for point in points] == [
        (0.9, 0.25, 0.0),
        (0.8, 0.75, pytest.approx(1 / 3)),
        (0.1, 1.0, 0.5),
    ]
    assert area_under_risk_coverage(points) == pytest.approx(0.5 / 3 + 0.25 * 0.5)


@given(st.lists(st.tuples(PROBABILITY, st.booleans()), min_size=1, max_size=40))
def test_full_coverage_has_the_risk_of_answering_everything(pairs: list[tuple[float, bool]]) -> None:
    points = risk_coverage([confidence for confidence, _ in pairs], [right for _, right in pairs])
    assert points[-1].coverage == 1
    assert points[-1].risk == pytest.approx(sum(not right for _, right in pairs) / len(pairs))
    assert [point.threshold for point in points] == sorted({point.threshold for point in points}, reverse=True)


def test_false_refusals_take_the_lowest_threshold_that_refuses_enough() -> None:
    unanswerable = [i / 20 for i in range(20)]  # 0.00 to 0.95: refusing 19 of them refuses all up to 0.90
    assert false_refusals_at([0.89, 0.90, 0.91, 1.0], unanswerable, 0.95) == 0.5
    assert false_refusals_at([0.5], unanswerable, 0.0) == 0
    assert false_refusals_at([], unanswerable, 0.95) is None
    assert false_refusals_at([0.5], [], 0.95) is None


def test_the_interval_holds_the_mean_narrows_with_more_and_is_the_same_each_time() -> None:
    few, many = [0.0, 1.0] * 10, [0.0, 1.0] * 500
    narrow, wide = bootstrap_interval(many), bootstrap_interval(few)
    assert wide.low < narrow.low < 0.5 < narrow.high < wide.high
    # The normal approximation: 1.96 * 0.5 / sqrt(1000).
    assert narrow.high - narrow.low == pytest.approx(2 * 1.96 * 0.5 / 1000**0.5, rel=0.1)
    assert bootstrap_interval(few) == wide
    assert bootstrap_interval([]).high == 0
