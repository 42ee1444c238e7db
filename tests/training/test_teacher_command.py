"""`python -m training.teacher` trains the one, then the others, each where it should begin, and says what is wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from transformers import BertForQuestionAnswering

import training.teacher.__main__ as command
from training.export import layers_in, weights_of
from training.loop import CHECKPOINT, position_of
from training.objective import Batch
from training.run import PLAN
from training.spans import Drawing


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
    places = {"--folder": folder / "teacher", "--students": folder / "students", "--start": folder / "start"}
    return [*more, *(str(part) for pair in places.items() for part in pair), "--minutes", "0.01", "0.01"]


def test_students_of_both_depths_begin_after_their_teacher(drawn: Drawn, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    command.main([*told(tmp_path), "--layers", "2", "4"])
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
    command.main([*told(tmp_path), "--layers", "2"])
    with pytest.raises(ValueError, match=r"holds a run of students of \[2\] layers, not \[4\]: give another folder"):
        command.main([*told(tmp_path), "--layers", "4"])
    assert drawn.started == [0]


@pytest.mark.usefixtures("drawn")
def test_layers_that_nothing_can_start_from_are_found_before_the_teacher_is_trained(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one of 2 or 4 can start, not one of 3"):
        command.main([*told(tmp_path), "--layers", "3"])
    assert not (tmp_path / "teacher" / CHECKPOINT).exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["learn"], "no such stage: learn"),
        (["--minutes", "0", "1"], "minutes must be more than 0"),
        (["--workers", "0"], "one worker at least"),
        (["--layers", "6", "6"], "must differ in layers"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.parse(arguments)
    assert message in capsys.readouterr().err
