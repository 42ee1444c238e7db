"""Small readers that learn from the teacher, side by side: it reads each batch once for all of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from transformers import BertForQuestionAnswering

from training.export import LAYER
from training.loop import Plan, Position, Step, freeze, run, write_checkpoint
from training.objective import Batch, distilled, loss_of, unlike
from training.teacher.model import Teacher, Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """How the loss is made of what a student is told.

    `scores` is the share that is its distance from the teacher's scores, taken at the `temperature`; the rest of one is
    the loss on the data's own spans. `states` is the weight of the distance of the states, which is added.
    """

    scores: float = 0.7
    temperature: float = 2.0
    states: float = 1.0


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

    def each(self) -> list[Student]:
        """Them as what they are: a module list knows modules only."""
        return [cast("Student", student) for student in self]


def teach(
    students: Students,
    teacher: Teacher,
    draw: Callable[[int], Sequence[Batch]],
    plan: Plan,
    folder: Path,
    *,
    lesson: Lesson | None = None,
    device: torch.device | None = None,
    log_every: int = 20,
    stop_after: int | None = None,
    report: Callable[[str], object] | None = None,
) -> Position:
    """Train the students until the budget is used up (or `stop_after` steps in all); see :func:`training.loop.run`."""
    lesson = lesson or Lesson()
    place = device or torch.device("cpu")
    for student in students.each():
        freeze(student.reader, student.reader.bert, dropout=plan.dropout)
    teacher.to(place)
    students.to(place)

    def step(drawn: Batch) -> Step:
        batch = drawn.to(place)
        with torch.autocast(place.type, dtype=torch.bfloat16, enabled=plan.bf16):
            with torch.no_grad():
                told = teacher(batch.ids, batch.attention)
            made = [student(batch) for student in students.each()]
        total = told.start.new_zeros(())
        figures: dict[str, Tensor] = {}
        for number, own in enumerate(made):
            hard, parts = loss_of(
                own.start, own.end, batch, sentence_weight=plan.sentence_weight, joint_weight=plan.joint_weight
            )
            scores = distilled(own[:2], told[:2], batch.may, temperature=lesson.temperature)
            states = unlike(own.states, told.states, batch.attention)
            total = total + lesson.scores * scores + (1 - lesson.scores) * hard + lesson.states * states
            found = {"span": parts["span"], "taught": scores.detach(), "states": states.detach()}
            figures |= {f"{name}{number}": value for name, value in found.items()}
        return Step(loss=total, figures={"loss": total.detach(), **figures}, examples=len(batch.ids))

    return run(
        students,
        plan,
        folder,
        draw=draw,
        step=step,
        beside=students.each(),
        log_every=log_every,
        stop_after=stop_after,
        report=report,
    )


def graduate(students: Students, at: Position, folders: Sequence[Path]) -> None:
    """Write each student's reader as the checkpoint of a run of its own, for the export."""
    for student, folder in zip(students.each(), folders, strict=True):
        state = {name: value.cpu() for name, value in student.reader.state_dict().items()}
        write_checkpoint(folder, {"model": state, "position": asdict(at)})


def with_layers(reader: BertForQuestionAnswering, layers: int) -> BertForQuestionAnswering:
    """A reader to start from, of as many layers as a given one or of twice as many.

    Raises:
        ValueError: it is neither.
    """
    own = reader.config.num_hidden_layers
    if layers not in {own, 2 * own}:
        raise ValueError(f"from a reader of {own} layers one of {own} or {2 * own} can start, not one of {layers}")
    return copy.deepcopy(reader) if layers == own else deepened(reader)


def deepened(reader: BertForQuestionAnswering, *, share: float = 0.5) -> BertForQuestionAnswering:
    """A reader of twice as many layers, each of them twice in a row; of the second `share` of what it adds.

    A start for a deeper student, since what a layer has learnt is of use once more (Gong et al. 2019, *Efficient
    training of BERT by progressively stacking*). With a half the reader's loss on spans, .65, becomes 1.0; with all or
    nothing of it 1.7 and 1.8.
    """
    config = copy.deepcopy(reader.config)
    config.num_hidden_layers *= 2
    deep = BertForQuestionAnswering(config)
    deep.set_attn_implementation(reader.config._attn_implementation)  # noqa: SLF001 - it has no public name
    state: dict[str, Tensor] = {}
    for name, value in reader.state_dict().items():
        if found := LAYER.match(name):
            first, rest = 2 * int(found[1]), found[2]
            adds = rest.startswith(("attention.output.dense", "output.dense"))
            state[f"bert.encoder.layer.{first}.{rest}"] = value
            state[f"bert.encoder.layer.{first + 1}.{rest}"] = value * share if adds else value
        else:
            state[name] = value
    deep.load_state_dict(state)
    return deep
