"""What is the bundled model's own: vectors that depend on nothing but the text, and files that are checked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import index
from index.backends.embedder_onnx import OnnxEmbedder
from index.errors import ModelError

BUNDLED = Path(index.__file__).parent / "models/minilm"
TEXTS = [f"Item {i}: " + "the harbour bridge closed on Monday after a crack was found. " * (i % 9) for i in range(40)]


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder(BUNDLED, threads=2)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUNDLED, tmp_path / "minilm"))


def test_a_vector_depends_on_its_text_alone_to_the_last_bit(embedder: OnnxEmbedder) -> None:
    together = embedder.embed_passages(TEXTS)
    for row in (0, 8, 17, 39):
        assert np.array_equal(embedder.embed_passages([TEXTS[row]])[0], together[row])
    assert np.array_equal(embedder.embed_passages(TEXTS[::-1])[::-1], together)


def test_the_number_of_threads_changes_nothing(embedder: OnnxEmbedder) -> None:
    assert np.array_equal(OnnxEmbedder(BUNDLED, threads=1).embed_passages(TEXTS), embedder.embed_passages(TEXTS))
    assert np.array_equal(OnnxEmbedder(BUNDLED, threads=5).embed_passages(TEXTS), embedder.embed_passages(TEXTS))


def test_text_beyond_256_tokens_changes_nothing_and_text_before_does(embedder: OnnxEmbedder) -> None:
    cut, same, other = embedder.embed_passages(["one " * 254, "one " * 254 + "bridge", "one " * 253 + "bridge"])
    assert np.array_equal(cut, same)
    assert not np.array_equal(cut, other)


def test_what_an_index_must_know_needs_no_weights(copied: Path) -> None:
    (copied / "model.onnx").unlink()
    (copied / "tokenizer.json").unlink()
    described = OnnxEmbedder(copied)
    assert (described.dimensions, described.max_tokens) == (384, 256)
    assert described.id == OnnxEmbedder(BUNDLED).id
    with pytest.raises(ModelError, match="can't be read: reinstall"):
        described.embed_queries(["a question"])


@pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json"])
def test_a_file_with_one_bit_changed_is_refused(copied: Path, file: str) -> None:
    content = bytearray((copied / file).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / file).write_bytes(content)
    with pytest.raises(ModelError, match=r"is not the one in model\.json"):
        OnnxEmbedder(copied).embed_queries(["a question"])


def test_a_folder_without_a_description_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model in"):
        OnnxEmbedder(tmp_path)
    (tmp_path / "model.json").write_text("[]")
    with pytest.raises(ModelError, match="can't be understood"):
        OnnxEmbedder(tmp_path)
    (tmp_path / "model.json").write_text('{"name": "x", "files": {}, "dimensions": "many"}')
    with pytest.raises(ModelError, match="does not give dimensions"):
        OnnxEmbedder(tmp_path)


def test_other_files_make_another_id(copied: Path) -> None:
    card = json.loads((copied / "model.json").read_text())
    card["files"]["model.onnx"]["sha256"] = "0" * 64
    (copied / "model.json").write_text(json.dumps(card))
    assert OnnxEmbedder(copied).id != OnnxEmbedder(BUNDLED).id
