"""The shipped second reader's int8 arithmetic reads lists as fp32 does, and it tells what answers in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from index.backends.reader_onnx import OnnxSpanScorer
from index.bootstrap import bundled_model
from index.protocols import SpanScorer
from index.read.shortlist import side_by_side
from index.read.spans import mark
from training.export import write_folder
from training.teacher.graph import build_shortlist_reader, shape_of
from training.teacher.start import unfolded

MAYOR = (
    "The mayor said the bridge would be closed for six weeks from Monday.",
    "Engineers found a crack in a bearing during the yearly inspection.",
    "About 18,000 vehicles cross the bridge on a working day.",
    "A spokeswoman for the ferry company would not say what a second boat costs.",
    "The council has set aside 2.4 million for the repair.",
    "Opponents had asked for a tunnel in 2011, and lost.",
)
FERRY = (
    "Ada Lund founded the night ferry with two borrowed boats in 1987.",
    "The night ferry runs on weekdays only, and is full by eleven.",
    "Nobody at the harbour office knows who painted the boats yellow.",
    "Her son Piet Lund has steered the company since May.",
)
ASKED = (
    ("why was the bridge closed", MAYOR, 1),
    ("for how long will it be closed?", MAYOR, 0),
    ("how many cars use the bridge each day", MAYOR, 2),
    ("how much did the council put aside?", MAYOR, 4),
    ("who started the night ferry", FERRY, 0),
    ("who runs it now? (who started the night ferry)", FERRY, 3),
    ("when does the night ferry run?", FERRY, 1),
)
UNANSWERED = (("what does a second boat cost?", MAYOR), ("who painted the boats", FERRY), ("who won the cup?", FERRY))


def masses(scorer: SpanScorer, question: str, sentences: tuple[str, ...]) -> NDArray[np.float64]:
    """Each sentence's log-odds of an answer, read beside the others."""
    text, places = side_by_side(sentences)
    [scores] = scorer.score(question, [("Harbour news — Ledger, 14 January 2026", text)])
    found = [mark(scores, place, 40) for place in places]
    return np.asarray([one.mass for one in found if one is not None])


@pytest.fixture(scope="module")
def shipped() -> OnnxSpanScorer:
    return OnnxSpanScorer(bundled_model("shortlist"), threads=1)


def test_arithmetic_in_eight_bits_loses_little(shipped: OnnxSpanScorer, tmp_path: Path) -> None:
    folder = bundled_model("shortlist")
    weights = unfolded(onnx.load(folder / "model.onnx"))
    model = build_shortlist_reader(weights, shape_of(weights, epsilon=1e-5), int8=False)
    write_folder(tmp_path / "fp32", model, tokenizer=folder / "tokenizer.json", notes={})
    plain = OnnxSpanScorer(tmp_path / "fp32", threads=1)
    asked = [(question, sentences) for question, sentences, _ in ASKED] + list(UNANSWERED)
    pairs = [(masses(shipped, *one), masses(plain, *one)) for one in asked]
    assert float(np.mean([np.abs(int8 - fp32).mean() for int8, fp32 in pairs])) < 1.0
    # Where nothing answers, it means nothing which sentence is the least unlikely.
    answered = pairs[: len(ASKED)]
    assert all(int8.argmax() == fp32.argmax() for int8, fp32 in answered)


@pytest.mark.parametrize(("question", "sentences", "right"), ASKED)
def test_it_finds_what_answers_in_a_list(
    shipped: OnnxSpanScorer, question: str, sentences: tuple[str, ...], right: int
) -> None:
    found = masses(shipped, question, sentences)
    assert int(found.argmax()) == right
    assert found[right] > 0


@pytest.mark.parametrize(("question", "sentences"), UNANSWERED)
def test_it_sees_that_none_answers(shipped: OnnxSpanScorer, question: str, sentences: tuple[str, ...]) -> None:
    assert masses(shipped, question, sentences).max() < 0
