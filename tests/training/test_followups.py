"""The tagger's examples point where the rewrite says, its graph is the model, and a stopped run resumes exactly."""

from __future__ import annotations

import copy
import gzip
import json
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import numpy as np
import torch
from onnxruntime import InferenceSession
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from index.conversation.words import words
from training.draws import seeded
from training.features import CLS, SEP
from training.followups.dialogues import (
    Dialogue,
    Exchange,
    Said,
    Skeletons,
    leaning,
    paragraph_dialogues,
    read_dialogues,
)
from training.followups.examples import ELSEWHERE, Examples, Shares, batches, encode, loosely
from training.followups.export import OUTPUTS, build, weights_of
from training.followups.labels import mark, pieces_of
from training.followups.model import Tagger, collate, loss_of
from training.followups.news import NewsShares, NewsTalks
from training.followups.run import EXITS, train
from training.loop import Plan
from training.rows import Row

PLAN = Plan(examples=96, batch=8, rate=1e-3, bf16=False)


def test_a_pronoun_gives_way_to_what_the_rewrite_has_in_its_place() -> None:
    (piece,) = pieces_of("When did they disband?", "When did Zappa and the Mothers disband?")
    assert (piece.slot, piece.replaces) == (2, 1)
    assert piece.content == {"zappa", "mother"}
    marked = mark(words("The band was Zappa and the Mothers of Invention"), [piece])
    assert [i for i, number in enumerate(marked) if number is not None] == [3, 4, 5, 6]


def test_what_is_added_at_the_end_points_past_the_last_word() -> None:
    (piece,) = pieces_of("why did he resign", "why did he resign from office in 1875?")
    assert (piece.slot, piece.replaces) == (4, 0)
    assert piece.content == {"office", "1875"}


def test_a_question_that_stands_alone_has_no_pieces() -> None:
    assert pieces_of("What is Futurama?", "what is futurama") == []


def test_tokens_point_at_the_word_they_replace(tokenizer: Tokenizer) -> None:
    question = "did he resign"
    history = [Said(text="Columbus Delano took office", kind=1), Said(text="who was Delano", kind=0, ours=False)]
    pieces = pieces_of(question, "did Columbus Delano resign")
    places = [(w.start, w.end) for w in words(question)]
    made = encode(tokenizer, (question, places), history, pieces, leans=True, same=True)
    assert [tokenizer.id_to_token(i) for i in made.ids[:5]] == ["[CLS]", "did", "he", "resign", "[SEP]"]
    assert made.ids[0] == CLS
    assert made.ids[made.last] == SEP == made.ids[-1]
    pointing = [tokenizer.id_to_token(i) for i, slot in zip(made.ids, made.slots, strict=True) if slot == 2]
    assert "".join(pointing).replace("##", "") == "columbusdelano"
    assert made.drops[1:4] == (0, 1, 0)
    assert all(slot == ELSEWHERE for slot in made.slots[: made.last + 1])
    # What somebody else's conversation said does not belong to this turn, even in the same words.
    assert all(slot <= 0 for slot, kind in zip(made.slots, made.types, strict=True) if kind == 0)


def test_a_question_typed_loosely_keeps_the_places_of_its_words() -> None:
    rng = seeded("loosely")
    for _ in range(200):
        text, places = loosely("What's the mayor's plan, if any?", rng)
        assert len(places) == len(words("What's the mayor's plan, if any?"))
        assert all(0 <= a <= b <= len(text) for a, b in places)
        assert [a for a, _ in places] == sorted(a for a, _ in places)


def test_dialogues_are_put_together_by_their_ids(tmp_path: Path) -> None:
    rows = [
        {"id": "C_a_q#1", "question": "did he resign", "standalone": "did Columbus Delano resign", "answer_tokens": ""},
        {
            "id": "C_a_q#0",
            "question": "who was he",
            "standalone": "who was Columbus Delano",
            "answer_tokens": "columbus | delano | secretary",
        },
    ]
    path = tmp_path / "rows.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)
    (dialogue,) = read_dialogues(path)
    assert dialogue.title == "Columbus Delano"
    assert [turn.question for turn in dialogue.turns] == ["who was he", "did he resign"]
    assert dialogue.turns[0].answer == "secretary"  # without what the rewrite says itself


def test_a_name_said_before_is_left_out_or_pointed_at() -> None:
    turn = Exchange(question="who took over as head of Lund Works?", standalone="who took over as head of Lund Works?")
    rng = seeded("leaning")
    forms = {leaning(turn, "Lund Works closed.", rng).question for _ in range(60)}
    assert "who took over as head?" in forms
    assert not any("Lund" in form for form in forms)
    assert leaning(turn, "nothing was said", rng) == turn


