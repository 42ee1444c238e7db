"""How a reader of spans is trained: the blocks of the mixture, the loss on spans, the loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import BertForQuestionAnswering

from training.draws import seeded
from training.loop import Plan, Position, Step, freeze, run
from training.mixture import Mixture, batches
from training.objective import Batch, collate, loss_of

Scorer = Callable[[Batch], tuple[Tensor, Tensor]]
"""Start and end scores of a batch, both of shape (passages, tokens)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """The batches of a block, a function of the mixture, the seed and the batch size; small when pickled, if `make` is.

    `make` gives the mixture, and is called when the first block is drawn.
    """

    make: Callable[[], Mixture]
    seed: int
    batch: int
    _made: list[Mixture] = field(default_factory=list)

    def __call__(self, block: int) -> list[Batch]:
        """Its batches, in random order."""
        if not self._made:
            self._made.append(self.make())
        rng = seeded(f"{self.seed}:order:{block}")
        return [collate(groups) for groups in batches(self._made[0].block(block), size=self.batch, rng=rng)]


def learn_spans(
    model: nn.Module,
    score: Scorer,
    draw: Callable[[int], Sequence[Batch]],
    plan: Plan,
    folder: Path,
    *,
    device: torch.device | None = None,
    log_every: int = 20,
    stop_after: int | None = None,
    report: Callable[[str], object] | None = None,
) -> Position:
    """Train a model by the spans of its scores; see :func:`training.loop.run`."""
    place = device or torch.device("cpu")
    model.to(place)

    def step(drawn: Batch) -> Step:
        batch = drawn.to(place)
        with torch.autocast(place.type, dtype=torch.bfloat16, enabled=plan.bf16):
            start, end = score(batch)
        loss, parts = loss_of(start, end, batch, sentence_weight=plan.sentence_weight, joint_weight=plan.joint_weight)
        return Step(loss=loss, figures={"loss": loss.detach(), **parts}, examples=len(batch.ids))

    return run(model, plan, folder, draw=draw, step=step, log_every=log_every, stop_after=stop_after, report=report)


def scorer(model: BertForQuestionAnswering) -> Scorer:
    """The scores of a small reader."""

    def score(batch: Batch) -> tuple[Tensor, Tensor]:
        out = model(input_ids=batch.ids, token_type_ids=batch.types, attention_mask=batch.attention)
        return out.start_logits, out.end_logits

    return score


def train(
    model: BertForQuestionAnswering,
    mixture: Mixture,
    plan: Plan,
    folder: Path,
    *,
    log_every: int = 20,
    stop_after: int | None = None,
    report: Callable[[str], object] | None = None,
) -> Position:
    """Train the small reader; see :func:`training.loop.run`."""
    freeze(model, model.bert, dropout=plan.dropout)
    draw = Drawing(make=lambda: mixture, seed=plan.seed, batch=plan.batch)
    return learn_spans(
        model, scorer(model), draw, plan, folder, log_every=log_every, stop_after=stop_after, report=report
    )
