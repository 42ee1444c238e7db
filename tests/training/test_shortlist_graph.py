"""The larger reader's graph computes what the larger reader does, from the small one's inputs, and int8 stays near."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from transformers import MPNetConfig

from index.backends.models import read_model_folder
from index.backends.reader_onnx import OnnxSpanScorer
from training.features import CLS, PAD, SEP
from training.graph import INPUTS, OUTPUTS, GraphParts, Shape, finished
from training.loop import Position
from training.run import embedding_model_folder
from training.teacher.graph import build_shortlist_reader, by_distance, shape_of
from training.teacher.model import Teacher, untrained
from training.teacher.shortlist import export_shortlist_reader, shortened

Array = NDArray[np.float32]
Ids = NDArray[np.int64]

NEAR = "body.encoder.relative_attention_bias.weight"
EPSILON = MPNetConfig().layer_norm_eps


@pytest.fixture
def teacher(body: Path) -> Teacher:
    return untrained(body).eval()


@pytest.fixture
def weights(teacher: Teacher) -> dict[str, Array]:
    return {name: tensor.numpy() for name, tensor in teacher.state_dict().items()}


def passage(tokens: int) -> Ids:
    """A question of one token and some text, shape (1, tokens)."""
    ids = np.random.default_rng(tokens).integers(1000, 30522, (1, tokens))
    ids[0, 0], ids[0, 2], ids[0, -1] = CLS, SEP, SEP
    return ids


def made(weights: Mapping[str, Array], *, int8: bool = False) -> onnx.ModelProto:
    return build_shortlist_reader(weights, shape_of(weights, epsilon=EPSILON), int8=int8)


def scored(model: onnx.ModelProto, ids: Ids, types: Ids | None = None) -> Array:
    """Start and end logits, shape (2, passages, tokens)."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    fed = (ids, (ids != PAD).astype(np.int64), np.zeros_like(ids) if types is None else types)
    return np.stack(session.run(list(OUTPUTS), dict(zip(INPUTS, fed, strict=True))))


def expected(teacher: Teacher, ids: Ids) -> Array:
    with torch.no_grad():
        told = teacher(torch.tensor(ids), torch.tensor(ids != PAD).long())
    return np.stack([told.start.numpy(), told.end.numpy()])


@pytest.mark.parametrize(("int8", "near"), [(False, 1e-5), (True, 0.1)])
@pytest.mark.parametrize("tokens", [4, 60, 300, 512])
def test_the_graph_agrees_with_the_teacher(
    teacher: Teacher, weights: dict[str, Array], tokens: int, *, int8: bool, near: float
) -> None:
    given = scored(made(weights, int8=int8), passage(tokens))
    assert np.abs(given - expected(teacher, passage(tokens))).max() < near


def test_padding_after_a_passage_does_not_change_its_scores(teacher: Teacher, weights: dict[str, Array]) -> None:
    short, long = passage(40), passage(150)
    both = np.concatenate([np.pad(short, [(0, 0), (0, 110)], constant_values=PAD), long])
    given = scored(made(weights), both)
    assert np.allclose(given[:, 0, :40], scored(made(weights), short)[:, 0], atol=1e-4)
    assert np.allclose(given[:, 0, :40], expected(teacher, both)[:, 0, :40], atol=1e-4)
    assert np.allclose(given[:, 1], expected(teacher, long)[:, 0], atol=1e-4)


@pytest.mark.parametrize("int8", [False, True])
def test_token_types_are_taken_and_make_no_difference(weights: dict[str, Array], *, int8: bool) -> None:
    model, ids = made(weights, int8=int8), passage(50)
    assert [one.name for one in model.graph.input] == list(INPUTS)
    assert np.array_equal(scored(model, ids), scored(model, ids, np.ones_like(ids)))


