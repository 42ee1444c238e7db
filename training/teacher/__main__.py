"""`python -m training.teacher`: train the larger reader, have small ones learn from it, and cut the second reader out.

All three resume. Made for one GPU, where all of it takes a quarter of an hour; a CPU with two cores takes days.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from training.ahead import Ahead
from training.attention import register
from training.loop import CHECKPOINT, Plan, Position, position_of
from training.mixture import Quotas
from training.run import KEPT, PLAN, SHIPPED, embedding_model_folder, training_mixture, write_plan
from training.spans import Drawing
from training.start import starting_model
from training.teacher.body import body_folder
from training.teacher.model import CONFIG, trained_teacher, untrained
from training.teacher.run import train
from training.teacher.shortlist import LAYERS as LAYERS_KEPT
from training.teacher.shortlist import QUOTAS as LISTS
from training.teacher.shortlist import export_shortlist_reader, shortened
from training.teacher.students import Students, graduate, teach, with_layers

STAGES = ("train", "teach", "shorten")
QUOTAS = Quotas(small_sets=130, open_squad=170, other_squad=320, unanswerable=320, news=260)
"""For several passes over the data; in less than one the invented news is drawn twice as often."""
SECOND, OUT = Path("index/models/shortlist"), Path(".training/shortlist/model")
SEED, BATCH = 20261127, 320
TEACHER = Plan(batch=BATCH, rate=5e-5, warmup=0.06, dropout=0.1, seed=SEED)
STUDENTS = Plan(batch=BATCH, rate=2.5e-4, warmup=0.05, dropout=0.05, seed=SEED)
SHORTLIST = Plan(batch=BATCH, rate=3e-5, warmup=0.05, dropout=0.1, seed=SEED + 1)
MINUTES = (3.5, 4.7, 3.4)
LAYERS = 12
"""Of the shipped reader, twice those of the embedding model's body."""


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; defaults are those of the shipped reader, which started from one of six layers."""
    parser = argparse.ArgumentParser(prog="python -m training.teacher", description=__doc__)
    parser.add_argument(
        "stages", nargs="*", default=[], help=f"first of all: {', '.join(STAGES)}; all if none is named"
    )
    parser.add_argument("--sets", type=Path, default=Path("../shared/data"), help="folder of train/")
    parser.add_argument("--folder", type=Path, default=Path(".training/teacher"), help="the teacher's checkpoint")
    parser.add_argument("--body", type=Path, default=Path(".training/mpnet"), help="where its body is unpacked")
    parser.add_argument("--students", type=Path, default=Path(".training/students"), help="the students' checkpoints")
    parser.add_argument("--start", type=Path, default=SHIPPED, help="small reader that students start from")
    parser.add_argument("--kept", type=Path, default=KEPT, help="the shipped reader's weights in fp16")
    parser.add_argument("--layers", type=int, nargs="+", default=[LAYERS], help="of the students, taught side by side")
    parser.add_argument(
        "--second", type=Path, default=Path(".training/shortlist"), help="the second reader's checkpoint"
    )
    parser.add_argument("--second-layers", type=int, default=LAYERS_KEPT, help="that it keeps of the teacher's")
    parser.add_argument("--out", type=Path, default=OUT, help=f"for the second reader; the package has it in {SECOND}")
    parser.add_argument("--minutes", type=float, nargs=3, default=MINUTES, help="of each stage")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--workers", type=int, default=min(12, os.cpu_count() or 1), help="processes that draw batches")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.stages) - set(STAGES):
        parser.error(f"no such stage: {', '.join(sorted(unknown))}")
    if min(chosen.minutes) <= 0 or chosen.workers < 1:
        parser.error("minutes must be more than 0, and one worker at least draws batches")
    if len(set(chosen.layers)) < len(chosen.layers):
        parser.error("students side by side must differ in layers: each has a folder by their number")
    return chosen


def report(line: str) -> None:
    """Show a line of the curve."""
    sys.stderr.write(f"{line}\n")


def refuse_others(folder: Path, layers: Sequence[int]) -> None:
    """Readers of other layers can't go on with a run.

    Raises:
        ValueError: a run of such readers is in the folder.
    """
    there = folder / PLAN
    if there.exists() and (other := json.loads(there.read_text(encoding="utf-8")).get("layers")) != list(layers):
        raise ValueError(f"{folder} holds a run of readers of {other} layers, not {list(layers)}: give another folder")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the stages asked for, in their order; what can be wrong with the students is found before the teacher's."""
    chosen = parse(arguments)
    stages = chosen.stages or list(STAGES)
    device = torch.device(chosen.device)
    make = partial(training_mixture, chosen.sets / "train" / "reader.jsonl.gz", seed=SEED, quotas=QUOTAS)
    draw = Ahead(Drawing(make=make, seed=SEED, batch=BATCH), workers=chosen.workers)
    readers = []
    if "shorten" in stages:
        refuse_others(chosen.second, [chosen.second_layers])
    if "teach" in stages:
        refuse_others(chosen.students, chosen.layers)
        kept = chosen.kept if chosen.start == SHIPPED else None
        first = starting_model(chosen.start, embedding_model_folder(), kept=kept, attention=register())
        readers = [with_layers(first, number) for number in chosen.layers]
    if "train" in stages:
        body = body_folder(chosen.body)
        plan = replace(TEACHER, seconds=60 * chosen.minutes[0])
        write_plan(chosen.folder, plan, QUOTAS)
        shutil.copyfile(body / CONFIG, chosen.folder / CONFIG)
        draw.start(reached(chosen.folder).block)
        torch.manual_seed(SEED)
        train(untrained(body), draw, plan, chosen.folder, device=device, report=report)
    if "teach" in stages:
        teacher = trained_teacher(chosen.folder)
        # The students go on where the teacher stopped, so that it tells them of questions that it has not learnt from.
        after = reached(chosen.folder)
        first_block = after.block + (after.batch > 0)
        plan = replace(STUDENTS, seconds=60 * chosen.minutes[1], first_block=first_block)
        write_plan(chosen.students, plan, QUOTAS, layers=chosen.layers)
        torch.manual_seed(SEED)
        students = Students(readers, width=teacher.answer.in_features)
        at = teach(students, teacher, draw, plan, chosen.students, device=device, report=report)
        folders = [chosen.students / str(number) for number in chosen.layers]
        graduate(students, at, folders)
        report(f"next: python -m training export measure --share 1 --folder {folders[0]}")
    if "shorten" in stages:
        shorten(chosen, device)


def shorten(chosen: argparse.Namespace, device: torch.device) -> None:
    """Train the teacher's first layers on lists, and export them."""
    seed = SHORTLIST.seed
    make = partial(training_mixture, chosen.sets / "train" / "reader.jsonl.gz", seed=seed, quotas=LISTS)
    draw = Ahead(Drawing(make=make, seed=seed, batch=BATCH), workers=chosen.workers)
    reader = shortened(trained_teacher(chosen.folder), chosen.second_layers).requires_grad_()
    plan = replace(SHORTLIST, seconds=60 * chosen.minutes[2])
    write_plan(chosen.second, plan, LISTS, layers=[chosen.second_layers])
    draw.start(reached(chosen.second).block)
    torch.manual_seed(seed)
    at = train(reader, draw, plan, chosen.second, device=device, report=report)
    export_shortlist_reader(reader, chosen.out, tokenizer=embedding_model_folder() / "tokenizer.json", at=at)
    report(f"next: move {chosen.out} to {SECOND}, write its card, and python -m training.calibrate spans")


def reached(folder: Path) -> Position:
    """Where the run in a folder stands; at the beginning if there is none."""
    return position_of(folder) if (folder / CHECKPOINT).exists() else Position()


if __name__ == "__main__":
    main()
