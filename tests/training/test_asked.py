"""Our own questions, and what is fitted on them: topics stay together, and both answers weigh the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from index.types import Hit, ScoredSentence
from training.asked import OWN, Example, Question, own_set
from training.calibrate import Judged, Probability, crossed, fitted, judged
from training.fitting import balanced, folds_of, least_threshold


def rows() -> list[Any]:
    given = own_set()
    lines = [*given.questions.read_text("utf-8").splitlines(), *given.conversations.read_text("utf-8").splitlines()]
    return [json.loads(line) for line in lines]


def test_every_question_of_ours_says_where_its_answer_stands() -> None:
    found = [turn for row in rows() for turn in row.get("turns", [row])]
    assert len({row["id"] for row in rows()}) == len(rows())
    assert sum(turn["answerable"] for turn in found) > 800
    assert sum(not turn["answerable"] for turn in found) > 350
    for turn in found:
        assert set(turn) - {"id"} == {"question", "standalone", "answerable", "article", "spans", "also"}
        assert turn["answerable"] == bool(turn["spans"]) == (turn["article"] is not None)
        assert all(0 <= start < end for start, end in turn["spans"])
        assert all(0 <= start < end for _, start, end in turn["also"])


def test_the_readme_counts_what_is_there() -> None:
    text = (OWN / "README.md").read_text("utf-8")
    turns = [turn for row in rows() for turn in row.get("turns", ())]
    singles = [row for row in rows() if "turns" not in row]
    for count in (
        len(singles),
        len(turns),
        sum(not row["answerable"] for row in singles),
        sum(not turn["answerable"] for turn in turns),
    ):
        assert str(count) in text


def test_questions_of_one_topic_are_in_one_fold() -> None:
    topics = [str(n % 17) for n in range(100)]
    folds = folds_of(topics)
    assert all(len({int(f) for f, own in zip(folds, topics, strict=True) if own == topic}) == 1 for topic in topics)
    assert {int(fold) for fold in folds} == set(range(5))


def test_the_threshold_is_the_least_that_refuses_enough() -> None:
    probabilities = np.asarray([0.1, 0.2, 0.305, 0.4, 0.5, 0.9, 0.95])
    answerable = np.asarray([False] * 5 + [True, True])
    assert least_threshold(probabilities, answerable) == pytest.approx(0.31)
    assert balanced(answerable)[answerable].sum() == pytest.approx(balanced(answerable)[~answerable].sum())


def example(best: float, topic: str, *, answerable: bool) -> Example:
    hit = Hit(
        rank=1, score=0.5, passage_id=1, article_id="a", title="", outlet=None, published=None, url=None,
        start=0, end=9, text="It is so.", dense=best,
    )  # fmt: skip
    return Example(
        question=Question(text="?", answerable=answerable, topic=topic, gold=(("a", 0, 9),) if answerable else ()),
        hits=[hit],
        sentences=[ScoredSentence(hit=hit, start=0, end=9, score=0.0)],
        features=np.asarray([[best]]),
        right=np.asarray([answerable]),
    )


def best_alone(one: Example, weights: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, ...]:
    return (float((one.features @ weights)[0]),)


def test_the_probability_learns_from_what_is_withheld() -> None:
    can = [example(2.0 + n % 5, str(n), answerable=True) for n in range(40)]
    cannot = [example(n % 5 - 6.0, str(n), answerable=False) for n in range(40)]
    ones = np.ones(1)
    probability = fitted(Judged(asked=can, withheld=cannot), best_alone, ones)
    assert probability.of(can).min() > 0.5 > probability.of(cannot).max()
    assert probability.of([]).shape == (0,)


def test_what_is_judged_was_not_fitted_on() -> None:
    # One topic says the opposite of all others: fitted on, it would be half right.
    plain = [example(float(n % 7), str(n), answerable=n % 7 > 3) for n in range(70)]
    odd = [example(-1.0, "odd", answerable=True), example(8.0, "odd", answerable=False)]
    seen: list[set[str]] = []

    def ranking(train: Sequence[Example]) -> np.ndarray[Any, np.dtype[np.float64]]:
        seen.append({one.question.topic for one in train})
        return np.ones(1)

    found = crossed(Judged(asked=[*plain, *odd], withheld=()), best_alone, ranking)
    assert len(found.asked) == len(plain) + len(odd)
    assert sum("odd" in topics for topics in seen) == len(seen) - 1
    figures = found.figures(0.5)
    assert 0.8 < figures["auroc"] < 1.0
    assert figures["first"] == 1.0


def test_figures_of_a_set_judged_by_anothers_probability() -> None:
    probability = Probability(confidence=best_alone, weights=np.ones(1), slope=np.ones(1), bias=0.0)
    given = Judged(
        asked=[example(3.0, "a", answerable=True), example(-3.0, "b", answerable=False)],
        withheld=[example(1.0, "a", answerable=False)],
    )
    assert judged(given, probability).figures(0.5) == {
        "first": 1.0, "any_of_three": 1.0, "auroc": 1.0, "auroc_withheld": 1.0,
        "answered": 1.0, "refused": 1.0, "refused_withheld": 0.0,
    }  # fmt: skip
