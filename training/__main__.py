"""`python -m training`: train, export, measure; each resumes or replaces what the last run left."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

from training.average import average
from training.export import RECIPE, export, keep_weights
from training.loop import Plan, position_of
from training.measuring import measure
from training.run import KEPT, SHIPPED, embedding_model_folder, train_reader

STAGES = ("train", "export", "measure")
EXAMPLES = 100_000
"""Budget in passages of a run that is given none."""


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line; defaults are those of the shipped model."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("stages", nargs="*", default=[], help=f"of {', '.join(STAGES)}; all when none is named")
    parser.add_argument("--sets", type=Path, default=Path("../shared/data"), help="folder of train/ and squad2/")
    parser.add_argument("--start", type=Path, default=SHIPPED, help="model to start from; the body's if there is none")
    parser.add_argument("--folder", type=Path, default=Path(".training"), help="checkpoints and curve")
    parser.add_argument("--beside", type=Path, action="append", default=[], help="another run's folder, for the export")
    parser.add_argument("--before", type=Path, help="fp16 weights that all runs go back to; --kept if they start there")
    parser.add_argument("--seed", type=int, default=Plan().seed, help="of the draws and of what dropout leaves out")
    parser.add_argument("--kept", type=Path, default=KEPT, help="the shipped model's weights in fp16")
    parser.add_argument("--out", type=Path, default=SHIPPED, help="where the package has the model")
    parser.add_argument("--examples", type=int, help=f"budget in passages; {EXAMPLES:,} if no time is given either")
    parser.add_argument("--minutes", type=float, help="budget in time; of two budgets the first one used up ends it")
    parser.add_argument("--rate", type=float, default=Plan().rate, help="highest learning rate")
    parser.add_argument("--dropout", type=float, default=Plan().dropout, help="share of a layer's outputs left out")
    parser.add_argument("--sentence", type=float, default=Plan().sentence_weight, help="weight of finding the sentence")
    parser.add_argument("--block", type=int, default=0, help="first block to draw: where the run before stopped")
    parser.add_argument("--share", type=float, default=0.5, help="of the runs' weights in the export; rest: --before's")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sample", type=int, default=None, help="measure on so many questions instead of all")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.stages) - set(STAGES):
        parser.error(f"no such stage: {', '.join(sorted(unknown))}")
    return chosen


def main(arguments: list[str] | None = None) -> None:
    """Run the stages asked for, in their order."""
    chosen = parse(arguments)
    stages = chosen.stages or list(STAGES)
    tokenizer = embedding_model_folder() / "tokenizer.json"
    parity = chosen.folder / "fp32"
    if "train" in stages:
        plan = Plan(
            examples=chosen.examples or (None if chosen.minutes else EXAMPLES),
            seconds=chosen.minutes * 60 if chosen.minutes else None,
            rate=chosen.rate,
            dropout=chosen.dropout,
            sentence_weight=chosen.sentence,
            seed=chosen.seed,
            first_block=chosen.block,
        )
        rows = chosen.sets / "train" / "reader.jsonl.gz"
        train_reader(
            rows=rows,
            start=chosen.start,
            folder=chosen.folder,
            plan=plan,
            threads=chosen.threads,
            kept=chosen.kept if chosen.start == SHIPPED else None,
        )
    if "export" in stages:
        source, runs = chosen.folder, [chosen.folder, *chosen.beside]
        spent = [position_of(run) for run in runs]
        notes = {
            "training": {
                "steps": sum(one.steps for one in spent),
                "examples": sum(one.examples for one in spent),
                "seconds": round(max(one.seconds for one in spent)),
            }
        }
        earlier = chosen.before or (chosen.kept if chosen.start == SHIPPED else None)
        if chosen.beside and (earlier is None or not earlier.exists()):
            raise SystemExit("runs beside each other need the weights that they go back to: give --before FILE")
        if earlier is not None and earlier.exists() and (chosen.share < 1 or chosen.beside):
            source = chosen.folder / "averaged"
            # Exported anew, the kept weights are already the mean: those that the runs go back to are beside them.
            before = chosen.folder / "before.safetensors"
            if not before.exists():
                shutil.copyfile(earlier, before)
            average(runs, before, source, share=chosen.share)
        export(source, chosen.out, tokenizer=tokenizer, notes=notes)
        export(source, parity, tokenizer=tokenizer, int8=False, notes=notes)
        keep_weights(source, chosen.kept)
    if "measure" in stages:
        found = {
            name: measure(folder, chosen.sets, sample=chosen.sample, threads=chosen.threads)
            for name, folder in (("int8", chosen.out), ("fp32", parity))
        }
        recipe = json.loads((chosen.out / RECIPE).read_text(encoding="utf-8"))
        recipe["figures"] = {"squad2 dev part": found}
        text = json.dumps(recipe, indent=2, ensure_ascii=False) + "\n"
        (chosen.out / RECIPE).write_text(text, encoding="utf-8")
        sys.stdout.write(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
