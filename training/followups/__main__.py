"""`python -m training.followups`: train and export; a run that was stopped goes on where it was."""

from __future__ import annotations

import argparse
from pathlib import Path

from training.followups.export import export
from training.followups.run import EXITS, train_followups
from training.loop import Plan, position_of
from training.run import embedding_model_folder

STAGES = ("train", "export")


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line; defaults are those of the shipped model."""
    parser = argparse.ArgumentParser(prog="python -m training.followups", description=__doc__)
    parser.add_argument("stages", nargs="*", default=[], help=f"of {', '.join(STAGES)}; all when none is named")
    parser.add_argument("--sets", type=Path, default=Path("../shared/data"), help="folder of train/")
    parser.add_argument("--folder", type=Path, default=Path(".training/followups"), help="checkpoints and curve")
    parser.add_argument("--out", type=Path, default=Path("index/models/followups"), help="where the package has it")
    parser.add_argument("--examples", type=int, default=1_000_000, help="budget in examples")
    parser.add_argument("--minutes", type=float, default=40, help="budget in time; the first one used up ends it")
    parser.add_argument("--layers", type=int, choices=EXITS, default=EXITS[0], help="of the body, in the export")
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.stages) - set(STAGES):
        parser.error(f"no such stage: {', '.join(sorted(unknown))}")
    return chosen


def main(arguments: list[str] | None = None) -> None:
    """Run the stages asked for, in their order."""
    chosen = parse(arguments)
    stages = chosen.stages or list(STAGES)
    if "train" in stages:
        plan = Plan(examples=chosen.examples, seconds=chosen.minutes * 60, batch=24, rate=2e-4)
        train_followups(sets=chosen.sets, folder=chosen.folder, plan=plan, threads=chosen.threads)
    if "export" in stages:
        spent = position_of(chosen.folder)
        notes = {"training": {"steps": spent.steps, "examples": spent.examples, "seconds": round(spent.seconds)}}
        export(
            chosen.folder,
            chosen.out,
            layers=chosen.layers,
            tokenizer=embedding_model_folder() / "tokenizer.json",
            notes=notes,
            parity=chosen.folder / "fp32.onnx",
        )


if __name__ == "__main__":
    main()
