"""The small models that are fitted on features: which sentence is right, and whether any is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from training.asked import Example, Matrix


def fit_ranking(train: Sequence[Example], *, l2: float = 0.02) -> Matrix:
    """Weights that make the right sentences likeliest, by the listwise softmax of Cao et al. (2007)."""
    scale = np.concatenate([one.features for one in train]).std(0) + 1e-9
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


def balanced(labels: NDArray[np.bool_]) -> Matrix:
    """Weights by which both answers count the same in all, however many there are of each."""
    return np.asarray(np.where(labels, 1 / max(1, labels.sum()), 1 / max(1, (~labels).sum())))


def least_threshold(probabilities: Matrix, answerable: NDArray[np.bool_], *, refused: float = 0.8) -> float:
    """The lowest threshold that refuses a share of the unanswerable questions, in steps of .01.

    A made-up answer is worse than none, but an archive that refuses what it has is of no use; what a refusal costs in
    answers stands in the model card. Eight in ten is what the span reader refuses where it answers nine in ten.
    """
    steps = np.arange(0.05, 0.96, 0.01)
    enough = np.asarray([(probabilities[~answerable] < step).mean() >= refused for step in steps])
    return round(float(steps[int(np.argmax(enough))]) if enough.any() else float(steps[-1]), 2)


def folded(topics: Collection[str], folds: int = 5) -> list[set[str]]:
    """The topics in parts of about one size, always the same."""
    distinct = sorted(set(topics))
    order = [distinct[at] for at in np.random.default_rng(0).permutation(len(distinct))]
    return [set(order[number::folds]) for number in range(folds)]


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