def test_every_weight_matters(weights: dict[str, Array]) -> None:
    ids = passage(50)
    before = scored(made(weights), ids)
    for name, weight in weights.items():
        changed = np.random.default_rng(7).normal(size=weight.shape).astype(np.float32)
        after = scored(made({**weights, name: changed}), ids)
        # A key's bias is the same for all that is looked at, which the softmax takes away.
        assert (np.abs(after - before).max() < 1e-4) == name.endswith("attn.k.bias"), name


@pytest.mark.parametrize("int8", [False, True])
def test_tokens_far_from_each_other_are_told_apart(weights: dict[str, Array], *, int8: bool) -> None:
    """The buckets for 91 tokens before and more; a passage of 60 tokens does not know of them."""
    far = weights[NEAR].copy()
    far[15] += 5
    for tokens, same in ((60, True), (300, False)):
        before = scored(made(weights, int8=int8), passage(tokens))
        assert np.allclose(before, scored(made({**weights, NEAR: far}, int8=int8), passage(tokens))) == same


def test_the_bias_by_distance_is_that_between_two_tokens(teacher: Teacher, weights: dict[str, Array]) -> None:
    table = by_distance(weights[NEAR], 200)
    with torch.no_grad():
        whole = teacher.body.encoder.compute_position_bias(torch.zeros(1, 200, 1))[0].numpy()  # type: ignore[no-untyped-call]
    for i, j in ((0, 0), (0, 199), (199, 0), (70, 61), (3, 150)):
        assert np.array_equal(table[:, j - i + 199], whole[:, i, j])


def test_a_cut_reader_has_the_layers_of_its_weights(weights: dict[str, Array]) -> None:
    cut = {name: weight for name, weight in weights.items() if ".layer.3." not in name}
    assert shape_of(weights, epsilon=EPSILON) == Shape(layers=4, heads=2, epsilon=EPSILON)
    assert shape_of(cut, epsilon=EPSILON) == Shape(layers=3, heads=2, epsilon=EPSILON)
    onnx.checker.check_model(made(cut, int8=True), full_check=True)
    assert not np.allclose(scored(made(cut), passage(9)), scored(made(weights), passage(9)), atol=1e-2)


@pytest.mark.parametrize(("int8", "near"), [(False, 1e-4), (True, 0.1)])
def test_the_small_readers_runtime_reads_what_is_exported(
    teacher: Teacher, tmp_path: Path, *, int8: bool, near: float
) -> None:
    reader = shortened(teacher, 3).eval()
    tokenizer = embedding_model_folder() / "tokenizer.json"
    at = Position(steps=30, examples=700, seconds=12.6)
    export_shortlist_reader(reader, tmp_path / "reader", tokenizer=tokenizer, at=at, int8=int8)
    folder = read_model_folder(tmp_path / "reader")
    assert folder.id.startswith("dateline-shortlist-reader")
    assert folder.settings["training"] == {"steps": 30, "examples": 700, "seconds": 13}
    assert "teacher" not in folder.settings
    scorer = OnnxSpanScorer(tmp_path / "reader")
    passages = [("A — B", "Ada Lund built it."), ("", "Nobody knows. " * 90)]
    fed = scorer.prepare("Who built it?", passages)
    for one, scores in zip(fed, scorer.forward(fed), strict=True):
        assert np.abs(np.stack(scores) - expected(reader, one.ids)[:, 0]).max() < near
    assert [len(one.start) for one in scorer.score("Who built it?", passages)] == [len(one.offsets) for one in fed]


@pytest.mark.parametrize("layers", [1, 3, 4])
def test_a_shortened_reader_is_the_teachers_beginning(teacher: Teacher, layers: int) -> None:
    short = shortened(teacher, layers)
    assert len(short.layers) == short.body.config.num_hidden_layers == layers
    own, whole = short.state_dict(), teacher.state_dict()
    left_out = {int(name.split(".")[3]) for name in set(whole) - set(own)}
    assert left_out == set(range(layers, 4))
    for name, value in own.items():
        assert torch.equal(value, whole[name]), name
        assert value.data_ptr() != whole[name].data_ptr()
    assert teacher.body.config.num_hidden_layers == len(teacher.layers) == 4
    assert np.allclose(expected(short.eval(), passage(9)), expected(teacher, passage(9)), atol=1e-3) == (layers == 4)


