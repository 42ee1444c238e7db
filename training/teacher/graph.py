"""The reader on the first layers of all-mpnet-base-v2 as an ONNX graph, fed and asked like the small one's.

What the two bodies disagree about is settled while the graph is written: the rows of the word vectors and of the
positions stand in the small reader's order, and nothing looks at the token types.
"""

from __future__ import annotations

import re

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto
from torch import Tensor
from transformers.models.mpnet.modeling_mpnet import MPNetEncoder

from training.graph import GraphParts, Shape, Weights, answered, looked, places, widened
from training.teacher.model import FIRST_PLACE, pieces

WORDS = "body.embeddings.word_embeddings.weight"
PLACES = "body.embeddings.position_embeddings.weight"
NEAR = "body.encoder.relative_attention_bias.weight"
_LAYER = re.compile(r"body\.encoder\.layer\.(\d+)\.")


def shape_of(weights: Weights, *, epsilon: float) -> Shape:
    """The sizes of a reader that has these weights: a layer for each number, a head for each column of the bias.

    `epsilon` is `layer_norm_eps` of the body's configuration, which the weights do not tell.
    """
    layers = {found[1] for name in weights if (found := _LAYER.match(name))}
    return Shape(layers=len(layers), heads=weights[NEAR].shape[1], epsilon=epsilon)


def build_shortlist_reader(weights: Weights, shape: Shape, *, int8: bool) -> onnx.ModelProto:
    """The graph from weights named as in `Teacher`, of which the first `shape.layers` layers are read.

    Inputs and outputs are those of `training.graph.build`: int64 of shape (passages, tokens), ids of the small reader's
    vocabulary, of which `token_type_ids` make no difference; fp32 of the same shape. A passage has as many tokens as
    there are positions at most, 512. In int8 each token's row is rounded on a scale of its own.
    """
    words, positions = weights[WORDS], weights[PLACES]
    ordered = {WORDS: words[pieces(len(words)).numpy()], PLACES: positions[FIRST_PLACE:]}
    g = GraphParts({**weights, **ordered}, int8=int8, by_token=True)
    x = g.normed(g.vectors(WORDS), places(g, PLACES), "body.embeddings.LayerNorm", shape.epsilon)
    mask = g.node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    bias = _nearness(g, by_distance(weights[NEAR], len(ordered[PLACES])))
    for number in range(shape.layers):
        layer = f"body.encoder.layer.{number}"
        own = f"{layer}.attention.attn"
        seen = looked(g, x, [f"{own}.{part}" for part in "qkv"], [mask, bias], heads=shape.heads)
        out = g.linear(seen, [f"{own}.o"], f"{own}.o")
        x = g.normed(out, x, f"{layer}.attention.LayerNorm", shape.epsilon)
        x = widened(g, x, layer, shape.epsilon)
    return answered(g, x, "answer")


def by_distance(buckets: NDArray[np.float32], tokens: int) -> NDArray[np.float32]:
    """What a head adds to its weight for a token so far away, from the biases of the body's buckets (buckets, heads).

    Returns:
        Shape (heads, 2 * tokens - 1): distances from `1 - tokens`, which is before, to `tokens - 1`.
    """
    table: NDArray[np.float32] = buckets[_bucket_of(tokens)]
    return table.T


def buckets_of(table: NDArray[np.float32]) -> NDArray[np.float32]:
    """The biases of the buckets, shape (buckets, heads), from the table that `by_distance` made of them."""
    found = _bucket_of(table.shape[1] // 2 + 1)
    buckets = np.zeros((int(found.max()) + 1, len(table)), dtype=np.float32)
    buckets[found] = table.T
    return buckets


def _bucket_of(tokens: int) -> NDArray[np.int64]:
    """The bucket of each distance from `1 - tokens` to `tokens - 1`."""
    found: Tensor = MPNetEncoder.relative_position_bucket(torch.arange(1 - tokens, tokens))  # type: ignore[no-untyped-call]
    return found.numpy()


def _nearness(g: GraphParts, table: NDArray[np.float32]) -> str:
    """Adds the bias of each head by the distance of two tokens, once for all layers: shape (1, heads, tokens, tokens).

    `table` is that of `by_distance`.
    """
    farthest = table.shape[1] // 2
    size = g.node("Shape", ["input_ids"], "near.tokens", start=1, end=2)
    first = g.constant("near.first", np.array([0], dtype=np.int64))
    steps = g.node("Slice", [g.constant("near.steps", np.arange(farthest + 1)), first, size], "near.to")
    column = g.node("Unsqueeze", [steps, g.constant("near.axis", np.array([1], dtype=np.int64))], "near.from")
    away = g.node("Sub", [steps, column], "near.away")
    index = g.node("Add", [away, g.constant("near.offset", np.array([farthest], dtype=np.int64))], "near.index")
    return g.node("Gather", [g.constant("near.table", table[None]), index], "near", axis=2)
