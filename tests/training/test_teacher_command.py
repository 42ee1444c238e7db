"""`python -m training.teacher` trains reader after reader, each where it should begin, and says what is wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import BertForQuestionAnswering

import training.teacher.__main__ as command
from index.backends.reader_onnx import OnnxSpanScorer
from training.export import layers_in, weights_of
from training.loop import CHECKPOINT, Position, position_of
from training.objective import Batch
from training.run import PLAN
from training.spans import Drawing
from training.teacher.model import Teacher, trained_teacher
from training.teacher.run import train


class Drawn:
    """Draws in this process, and notes which blocks it was told to begin with."""

    def __init__(self, draw: Drawing) -> None:
        self._draw = draw
        self.started: list[int] = []

    def start(self, block: int) -> None:
        self.started.append(block)

    def __call__(self, block: int) -> Sequence[Batch]:
        return self._draw(block)


@pytest.fixture
def drawn(body: Path, draw: Drawing, tiny: BertForQuestionAnswering, monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """The command with a small body, a few rows, and nothing drawn by other processes."""
    made = Drawn(draw)
    tiny.save_pretrained(body.parent / "start")
    monkeypatch.setattr(command, "body_folder", lambda _: body)
    monkeypatch.setattr(command, "Ahead", lambda *_, **__: made)
    monkeypatch.setattr(command, "report", lambda _: None)
    return made


def told(folder: Path, *more: str) -> list[str]:
    """Arguments for runs of a second or so in a folder."""
    places = {
        "--folder": folder / "teacher", "--students": folder / "students", "--start": folder / "start",
        "--second": folder / "second", "--out": folder / "out",
    }  # fmt: skip
    arguments = [*more, *(str(part) for pair in places.items() for part in pair)]
    return [*arguments, "--second-layers", "3", "--minutes", "0.01", "0.01", "0.01"]


def test_students_of_both_depths_begin_after_their_teacher(drawn: Drawn, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    command.main([*told(tmp_path, "train", "teach"), "--layers", "2", "4"])
    taught = position_of(tmp_path / "teacher")
    assert drawn.started == [0]
    assert taught.steps > 0
    plan = json.loads((tmp_path / "students" / PLAN).read_text(encoding="utf-8"))
    assert plan["plan"]["first_block"] == taught.block + (taught.batch > 0)
    assert plan["layers"] == [2, 4]
    for layers in (2, 4):
        assert layers_in(weights_of(tmp_path / "students" / str(layers))) == layers
        assert position_of(tmp_path / "students" / str(layers)).steps > 0
    again = told(tmp_path, "train")
    command.main(again)
    assert drawn.started == [0, taught.block]


def test_students_of_other_layers_are_not_gone_on_with(drawn: Drawn, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    command.main([*told(tmp_path, "train", "teach"), "--layers", "2"])
    with pytest.raises(ValueError, match=r"holds a run of readers of \[2\] layers, not \[4\]: give another folder"):
        command.main([*told(tmp_path), "--layers", "4"])
    assert drawn.started == [0]


@pytest.mark.usefixtures("drawn")
def test_layers_that_nothing_can_start_from_are_found_before_the_teacher_is_trained(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one of 2 or 4 can start, not one of 3"):
        command.main([*told(tmp_path), "--layers", "3"])
    assert not (tmp_path / "teacher" / CHECKPOINT).exists()


def test_the_second_reader_is_cut_out_of_the_teacher_learns_and_goes_on(
    drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.set_num_threads(1)
    command.main(told(tmp_path, "train"))
    teacher = trained_teacher(tmp_path / "teacher").state_dict()
    begun: list[dict[str, torch.Tensor]] = []

    def noted(reader: Teacher, *given: Any, **named: Any) -> Position:  # noqa: ANN401 - as it is called
        begun.append({name: value.clone() for name, value in reader.state_dict().items()})
        return train(reader, *given, **named)

    monkeypatch.setattr(command, "train", noted)
    command.main(told(tmp_path, "shorten"))
    [first] = begun
    assert len(first) < len(teacher)
    assert all(torch.equal(value, teacher[name]) for name, value in first.items())
    at = position_of(tmp_path / "second")
    assert at.steps > 0
    assert position_of(tmp_path / "teacher").steps > 0
    assert json.loads((tmp_path / "second" / PLAN).read_text(encoding="utf-8"))["layers"] == [3]
    learnt = weights_of(tmp_path / "second")
    assert {name for name in learnt if "attn.q.weight" in name} == {
        f"body.encoder.layer.{number}.attention.attn.q.weight" for number in range(3)
    }
    query = "body.encoder.layer.0.attention.attn.q.weight"
    assert not np.array_equal(learnt[query], teacher[query].numpy())
    assert "dateline-shortlist-reader" in OnnxSpanScorer(tmp_path / "out").id
    recipe = json.loads((tmp_path / "out" / "model.json").read_text(encoding="utf-8"))
    assert recipe["training"]["steps"] == at.steps
    [scores] = OnnxSpanScorer(tmp_path / "out").score("Who built it?", [("", "Ada Lund built it.")])
    assert np.isfinite(scores.start).all()
    command.main([*told(tmp_path, "shorten")[:-1], "0.05"])
    again = position_of(tmp_path / "second")
    assert drawn.started == [0, 0, at.block]
    assert again.steps > at.steps
    recipe = json.loads((tmp_path / "out" / "model.json").read_text(encoding="utf-8"))
    assert recipe["training"]["steps"] == again.steps


@pytest.mark.usefixtures("drawn")
def test_a_second_reader_needs_a_teacher_with_as_many_layers(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    with pytest.raises(FileNotFoundError, match="holds no teacher"):
        command.main(told(tmp_path, "shorten"))
    command.main(told(tmp_path, "train"))
    with pytest.raises(ValueError, match="of 4 layers between 1 and 4 can be kept, not 5"):
        command.main([*told(tmp_path, "shorten"), "--second-layers", "5"])
    assert not (tmp_path / "second").exists()
    assert not (tmp_path / "out").exists()


def test_all_stages_are_run_if_none_is_named(drawn: Drawn, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    command.main([*told(tmp_path), "--layers", "2"])
    assert drawn.started == [0, 0]
    assert all((tmp_path / name / CHECKPOINT).exists() for name in ("teacher", "students", "second"))
    assert (tmp_path / "out" / "model.onnx").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["learn"], "no such stage: learn"),
        (["--minutes", "0", "1", "1"], "minutes must be more than 0"),
        (["--workers", "0"], "one worker at least"),
        (["--minutes", "1", "1"], "expected 3 arguments"),
        (["--layers", "6", "6"], "must differ in layers"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.parse(arguments)
    assert message in capsys.readouterr().err
