"""Fits what stands between a reader and its reply: the weights of the evidence, and the probability of an answer.

    python -m training.calibrate spans --sets ../shared/data --data data/calibrate

Fitted on our own questions (``training/questions``): weights on the answerable ones; the probability on all of them,
and on answerable ones once more with the articles withheld that are known to answer, since an archive mostly lacks what
is asked for altogether. Weights and probability of turns that go on with a conversation are fitted on turns as typed.
The weight of a long question's words is fitted on a tenth of MultiHop-RAG's queries and checked on another tenth.
Nothing here is fitted on newsconv or on MultiHop-RAG's inference and null queries, which are judged beside them; some
constants of retrieval and conversation were chosen on them. Writes ``reading.json`` into the reader's folder (of the
two models of the span reader, the one that reads every passage; the weights belong to the pair) and prints the figures;
*answered* and *refused* of our own are at the threshold that was chosen on the same rows.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.archive import Archive
from index.bootstrap import bundled_model, make_embedder, open_with, reindex
from index.evaluate.measures import auroc
from index.read import evidence, spans
from index.settings import ArchiveSettings, load_settings
from training.asked import (
    Example,
    Features,
    Matrix,
    QuestionSet,
    alone,
    evidence_reader,
    examples,
    in_talk,
    long_questions,
    multihop,
    newsconv,
    own_set,
    searched,
    span_reader,
    withheld,
)
from training.fitting import balanced, fit_logistic, fit_ranking, fit_words, folded, least_threshold
from training.sums import write_sums

_ALL_BUT_THE_LAST = np.asarray([1.0] * (len(spans.FEATURES) - 1) + [0.0])
_REFUSED_IN_TALK = 0.7
"""Of our own turns in talk that nothing answers, those that the one threshold refuses at least.

At eight in ten, as of questions alone, nearly one in five that are answered would be refused.
"""

Confidence = Callable[[Example, Matrix], tuple[float, ...]]
Content = dict[str, object]
Ranking = Callable[[Sequence[Example]], Matrix]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """Questions as they are, and answerable ones with what answers withheld."""

    asked: Sequence[Example]
    withheld: Sequence[Example]

    @property
    def every(self) -> list[Example]:
        """The questions as they are, then those withheld."""
        return [*self.asked, *self.withheld]

    def on(self, topics: Collection[str]) -> Judged:
        """The questions on some topics."""
        return Judged(
            asked=[one for one in self.asked if one.question.topic in topics],
            withheld=[one for one in self.withheld if one.question.topic in topics],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Probability:
    """A fitted probability that the sentences read for a question answer it."""

    confidence: Confidence
    weights: Matrix
    slope: Matrix
    bias: float

    def of(self, found: Sequence[Example]) -> Matrix:
        """The probability of each, shape (questions,)."""
        rows = [np.asarray(self.confidence(one, self.weights)) for one in found]
        return np.asarray([1 / (1 + np.exp(-(row @ self.slope + self.bias))) for row in rows])


def fitted(given: Judged, confidence: Confidence, weights: Matrix) -> Probability:
    """The probability for sentences weighed by ``weights``."""
    every = given.every
    labels = np.asarray([one.question.answerable for one in every])
    rows = np.asarray([confidence(one, weights) for one in every])
    slope, bias = fit_logistic(rows, labels, balanced(labels))
    return Probability(confidence=confidence, weights=weights, slope=slope, bias=bias)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crossed:
    """What models say that had not seen the question's topic: which sentences come first, and the probabilities."""

    first: Sequence[tuple[bool, bool]]
    asked: Matrix
    withheld: Matrix
    answerable: NDArray[np.bool_]

    def figures(self, threshold: float) -> dict[str, float]:
        """Shares of first sentences right and of any of three, areas, and what the threshold answers and refuses."""
        can, cannot = self.asked[self.answerable], self.asked[~self.answerable]
        first, three = np.mean(self.first or [(False, False)], axis=0)
        found = {
            "first": float(first),
            "any_of_three": float(three),
            "auroc": _area(can, cannot),
            "answered": float((can >= threshold).mean()),
            "refused": float((cannot < threshold).mean()),
        }
        if len(self.withheld):
            found["auroc_withheld"] = _area(can, self.withheld)
            found["refused_withheld"] = float((self.withheld < threshold).mean())
        return {name: round(value, 4) for name, value in found.items()}


def crossed(given: Judged, confidence: Confidence, ranking: Ranking, folds: int = 5) -> Crossed:
    """Five times fitted on four fifths of the topics, and asked about the fifth."""
    topics = {one.question.topic for one in given.every}
    parts = []
    for held in folded(topics, folds):
        train, test = given.on(topics - held), given.on(held)
        parts.append(judged(test, fitted(train, confidence, ranking(train.asked))))
    return Crossed(
        first=[one for part in parts for one in part.first],
        asked=np.concatenate([part.asked for part in parts]),
        withheld=np.concatenate([part.withheld for part in parts]),
        answerable=np.concatenate([part.answerable for part in parts]),
    )


