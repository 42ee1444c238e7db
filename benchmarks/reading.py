"""Reading: what `ask` adds to the bare forward pass of its reader, and a reader's passage beside an embedder's.

The bare forward pass is that of the model which reads every passage, so that the second model, which reads the best
sentences once more, is part of what `ask` adds. Reading passages is all that the reader does with them, the second
model's reading included.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sentence_transformers import SentenceTransformer

from benchmarks.embedding import upstream_model
from index.archive import Archive
from index.backends.reader_onnx import OnnxSpanScorer
from index.bootstrap import make_embedder, make_reader, make_scorers, open_with
from index.protocols import Reader
from index.settings import load_settings
from index.store import StoreView

Result = TypeVar("Result")
_PASSAGES = 8
_QUESTIONS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """One thing beside its baseline, in milliseconds (medians over questions and rounds) and as a ratio of sums.

    ``processor`` is the ratio of processor time, which other work on the machine disturbs less.
    """

    name: str
    baseline: str
    milliseconds: float
    baseline_milliseconds: float
    ratio: float
    processor: float


def measure_reading(archive_home: Path, *, rounds: int, threads: int) -> list[Ratio]:
    """Asks headlines of the archive as questions; every pair is timed in turns, question by question."""
    settings = load_settings(data=archive_home, threads=threads, reader="bundled")
    archive, reader = open_with(settings), make_reader(settings, make_embedder(settings))
    scorer, _ = make_scorers(threads)
    plain = SentenceTransformer(str(upstream_model()), device="cpu")
    questions = [title for _, title, _, _ in archive.headlines(limit=_QUESTIONS)]
    store = StoreView(archive_home, archive.status().generation)
    asking, reading, proving = _Pair(), _Pair(), _Pair()
    for round_number in range(rounds + 1):
        for question in questions:
            _time_question(archive, reader, scorer, plain, question, pairs=(asking, reading))
            _time_proof(archive, scorer, store, question, proving)
        if round_number == 0:  # it loads and warms
            asking, reading, proving = _Pair(), _Pair(), _Pair()
    store.close()
    return [
        asking.ratio("dateline ask, in an open archive", "the reader's bare forward pass over the same passages"),
        reading.ratio(f"reading {_PASSAGES} passages", f"embedding the same {_PASSAGES}, plain encode"),
        proving.ratio("fetching passages with the proof of their articles", "the reader's bare forward pass over them"),
    ]


def _time_question(
    archive: Archive,
    reader: Reader,
    scorer: OnnxSpanScorer,
    plain: SentenceTransformer,
    question: str,
    *,
    pairs: tuple[_Pair, _Pair],
) -> None:
    asking, reading = pairs
    reply = asking.time(lambda: archive.ask(question))
    passages = [(hit.header, hit.text) for hit in reply.passages]
    inputs = scorer.prepare(reply.standalone, passages)
    asking.time_baseline(lambda: scorer.forward(inputs))
    first = reply.passages[:_PASSAGES]
    reading.time(lambda: reader.read(question, first))
    texts = [f"{hit.header}\n{hit.text}" for hit in first]
    reading.time_baseline(lambda: plain.encode(texts))


def _time_proof(archive: Archive, scorer: OnnxSpanScorer, store: StoreView, question: str, proving: _Pair) -> None:
    hits = archive.search(question)
    proving.time(lambda: store.quotable([hit.passage_id for hit in hits]))
    inputs = scorer.prepare(question, [(hit.header, hit.text) for hit in hits])
    proving.time_baseline(lambda: scorer.forward(inputs))


class _Pair:
    """Wall and processor seconds of a thing and of its baseline."""

    def __init__(self) -> None:
        self._wall: tuple[list[float], list[float]] = ([], [])
        self._processor: tuple[list[float], list[float]] = ([], [])

    def time(self, call: Callable[[], Result]) -> Result:
        return self._timed(0, call)

    def time_baseline(self, call: Callable[[], object]) -> None:
        self._timed(1, call)

    def ratio(self, name: str, baseline: str) -> Ratio:
        return Ratio(
            name=name,
            baseline=baseline,
            milliseconds=1e3 * statistics.median(self._wall[0]),
            baseline_milliseconds=1e3 * statistics.median(self._wall[1]),
            ratio=_over(self._wall),
            processor=_over(self._processor),
        )

    def _timed(self, side: int, call: Callable[[], Result]) -> Result:
        wall, processor = time.perf_counter(), time.process_time()
        result = call()
        self._wall[side].append(time.perf_counter() - wall)
        self._processor[side].append(time.process_time() - processor)
        return result


def _over(sides: tuple[Sequence[float], Sequence[float]]) -> float:
    return sum(sides[0]) / sum(sides[1])
