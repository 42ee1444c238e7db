"""The training loop: bf16 arithmetic on fp32 weights, checkpoints that resume exactly, and a curve in a log."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn
from transformers import BertModel

CHECKPOINT = "checkpoint.pt"
CURVE = "curve.jsonl"
Drawn = TypeVar("Drawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long and how fast to learn.

    `examples` is a budget in passages, `seconds` one in time spent training; one of them at least is given. The
    learning rate falls to zero when the first of the two is used up. On a CPU a run planned by examples alone resumes
    bit for bit; one planned by time resumes the same examples in the same order with the rate that the clock says. A
    run that goes on from another's weights begins at the block where that one stopped (`first_block`), to see rows it
    hasn't seen.
    """

    examples: int | None = None
    seconds: float | None = None
    batch: int = 24
    rate: float = 1.5e-4
    warmup: float = 0.03
    weight_decay: float = 0.01
    clip: float = 1.0
    sentence_weight: float = 0.3
    joint_weight: float = 0.3
    bf16: bool = True
    dropout: float = 0.0
    seed: int = 20261126
    first_block: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a run stands: the next batch to train on, and what has been spent so far."""

    block: int = 0
    batch: int = 0
    steps: int = 0
    examples: int = 0
    seconds: float = 0.0


def progress(plan: Plan, at: Position) -> float:
    """Share of the budget used, 0 to 1.

    Raises:
        ValueError: the plan has no budget.
    """
    if plan.seconds is None and plan.examples is None:
        raise ValueError("a plan needs a budget: examples or seconds")
    budgets = [(at.seconds, plan.seconds), (at.examples, plan.examples)]
    return min(1.0, max(spent / budget if budget > 0 else 1.0 for spent, budget in budgets if budget is not None))


def rate_at(plan: Plan, share: float) -> float:
    """Learning rate: a short linear rise, then a linear fall to zero."""
    if share < plan.warmup:
        return plan.rate * max(share, 1e-3) / plan.warmup
    return plan.rate * max(0.0, 1.0 - share) / (1.0 - plan.warmup)


def make_optimizer(model: nn.Module, plan: Plan) -> torch.optim.AdamW:
    """AdamW without decay on biases and norms; parameters that ask for no gradient are left out."""
    decayed: list[nn.Parameter] = []
    plain: list[nn.Parameter] = []
    for _, parameter in model.named_parameters():
        if parameter.requires_grad:
            (decayed if parameter.ndim > 1 else plain).append(parameter)
    groups = [{"params": decayed, "weight_decay": plan.weight_decay}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=plan.rate, betas=(0.9, 0.98), eps=1e-6, fused=True)


def save(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, at: Position) -> None:
    """Write a checkpoint beside and move it into place, so that a killed run leaves the last whole one."""
    write_checkpoint(path, {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "position": asdict(at)})


def write_checkpoint(path: Path, state: Mapping[str, object]) -> None:
    """Write beside and replace."""
    path.mkdir(parents=True, exist_ok=True)
    beside = path / (CHECKPOINT + ".part")
    torch.save(dict(state), beside)
    beside.replace(path / CHECKPOINT)


def resume(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, *, first_block: int = 0) -> Position:
    """Load the checkpoint in `path` into model and optimizer; the start of `first_block` when there is none."""
    file = path / CHECKPOINT
    if not file.exists():
        return Position(block=first_block)
    state = torch.load(file, map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return Position(**state["position"])


def position_of(path: Path) -> Position:
    """How far the run in `path` has come."""
    return Position(**torch.load(path / CHECKPOINT, map_location="cpu", weights_only=True)["position"])


def stream(draw: Callable[[int], Sequence[Drawn]], at: Position) -> Iterator[tuple[Position, Drawn]]:
    """Batches from `at` on, each with the position (block and batch) that follows it; `draw` gives those of a block."""
    block, skip = at.block, at.batch
    while True:
        found = draw(block)
        for number in range(skip, len(found)):
            last = number + 1 == len(found)
            yield replace(at, block=block + last, batch=0 if last else number + 1), found[number]
        block, skip = block + 1, 0


def freeze(model: nn.Module, body: BertModel, *, dropout: float = 0.0) -> None:
    """Keep the word vectors of the embedding model, and train with that much dropout outside the attention.

    Half of all parameters are word vectors, of which a short run would see few; frozen, they cost no optimiser state.
    Less than two passes over the data cannot be learnt by heart, so a first run does without dropout. The attention's
    own is left out always: it would take the CPU off the fast path.
    """
    body.embeddings.word_embeddings.weight.requires_grad_(False)
    for name, module in model.named_modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0 if name.endswith("attention.self.dropout") else dropout


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a batch gave: the loss to learn from, the figures for the curve, and how many examples it held.

    Figures may be tensors: they are read when a line of the curve is written, and a GPU isn't waited for in between.
    """

    loss: Tensor
    figures: Mapping[str, float | Tensor]
    examples: int


def run(
    model: nn.Module,
    plan: Plan,
    folder: Path,
    *,
    draw: Callable[[int], Sequence[Drawn]],
    step: Callable[[Drawn], Step],
    beside: Sequence[nn.Module] = (),
    save_every: float = 300.0,
    log_every: int = 20,
    stop_after: int | None = None,
    report: Callable[[str], object] | None = None,
) -> Position:
    """Train until the budget is used up (or `stop_after` steps in all), saving every `save_every` seconds.

    Resumes from the checkpoint in `folder` if there is one, and appends to the curve there. `draw` gives the batches
    of a block, and must be a pure function of the block's number; `step` is the forward pass. Parts of the model that
    learn `beside` each other are clipped each by its own gradient.
    """
    model.train()
    optimizer = make_optimizer(model, plan)
    at = resume(folder, model, optimizer, first_block=plan.first_block)
    folder.mkdir(parents=True, exist_ok=True)
    recent: deque[Mapping[str, float | Tensor]] = deque(maxlen=log_every)
    trained = [[p for p in part.parameters() if p.requires_grad] for part in beside or [model]]
    clock, saved = time.monotonic(), time.monotonic()
    for following, drawn in stream(draw, at):
        share = progress(plan, at)
        if share >= 1.0 or (stop_after is not None and at.steps >= stop_after):
            break
        for group in optimizer.param_groups:
            group["lr"] = rate_at(plan, share)
        # What dropout leaves out is a matter of the step, so that a resumed run leaves out the same.
        torch.manual_seed(plan.seed + at.steps)
        done = step(drawn)
        done.loss.backward()  # type: ignore[no-untyped-call]
        for parameters in trained:
            nn.utils.clip_grad_norm_(parameters, plan.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        now = time.monotonic()
        seconds = at.seconds + now - clock
        at = replace(following, steps=at.steps + 1, examples=at.examples + done.examples, seconds=seconds)
        clock = now
        recent.append(done.figures)
        if at.steps % log_every == 0:
            mean = {k: round(sum(float(r[k]) for r in recent) / len(recent), 4) for k in recent[0]}
            spent = {"steps": at.steps, "examples": at.examples, "seconds": round(at.seconds, 1)}
            line = json.dumps({**spent, "rate": rate_at(plan, share), **mean})
            with (folder / CURVE).open("a", encoding="utf-8") as curve:
                curve.write(line + "\n")
            if report is not None:
                report(line)
        if now - saved >= save_every:
            save(folder, model, optimizer, at)
            saved = now
    save(folder, model, optimizer, at)
    return at
