"""The trained reader as model folders, in 8 bits to ship and in fp32 for parity, and its weights to go on from."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from safetensors.torch import save as serialize
from transformers import BertForQuestionAnswering

from training.features import MAX_ANSWER, MAX_HEADER, MAX_PASSAGE, MAX_QUESTION
from training.graph import INPUTS, OUTPUTS, Shape, build
from training.loop import CHECKPOINT
from training.sums import write_sums

MODEL, TOKENIZER, RECIPE = "model.onnx", "tokenizer.json", "model.json"
READER = {
    "name": "dateline-reader",
    "kind": "extractive span reader",
    "base": "sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0)",
    "teacher": "a reader on sentence-transformers/all-mpnet-base-v2 (Apache-2.0)",
}
LAYER = re.compile(r"bert\.encoder\.layer\.(\d+)\.(.+)")
"""A layer's weight: the layer's number, and its name there."""
WORD_VECTORS = "bert.embeddings.word_embeddings.weight"
HEADS = 12
# With int8 arithmetic in the wide layers too, log-odds move by 0.39 on average and 11 % of the best spans change; with
# their weights only stored in int8 it is 0.13 and 1 %, for the same file size and 1.6 times the time on VNNI.
STORED = (r"\.intermediate\.", r"\.\d+\.output\.")
"""Patterns of the wide layers' names."""


def weights_of(source: Path) -> dict[str, NDArray[np.float32]]:
    """Weights of a run's folder (its checkpoint) or of a folder that transformers saved."""
    if (source / CHECKPOINT).exists():
        state = torch.load(source / CHECKPOINT, map_location="cpu", weights_only=True)["model"]
    else:
        state = BertForQuestionAnswering.from_pretrained(source, dtype=torch.float32).state_dict()
    return {name: tensor.float().numpy() for name, tensor in state.items()}


def layers_in(names: Iterable[str]) -> int:
    """How many layers weights of these names belong to."""
    return len({found[1] for name in names if (found := LAYER.match(name))})


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def recipe(
    files: Mapping[str, str], notes: Mapping[str, object], origin: Mapping[str, str] = READER
) -> dict[str, object]:
    """What a runtime must know to read with the model; `files` maps names to digests, `origin` says what it is."""
    return {
        **origin,
        "licence": "CC BY-SA 4.0",
        "trained_on": {
            "SQuAD 2.0 train": "CC BY-SA 4.0",
            "QED / Natural Questions": "CC BY-SA 3.0",
            "TyDi QA (English)": "Apache-2.0",
            "MLQA (English dev)": "CC BY-SA 3.0",
            "invented news, training/news": "MIT",
        },
        "files": {name: {"sha256": digest} for name, digest in files.items()},
        "input": {
            "names": list(INPUTS),
            "dtype": "int64",
            "shape": ["passages", "tokens"],
            "layout": "[CLS] question [SEP] header passage [SEP]",
            "token_type_ids": "0 through the first [SEP], 1 from there to the last [SEP], 0 in padding",
            "special_ids": {"cls": 101, "sep": 102, "pad": 0},
            "tokenize": "question, header and passage separately, add_special_tokens=False, ids joined",
            "header": "{headline} — {outlet}, {date}; parts that are not known are left out; may be empty",
            "max_question_tokens": MAX_QUESTION,
            "max_header_tokens": MAX_HEADER,
            "max_passage_tokens": MAX_PASSAGE,
            "truncation": "each of the three keeps its beginning",
        },
        "output": {
            "names": list(OUTPUTS),
            "dtype": "float32",
            "shape": ["passages", "tokens"],
            "null_position": 0,
            "answers_only_in": "passage tokens: position >= 2 + question tokens + header tokens",
            "max_answer_tokens": MAX_ANSWER,
            "score": "log_odds = max(start[i] + end[j]) - (start[0] + end[0]), i <= j < i + max_answer_tokens",
        },
        **notes,
    }


def write_whole(path: Path, content: bytes) -> None:
    """Write beside and replace: whoever reads the folder meanwhile sees the old file or the new one."""
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(content)
    beside.replace(path)


def export(
    source: Path,
    folder: Path,
    *,
    tokenizer: Path,
    int8: bool = True,
    keep: Sequence[str] = STORED,
    notes: Mapping[str, object] | None = None,
) -> None:
    """Write model, tokenizer and recipe into `folder`, in 8 bits or in fp32; the graphs have the same nodes.

    Raises:
        ValueError: the weights in `source` are no reader's.
    """
    weights = weights_of(source)
    if not layers_in(weights):
        raise ValueError(f"{source} holds no reader's weights; those of students are in a folder of each")
    model = build(weights, Shape(layers=layers_in(weights), heads=HEADS), int8=int8, keep=keep)
    write_folder(folder, model, tokenizer=tokenizer, notes=notes or {})


def write_folder(
    folder: Path,
    model: onnx.ModelProto,
    *,
    tokenizer: Path,
    notes: Mapping[str, object],
    origin: Mapping[str, str] = READER,
) -> None:
    """Write a model, its tokenizer, its recipe and what vouches for them."""
    onnx.checker.check_model(model)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / MODEL, model.SerializeToString())
    shutil.copyfile(tokenizer, folder / TOKENIZER)
    digests = {name: sha256(folder / name) for name in (MODEL, TOKENIZER)}
    text = json.dumps(recipe(digests, notes, origin), indent=2, ensure_ascii=False) + "\n"
    write_whole(folder / RECIPE, text.encode())
    write_sums(folder)


def keep_weights(source: Path, path: Path) -> None:
    """Write the trained weights in fp16, so that the next run and the test of parity need not start from 8 bits.

    Word vectors are left out: they are frozen, and the shipped model holds them without loss.
    """
    kept = {
        name: torch.tensor(value).half().contiguous()
        for name, value in weights_of(source).items()
        if name != WORD_VECTORS
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, serialize(kept))
