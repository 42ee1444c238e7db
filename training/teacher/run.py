"""One run of the teacher, on the blocks that the small reader is trained on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import torch

from training.draws import seeded
from training.loop import Plan, Position, Step, run
from training.mixture import Group, Mixture, batches
from training.objective import collate, loss_of
from training.teacher.model import CONFIG, Teacher, freeze, untrained

FROZEN = 2
"""Lowest layers that are left as they are: they know the language, and without them a step takes 5 % less."""


def train(
    teacher: Teacher,
    mixture: Mixture,
    plan: Plan,
    folder: Path,
    *,
    stop_after: int | None = None,
    log_every: int = 20,
    report: Callable[[str], object] | None = None,
) -> Position:
    """Train until the budget is used up (or `stop_after` steps in all); see :func:`training.loop.run`."""
    freeze(teacher, lowest=FROZEN)

    def draw(block: int) -> list[list[Group]]:
        return batches(mixture.block(block), size=plan.batch, rng=seeded(f"{plan.seed}:order:{block}"))

    def step(groups: list[Group]) -> Step:
        batch = collate(groups)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=plan.bf16):
            start, end = teacher(batch.ids, batch.attention)
        loss, parts = loss_of(start, end, batch, sentence_weight=plan.sentence_weight, joint_weight=plan.joint_weight)
        return Step(loss=loss, figures={"loss": float(loss.detach()), **parts}, examples=len(batch.ids))

    return run(teacher, plan, folder, draw=draw, step=step, log_every=log_every, stop_after=stop_after, report=report)


def train_teacher(
    *, body: Path, mixture: Mixture, folder: Path, plan: Plan, threads: int, report: Callable[[str], object]
) -> Position:
    """Train into `folder`, from the checkpoint there, else from the body, whose configuration goes along."""
    torch.set_num_threads(threads)
    torch.manual_seed(plan.seed)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(body / CONFIG, folder / CONFIG)
    return train(untrained(body), mixture, plan, folder, report=report)
