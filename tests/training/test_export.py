"""The written graph computes what torch computes, int8 stays near, and a shipped model can be unfolded again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from transformers import BertForQuestionAnswering

from training import export as exporting
from training.export import export, keep_weights, sha256
from training.features import PAD, Feature, encode
from training.graph import INPUTS, LARGEST_WEIGHT, Shape, build, quantise
from training.run import embedding_model_folder
from training.start import starting_model, unfolded

SHAPE = Shape(layers=2, heads=2)


def forward(path: Path, features: Sequence[Feature]) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Start and end logits, from one padded batch."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    ids = np.full((len(features), max(len(f.ids) for f in features)), PAD, dtype=np.int64)
    mask, types = np.zeros_like(ids), np.zeros_like(ids)
    for row, feature in enumerate(features):
        length = len(feature.ids)
        ids[row, :length], mask[row, :length] = feature.ids, 1
        types[row, feature.types_from : length] = 1
    start, end = session.run(None, dict(zip(INPUTS, (ids, mask, types), strict=True)))
    return list(zip(start, end, strict=True))


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
    given = forward(tmp_path / "m.onnx", features)
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
    monkeypatch.setattr(exporting, "HEADS", SHAPE.heads)
    tiny.save_pretrained(tmp_path / "trained")
    tokenizer_file = embedding_model_folder() / "tokenizer.json"
    export(tmp_path / "trained", tmp_path / "out", tokenizer=tokenizer_file)
    export(tmp_path / "trained", tmp_path / "fp32", tokenizer=tokenizer_file, int8=False)
    recipe = json.loads((tmp_path / "out" / "model.json").read_text(encoding="utf-8"))
    assert recipe["output"]["null_position"] == 0
    for name, entry in recipe["files"].items():
        assert sha256(tmp_path / "out" / name) == entry["sha256"]
    assert (tmp_path / "fp32" / "model.onnx").stat().st_size > (tmp_path / "out" / "model.onnx").stat().st_size


def test_what_is_no_readers_checkpoint_is_refused(tmp_path: Path) -> None:
    torch.save({"model": {"0.reader.bert.encoder.layer.0.a": torch.zeros(1)}}, tmp_path / "checkpoint.pt")
    with pytest.raises(ValueError, match="holds no reader's weights; those of students are in a folder of each"):
        export(tmp_path, tmp_path / "out", tokenizer=embedding_model_folder() / "tokenizer.json")


@pytest.mark.parametrize("int8", [False, True])
def test_a_graph_unfolds_into_the_weights_it_was_written_from(tiny: BertForQuestionAnswering, *, int8: bool) -> None:
    weights = {name: tensor.numpy() for name, tensor in tiny.state_dict().items()}
    found = unfolded(build(weights, SHAPE, int8=int8, keep=("intermediate",)))
    assert found.keys() == weights.keys()
    for name, weight in weights.items():
        step = 0.5 * np.abs(weight).max() / LARGEST_WEIGHT if int8 else 0.0
        assert np.abs(found[name].numpy() - weight).max() <= step + 1e-6, name


def test_training_goes_on_from_the_kept_weights(
    tiny: BertForQuestionAnswering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "HEADS", SHAPE.heads)
    tiny.save_pretrained(tmp_path / "trained")
    export(tmp_path / "trained", tmp_path / "out", tokenizer=embedding_model_folder() / "tokenizer.json")
    keep_weights(tmp_path / "trained", tmp_path / "kept" / "reader.safetensors")
    given = starting_model(tmp_path / "out", tmp_path / "trained", kept=tmp_path / "kept" / "reader.safetensors")
    for (name, one), (_, other) in zip(tiny.state_dict().items(), given.state_dict().items(), strict=True):
        near = 2e-3 if "word_embeddings" not in name else 0.02
        assert float((one - other).abs().max()) <= near * float(one.abs().max()), name
