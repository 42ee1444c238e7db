"""The trained tagger as files: int8 ONNX and tokenizer for the package, fp32 ONNX beside the checkpoints for parity."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from training.export import MODEL, RECIPE, STORED, TOKENIZER, sha256, write_whole
from training.followups.examples import MAX_ANSWER, MAX_EARLIER, MAX_OLDER_ANSWER, MAX_QUESTION
from training.followups.model import POINTER
from training.followups.run import EXITS
from training.graph import INPUTS, GraphParts, Shape, encoder, finished
from training.loop import CHECKPOINT
from training.sums import write_sums

MAX_RUN_TOKENS = 192
"""Tokens of a turn with its history in running: a few turns more than were trained on."""
OUTPUTS = ("slots", "drops", "turn")
HEADS = 12


def weights_of(folder: Path, layers: int) -> dict[str, NDArray[np.float32]]:
    """The weights of a run's checkpoint, with the heads after ``layers`` layers named ``heads.…``."""
    state = torch.load(folder / CHECKPOINT, map_location="cpu", weights_only=True)["model"]
    mine = f"heads.{EXITS.index(layers)}."
    return {
        name.replace(mine, "heads."): tensor.float().numpy()
        for name, tensor in state.items()
        if name.startswith((mine, "bert."))
    }


def build(weights: Mapping[str, NDArray[np.float32]], *, layers: int, int8: bool) -> onnx.ModelProto:
    """The tagger's graph; see :mod:`training.followups.model` for what its outputs mean.

    Inputs are int64 of shape (passages, tokens), here one passage being one turn with its history. In the int8 graph
    the wide layers' weights are only stored in int8, as in the reader.
    """
    # The heads are small, and pointing is a comparison of like with like: they stay in fp32.
    g = GraphParts(weights, int8=int8, keep=(*STORED, "heads"))
    x = encoder(g, Shape(layers=layers, heads=HEADS))
    source = g.linear(x, ["heads.source"], "heads.source")
    target = g.linear(x, ["heads.target"], "heads.target")
    token = g.linear(x, ["heads.token"], "heads.token")
    turned = g.node("Transpose", [target], "target.turned", perm=[0, 2, 1])
    product = g.node("MatMul", [source, turned], "pointed.product")
    pointed = g.node("Div", [product, g.constant("pointed.scale", np.array(POINTER**0.5, np.float32))], "pointed")
    g.nodes.append(
        onnx.helper.make_node("Split", [token], ["belongs", "drop.column"], name="token.split", axis=2, num_outputs=2)
    )
    # Subtracted from the column of [CLS] alone: the rest of the row is zeros.
    width = g.node("Shape", ["input_ids"], "width", start=1, end=2)
    one = g.constant("one", np.array([1], dtype=np.int64))
    rest = g.node("Sub", [width, one], "rest")
    pads = g.node("Concat", [g.constant("pads.none", np.array([0, 0, 0, 0, 0], dtype=np.int64)), rest], "pads", axis=0)
    column = g.node("Pad", ["belongs", pads], "column")
    g.node("Sub", [pointed, column], "slots")
    g.node("Squeeze", ["drop.column", g.constant("last", np.array([2], dtype=np.int64))], "drops")
    first = g.node("Gather", [x, g.constant("cls", np.array([0], dtype=np.int64))], "first", axis=1)
    turn = g.linear(first, ["heads.turn"], "turn.kept")
    g.node("Squeeze", [turn, one], "turn")
    dims: list[str | int] = ["passages", "tokens"]
    return finished(g, "followups", [("slots", [*dims, "tokens"]), ("drops", dims), ("turn", ["passages", 2])])


def recipe(files: Mapping[str, str], layers: int, notes: Mapping[str, object]) -> dict[str, object]:
    """What a runtime must know to run the model; ``files`` maps names to digests."""
    return {
        "name": "dateline-followups",
        "kind": "tagger of the words of a conversation that its newest question needs",
        "base": "sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0)",
        "licence": "CC BY-SA 4.0",
        "trained_on": {
            "CANARD train": "CC BY-SA 4.0",
            "SQuAD 2.0 train": "CC BY-SA 4.0",
            "QED, TyDi QA (English), MLQA (English dev), questions alone": "CC BY-SA 3.0, Apache-2.0",
            "conversations about invented news, of this project": "MIT",
        },
        "layers": layers,
        "files": {name: {"sha256": digest} for name, digest in files.items()},
        "input": {
            "names": list(INPUTS),
            "dtype": "int64",
            "shape": ["turns", "tokens"],
            "layout": "[CLS] question [SEP] newest text [SEP] … [SEP] oldest text [SEP]",
            "token_type_ids": "1 for answers and the [SEP] after them, 0 elsewhere",
            "special_ids": {"cls": 101, "sep": 102, "pad": 0},
            "max_tokens": MAX_RUN_TOKENS,
            "max_question_tokens": MAX_QUESTION,
            "max_earlier_question_tokens": MAX_EARLIER,
            "max_answer_tokens": MAX_ANSWER,
            "max_older_answer_tokens": MAX_OLDER_ANSWER,
        },
        "output": {
            "names": list(OUTPUTS),
            "slots": "(turns, tokens, tokens): softmax over [CLS] (not needed) and the question up to its [SEP]",
            "drops": "(turns, tokens): log-odds that a token of the question is replaced",
            "turn": "(turns, 2): log-odds that the question leans on its history, and that it goes on with its topic",
        },
        **notes,
    }


def export(
    source: Path,
    folder: Path,
    *,
    layers: int,
    tokenizer: Path,
    notes: Mapping[str, object] | None = None,
    parity: Path | None = None,
) -> None:
    """Write model, tokenizer and recipe into ``folder``, and the fp32 graph to ``parity`` if that is given."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = weights_of(source, layers)
    model = build(weights, layers=layers, int8=True)
    onnx.checker.check_model(model)
    write_whole(folder / MODEL, model.SerializeToString())
    if parity is not None:
        onnx.save(build(weights, layers=layers, int8=False), str(parity))
    shutil.copyfile(tokenizer, folder / TOKENIZER)
    digests = {name: sha256(folder / name) for name in (MODEL, TOKENIZER)}
    text = json.dumps(recipe(digests, layers, notes or {}), indent=2, ensure_ascii=False) + "\n"
    write_whole(folder / RECIPE, text.encode())
    write_sums(folder)
