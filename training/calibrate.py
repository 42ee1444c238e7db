"""Fits what stands between a reader and its reply: the weights of the evidence, and the probability of an answer.

    python -m training.calibrate spans --sets ../shared/data --data data/calibrate

Fitted on development data alone: the questions and stand-alone turns of newsconv, which are what people ask; the
probability of a turn that goes on with a conversation on those turns as they were typed, with their history.
The weight of a long question's words is fitted on a tenth of MultiHop-RAG's queries and checked on another tenth; its
inference and null queries stand beside them as questions that no probability was fitted on. Writes
``reading.json`` into the reader's folder and prints cross-validated figures.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from index.bootstrap import bundled_model, make_embedder, open_with, reindex
from index.evaluate.measures import auroc
from index.read import evidence, spans
from index.settings import load_settings
from training.asked import (
    Example,
    Matrix,
    evidence_reader,
    examples,
    long_questions,
    questions,
    searched,
    span_reader,
    turns_in_talk,
)
from training.sums import write_sums

_ALL_BUT_THE_LAST = np.asarray([1.0] * (len(spans.FEATURES) - 1) + [0.0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """What was fitted on everything; ``figures`` and the threshold come from models that had not seen the question."""

    weights: Matrix
    slope: Matrix
    bias: float
    threshold: float
    figures: dict[str, float]


def fit_ranking(train: Sequence[Example], scale: Matrix, *, l2: float = 0.02) -> Matrix:
    """Weights that make the right sentences likeliest, by the listwise softmax of Cao et al. (2007)."""
    lists = [(torch.tensor(one.features / scale), torch.tensor(one.right)) for one in train if one.right.any()]
    weights = torch.zeros(len(scale), dtype=torch.float64, requires_grad=True)

    def loss() -> torch.Tensor:
        return l2 * (weights**2).sum() + _listwise([(rows @ weights, right) for rows, right in lists])

    return np.asarray(_minimised(loss, weights) / scale)


def fit_words(train: Sequence[Example], weights: Matrix, *, l2: float = 0.002) -> Matrix:
    """The weights with that of a long question's words, the last one, fitted on top of the others.

    People's questions are short, and of the long ones that lay out what they are about too few are theirs; so the other
    weights are those of people's questions, and only this one is fitted on queries made of several articles.
    """
    lists = [
        (torch.tensor(one.features[:, :-1] @ weights[:-1]), torch.tensor(one.features[:, -1]), torch.tensor(one.right))
        for one in train
        if one.right.any()
    ]
    scale = float(np.concatenate([one.features[:, -1] for one in train]).std()) + 1e-9
    words = torch.zeros((), dtype=torch.float64, requires_grad=True)

    def loss() -> torch.Tensor:
        return l2 * words**2 + _listwise([(fixed + words / scale * shared, right) for fixed, shared, right in lists])

    return np.append(weights[:-1], float(_minimised(loss, words)) / scale)


def _listwise(lists: Sequence[tuple[torch.Tensor, torch.Tensor]]) -> torch.Tensor:
    """The mean over questions of how unlikely their right sentences are; each has its scores, and which are right."""
    losses = [scores.logsumexp(0) - scores[right].logsumexp(0) for scores, right in lists]
    return torch.stack(losses).mean() if losses else torch.zeros((), dtype=torch.float64)


def _minimised(loss: Callable[[], torch.Tensor], parameters: torch.Tensor) -> Matrix:
    """The parameters where a smooth loss is least."""
    optimiser = torch.optim.LBFGS([parameters], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        found = loss()
        found.backward()  # type: ignore[no-untyped-call]
        return found

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return np.asarray(parameters.detach().numpy())


def fit_logistic(
    rows: Matrix, labels: NDArray[np.bool_], importance: Matrix, *, l2: float = 0.02
) -> tuple[Matrix, float]:
    """Logistic regression on standardised features; weights and bias for the features as they are."""
    mean, scale = rows.mean(0), rows.std(0) + 1e-9
    x = torch.tensor((rows - mean) / scale)
    y, w = torch.tensor(labels.astype(np.float64)), torch.tensor(importance / importance.sum())
    parameters = torch.zeros(rows.shape[1] + 1, dtype=torch.float64, requires_grad=True)

    def loss() -> torch.Tensor:
        logits = x @ parameters[:-1] + parameters[-1]
        losses = torch.nn.functional.binary_cross_entropy_with_logits(logits, y, reduction="none")
        return (w * losses).sum() + l2 * (parameters[:-1] ** 2).sum()

    fitted = _minimised(loss, parameters)
    weights = np.asarray(fitted[:-1] / scale)
    return weights, float(fitted[-1] - weights @ mean)


def evidence_confidence(example: Example, weights: Matrix) -> tuple[float, ...]:
    """What the untrained reader's confidence is made of."""
    scores = example.features @ weights
    best = int(np.argmax(scores))
    return evidence.confidence_features(float(scores[best]), example.features[best])


