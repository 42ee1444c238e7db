"""The mean of a run and of what it started from."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from training.__main__ import main
from training.average import average
from training.loop import CHECKPOINT


def run_and_start(folder: Path) -> tuple[Path, Path]:
    weights = {"frozen": torch.tensor([5.0]), "trained": torch.tensor([1.0, 3.0])}
    torch.save({"model": weights, "position": {"steps": 7}}, folder / CHECKPOINT)
    save_file({"trained": torch.tensor([0.0, 1.0]).half()}, folder / "start.safetensors")
    return folder, folder / "start.safetensors"


def test_what_was_trained_lies_between_run_and_start(tmp_path: Path) -> None:
    run, start = run_and_start(tmp_path)
    average([run], start, tmp_path / "mean", share=0.25)
    found = torch.load(tmp_path / "mean" / CHECKPOINT, weights_only=True)
    assert found["model"]["trained"].tolist() == [0.25, 1.5]
    assert found["model"]["frozen"].tolist() == [5.0]
    assert found["position"] == {"steps": 7}


def test_runs_beside_each_other_count_alike(tmp_path: Path) -> None:
    run, start = run_and_start(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    weights = {"frozen": torch.tensor([5.0]), "trained": torch.tensor([5.0, 1.0])}
    torch.save({"model": weights, "position": {"steps": 9}}, other / CHECKPOINT)
    average([run, other], start, tmp_path / "mean", share=1.0)
    found = torch.load(tmp_path / "mean" / CHECKPOINT, weights_only=True)
    assert found["model"]["trained"].tolist() == [3.0, 2.0]
    assert found["position"] == {"steps": 7}


def test_runs_beside_each_other_need_what_they_go_back_to(tmp_path: Path) -> None:
    run, _ = run_and_start(tmp_path)
    other = ["--start", str(tmp_path / "elsewhere"), "--out", str(tmp_path / "out"), "--kept", str(tmp_path / "kept")]
    with pytest.raises(SystemExit, match="give --before FILE"):
        main(["export", "--folder", str(run), "--beside", str(run), *other])
    assert not (tmp_path / "out").exists()


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    run, start = run_and_start(tmp_path)
    save_file({"trained": torch.zeros(3)}, start)
    with pytest.raises(ValueError, match="trained is not in both"):
        average([run], start, tmp_path / "mean", share=0.5)
    save_file({"trained": torch.zeros(2), "bert.encoder.layer.0.a": torch.zeros(1)}, start)
    with pytest.raises(ValueError, match=r"has 1 layers and .* has 0"):
        average([run], start, tmp_path / "mean", share=0.5)
    with pytest.raises(ValueError, match="between 0 and 1"):
        average([run], start, tmp_path / "mean", share=1.5)
