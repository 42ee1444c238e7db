"""Small readers come nearer to what the teacher tells, side by side, each by itself; and what they start from."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import BertForQuestionAnswering

from training.export import weights_of
from training.loop import Plan, Position
from training.objective import Batch, distilled, unlike
from training.spans import Drawing
from training.teacher.model import Teacher, untrained
from training.teacher.students import Lesson, Students, deepened, graduate, teach, with_layers

PLAN = Plan(examples=60, batch=4, rate=3e-3, bf16=False)
LONG = 600


@pytest.fixture
def teacher(body: Path) -> Teacher:
    """One whose scores differ from place to place, and its starts from its ends."""
    torch.manual_seed(9)
    made = untrained(body)
    with torch.no_grad():
        made.answer.weight.mul_(8)
    return made.eval().requires_grad_(requires_grad=False)


def test_what_is_distilled_is_a_divergence_over_the_positions_that_may_answer() -> None:
    may = torch.tensor([[True, False, True, True], [True, True, False, True]])
    torch.manual_seed(2)
    own, other = ([torch.randn(2, 4) * 3 for _ in range(2)] for _ in range(2))
    louder = [torch.where(may, scores + 3, -scores) for scores in own]
    assert float(distilled(own, louder, may, temperature=2.0)) == pytest.approx(0.0, abs=1e-5)
    expected = 0.0
    for scores, told in zip(own, other, strict=True):
        for row in range(2):
            p, q = (torch.softmax(one[row][may[row]] / 2, 0) for one in (told, scores))
            expected += 4 * float((p * (p / q).log()).sum()) / 4
    assert float(distilled(own, other, may, temperature=2.0)) == pytest.approx(expected, rel=1e-4)


def test_states_are_compared_at_variance_one_and_without_padding() -> None:
    torch.manual_seed(2)
    attention = torch.tensor([[1, 1, 1], [1, 0, 0]])
    told = torch.randn(2, 3, 5) * 7 + 2
    scaled = (told - told.mean(-1, keepdim=True)) / told.var(-1, correction=0, keepdim=True).sqrt()
    scaled[1, 1:] = 99
    assert float(unlike([scaled], [told], attention)) == pytest.approx(0.0, abs=1e-4)
    assert float(unlike([torch.zeros(2, 3, 5)], [told], attention)) == pytest.approx(1.0, abs=1e-3)


def apart(reader: BertForQuestionAnswering, teacher: Teacher, batches: Sequence[Batch]) -> float:
    """How far a reader's scores are from the teacher's."""
    found = []
    with torch.no_grad():
        for batch in batches:
            out = reader.eval()(input_ids=batch.ids, token_type_ids=batch.types, attention_mask=batch.attention)
            told = teacher(batch.ids, batch.attention)
            found.append(distilled((out.start_logits, out.end_logits), told[:2], batch.may, temperature=2.0))
    return float(torch.stack(found).mean())


def test_students_come_nearer_each_by_itself(
    teacher: Teacher, tiny: BertForQuestionAnswering, draw: Drawing, tmp_path: Path
) -> None:
    torch.set_num_threads(1)
    batches = draw(100)
    alone = Students([copy.deepcopy(tiny)], width=24)
    both = Students([copy.deepcopy(tiny), deepened(tiny)], width=24)
    both[0].load_state_dict(alone[0].state_dict())
    before = [apart(student.reader, teacher, batches) for student in both]
    plan, all_of_it = replace(PLAN, examples=LONG), Lesson(scores=1.0)
    at = teach(both, teacher, draw, plan, tmp_path / "both", lesson=all_of_it)
    after = [apart(student.reader, teacher, batches) for student in both]
    assert all(late < early / 2 for early, late in zip(before, after, strict=True))
    teach(alone, teacher, draw, plan, tmp_path / "alone", lesson=all_of_it)
    for name, weight in alone[0].state_dict().items():
        assert torch.allclose(weight, both[0].state_dict()[name], atol=1e-5), name
    graduate(both, at, [tmp_path / "2", tmp_path / "4"])
    kept = weights_of(tmp_path / "4")
    assert sum(name.endswith("query.weight") for name in kept) == 4
    assert all(torch.equal(torch.tensor(kept[name]), value) for name, value in both[1].reader.state_dict().items())
    half = Lesson(scores=0.5)
    middling = Students([copy.deepcopy(tiny)], width=24)
    teach(middling, teacher, draw, plan, tmp_path / "half", lesson=half)
    untaught = Students([copy.deepcopy(tiny)], width=24)
    teach(untaught, teacher, draw, plan, tmp_path / "untaught", lesson=Lesson(scores=0.0, states=0.0))
    distance = [apart(one[0].reader, teacher, batches) for one in (alone, middling, untaught)]
    assert distance == sorted(distance)


def test_learning_the_states_makes_them_alike(
    teacher: Teacher, tiny: BertForQuestionAnswering, draw: Drawing, tmp_path: Path
) -> None:
    batch = draw(100)[0]
    told = teacher(batch.ids, batch.attention)
    found = []
    for weight in (0.0, 1.0):
        torch.manual_seed(1)
        students = Students([copy.deepcopy(tiny)], width=24)
        lesson = Lesson(states=weight)
        teach(students, teacher, draw, replace(PLAN, examples=LONG), tmp_path / str(weight), lesson=lesson)
        found.append(float(unlike(students[0].eval()(batch).states, told.states, batch.attention).detach()))
    assert found[1] < 0.9 * found[0]


def test_a_stopped_lesson_resumes_exactly(
    teacher: Teacher, tiny: BertForQuestionAnswering, draw: Drawing, tmp_path: Path
) -> None:
    torch.set_num_threads(1)
    first = Students([tiny], width=24)
    through, stopped, resumed = (copy.deepcopy(first) for _ in range(3))
    plan = replace(PLAN, dropout=0.2)
    end = teach(through, teacher, draw, plan, tmp_path / "a")
    half = teach(stopped, teacher, draw, plan, tmp_path / "b", stop_after=end.steps // 2)
    assert 0 < half.steps < end.steps
    assert teach(resumed, teacher, draw, plan, tmp_path / "b").steps == end.steps
    for name, weight in through.state_dict().items():
        assert torch.equal(weight, resumed.state_dict()[name]), name


def test_a_deeper_reader_has_each_layer_twice_and_the_second_by_half(tiny: BertForQuestionAnswering) -> None:
    deep = with_layers(tiny, 4)
    for number, layer in enumerate(deep.bert.encoder.layer):
        plain = tiny.bert.encoder.layer[number // 2]
        assert torch.equal(layer.attention.self.query.weight, plain.attention.self.query.weight)
        share = 0.5 if number % 2 else 1.0
        assert torch.equal(layer.output.dense.weight, plain.output.dense.weight * share)
        assert torch.equal(layer.attention.output.dense.bias, plain.attention.output.dense.bias * share)
    ids = torch.randint(1000, 2000, (2, 9))
    same = with_layers(tiny, 2)
    assert torch.equal(same.eval()(input_ids=ids).end_logits, tiny.eval()(input_ids=ids).end_logits)
    with pytest.raises(ValueError, match="from a reader of 2 layers one of 2 or 4"):
        with_layers(tiny, 3)


def test_a_position_is_kept_with_the_reader(tiny: BertForQuestionAnswering, tmp_path: Path) -> None:
    at = Position(block=3, batch=1, steps=7, examples=70, seconds=1.5)
    graduate(Students([tiny], width=24), at, [tmp_path])
    state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert Position(**state["position"]) == at
