"""The loss masks headers and shares one normalisation; a run that is stopped resumes bit for bit."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from transformers import BertForQuestionAnswering

from training.draws import seeded
from training.features import Feature, encode
from training.loop import Plan, Position, freeze, progress, rate_at
from training.mixture import Group, Mixture, Quotas, batches
from training.negatives import Paragraphs
from training.news import SOURCE
from training.objective import collate, loss_of
from training.rows import Row
from training.spans import train

PLAN = Plan(examples=60, batch=4, rate=1e-3, bf16=False)


def test_a_block_depends_on_its_number_alone(
    mixture: Mixture, rows: list[Row], tokenizer: Tokenizer, quotas: Quotas
) -> None:
    again = Mixture(rows, tokenizer, quotas=quotas, seed=5)
    mixture.block(0)
    assert mixture.block(3) == again.block(3)
    assert mixture.block(3) != again.block(4)


def test_a_confusing_paragraph_does_not_hold_the_answer(mixture: Mixture, tokenizer: Tokenizer) -> None:
    pairs = [g for n in range(30) for g in mixture.block(n) if len(g.features) > 1]
    assert pairs
    for group in pairs:
        right, wrong = group.features
        assert not wrong.golds
        if right.golds:
            a, b = right.golds[0]
            answer = tokenizer.decode(right.ids[a : b + 1])
            assert answer not in tokenizer.decode(wrong.ids[wrong.first :])


def test_a_paragraph_that_answers_elsewhere_is_no_confusing_one(rows: list[Row]) -> None:
    twice = [replace(rows[0], context=f"{text} It is so.", spans=((0, 3),)) for text in ("One harbour", "Two harbours")]
    paragraphs = Paragraphs([*twice, *rows[1:]])
    found = {paragraphs.confusing(twice[0], seeded(str(n))) for n in range(60)} - {None}
    assert found
    assert paragraphs.texts.index(twice[1].context) not in found


def test_news_is_drawn_by_its_own_quota_and_never_changed(
    mixture: Mixture, rows: list[Row], tokenizer: Tokenizer, quotas: Quotas
) -> None:
    asked = replace(rows[0], source=SOURCE, question="When did the harbour open first?")
    near_miss = replace(asked, question="Who closed the harbour?", spans=())
    news = replace(quotas, small_sets=0, open_squad=0, other_squad=0, unanswerable=0, news=2, paired=0.0, swapped=1.0)
    of_news = Mixture([*rows, asked, near_miss], tokenizer, quotas=news, seed=5)
    assert of_news.sizes()[-1] == 2
    drawn = [group for n in range(20) for group in of_news.block(n)]
    assert len(drawn) == 40
    assert sum(any(f.golds for f in group.features) for group in drawn) == 20
    others = Mixture([*rows, asked, near_miss], tokenizer, quotas=quotas, seed=5)
    assert others.sizes()[:-1] == mixture.sizes()[:-1]


def test_dropout_stays_out_of_the_attention(tiny: BertForQuestionAnswering) -> None:
    freeze(tiny, tiny.bert, dropout=0.2)
    found = {name: module.p for name, module in tiny.named_modules() if isinstance(module, torch.nn.Dropout)}
    assert {p for name, p in found.items() if name.endswith("attention.self.dropout")} == {0.0}
    assert {p for name, p in found.items() if not name.endswith("attention.self.dropout")} == {0.2}


def test_batches_hold_every_group_once(mixture: Mixture) -> None:
    groups = mixture.block(0)
    made = batches(groups, size=4, rng=seeded("order"))
    assert sorted(map(repr, (g for b in made for g in b))) == sorted(map(repr, groups))


def test_header_logits_do_not_change_the_loss(tokenizer: Tokenizer) -> None:
    made = encode(tokenizer, question="who?", header="Mill burnt — Post", passage="A mill burnt.", spans=[(2, 6)])
    batch = collate([Group(features=(made,))])
    start = torch.randn(batch.ids.shape)
    louder = start.clone()
    louder[0, 1 : made.first] += 50
    assert loss_of(start, start, batch)[0] == pytest.approx(float(loss_of(louder, louder, batch)[0]))


def test_shared_normalisation_sees_a_louder_wrong_passage(tokenizer: Tokenizer) -> None:
    right = encode(tokenizer, question="who?", header="", passage="A mill burnt.", spans=[(2, 6)])
    wrong = encode(tokenizer, question="who?", header="", passage="A barn stood.")
    batch = collate([Group(features=(right, wrong))])
    start = torch.zeros(batch.ids.shape)
    calm = loss_of(start, start, batch)[1]
    start[1, wrong.first] += 3
    loud = loss_of(start, start, batch)[1]
    assert loud["joint"] > calm["joint"]
    # A shift of all logits of one passage means nothing: its null is the common zero.
    shifted = start.clone()
    shifted[1] += 7
    assert float(loss_of(shifted, shifted, batch)[1]["joint"]) == pytest.approx(float(loud["joint"]), rel=1e-4)


def test_the_joint_loss_is_the_mean_over_questions_whose_answer_is_in_one_of_several_passages(
    tokenizer: Tokenizer,
) -> None:
    def made(text: str, *golds: tuple[int, int]) -> Feature:
        return encode(tokenizer, question="who burnt it?", header="", passage=text, spans=golds)

    right, wrong, single = made("A mill burnt.", (2, 6)), made("A barn stood there."), made("Ada did it.", (0, 3))
    groups = [(right, wrong), (single,), (wrong, made("No one.")), (wrong, single, right)]
    batch = collate([Group(features=features) for features in groups])
    torch.manual_seed(4)
    start, end = (3 * torch.randn(batch.ids.shape) for _ in range(2))
    expected = []
    for first in (0, 5):
        rows = [number for number, group in enumerate(batch.group.tolist()) if group == batch.group[first]]
        for logits, golds in ((start, batch.gold_starts), (end, batch.gold_ends)):
            odds, right_ones = [torch.zeros(1)], []
            for row in rows:
                relative = logits[row] - logits[row, 0]
                spans = batch.may[row].nonzero().flatten()[1:]
                odds.append(relative[spans])
                right_ones.append(relative[[at for at in spans.tolist() if golds[row, at]]])
            expected.append(torch.cat(odds).logsumexp(0) - torch.cat(right_ones).logsumexp(0))
    joint = loss_of(start, end, batch)[1]["joint"]
    assert float(joint) == pytest.approx(float(torch.stack(expected).sum() / 4), rel=1e-5)


def test_a_run_needs_a_budget_and_one_of_nothing_is_used_up() -> None:
    with pytest.raises(ValueError, match="needs a budget"):
        progress(Plan(), Position())
    assert progress(Plan(seconds=0.0), Position()) == 1.0


def test_the_rate_rises_and_falls_to_zero() -> None:
    assert rate_at(PLAN, 0.0) < rate_at(PLAN, PLAN.warmup) == pytest.approx(PLAN.rate)
    assert rate_at(PLAN, 1.0) == 0.0
    timed = Plan(examples=10**9, seconds=100.0)
    assert progress(timed, Position(seconds=50.0)) == pytest.approx(0.5)


@pytest.mark.parametrize("dropout", [0.0, 0.2])
def test_a_stopped_run_resumes_exactly(
    mixture: Mixture, tiny: BertForQuestionAnswering, tmp_path: Path, dropout: float
) -> None:
    torch.set_num_threads(1)
    plan = replace(PLAN, dropout=dropout)
    through, stopped, resumed = tiny, copy.deepcopy(tiny), copy.deepcopy(tiny)
    end = train(through, mixture, plan, tmp_path / "a", log_every=2)
    half = train(stopped, mixture, plan, tmp_path / "b", stop_after=end.steps // 2, log_every=2)
    assert 0 < half.steps < end.steps
    again = train(resumed, mixture, plan, tmp_path / "b", log_every=2)
    assert (again.steps, again.examples, again.block, again.batch) == (end.steps, end.examples, end.block, end.batch)
    for name, weight in through.state_dict().items():
        assert torch.equal(weight, resumed.state_dict()[name]), name
    assert (tmp_path / "b" / "curve.jsonl").read_text().count("\n") >= end.steps // 2