@pytest.mark.parametrize("layers", [0, 5])
def test_layers_that_the_teacher_has_not_cannot_be_kept(teacher: Teacher, layers: int) -> None:
    with pytest.raises(ValueError, match=f"of 4 layers between 1 and 4 can be kept, not {layers}"):
        shortened(teacher, layers)


def multiplied(rows: Array, matrix: Array, bias: Array, *, int8: bool = True, by_token: bool = False) -> Array:
    """`rows`, as the tokens of one passage, times a matrix plus bias, as a graph's linear layer computes it."""
    g = GraphParts({"a.weight": matrix.T, "a.bias": bias}, int8=int8, by_token=by_token)
    given = g.node("Gather", [g.constant("rows", rows), "input_ids"], "given")
    out = g.linear(given, ["a"], "out")
    model = finished(g, "product", [(out, ["passages", "tokens", len(bias)])], inputs=["input_ids"])
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    product: Array = session.run(None, {"input_ids": np.arange(len(rows))[None]})[0][0]
    return product


@pytest.mark.parametrize("seed", range(5))
def test_a_token_much_larger_than_the_rest_does_not_round_them_away(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows, matrix = (random.normal(size=size).astype(np.float32) for size in ((12, 64), (64, 20)))
    bias = random.normal(size=20).astype(np.float32)
    larger = rows.copy()
    larger[4] *= 200
    by_token, by_tensor = (partial(multiplied, matrix=matrix, bias=bias, by_token=one) for one in (True, False))
    exact = multiplied(larger, matrix, bias, int8=False)
    assert np.allclose(exact, larger @ matrix + bias, rtol=1e-4, atol=1e-3)
    others = np.arange(12) != 4
    spread = exact[others].std()
    assert np.abs(by_token(larger) - exact)[others].max() < 0.04 * spread
    assert np.abs(by_tensor(larger) - exact)[others].max() > 0.4 * spread
    assert np.abs(by_token(larger) - exact)[4].max() < 0.04 * exact[4].std()
    # The others are what they are without it, which a common scale forbids.
    assert np.array_equal(by_token(larger)[others], by_token(rows)[others])
    assert not np.allclose(by_tensor(larger)[others], by_tensor(rows)[others], atol=0.1)


def test_a_token_of_zeros_is_no_accident() -> None:
    random = np.random.default_rng(1)
    rows, matrix = np.zeros((3, 8), dtype=np.float32), random.normal(size=(8, 4)).astype(np.float32)
    rows[1] = 1
    given = multiplied(rows, matrix, np.ones(4, dtype=np.float32), by_token=True)
    assert np.array_equal(given[[0, 2]], np.ones((2, 4)))
    assert np.allclose(given[1], matrix.sum(axis=0) + 1, atol=0.1)


def test_a_number_is_in_the_graph_once() -> None:
    g = GraphParts({}, int8=True)
    assert [g.once("last", 2), g.once("step", np.float32(0.5)), g.once("last", 2)] == ["last", "step", "last"]
    found = {one.name: onnx.numpy_helper.to_array(one) for one in g.constants}
    assert len(g.constants) == len(found) == 2
    assert (str(found["last"].dtype), found["last"].tolist()) == ("int64", [2])
    assert (str(found["step"].dtype), found["step"].ndim) == ("float32", 0)


def test_in_int8_every_layer_is_rounded_by_token(weights: dict[str, Array]) -> None:
    kinds = {node.op_type for node in made(weights, int8=True).graph.node}
    assert "MatMulIntegerToFloat" in kinds
    assert "DynamicQuantizeMatMul" not in kinds
    assert "MatMulIntegerToFloat" not in {node.op_type for node in made(weights).graph.node}
