"""`python -m training.teacher`: train the larger reader, then have small ones learn from it; both resume.

Made for one GPU, where all of it takes ten minutes; a CPU with two cores takes days.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import torch

from training.ahead import Ahead
from training.attention import register
from training.loop import CHECKPOINT, Plan, position_of
from training.mixture import Quotas
from training.run import PLAN, embedding_model_folder, training_mixture
from training.spans import Drawing
from training.start import starting_model
from training.teacher.body import body_folder
from training.teacher.model import CONFIG, trained_teacher, untrained
from training.teacher.run import train
from training.teacher.students import Students, graduate, teach, with_layers

STAGES = ("train", "teach")
SHIPPED, KEPT = Path("index/models/reader"), Path("training/weights/reader.safetensors")
QUOTAS = Quotas(small_sets=130, open_squad=170, other_squad=320, unanswerable=320, news=260)
"""In many passes over the data the invented news is seen twice as often as the rest; in one it must be more."""
SEED, BATCH = 20261127, 320
TEACHER = Plan(batch=BATCH, rate=5e-5, warmup=0.06, dropout=0.1, seed=SEED)
STUDENTS = Plan(batch=BATCH, rate=2.5e-4, warmup=0.05, dropout=0.05, seed=SEED)
LAYERS = 12
"""Of the shipped reader, twice those of the embedding model's body."""


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; defaults are those of the shipped reader."""
    parser = argparse.ArgumentParser(prog="python -m training.teacher", description=__doc__)
    parser.add_argument("stages", nargs="*", default=[], help=f"of {', '.join(STAGES)}; both when none is named")
    parser.add_argument("--sets", type=Path, default=Path("../shared/data"), help="folder of train/")
    parser.add_argument("--folder", type=Path, default=Path(".training/teacher"), help="the teacher's checkpoint")
    parser.add_argument("--body", type=Path, default=Path(".training/mpnet"), help="where its body is unpacked")
    parser.add_argument("--students", type=Path, default=Path(".training/students"), help="the students' checkpoints")
    parser.add_argument("--start", type=Path, default=SHIPPED, help="small reader that students start from")
    parser.add_argument("--kept", type=Path, default=KEPT, help="its weights in fp16, if it is a shipped one")
    parser.add_argument("--layers", type=int, nargs="+", default=[LAYERS], help="students to teach side by side")
    parser.add_argument("--minutes", type=float, nargs=2, default=(4.0, 5.5), help="of the teacher and of the students")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--workers", type=int, default=12, help="processes that draw batches")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.stages) - set(STAGES):
        parser.error(f"no such stage: {', '.join(sorted(unknown))}")
    return chosen


def report(line: str) -> None:
    """Show a line of the curve."""
    sys.stderr.write(f"{line}\n")


def planned(plan: Plan, folder: Path, *, minutes: float, first_block: int = 0) -> Plan:
    """The plan with its time and its first block, written into the run's folder."""
    plan = replace(plan, seconds=minutes * 60, first_block=first_block)
    folder.mkdir(parents=True, exist_ok=True)
    told = {"plan": asdict(plan), "quotas": asdict(QUOTAS)}
    (folder / PLAN).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return plan


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the stages asked for, in their order."""
    chosen = parse(arguments)
    stages = chosen.stages or list(STAGES)
    device = torch.device(chosen.device)
    make = partial(training_mixture, chosen.sets / "train" / "reader.jsonl.gz", seed=SEED, quotas=QUOTAS)
    draw = Ahead(Drawing(make=make, seed=SEED, batch=BATCH), workers=chosen.workers)
    torch.manual_seed(SEED)
    if "train" in stages:
        body = body_folder(chosen.body)
        plan = planned(TEACHER, chosen.folder, minutes=chosen.minutes[0])
        shutil.copyfile(body / CONFIG, chosen.folder / CONFIG)
        draw.start(next_block(chosen.folder))
        train(untrained(body), draw, plan, chosen.folder, device=device, report=report)
    if "teach" in stages:
        teacher = trained_teacher(chosen.folder)
        # The students go on where the teacher stopped, so that it tells them of questions that it has not learnt from.
        after = next_block(chosen.folder)
        plan = planned(STUDENTS, chosen.students, minutes=chosen.minutes[1], first_block=after)
        first = starting_model(chosen.start, embedding_model_folder(), kept=chosen.kept, attention=register())
        readers = [with_layers(first, number) for number in chosen.layers]
        students = Students(readers, width=teacher.answer.in_features)
        at = teach(students, teacher, draw, plan, chosen.students, device=device, report=report)
        graduate(students, at, [chosen.students / str(number) for number in chosen.layers])


def next_block(folder: Path) -> int:
    """The first block that the run in a folder has not begun; 0 where there is no run."""
    if not (folder / CHECKPOINT).exists():
        return 0
    at = position_of(folder)
    return at.block + (at.batch > 0)


if __name__ == "__main__":
    main()
