"""`python -m training.teacher`: train the larger reader; a run that was stopped goes on where it was."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from training.loop import Plan
from training.run import training_mixture
from training.teacher.body import body_folder
from training.teacher.run import train_teacher

RATE, BATCH = 4e-5, 12
"""Small batches: in one pass over the data, twice the steps teach it more than steadier ones."""


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m training.teacher", description=__doc__)
    parser.add_argument("--sets", type=Path, default=Path("../shared/data"), help="folder of train/")
    parser.add_argument("--folder", type=Path, default=Path(".training/teacher"), help="checkpoints and curve")
    parser.add_argument("--body", type=Path, default=Path(".training/mpnet"), help="where the body is unpacked")
    parser.add_argument("--examples", type=int, default=80_000, help="budget in passages")
    parser.add_argument("--rate", type=float, default=RATE, help="highest learning rate")
    parser.add_argument("--block", type=int, default=0, help="first block to draw")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Train."""
    chosen = parse(arguments)
    plan = Plan(
        examples=chosen.examples,
        rate=chosen.rate,
        batch=BATCH,
        warmup=0.04,
        seed=20261127,
        first_block=chosen.block,
    )
    train_teacher(
        body=body_folder(chosen.body),
        mixture=training_mixture(chosen.sets / "train" / "reader.jsonl.gz", seed=plan.seed),
        folder=chosen.folder,
        plan=plan,
        threads=chosen.threads,
        report=lambda line: sys.stderr.write(f"{line}\n"),
    )


if __name__ == "__main__":
    main()
