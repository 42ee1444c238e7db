"""One run of the tagger: bf16 arithmetic on fp32 weights, checkpoints that resume exactly, and a curve in a log."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import torch

from training.attention import register
from training.draws import seeded
from training.features import load_tokenizer
from training.followups.dialogues import Skeletons, paragraph_dialogues, read_dialogues, squad_rows
from training.followups.examples import Example, Examples, Shares, batches
from training.followups.model import Tagger, collate, loss_of, new_tagger
from training.followups.news import NewsShares, NewsTalks, read_talks
from training.loop import Plan, Position, Step, freeze, run
from training.run import embedding_model_folder

EXITS = (4, 6)
"""Layers with heads: one run tells how much of the body is needed; layers above the last are left out.

The shipped model is the first exit: after 104,472 examples six layers did no better on conversations about real news.
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
        news=NewsTalks(read_talks(), NewsShares()),
        tokenizer=load_tokenizer(body / "tokenizer.json"),
        shares=Shares(),
        seed=seed,
    )


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
    freeze(model, model.bert)

    def draw(block: int) -> list[list[Example]]:
        return batches(examples.block(block), size=plan.batch, rng=seeded(f"{plan.seed}:order:{block}"))

    def step(drawn: list[Example]) -> Step:
        batch = collate(drawn)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=plan.bf16):
            exits = model(batch.ids, batch.types, batch.attention)
        losses = [loss_of(scores, batch) for scores in exits]
        last, parts = losses[-1]
        named = {f"slot{layer}": early["slot"] for layer, (_, early) in zip(model.exits, losses, strict=True)}
        return Step(
            loss=last + _EARLY * sum(early for early, _ in losses[:-1]),
            figures={"loss": float(last.detach()), **parts, **named},
            examples=len(drawn),
        )

    return run(
        model,
        plan,
        folder,
        draw=draw,
        step=step,
        save_every=save_every,
        log_every=log_every,
        stop_after=stop_after,
        report=report,
    )


def train_followups(*, sets: Path, folder: Path, plan: Plan, threads: int) -> Position:
    """Train into ``folder``, from the checkpoint there, else from the embedding model's body."""
    torch.set_num_threads(threads)
    torch.manual_seed(plan.seed)
    body = embedding_model_folder()
    model = new_tagger(body, attention=register(), exits=EXITS)
    examples = make_examples(sets, body, seed=plan.seed)
    return train(model, examples, plan, folder, report=lambda line: sys.stderr.write(f"{line}\n"))
