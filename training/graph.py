"""The reader as an ONNX graph, written node by node: int8 for shipping, fp32 for parity, the same nodes for both.

Written by hand instead of traced, because the fused operators of onnxruntime and the way each weight is quantised are
then ours to choose: int8 weights with one scale by output column, word vectors with one scale by row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from training.export_embedder import LARGEST_ACTIVATION
from training.export_embedder import quantise as quantise_in_pairs

Weights = Mapping[str, NDArray[np.float32]]
Attribute = float | Sequence[int]

# 64 and not 127: processors without VNNI add two products of 8 bits in 16 bits, and 2 * 255 * 64 still fits there.
LARGEST_WEIGHT = 64
LARGEST_STORED = 127
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUTS = ("start_logits", "end_logits")
_FUSED = "com.microsoft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The sizes that the graph needs and the weights do not tell."""

    layers: int
    heads: int
    epsilon: float = 1e-12


def quantise(weight: NDArray[np.float32], *, axis: int, largest: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Symmetric int8 of a matrix with one scale for each index of the other axis: `weight ≈ int8 * scale`."""
    scale = np.maximum(np.abs(weight).max(axis=axis, keepdims=True), 1e-8) / largest
    rounded = np.clip(np.rint(weight / scale), -largest, largest).astype(np.int8)
    return rounded, scale.squeeze(axis).astype(np.float32)


class GraphParts:
    """Nodes and constants under construction."""

    def __init__(self, weights: Weights, *, int8: bool, keep: Sequence[str] = (), by_token: bool = False) -> None:
        self.weights = weights
        self.int8 = int8
        self.keep = tuple(keep)
        self.by_token = by_token
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._numbers: set[str] = set()

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        """Adds an array, of at least one dimension; returns its name."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def once(self, name: str, value: float | np.generic) -> str:
        """Adds a number that several nodes take, a whole one as a row of one; returns its name."""
        if name not in self._numbers:
            self._numbers.add(name)
            array = np.array([value], dtype=np.int64) if isinstance(value, int) else np.asarray(value)
            self.constants.append(numpy_helper.from_array(array, name))
        return name

    def weight(self, name: str) -> str:
        """Adds a weight as it is."""
        return self.constant(name, self.weights[name])

    def node(self, kind: str, inputs: Sequence[str], name: str, *, domain: str = "", **attributes: Attribute) -> str:
        """Adds a node with one output, which is called like the node."""
        made = helper.make_node(kind, list(inputs), [name], name=name, domain=domain)
        made.attribute.extend(helper.make_attribute(key, value) for key, value in attributes.items())
        self.nodes.append(made)
        return name

    def linear(self, x: str, names: Sequence[str], name: str) -> str:
        """`x` times the joined weights `names`, plus bias.

        In the int8 graph the arithmetic is int8 too, but for names that match one of `keep`: those weights are stored
        in int8 and unfolded when the model is loaded, so that what flows through them is not rounded. With `by_token`
        each token's row is rounded on a scale of its own.
        """
        matrix = np.concatenate([self.weights[f"{n}.weight"] for n in names]).T
        bias = self.constant(f"{name}.bias", np.concatenate([self.weights[f"{n}.bias"] for n in names]))
        stored = self.int8 and any(re.search(kept, n) for n in names for kept in self.keep)
        if stored or not self.int8:
            held = self.stored(name, matrix) if stored else self.constant(f"{name}.weight", matrix)
            product = self.node("MatMul", [x, held], f"{name}.product")
            return self.node("Add", [product, bias], name)
        if self.by_token:
            return self.node("Add", [self.rounded_by_token(x, matrix, name), bias], name)
        rounded, scale = quantise(matrix, axis=0, largest=LARGEST_WEIGHT)
        return self.node(
            "DynamicQuantizeMatMul",
            [
                x,
                self.constant(f"{name}.weight", rounded),
                self.constant(f"{name}.scale", scale),
                self.constant(f"{name}.zero", np.zeros(len(scale), dtype=np.int8)),
                bias,
            ],
            name,
            domain=_FUSED,
        )

    def rounded_by_token(self, x: str, matrix: NDArray[np.float32], name: str) -> str:
        """`x` times a matrix in int8 arithmetic, each token's row divided by its largest value before.

        A few tokens are much larger than the rest, and would set the scale of all.
        """
        size = self.node("ReduceMax", [self.node("Abs", [x], f"{name}.abs"), self.once("last", 2)], f"{name}.size")
        zero = LARGEST_ACTIVATION // 2
        step, middle = self.once("step", np.float32(1 / zero)), self.once("middle", np.uint8(zero))
        scaled = self.node("Div", [x, size], f"{name}.scaled")
        codes = self.node("QuantizeLinear", [scaled, step, middle], f"{name}.codes")
        rounded, scale = quantise_in_pairs(matrix)
        inputs = [codes, self.constant(f"{name}.int8", rounded), step, self.constant(f"{name}.scale", scale), middle]
        product = self.node("MatMulIntegerToFloat", inputs, f"{name}.codes.product", domain=_FUSED)
        return self.node("Mul", [product, size], f"{name}.product")

    def stored(self, name: str, matrix: NDArray[np.float32]) -> str:
        """A matrix kept in int8 with one scale by column; onnxruntime folds the two nodes once, at loading."""
        rounded, scale = quantise(matrix, axis=0, largest=LARGEST_STORED)
        rows = self.node("Cast", [self.constant(f"{name}.int8", rounded)], f"{name}.float", to=TensorProto.FLOAT)
        return self.node("Mul", [rows, self.constant(f"{name}.scale", scale)], f"{name}.weight")

    def vectors(self, name: str) -> str:
        """Word vectors of the input ids, from the table `name`."""
        if not self.int8:
            return self.node("Gather", [self.weight(name), "input_ids"], "word_vectors")
        rounded, scale = quantise(self.weights[name], axis=1, largest=LARGEST_STORED)
        rows = self.node("Gather", [self.constant(name, rounded), "input_ids"], "word_vectors.int8")
        rows = self.node("Cast", [rows], "word_vectors.float", to=TensorProto.FLOAT)
        scales = self.node(
            "Gather", [self.constant(f"{name}.scale", scale[:, None]), "input_ids"], "word_vectors.scale"
        )
        return self.node("Mul", [rows, scales], "word_vectors")

    def normed(self, x: str, skip: str, prefix: str, epsilon: float) -> str:
        """The layer norm of a sum."""
        gamma, beta = self.weight(f"{prefix}.weight"), self.weight(f"{prefix}.bias")
        return self.node(
            "SkipLayerNormalization", [x, skip, gamma, beta], f"{prefix}.out", domain=_FUSED, epsilon=epsilon
        )


def encoder(g: GraphParts, shape: Shape) -> str:
    """Adds the body, from the three inputs to the last layer's states of shape (passages, tokens, width)."""
    embeddings = "bert.embeddings"
    words = g.vectors(f"{embeddings}.word_embeddings.weight")
    kinds = g.node("Gather", [g.weight(f"{embeddings}.token_type_embeddings.weight"), "token_type_ids"], "kinds")
    placed = g.node("Add", [kinds, places(g, f"{embeddings}.position_embeddings.weight")], "placed")
    x = g.normed(words, placed, f"{embeddings}.LayerNorm", shape.epsilon)
    mask = g.node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    for number in range(shape.layers):
        layer = f"bert.encoder.layer.{number}"
        own = f"{layer}.attention.self"
        seen = looked(g, x, [f"{own}.{part}" for part in ("query", "key", "value")], [mask], heads=shape.heads)
        out = g.linear(seen, [f"{layer}.attention.output.dense"], f"{layer}.attention.output.dense")
        x = g.normed(out, x, f"{layer}.attention.output.LayerNorm", shape.epsilon)
        x = widened(g, x, layer, shape.epsilon)
    return x


def places(g: GraphParts, name: str) -> str:
    """The first rows of the table `name`, one for each token: shape (tokens, width)."""
    size = g.node("Shape", ["input_ids"], "tokens", start=1, end=2)
    return g.node(
        "Slice",
        [
            g.weight(name),
            g.constant("zero", np.array([0], dtype=np.int64)),
            size,
            g.constant("rows", np.array([0], dtype=np.int64)),
        ],
        "places",
    )


def looked(g: GraphParts, x: str, names: Sequence[str], beside: Sequence[str], *, heads: int) -> str:
    """What attention makes of `x`, before its output layer.

    `names` are those of query, key and value; `beside` is what the operator takes further, from the mask on.
    """
    own = names[0].rpartition(".")[0]
    joined = g.linear(x, names, f"{own}.joined")
    parts = [f"{name}.out" for name in names]
    g.nodes.append(helper.make_node("Split", [joined], parts, name=f"{own}.split", axis=2, num_outputs=3))
    return g.node("MultiHeadAttention", [*parts, "", *beside], f"{own}.looked", domain=_FUSED, num_heads=heads)


def widened(g: GraphParts, x: str, layer: str, epsilon: float) -> str:
    """The second half of a layer: the two wide matrices, and the norm of their sum with `x`."""
    wide = g.linear(x, [f"{layer}.intermediate.dense"], f"{layer}.intermediate.dense")
    wide = g.node("Gelu", [wide], f"{layer}.gelu", domain=_FUSED)
    out = g.linear(wide, [f"{layer}.output.dense"], f"{layer}.output.dense")
    return g.normed(out, x, f"{layer}.output.LayerNorm", epsilon)


def answered(g: GraphParts, x: str, prefix: str) -> onnx.ModelProto:
    """The finished reader: both scores of the states `x`, by the answer layer whose weights are called `prefix`."""
    product = g.node("MatMul", [x, g.constant("answer.weight", g.weights[f"{prefix}.weight"].T)], "answer.product")
    both = g.node("Add", [product, g.constant("answer.bias", g.weights[f"{prefix}.bias"])], "answer")
    halves = ["start.column", "end.column"]
    g.nodes.append(helper.make_node("Split", [both], halves, name="answer.split", axis=2, num_outputs=2))
    last = g.once("last", 2)
    for half, name in zip(halves, OUTPUTS, strict=True):
        g.node("Squeeze", [half, last], name)
    return finished(g, "reader", [(name, ["passages", "tokens"]) for name in OUTPUTS])


def finished(
    g: GraphParts, name: str, outputs: Sequence[tuple[str, Sequence[str | int]]], *, inputs: Sequence[str] = INPUTS
) -> onnx.ModelProto:
    """The model of a graph whose nodes are all there; ``outputs`` are names and shapes."""
    graph = helper.make_graph(
        g.nodes,
        name,
        [helper.make_tensor_value_info(each, TensorProto.INT64, ["passages", "tokens"]) for each in inputs],
        [helper.make_tensor_value_info(each, TensorProto.FLOAT, list(dims)) for each, dims in outputs],
        g.constants,
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid(_FUSED, 1)], producer_name="dateline"
    )
    model.ir_version = 9
    return model


def build(weights: Weights, shape: Shape, *, int8: bool, keep: Sequence[str] = ()) -> onnx.ModelProto:
    """The reader's graph from weights named as in `BertForQuestionAnswering`.

    Inputs are int64 of shape (passages, tokens), outputs fp32 of the same shape. `keep` names parts of weights' names
    that are stored in int8 and multiplied in fp32.
    """
    g = GraphParts(weights, int8=int8, keep=keep)
    return answered(g, encoder(g, shape), "qa_outputs")
