"""The larger reader scores as its body does, resumes exactly, and comes from its packages or says what is missing."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from transformers import MPNetModel

import training.teacher.body as packages
from training.features import CLS, PAD, SEP
from training.loop import CURVE, Plan
from training.spans import Drawing
from training.teacher.body import body_folder
from training.teacher.model import CONFIG, WEIGHTS, Teacher, freeze, trained_teacher, untrained
from training.teacher.run import train

PLAN = Plan(examples=60, batch=4, rate=1e-3, dropout=0.2, bf16=False)


def begun(body: Path) -> Teacher:
    """The same answer layer of chance each time."""
    torch.manual_seed(9)
    return untrained(body)


@pytest.mark.parametrize("bf16", [False, True])
def test_its_scores_states_and_gradients_are_those_of_the_plain_body(body: Path, *, bf16: bool) -> None:
    teacher = untrained(body)
    freeze(teacher, dropout=0.0)
    plain = MPNetModel.from_pretrained(body, add_pooling_layer=False).eval()
    ids = torch.tensor([[CLS, 7592, SEP, 2088, 2003, 2307, SEP], [CLS, 7592, SEP, 2088, SEP, PAD, PAD]])
    real = (ids != PAD).long()
    theirs = torch.tensor([[0, 7596, 2, 2092, 2007, 2311, 2], [0, 7596, 2, 2092, 2, 1, 1]])
    states = plain(input_ids=theirs, attention_mask=real, output_hidden_states=True).hidden_states
    expected = states[-1] @ teacher.answer.weight.T + teacher.answer.bias
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
        told = teacher(ids, real)
    near = 0.1 if bf16 else 1e-5
    pairs = [(told.start, expected[..., 0]), (told.end, expected[..., 1])]
    pairs += [*zip(told.states, (states[len(teacher.layers) // 2], states[-1]), strict=True)]
    for found, wanted in pairs:
        assert torch.allclose(found[real.bool()].float(), wanted[real.bool()], atol=near)
    if bf16:
        return
    told.start[:, 3].sum().backward()
    expected[:, 3, 0].sum().backward()
    for ours, layer in zip(teacher.layers, plain.encoder.layer, strict=True):
        for name in "qkvo":
            made, wanted = (getattr(one.attention.attn, name).weight.grad for one in (ours, layer))
            assert torch.allclose(made, wanted, atol=1e-5), name


def test_other_weights_are_refused(body: Path) -> None:
    save_file({"embeddings.strange": torch.zeros(2)}, body / WEIGHTS)
    with pytest.raises(ValueError, match="no body of all-mpnet-base-v2"):
        untrained(body)


def test_a_stopped_run_resumes_exactly_and_trains_its_layers(body: Path, draw: Drawing, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    through = begun(body)
    end = train(through, draw, PLAN, tmp_path / "a", log_every=2)
    half = train(begun(body), draw, PLAN, tmp_path / "b", stop_after=end.steps // 2)
    assert 0 < half.steps < end.steps
    assert train(begun(body), draw, PLAN, tmp_path / "b").steps == end.steps
    assert '"span"' in (tmp_path / "a" / CURVE).read_text(encoding="utf-8")
    shutil.copyfile(body / CONFIG, tmp_path / "b" / CONFIG)
    resumed = trained_teacher(tmp_path / "b")
    for name, weight in through.state_dict().items():
        assert torch.equal(weight, resumed.state_dict()[name]), name
    assert not any(parameter.requires_grad for parameter in resumed.parameters())
    first, last = begun(body).state_dict(), resumed.state_dict()
    kept = {name for name in first if torch.equal(first[name], last[name])}
    assert "body.embeddings.word_embeddings.weight" in kept
    assert "body.encoder.relative_attention_bias.weight" in kept
    for number in range(len(resumed.layers)):
        assert f"body.encoder.layer.{number}.attention.attn.q.weight" not in kept


def test_a_folder_without_a_teacher_says_so(body: Path, tmp_path: Path) -> None:
    shutil.copyfile(body / CONFIG, tmp_path / CONFIG)
    with pytest.raises(FileNotFoundError, match=r"checkpoint\.pt is missing: python -m training\.teacher train"):
        trained_teacher(tmp_path)


def test_a_run_learns_in_bf16(body: Path, draw: Drawing, tmp_path: Path) -> None:
    teacher = begun(body)
    train(teacher, draw, replace(PLAN, bf16=True, examples=8), tmp_path / "a")
    assert all(parameter.dtype == torch.float32 for parameter in teacher.parameters())
    assert not torch.equal(teacher.answer.weight, begun(body).answer.weight)


@pytest.fixture
def parts(body: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The body as installed packages hold it; gives the digest of its weights."""
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w") as archive:
        for name in (CONFIG, WEIGHTS):
            archive.write(body / name, f"all-mpnet-base-v2/{name}")
    content = whole.read_bytes()
    size = len(content) // 5 + 1
    held: dict[str, Path] = {}
    for number, name in enumerate(packages.PACKAGES):
        held[name] = tmp_path / "site" / name / "input" / f"part_{number}"
        held[name].parent.mkdir(parents=True)
        held[name].write_bytes(content[number * size : (number + 1) * size])

    class Installed:
        """A file of a package, as importlib.metadata gives it."""

        def __init__(self, path: Path) -> None:
            self._path = path

        def as_posix(self) -> str:
            return self._path.as_posix()

        def locate(self) -> Path:
            return self._path

    monkeypatch.setattr(packages, "files", lambda name: [Installed(held[name]), Installed(tmp_path / "RECORD")])
    return hashlib.sha256((body / WEIGHTS).read_bytes()).hexdigest()


def test_the_body_is_put_together_from_its_packages(body: Path, parts: str, tmp_path: Path) -> None:
    folder = body_folder(tmp_path / "into", sha256=parts)
    assert (folder / WEIGHTS).read_bytes() == (body / WEIGHTS).read_bytes()
    assert [one.name for one in (tmp_path / "into").iterdir()] == ["all-mpnet-base-v2"]
    assert body_folder(tmp_path / "into", sha256=parts) == folder
    with pytest.raises(RuntimeError, match="not the published file"):
        body_folder(tmp_path / "into", sha256="0")


@pytest.mark.usefixtures("parts")
def test_what_a_failed_unpacking_leaves_is_not_taken_for_the_body(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "PACKAGES", packages.PACKAGES[:3])
    with pytest.raises(RuntimeError, match="make no whole archive: pip install --force-reinstall"):
        body_folder(tmp_path / "into")
    assert not list((tmp_path / "into").iterdir())


def missing(name: str) -> list[Path]:
    """No package is installed."""
    raise PackageNotFoundError(name)


@pytest.mark.parametrize(
    ("found", "message"), [(missing, r"pip install '\.\[training,teacher\]'"), (lambda _: [], "holds 0 parts")]
)
def test_a_body_that_is_not_installed_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: Callable[[str], list[Path]], message: str
) -> None:
    monkeypatch.setattr(packages, "files", found)
    with pytest.raises(RuntimeError, match=message):
        body_folder(tmp_path / "into")