def calibrate(
    found: Sequence[Example], confidence: Callable[[Example, Matrix], tuple[float, ...]], folds: int = 5
) -> Fit:
    """Fits on everything, and reports figures of models fitted without the questions that they are judged on."""
    found = [one for one in found if len(one.sentences)]
    people = [one for one in found if one.question.source == "newsconv"]
    long = [one for one in found if one.question.source == "long"]
    scale = np.concatenate([one.features for one in found]).std(0) + 1e-9

    def fitted(train: Sequence[Example]) -> Matrix:
        if not long:
            return fit_ranking(train, scale)
        wordless = [replace(one, features=one.features * _ALL_BUT_THE_LAST) for one in train]
        return fit_words(long, fit_ranking(wordless, scale))

    held = {id(one): fold for one, fold in zip(found, _folds(found, folds), strict=True)}
    first, three, probability = [], [], {}
    for fold in range(folds):
        train = [one for one in people if held[id(one)] != fold]
        weights = fitted(train)
        rows = np.asarray([confidence(one, weights) for one in train])
        slope, bias = fit_logistic(rows, _answerable(train), _importance(train))
        for one in found:
            if held[id(one)] != fold:
                continue
            probability[id(one)] = 1 / (1 + np.exp(-(np.asarray(confidence(one, weights)) @ slope + bias)))
            if one.question.gold and one.question.source == "newsconv":
                best, best_three = _right(one, weights)
                first.append(best)
                three.append(best_three)
    weights = fitted(people)
    rows = np.asarray([confidence(one, weights) for one in people])
    slope, bias = fit_logistic(rows, _answerable(people), _importance(people))
    figures: dict[str, float] = {"first": float(np.mean(first)), "any_of_three": float(np.mean(three))}
    for source in ("newsconv", "multihop"):
        own = [one for one in found if one.question.source == source]
        can = [float(probability[id(one)]) for one in own if one.question.answerable]
        cannot = [float(probability[id(one)]) for one in own if not one.question.answerable]
        figures[f"auroc_{source}"] = auroc(can, cannot) or 0.5
    if checked := [_right(one, weights) for one in found if one.question.source == "long, checked"]:
        figures["first_long"], figures["any_of_three_long"] = map(float, np.mean(checked, axis=0))
    threshold = least_threshold([float(probability[id(one)]) for one in people], _answerable(people))
    return Fit(weights=weights, slope=slope, bias=bias, threshold=threshold, figures=figures)


def calibrate_talk(found: Sequence[Example], weights: Matrix, folds: int = 5) -> tuple[Matrix, float, dict[str, float]]:
    """The probability of turns in conversations, for sentences weighed by ``weights``; slopes, bias and figures.

    Turns are few, so the slopes are held closer to nothing than those of whole questions. The figures are of models
    that had not seen the conversation's article.
    """
    found = [one for one in found if len(one.sentences)]
    rows = np.asarray([span_confidence(one, weights) for one in found])
    answerable = _answerable(found)
    held = np.asarray(_folds(found, folds))
    probability = np.zeros(len(found))
    for fold in range(folds):
        train = held != fold
        own = [one for one, used in zip(found, train, strict=True) if used]
        slope, bias = fit_logistic(rows[train], answerable[train], _importance(own), l2=0.1)
        probability[~train] = 1 / (1 + np.exp(-(rows[~train] @ slope + bias)))
    slope, bias = fit_logistic(rows, answerable, _importance(found), l2=0.1)
    first = [_right(one, weights)[0] for one in found if one.question.gold]
    figures = {
        "first_talk": float(np.mean(first)),
        "auroc_talk": auroc(probability[answerable].tolist(), probability[~answerable].tolist()) or 0.5,
    }
    return slope, bias, figures


def span_confidence(one: Example, weights: Matrix) -> tuple[float, ...]:
    """What the span reader's confidence is made of."""
    read = [(sentence, tuple(row)) for sentence, row in zip(one.sentences, one.features.tolist(), strict=True)]
    return spans.confidence_features(spans.best_first(read, weights.tolist()), weights.tolist(), one.hits)


