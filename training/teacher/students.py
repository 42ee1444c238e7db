"""Small readers that learn from the teacher, several side by side: the teacher reads each batch once for all of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import nn
from transformers import BertForQuestionAnswering

from training.loop import CHECKPOINT, Plan, Position, Step, freeze, run
from training.objective import Batch, distilled, loss_of, unlike
from training.teacher.model import Teacher, Told


class Student(nn.Module):
    """A small reader, and two maps from its states to the teacher's, which are thrown away after."""

    def __init__(self, reader: BertForQuestionAnswering, *, width: int) -> None:
        super().__init__()
        self.reader = reader
        self.maps = nn.ModuleList(nn.Linear(reader.config.hidden_size, width) for _ in range(2))

    def forward(self, batch: Batch) -> Told:
        """Scores, and states as the teacher would have them."""
        out = self.reader(
            input_ids=batch.ids, token_type_ids=batch.types, attention_mask=batch.attention, output_hidden_states=True
        )
        half = self.reader.config.num_hidden_layers // 2
        first, last = (
            to(state) for to, state in zip(self.maps, (out.hidden_states[half], out.hidden_states[-1]), strict=True)
        )
        return Told(out.start_logits, out.end_logits, (first, last))


class Students(nn.ModuleList):
    """Those who learn side by side."""

    def __init__(self, readers: Sequence[BertForQuestionAnswering], *, width: int) -> None:
        super().__init__(Student(reader, width=width) for reader in readers)


def teach(
    students: Students,
    teacher: Teacher,
    draw: Callable[[int], Sequence[Batch]],
    plan: Plan,
    folder: Path,
    *,
    device: torch.device | None = None,
    log_every: int = 20,
    stop_after: int | None = None,
    report: Callable[[str], object] | None = None,
) -> Position:
    """Train the students until the budget is used up (or `stop_after` steps in all); see :func:`training.loop.run`.

    The loss of each is `plan.taught` times its distance from the teacher's scores, the rest of one times the loss on
    the data's own spans, and `plan.states` times the distance of its states.
    """
    place = device or torch.device("cpu")
    for student in students:
        freeze(student.reader, student.reader.bert, dropout=plan.dropout)
    teacher.to(place)
    students.to(place)

    def step(drawn: Batch) -> Step:
        batch = drawn.to(place)
        with torch.autocast(place.type, dtype=torch.bfloat16, enabled=plan.bf16):
            with torch.no_grad():
                told = teacher(batch.ids, batch.attention)
            made = [student(batch) for student in students]
        total = told.start.new_zeros(())
        figures = {}
        for number, own in enumerate(made):
            hard, parts = loss_of(
                own.start, own.end, batch, sentence_weight=plan.sentence_weight, joint_weight=plan.joint_weight
            )
            scores = distilled(own[:2], told[:2], batch.may, temperature=plan.temperature)
            states = unlike(own.states, told.states, batch.attention)
            total = total + plan.taught * scores + (1 - plan.taught) * hard + plan.states * states
            found = {"span": parts["span"], "taught": scores.detach(), "states": states.detach()}
            figures |= {f"{name}{number}": value for name, value in found.items()}
        return Step(loss=total, figures={"loss": total.detach(), **figures}, examples=len(batch.ids))

    return run(students, plan, folder, draw=draw, step=step, log_every=log_every, stop_after=stop_after, report=report)


def graduate(students: Students, at: Position, folders: Sequence[Path]) -> None:
    """Write each student's reader as the checkpoint of a run of its own, for the export."""
    for student, folder in zip(students, folders, strict=True):
        folder.mkdir(parents=True, exist_ok=True)
        state = {name: value.cpu() for name, value in student.reader.state_dict().items()}
        position = {name: getattr(at, name) for name in Position.__slots__}
        torch.save({"model": state, "position": position}, folder / CHECKPOINT)


def deepened(reader: BertForQuestionAnswering, *, share: float = 0.5) -> BertForQuestionAnswering:
    """A reader of twice as many layers, each of them twice in a row; of the second `share` of what it adds.

    A start for a deeper student: what a layer has learnt is of use once more (Gong et al. 2019, *Progressively
    stacking*).
    """
    config = copy.deepcopy(reader.config)
    config.num_hidden_layers *= 2
    deep = BertForQuestionAnswering(config)
    deep.bert.embeddings.load_state_dict(reader.bert.embeddings.state_dict())
    deep.qa_outputs.load_state_dict(reader.qa_outputs.state_dict())
    for number, layer in enumerate(deep.bert.encoder.layer):
        layer.load_state_dict(reader.bert.encoder.layer[number // 2].state_dict())
        if number % 2:
            with torch.no_grad():
                for part in (layer.attention.output.dense, layer.output.dense):
                    part.weight.mul_(share)
                    part.bias.mul_(share)
    return deep
