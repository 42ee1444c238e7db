"""How well a reader reads: SQuAD 2.0 EM and F1 by answerable or not, AUROC of its log-odds, and sentence accuracy."""

from __future__ import annotations

import gzip
import json
import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from training.draws import seeded
from training.features import PAD, Feature, encode
from training.graph import INPUTS
from training.rows import sentences
from training.spans import best_span, sentence_log_odds

Logits = tuple[NDArray[np.float32], NDArray[np.float32]]
Forward = Callable[[Sequence[Feature]], list[Logits]]

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = frozenset(string.punctuation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One SQuAD question with its gold answers; none when it cannot be answered."""

    question: str
    context: str
    title: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the reader made of it: best span, its log-odds, and the number of the sentence it holds most likely."""

    text: str
    log_odds: float
    sentence_right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Measures in percent but for `auroc`, `sentence` and `threshold`.

    `forced` is F1 on answerable questions when the reader may not refuse. `em`, `f1` and their splits refuse below
    `threshold`, which is the one that makes F1 over all greatest on the same rows, as SQuAD's own script does.
    """

    n: int
    em: float
    f1: float
    answerable_em: float
    answerable_f1: float
    unanswerable: float
    forced: float
    auroc: float
    sentence: float
    threshold: float


def read_squad(path: Path, *, sample: int | None = None, seed: int = 7) -> list[Asked]:
    """The development questions, or a random sample of them."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        raw = [json.loads(line) for line in lines]
    if sample is not None and sample < len(raw):
        raw = seeded(f"{seed}").sample(raw, sample)
    return [
        Asked(question=r["question"], context=r["context"], title=r["title"], answers=tuple(r["answers"])) for r in raw
    ]


def normal(text: str) -> str:
    """SQuAD's normal form: lower case, no punctuation, no articles, single spaces."""
    plain = "".join(c for c in text.lower() if c not in _PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", plain).split())


def f1(given: str, gold: str) -> float:
    """Overlap of words, as in SQuAD."""
    a, b = normal(given).split(), normal(gold).split()
    if not a or not b:
        return float(a == b)
    common = sum((Counter(a) & Counter(b)).values())
    return 2 * common / (len(a) + len(b))


def onnx_forward(path: Path, *, threads: int = 2, batch: int = 16) -> Forward:
    """A forward pass through an ONNX file, in batches of like length, answers in the order given."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def forward(features: Sequence[Feature]) -> list[Logits]:
        out: dict[int, Logits] = {}
        order = sorted(range(len(features)), key=lambda i: len(features[i].ids))
        for begin in range(0, len(order), batch):
            chosen = order[begin : begin + batch]
            width = max(len(features[i].ids) for i in chosen)
            ids = np.full((len(chosen), width), PAD, dtype=np.int64)
            mask, types = np.zeros_like(ids), np.zeros_like(ids)
            for row, i in enumerate(chosen):
                length = len(features[i].ids)
                ids[row, :length] = features[i].ids
                mask[row, :length] = 1
                types[row, features[i].types_from : length] = 1
            start, end = session.run(None, dict(zip(INPUTS, (ids, mask, types), strict=True)))
            for row, i in enumerate(chosen):
                out[i] = (start[row], end[row])
        return [out[i] for i in range(len(features))]

    return forward


def answer_all(rows: Sequence[Asked], forward: Forward, tokenizer: Tokenizer, *, header: bool) -> list[Answered]:
    """Read every row's paragraph, with the title before it or alone."""
    features = [
        encode(tokenizer, question=r.question, header=r.title if header else "", passage=r.context, limit=400)
        for r in rows
    ]
    out: list[Answered] = []
    for row, feature, (start, end) in zip(rows, features, forward(features), strict=True):
        best = best_span(start, end, first=feature.first, offsets=feature.offsets)
        parts = sentences(row.context)
        odds = sentence_log_odds(start, end, first=feature.first, offsets=feature.offsets, sentences=parts)
        a, b = parts[int(odds.argmax())] if parts else (0, 0)
        right = any(answer in row.context[a:b] for answer in row.answers)
        out.append(Answered(text=row.context[best.start : best.end], log_odds=best.log_odds, sentence_right=right))
    return out


def auroc(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """Probability that a positive scores above a negative; ties count half."""
    order = scores.argsort(kind="stable")
    values, ranks = scores[order], np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    for value in np.unique(values[1:][values[1:] == values[:-1]]):
        same = scores == value
        ranks[same] = ranks[same].mean()
    yes = int(positive.sum())
    no = len(positive) - yes
    if yes == 0 or no == 0:
        return float("nan")
    return float((ranks[positive].sum() - yes * (yes + 1) / 2) / (yes * no))


def figures(rows: Sequence[Asked], given: Sequence[Answered]) -> Figures:
    """All measures, at the threshold that is best for F1 over all rows."""
    odds = np.array([g.log_odds for g in given])
    can = np.array([bool(r.answers) for r in rows])
    overlap = np.array([max((f1(g.text, a) for a in r.answers), default=0.0) for r, g in zip(rows, given, strict=True)])
    same = [{normal(a) for a in r.answers} for r in rows]
    exact = np.array([float(normal(g.text) in gold) for g, gold in zip(given, same, strict=True)])
    order = np.argsort(-odds)
    # Answering the k most certain rows gains their F1 and loses the credit of the unanswerable ones among them.
    gain = np.concatenate([[0.0], np.cumsum(np.where(can, overlap, -1.0)[order])])
    k = int(gain.argmax())
    threshold = float(odds[order[k - 1]]) if k else float("inf")
    kept = odds >= threshold
    em_by_row = np.where(can, exact * kept, ~kept)
    f1_by_row = np.where(can, overlap * kept, ~kept)

    def percent(values: NDArray[np.float64], where: NDArray[np.bool_]) -> float:
        return round(100 * float(values[where].mean()), 2) if where.any() else float("nan")

    every = np.ones(len(rows), dtype=np.bool_)
    right = np.array([g.sentence_right for g in given], dtype=np.float64)
    return Figures(
        n=len(rows),
        em=percent(em_by_row, every),
        f1=percent(f1_by_row, every),
        answerable_em=percent(em_by_row, can),
        answerable_f1=percent(f1_by_row, can),
        unanswerable=percent(f1_by_row, ~can),
        forced=percent(overlap, can),
        auroc=round(auroc(odds, can), 4),
        sentence=round(float(right[can].mean()), 4) if can.any() else float("nan"),
        threshold=round(threshold, 3),
    )
