"""Where training starts: from a checkpoint that transformers saved, or from the shipped model and its kept weights.

A shipped model is unfolded from its 8 bits: matrices times their scales, joined matrices split again. What rounding
took is not given back by that, but by the weights in fp16 that are kept beside the training.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from safetensors.torch import load_file
from torch import Tensor
from transformers import BertConfig, BertForQuestionAnswering

from training.export import MODEL, WORD_VECTORS, layers_in

Constants = dict[str, NDArray[np.float32]]


def starting_model(
    source: Path, body: Path, *, kept: Path | None = None, attention: str = "sdpa"
) -> BertForQuestionAnswering:
    """The model to train, in fp32.

    Args:
        source: a folder of weights that transformers saved, or one with a shipped `model.onnx`.
        body: the embedding model's folder, whose configuration a shipped model shares but for the number of layers.
        kept: the weights that `training.export.keep_weights` wrote for that model, if there are any.
        attention: the name of the attention to compute with.
    """
    if not (source / MODEL).exists():
        return BertForQuestionAnswering.from_pretrained(source, dtype=torch.float32, attn_implementation=attention)
    weights = unfolded(onnx.load(source / MODEL))
    config = BertConfig.from_pretrained(body, attn_implementation=attention, num_hidden_layers=layers_in(weights))
    model = BertForQuestionAnswering(config)
    if kept is not None and kept.exists():
        weights |= {name: value.float() for name, value in load_file(kept).items()}
    model.load_state_dict(weights, strict=True)
    return model


def unfolded(model: onnx.ModelProto) -> dict[str, Tensor]:
    """The weights of a graph that `training.graph` wrote, fp32 or int8, named as in `BertForQuestionAnswering`."""
    held: Constants = {c.name: numpy_helper.to_array(c).astype(np.float32) for c in model.graph.initializer}
    found = {name: held[name] for name in held if name.startswith("bert.") and _is_plain(name)}
    words = held[WORD_VECTORS]
    found[WORD_VECTORS] = words * held[f"{WORD_VECTORS}.scale"] if f"{WORD_VECTORS}.scale" in held else words
    for number in range(layers_in(held)):
        layer = f"bert.encoder.layer.{number}"
        own = f"{layer}.attention.self"
        parts = np.split(_matrix(held, f"{own}.joined"), 3)
        biases = np.split(held[f"{own}.joined.bias"], 3)
        for part, matrix, bias in zip(("query", "key", "value"), parts, biases, strict=True):
            found[f"{own}.{part}.weight"], found[f"{own}.{part}.bias"] = matrix, bias
        for name in ("attention.output.dense", "intermediate.dense", "output.dense"):
            found[f"{layer}.{name}.weight"] = _matrix(held, f"{layer}.{name}")
            found[f"{layer}.{name}.bias"] = held[f"{layer}.{name}.bias"]
    found["qa_outputs.weight"], found["qa_outputs.bias"] = held["answer.weight"].T, held["answer.bias"]
    return {name: torch.tensor(np.array(value, dtype=np.float32)) for name, value in found.items()}


def _is_plain(name: str) -> bool:
    """Whether a constant stands in the graph as the model has it: norms, positions and token types."""
    return "LayerNorm" in name or name.endswith(("position_embeddings.weight", "token_type_embeddings.weight"))


def _matrix(held: Constants, name: str) -> NDArray[np.float32]:
    """A linear layer's matrix, outputs by inputs."""
    for stored in (f"{name}.int8", f"{name}.weight"):
        if stored in held:
            matrix = held[stored]
            return np.asarray(matrix * held[f"{name}.scale"] if f"{name}.scale" in held else matrix, np.float32).T
    raise KeyError(name)
