"""One run of the teacher, on the blocks that the small reader is trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from training.loop import Plan, Position
from training.objective import Batch
from training.spans import learn_spans
from training.teacher.model import Teacher, freeze


def train(
    teacher: Teacher,
    draw: Callable[[int], Sequence[Batch]],
    plan: Plan,
    folder: Path,
    *,
    device: torch.device | None = None,
    stop_after: int | None = None,
    log_every: int = 20,
    report: Callable[[str], object] | None = None,
) -> Position:
    """Train until the budget is used up (or `stop_after` steps in all); see :func:`training.loop.run`."""
    freeze(teacher, dropout=plan.dropout)

    def score(batch: Batch) -> tuple[Tensor, Tensor]:
        told = teacher(batch.ids, batch.attention)
        return told.start, told.end

    return learn_spans(
        teacher,
        score,
        draw,
        plan,
        folder,
        device=device,
        log_every=log_every,
        stop_after=stop_after,
        report=report,
    )