@pytest.fixture
def examples(rows: list[Row], tokenizer: Tokenizer) -> Examples:
    dialogues = [
        Dialogue(
            title="Ada Lund",
            turns=(
                Exchange(question="who was she", standalone="who was Ada Lund", answer="engineer | harbour"),
                Exchange(question="what did she build", standalone="what did Ada Lund build", answer="harbour"),
            ),
        )
    ]
    return Examples(
        dialogues=dialogues,
        paragraphs=paragraph_dialogues([*rows, *(row for row in rows if row.title == "Tower")]),
        questions=rows,
        skeletons=Skeletons(rows, rng=seeded("s"), count=3),
        news=NewsTalks((), NewsShares()),
        tokenizer=tokenizer,
        shares=Shares(),
        seed=3,
        size=40,
    )


def tagger() -> Tagger:
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=30522,
        hidden_size=24,
        num_hidden_layers=max(EXITS),
        num_attention_heads=12,
        intermediate_size=32,
    )
    model = Tagger(BertModel(config, add_pooling_layer=False), exits=EXITS)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.2)
    return model


def test_a_block_depends_on_its_number_alone(examples: Examples) -> None:
    first = examples.block(3)
    examples.block(0)
    assert examples.block(3) == first
    assert examples.block(4) != first


def test_after_another_topic_nothing_belongs_to_the_turn(examples: Examples) -> None:
    rng = seeded("switch")
    turn = (examples._dialogues[0], 1)
    for _ in range(30):
        made = examples._switch(turn, rng)
        assert not any(slot > 0 for slot in made.slots)
        assert not made.same


def test_batches_hold_every_example_once(examples: Examples) -> None:
    block = examples.block(0)
    made = batches(block, size=7, rng=seeded("b"))
    assert sorted(map(repr, (e for b in made for e in b))) == sorted(map(repr, block))


def test_padding_does_not_change_the_loss(examples: Examples) -> None:
    model = tagger().eval()
    short = collate(examples.block(0)[:4], multiple=8)
    wide = collate(examples.block(0)[:4], multiple=64)
    with torch.no_grad():
        one, other = (loss_of(model(b.ids, b.types, b.attention)[-1], b)[0] for b in (short, wide))
    assert float(one) == pytest.approx(float(other), rel=1e-4)


def test_a_stopped_run_resumes_exactly(examples: Examples, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    through = tagger()
    stopped, resumed = copy.deepcopy(through), copy.deepcopy(through)
    end = train(through, examples, PLAN, tmp_path / "a", log_every=2)
    half = train(stopped, examples, PLAN, tmp_path / "b", stop_after=end.steps // 2, log_every=2)
    assert 0 < half.steps < end.steps
    again = train(resumed, examples, PLAN, tmp_path / "b", log_every=2)
    assert (again.steps, again.block, again.batch) == (end.steps, end.block, end.batch)
    for name, weight in through.state_dict().items():
        assert torch.equal(weight, resumed.state_dict()[name]), name
    assert (tmp_path / "b" / "curve.jsonl").read_text().count("\n") >= end.steps // 2


@pytest.mark.parametrize("layers", EXITS)
def test_the_graph_says_what_the_model_says(examples: Examples, tmp_path: Path, layers: int) -> None:
    model = tagger().eval()
    train(model, examples, PLAN, tmp_path, stop_after=1)
    model.eval()
    weights = weights_of(tmp_path, layers)
    batch = collate(examples.block(1)[:3])
    with torch.no_grad():
        scores = model(batch.ids, batch.types, batch.attention)[EXITS.index(layers)]
    fed = {
        "input_ids": batch.ids.numpy(),
        "attention_mask": batch.attention.numpy(),
        "token_type_ids": batch.types.numpy(),
    }
    real = batch.attention.numpy().astype(bool)
    for int8, tolerance in ((False, 1e-3), (True, 0.6)):
        graph = build(weights, layers=layers, int8=int8).SerializeToString()
        given = InferenceSession(graph, providers=["CPUExecutionProvider"]).run(list(OUTPUTS), fed)
        for name, mine, theirs in zip(OUTPUTS, given, (scores.slots, scores.drops, scores.turn), strict=True):
            wanted = theirs.numpy()
            where = real if mine.ndim == 2 and name != "turn" else slice(None)
            if name == "slots":
                where = real[:, :, None] & real[:, None, :]
            assert np.abs(mine[where] - wanted[where]).max() < tolerance, name