def judged(given: Judged, probability: Probability) -> Crossed:
    """Questions judged by a probability that was not fitted on them."""
    return Crossed(
        first=[_right(one, probability.weights) for one in given.asked if one.question.gold],
        asked=probability.of(given.asked),
        withheld=probability.of(given.withheld),
        answerable=np.asarray([one.question.answerable for one in given.asked], dtype=np.bool_),
    )


def _right(one: Example, weights: Matrix) -> tuple[bool, bool]:
    """Whether the first sentence answers, and whether one of the first three does."""
    order = np.argsort(-(one.features @ weights), kind="stable")
    return bool(one.right[order[0]]), bool(one.right[order[:3]].any())


def evidence_confidence(example: Example, weights: Matrix) -> tuple[float, ...]:
    """What the untrained reader's confidence is made of."""
    scores = example.features @ weights
    best = int(np.argmax(scores))
    return evidence.confidence_features(float(scores[best]), example.features[best])


def span_confidence(one: Example, weights: Matrix) -> tuple[float, ...]:
    """What the span reader's confidence is made of."""
    read = [(sentence, tuple(row)) for sentence, row in zip(one.sentences, one.features.tolist(), strict=True)]
    return spans.confidence_features(spans.best_first(read, weights.tolist()), weights.tolist(), one.hits)


def span_ranking(long: Sequence[Example]) -> Ranking:
    """Fits all weights but the last on people's questions, and the last on long ones."""

    def ranking(train: Sequence[Example]) -> Matrix:
        return fit_words(long, fit_wordless(train))

    return ranking


def fit_wordless(train: Sequence[Example]) -> Matrix:
    """Fits all weights but the last: in a conversation a question's words do not count."""
    return fit_ranking([replace(one, features=one.features * _ALL_BUT_THE_LAST) for one in train])


def moved(probability: Probability, threshold: float, *, to: float) -> Probability:
    """The probability with another bias: what has ``threshold`` by it has ``to`` by the new one."""
    before, after = (float(np.log(one / (1 - one))) for one in (threshold, to))
    return replace(probability, bias=probability.bias + after - before)


def _area(can: Matrix, cannot: Matrix) -> float:
    """The area under the curve; one half where there is nothing to compare."""
    found = auroc(can.tolist(), cannot.tolist())
    return 0.5 if found is None else found


def null_threshold(folder: Path) -> float:
    """The log-odds that are best for SQuAD 2.0's development part, as `python -m training measure` noted them."""
    figures = json.loads((folder / "model.json").read_text(encoding="utf-8"))["figures"]
    return float(figures["squad2 dev part"]["int8"]["threshold"])


def _alone(archive: Archive, features: Features, given: QuestionSet) -> Judged:
    asked = list(alone(given))
    return Judged(
        asked=examples(features, searched(archive, asked)), withheld=examples(features, withheld(archive, asked))
    )


def _in_talk(archive: Archive, features: Features, given: QuestionSet) -> Judged:
    asked, without = in_talk(archive, given)
    return Judged(asked=examples(features, asked), withheld=examples(features, without))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Readings:
    """All that the span reader's weights are fitted on and judged by, read.

    ``own`` and ``talk`` are our own questions, alone and in a conversation, which everything is fitted on but the
    weight of a long question's words: that is fitted on ``long``. The others judge.
    """

    own: Judged
    talk: Judged
    long: Sequence[Example]
    newsconv: Judged
    newsconv_talk: Judged
    long_checked: Sequence[Example]
    queries: Sequence[Example]


def read_all(archive: Archive, settings: ArchiveSettings, sets: Path, own_questions: QuestionSet) -> Readings:
    """Reads everything: 4,100 questions of ten passages, of every question of our own."""
    read_alone, read_in_talk = span_reader(settings.threads), span_reader(settings.threads, in_talk=True)
    long, long_checked = (
        examples(read_alone, searched(archive, list(long_questions(archive, sets, checked=one))))
        for one in (False, True)
    )
    fitted_on = {one.question.text for one in long}
    queries = [one for one in multihop(sets) if one.text not in fitted_on]
    return Readings(
        own=_alone(archive, read_alone, own_questions),
        talk=_in_talk(archive, read_in_talk, own_questions),
        long=long,
        newsconv=_alone(archive, read_alone, newsconv(sets)),
        newsconv_talk=_in_talk(archive, read_in_talk, newsconv(sets)),
        long_checked=long_checked,
        queries=examples(read_alone, searched(archive, queries)),
    )


