"""The shipped reader in 8 bits reads as its weights do before rounding."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from index.articles import read_articles
from index.backends.embedder_onnx import OnnxEmbedder
from index.backends.reader_onnx import OnnxSpanScorer
from index.bootstrap import bundled_model
from index.passages import PassageSettings, cut_passages
from index.read.spans import mark
from index.types import Article
from training.export import export
from training.run import KEPT, embedding_model_folder
from training.start import starting_model

ROOT = Path(__file__).parents[2]
QUESTIONS = (
    "what does the US want from Israel?",
    "why was the lanyard bridge closed",
    "how many vehicles cross the bridge a day?",
    "who founded the night ferry",
    "when did the buses come back?",
    "who won the chess championship?",
)


def test_eight_bits_lose_little_of_the_kept_weights(tmp_path: Path) -> None:
    kept = ROOT / KEPT
    if not kept.exists():
        pytest.skip("no kept weights beside this checkout")
    shipped = bundled_model("reader")
    starting_model(shipped, embedding_model_folder(), kept=kept).save_pretrained(tmp_path / "weights")
    export(tmp_path / "weights", tmp_path / "fp32", tokenizer=shipped / "tokenizer.json", int8=False)
    counter = OnnxEmbedder(bundled_model("minilm"))
    passages = [
        (passage.header, passage.text)
        for article in read_articles([ROOT / "articles"], now=dt.datetime.now(dt.UTC))
        if isinstance(article, Article)
        for passage in cut_passages(article, counter, PassageSettings())
    ]
    int8, fp32 = OnnxSpanScorer(shipped), OnnxSpanScorer(tmp_path / "fp32")
    gaps, same = [], []
    for question in QUESTIONS:
        for one, other in zip(int8.score(question, passages), fp32.score(question, passages), strict=True):
            found, wanted = (mark(scores, (0, 10_000), 40) for scores in (one, other))
            assert found is not None
            assert wanted is not None
            gaps.append(abs(found.log_odds - wanted.log_odds))
            # Far from an answer it means nothing which span is the least unlikely.
            if wanted.log_odds > -6:
                same.append((found.start, found.end) == (wanted.start, wanted.end))
    assert len(gaps) > 100
    assert len(same) > 20
    assert float(np.mean(gaps)) < 0.4
    assert float(np.mean(same)) > 0.9
