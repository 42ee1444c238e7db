"""One run of the tagger: bf16 arithmetic on fp32 weights, checkpoints that resume exactly, and a curve in a log."""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from training.attention import register
from training.draws import seeded
from training.features import load_tokenizer
from training.followups.dialogues import Skeletons, paragraph_dialogues, read_dialogues, squad_rows
from training.followups.examples import Example, Examples, Shares, batches
from training.followups.model import Tagger, collate, loss_of, new_tagger
from training.loop import CURVE, Plan, Position, make_optimizer, progress, rate_at, resume, save
from training.run import embedding_model_folder

EXITS = (3, 4)
"""Layers with heads: one run tells how much of the body is needed; layers above the last are left out.

In a first run of 5,120 examples with heads after 3, 4 and 6 layers the three had the same loss (.233, .227 and .230 for
the slots), and four layers see half as many examples again in the same time.
"""
_EARLY = 0.25
"""Weight of the loss of every exit but the last."""


def make_examples(sets: Path, body: Path, *, seed: int) -> Examples:
    """The training blocks from a folder with ``train/follow-ups.jsonl.gz`` and ``train/reader.jsonl.gz``."""
    rows = squad_rows(sets / "train" / "reader.jsonl.gz")
    return Examples(
        dialogues=read_dialogues(sets / "train" / "follow-ups.jsonl.gz"),
        paragraphs=paragraph_dialogues(rows),
        questions=rows,
        skeletons=Skeletons(rows, rng=seeded(f"{seed}:skeletons")),
        tokenizer=load_tokenizer(body / "tokenizer.json"),
        shares=Shares(),
        seed=seed,
    )


def stream(examples: Examples, plan: Plan, at: Position) -> Iterator[tuple[Position, list[Example]]]:
    """Batches from ``at`` on, each with the position (block and batch) that follows it."""
    block, skip = at.block, at.batch
    while True:
        found = batches(examples.block(block), size=plan.batch, rng=seeded(f"{plan.seed}:order:{block}"))
        for number in range(skip, len(found)):
            last = number + 1 == len(found)
            yield replace(at, block=block + last, batch=0 if last else number + 1), found[number]
        block, skip = block + 1, 0


def freeze(model: Tagger) -> None:
    """Keep the embedding model's word vectors, and train without dropout: less than two passes need none."""
    model.bert.embeddings.word_embeddings.weight.requires_grad_(False)
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0


def train(
    model: Tagger,
    examples: Examples,
    plan: Plan,
    folder: Path,
    *,
    save_every: float = 180.0,
    log_every: int = 20,
    stop_after: int | None = None,
    report: Callable[[str], object] | None = None,
) -> Position:
    """Train until the budget is used up (or ``stop_after`` steps in all), resuming what ``folder`` has."""
    freeze(model)
    model.train()
    optimizer = make_optimizer(model, plan)
    at = resume(folder, model, optimizer)
    folder.mkdir(parents=True, exist_ok=True)
    recent: deque[dict[str, float]] = deque(maxlen=log_every)
    trained = [p for p in model.parameters() if p.requires_grad]
    clock, saved = time.monotonic(), time.monotonic()
    for following, drawn in stream(examples, plan, at):
        share = progress(plan, at)
        if share >= 1.0 or (stop_after is not None and at.steps >= stop_after):
            break
        for group in optimizer.param_groups:
            group["lr"] = rate_at(plan, share)
        batch = collate(drawn)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=plan.bf16):
            exits = model(batch.ids, batch.types, batch.attention)
        losses = [loss_of(scores, batch) for scores in exits]
        loss = losses[-1][0] + _EARLY * sum(early for early, _ in losses[:-1])
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(trained, plan.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        now = time.monotonic()
        at = replace(following, steps=at.steps + 1, examples=at.examples + len(drawn), seconds=at.seconds + now - clock)
        clock = now
        named = {f"slot{layer}": parts["slot"] for layer, (_, parts) in zip(model.exits, losses, strict=True)}
        recent.append({"loss": float(losses[-1][0].detach()), **losses[-1][1], **named})
        if at.steps % log_every == 0:
            mean = {k: round(sum(r[k] for r in recent) / len(recent), 4) for k in recent[0]}
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


def train_followups(*, sets: Path, folder: Path, plan: Plan, threads: int) -> Position:
    """Train into ``folder``, from the checkpoint there, else from the embedding model's body."""
    torch.set_num_threads(threads)
    torch.manual_seed(plan.seed)
    body = embedding_model_folder()
    model = new_tagger(body, attention=register(), exits=EXITS)
    examples = make_examples(sets, body, seed=plan.seed)
    return train(model, examples, plan, folder, report=lambda line: sys.stderr.write(f"{line}\n"))