def calibrate_spans(archive: Archive, settings: ArchiveSettings, sets: Path, own_questions: QuestionSet) -> Content:
    """What ``reading.json`` of the span reader holds."""
    return fit_spans(read_all(archive, settings, sets, own_questions), every=own_questions.every)


def fit_spans(read: Readings, *, every: int) -> Content:
    """What ``reading.json`` of the span reader holds, from ``every`` so many of our own questions as they were read."""
    ranking = span_ranking(read.long)
    weights, weights_in_talk = ranking(read.own.asked), fit_wordless(read.talk.asked)
    probability = fitted(read.own, span_confidence, weights)
    held = crossed(read.own, span_confidence, ranking)
    held_in_talk = crossed(read.talk, span_confidence, fit_wordless)
    threshold = least_threshold(held.asked, held.answerable)
    threshold_in_talk = least_threshold(held_in_talk.asked, held_in_talk.answerable, refused=_REFUSED_IN_TALK)
    fitted_in_talk = fitted(read.talk, span_confidence, weights_in_talk)
    probability_in_talk = moved(fitted_in_talk, threshold_in_talk, to=threshold)
    by_query = judged(Judged(asked=read.queries, withheld=()), probability)
    can = by_query.answerable
    first, three = np.mean([_right(one, weights) for one in read.long_checked], axis=0)
    names = spans.CONFIDENCE_FEATURES
    return {
        "fitted_on_every": every,
        "max_span_tokens": spans.MAX_SPAN_TOKENS,
        "null_threshold": null_threshold(bundled_model("reader")),
        "weights": dict(zip(spans.FEATURES, _rounded(weights), strict=True)),
        "weights_in_talk": dict(zip(spans.FEATURES, _rounded(weights_in_talk), strict=True)),
        "calibration": _logistic(names, probability),
        "calibration_in_talk": _logistic(names, probability_in_talk),
        "threshold": threshold,
        "figures": {
            "own, by models that had not seen the topic": held.figures(threshold),
            "own in talk, by models that had not seen the topic": held_in_talk.figures(threshold_in_talk),
            "newsconv": judged(read.newsconv, probability).figures(threshold),
            "newsconv in talk": judged(read.newsconv_talk, probability_in_talk).figures(threshold),
            "multihop's inference and null queries": {
                "auroc": round(_area(by_query.asked[can], by_query.asked[~can]), 4)
            },
            "multihop, another tenth": {"first": round(float(first), 4), "any_of_three": round(float(three), 4)},
        },
    }


def calibrate_evidence(archive: Archive, settings: ArchiveSettings, sets: Path, own_questions: QuestionSet) -> Content:
    """What ``reading.json`` of the untrained reader holds."""
    features = evidence_reader(make_embedder(settings))
    own, other = _alone(archive, features, own_questions), _alone(archive, features, newsconv(sets))
    probability = fitted(own, evidence_confidence, fit_ranking(own.asked))
    held = crossed(own, evidence_confidence, fit_ranking)
    threshold = least_threshold(held.asked, held.answerable)
    return {
        "fitted_on_every": own_questions.every,
        "weights": dict(zip(evidence.FEATURES, _rounded(probability.weights), strict=True)),
        "calibration": _logistic(evidence.CONFIDENCE_FEATURES, probability),
        "threshold": threshold,
        "figures": {
            "own, by models that had not seen the topic": held.figures(threshold),
            "newsconv": judged(other, probability).figures(threshold),
        },
    }


def _logistic(names: Sequence[str], probability: Probability) -> dict[str, float]:
    return dict(zip(names, _rounded(probability.slope), strict=True)) | {"bias": round(probability.bias, 5)}


def _rounded(values: Matrix) -> list[float]:
    return [round(float(value), 5) for value in values]


_READERS = {"spans": (calibrate_spans, "reader"), "evidence": (calibrate_evidence, "evidence")}


def main() -> None:
    """Builds or reuses the development archive, fits, writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reader", choices=tuple(_READERS))
    parser.add_argument("--sets", type=Path, default=Path("../shared/data"))
    parser.add_argument("--data", type=Path, default=Path("data/calibrate"), help="home of the development archive")
    parser.add_argument("--every", type=int, default=1, help="fit on one in so many of our own questions")
    given = parser.parse_args()
    if given.every < 1:
        parser.error("--every is 1 or more")
    settings = load_settings(data=given.data)
    reindex(settings, [given.sets / "multihop-rag/articles.jsonl"], asked_by="training.calibrate")
    calibrate, name = _READERS[given.reader]
    content = calibrate(open_with(settings), settings, given.sets, own_set(given.every))
    folder = bundled_model(name)
    text = json.dumps(content, indent=2) + "\n"
    (folder / "reading.json").write_text(text, encoding="utf-8")
    write_sums(folder)
    print(text)  # noqa: T201  # a script's result


if __name__ == "__main__":
    main()