def _right(one: Example, weights: Matrix) -> tuple[bool, bool]:
    """Whether the first sentence answers, and whether one of the first three does."""
    order = np.argsort(-(one.features @ weights), kind="stable")
    return bool(one.right[order[0]]), bool(one.right[order[:3]].any())


def least_threshold(probabilities: Sequence[float], answerable: NDArray[np.bool_], *, refused: float = 0.6) -> float:
    """The lowest threshold that refuses a share of the unanswerable questions, in steps of .01.

    A made-up answer is worse than none, but an archive that refuses what it has is of no use: three in five refusals
    leave six in seven answers, and beyond that each refusal costs about two answers (see the model card).
    """
    given = np.asarray(probabilities)
    steps = np.arange(0.05, 0.96, 0.01)
    enough = np.asarray([(given[~answerable] < step).mean() >= refused for step in steps])
    return round(float(steps[int(np.argmax(enough))]) if enough.any() else float(steps[-1]), 2)


def null_threshold(folder: Path) -> float:
    """The log-odds that are best for SQuAD 2.0's development part, as `python -m training measure` noted them."""
    figures = json.loads((folder / "model.json").read_text(encoding="utf-8"))["figures"]
    return float(figures["squad2 dev part"]["int8"]["threshold"])


def _folds(found: Sequence[Example], folds: int) -> list[int]:
    """The fold of each example: those of one topic are in one."""
    topics = sorted({_topic(one) for one in found})
    order = np.random.default_rng(0).permutation(topics)
    fold_of = {topic: number % folds for number, topic in enumerate(order)}
    return [fold_of[_topic(one)] for one in found]


def _topic(example: Example) -> str:
    """Questions about one article, and a question with its stand-alone form, are judged by a model without any."""
    return example.question.gold[0][0] if example.question.gold else example.question.text


def _answerable(found: Sequence[Example]) -> NDArray[np.bool_]:
    return np.asarray([one.question.answerable for one in found])


def _importance(found: Sequence[Example]) -> Matrix:
    """Answerable and unanswerable questions weigh the same in all, however many there are of each."""
    answerable = _answerable(found)
    return np.asarray(np.where(answerable, 1 / max(1, answerable.sum()), 1 / max(1, (~answerable).sum())))


def main() -> None:
    """Builds or reuses the development archive, fits, writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reader", choices=("spans", "evidence"))
    parser.add_argument("--sets", type=Path, default=Path("../shared/data"))
    parser.add_argument("--data", type=Path, default=Path("data/calibrate"), help="home of the development archive")
    given = parser.parse_args()
    settings = load_settings(data=given.data)
    reindex(settings, [given.sets / "multihop-rag/articles.jsonl"], asked_by="training.calibrate")
    archive = open_with(settings)
    asked = searched(archive, list(questions(given.sets)))
    names: Sequence[str]
    confidence_names: Sequence[str]
    content: dict[str, object]
    if given.reader == "spans":
        asked += searched(archive, list(long_questions(archive, given.sets)))
        fit = calibrate(examples(span_reader(settings.threads), asked), span_confidence)
        talk = examples(span_reader(settings.threads, in_talk=True), turns_in_talk(archive, given.sets))
        names, confidence_names, folder = spans.FEATURES, spans.CONFIDENCE_FEATURES, bundled_model("reader")
        slope, bias, figures = calibrate_talk(talk, fit.weights)
        fit.figures.update(figures)
        content = {
            "max_span_tokens": spans.MAX_SPAN_TOKENS,
            "null_threshold": null_threshold(folder),
            "calibration_in_talk": dict(zip(confidence_names, _rounded(slope), strict=True)) | {"bias": round(bias, 5)},
        }
    else:
        fit = calibrate(examples(evidence_reader(make_embedder(settings)), asked), evidence_confidence)
        names, confidence_names, folder = evidence.FEATURES, evidence.CONFIDENCE_FEATURES, bundled_model("evidence")
        content = {}
    content |= {
        "weights": dict(zip(names, _rounded(fit.weights), strict=True)),
        "calibration": dict(zip(confidence_names, _rounded(fit.slope), strict=True)) | {"bias": round(fit.bias, 5)},
        "threshold": fit.threshold,
        "cross_validated": {name: round(value, 4) for name, value in fit.figures.items()},
    }
    text = json.dumps(content, indent=2) + "\n"
    (folder / "reading.json").write_text(text, encoding="utf-8")
    write_sums(folder)
    print(text)  # noqa: T201  # a script's result


def _rounded(values: Matrix) -> list[float]:
    return [round(float(value), 5) for value in values]


if __name__ == "__main__":
    main()
