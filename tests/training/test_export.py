"""The written graph computes what torch computes; int8 stays near; the reference finds spans and masks headers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from transformers import BertForQuestionAnswering

from training import export as exporting
from training.export import export, sha256
from training.features import encode
from training.graph import LARGEST_WEIGHT, Shape, build, quantise
from training.quality import Answered, Asked, auroc, figures, onnx_forward
from training.run import embedding_model_folder
from training.spans import best_span, sentence_log_odds

SHAPE = Shape(layers=2, heads=2)


@pytest.mark.parametrize(
    ("int8", "keep", "tolerance"), [(False, (), 1e-4), (True, (), 0.5), (True, ("intermediate", ".output"), 0.5)]
)
def test_the_graph_agrees_with_torch(
    tiny: BertForQuestionAnswering,
    tokenizer: Tokenizer,
    tmp_path: Path,
    *,
    int8: bool,
    keep: tuple[str, ...],
    tolerance: float,
) -> None:
    weights = {name: tensor.numpy() for name, tensor in tiny.state_dict().items()}
    (tmp_path / "m.onnx").write_bytes(build(weights, SHAPE, int8=int8, keep=keep).SerializeToString())
    features = [
        encode(tokenizer, question="who built it?", header="A — B", passage="Ada Lund built it. " * n) for n in (1, 6)
    ]
    given = onnx_forward(tmp_path / "m.onnx", threads=1)(features)
    tiny.train(mode=False)
    for feature, (start, end) in zip(features, given, strict=True):
        types = [int(i >= feature.types_from) for i in range(len(feature.ids))]
        with torch.no_grad():
            out = tiny(input_ids=torch.tensor([feature.ids]), token_type_ids=torch.tensor([types]))
        assert np.abs(start[: len(types)] - out.start_logits[0].numpy()).max() < tolerance
        assert np.abs(end[: len(types)] - out.end_logits[0].numpy()).max() < tolerance


def test_quantised_columns_are_near_and_leave_room_for_16_bit_sums() -> None:
    weight = np.random.default_rng(1).normal(size=(30, 20)).astype(np.float32)
    rounded, scale = quantise(weight, axis=0, largest=LARGEST_WEIGHT)
    assert np.abs(rounded * scale - weight).max() <= scale.max() / 2 + 1e-6
    assert 2 * 255 * int(np.abs(rounded.astype(int)).max()) <= np.iinfo(np.int16).max


def test_the_recipe_names_its_files_by_digest(
    tiny: BertForQuestionAnswering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "SHAPE", SHAPE)
    tiny.save_pretrained(tmp_path / "trained")
    tokenizer_file = embedding_model_folder() / "tokenizer.json"
    export(tmp_path / "trained", tmp_path / "out", tokenizer=tokenizer_file, parity=tmp_path / "fp32.onnx")
    recipe = json.loads((tmp_path / "out" / "model.json").read_text(encoding="utf-8"))
    assert recipe["output"]["null_position"] == 0
    for name, entry in recipe["files"].items():
        assert sha256(tmp_path / "out" / name) == entry["sha256"]
    assert (tmp_path / "fp32.onnx").stat().st_size > (tmp_path / "out" / "model.onnx").stat().st_size


def test_the_best_span_is_never_in_the_header() -> None:
    start, end = np.zeros(8, dtype=np.float32), np.zeros(8, dtype=np.float32)
    start[2] = end[2] = 99  # a header token
    start[5], end[6] = 3, 4
    best = best_span(start, end, first=4, offsets=[(0, 3), (4, 7), (8, 9), (9, 10)])
    assert (best.start, best.end, best.log_odds) == (4, 9, 7.0)


def test_a_span_does_not_run_backwards_or_too_far() -> None:
    start, end = np.zeros(6, dtype=np.float32), np.zeros(6, dtype=np.float32)
    start[4], end[1] = 5, 5
    best = best_span(start, end, first=1, offsets=[(i, i + 1) for i in range(5)], longest=2)
    assert best.end - best.start <= 2
    assert best_span(start, end, first=1, offsets=[]).log_odds == float("-inf")


def test_a_sentence_gathers_the_odds_of_its_spans() -> None:
    start, end = np.full(5, -9, dtype=np.float32), np.full(5, -9, dtype=np.float32)
    start[[0, 1, 2]] = end[[0, 1, 2]] = 0
    start[3] = end[3] = 0.1
    offsets = [(0, 1), (2, 3), (4, 5), (6, 7)]
    odds = sentence_log_odds(start, end, first=1, offsets=offsets, sentences=[(0, 3), (4, 7), (8, 9)], longest=1)
    assert odds[0] > odds[1]
    assert odds[2] == float("-inf")


def test_figures_choose_the_threshold_that_serves_all_rows_best() -> None:
    rows = [
        Asked(question="a", context="", title="", answers=("Ada Lund",)),
        Asked(question="b", context="", title="", answers=("the mill",)),
        Asked(question="c", context="", title="", answers=()),
    ]
    given = [
        Answered(text="Ada Lund", log_odds=2.0, sentence_right=True),
        Answered(text="mill", log_odds=1.0, sentence_right=False),
        Answered(text="x", log_odds=-1.0, sentence_right=False),
    ]
    found = figures(rows, given)
    assert (found.em, found.f1, found.auroc, found.threshold) == (100.0, 100.0, 1.0, 1.0)
    assert found.sentence == 0.5
    assert auroc(np.array([1.0, 1.0]), np.array([True, False])) == 0.5
