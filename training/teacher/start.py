"""The shipped second reader's weights, unfolded from its graph, for parity."""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from training.graph import Weights
from training.teacher.graph import NEAR, PLACES, WORDS, buckets_of
from training.teacher.model import FIRST_PLACE, pieces

Array = NDArray[np.float32]


def unfolded(model: onnx.ModelProto) -> dict[str, Array]:
    """The weights of a graph that `training.teacher.graph` wrote in int8, named as in `Teacher`, in its order.

    Rows of the word vectors that no id of the small reader's vocabulary stands for are 0, as are the places before the
    first token's.
    """
    held: Weights = {c.name: numpy_helper.to_array(c).astype(np.float32) for c in model.graph.initializer}
    found = {name: value for name, value in held.items() if "LayerNorm" in name}
    words = held[WORDS] * held[f"{WORDS}.scale"]
    found[WORDS] = np.zeros_like(words)
    found[WORDS][pieces(len(words)).numpy()] = words
    found[PLACES] = np.pad(held[PLACES], ((FIRST_PLACE, 0), (0, 0)))
    found[NEAR] = buckets_of(held["near.table"][0])
    for name in (constant.removesuffix(".int8") for constant in held if constant.endswith(".int8")):
        matrix, bias = (held[f"{name}.int8"] * held[f"{name}.scale"]).T, held[f"{name}.bias"]
        own, _, last = name.rpartition(".")
        parts = [f"{own}.{part}" for part in "qkv"] if last == "joined" else [name]
        for part, rows, offset in zip(parts, np.split(matrix, len(parts)), np.split(bias, len(parts)), strict=True):
            found[f"{part}.weight"], found[f"{part}.bias"] = rows, offset
    found["answer.weight"], found["answer.bias"] = held["answer.weight"].T, held["answer.bias"]
    return {name: np.ascontiguousarray(value, dtype=np.float32) for name, value in found.items()}
