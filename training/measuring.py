"""How well an exported model reads: SQuAD 2.0 as `dateline eval squad2` measures it, for any model folder."""

from __future__ import annotations

from pathlib import Path

from index.backends.embedder_onnx import OnnxEmbedder
from index.backends.reader_onnx import OnnxSpanScorer
from index.bootstrap import bundled_model
from index.evaluate import Json, SpanParagraphs, squad2
from index.passages import PassageSettings, cut_passages
from index.types import Article, Passage
from training.draws import seeded


def measure(folder: Path, sets: Path, *, sample: int | None = None, threads: int = 2, seed: int = 7) -> Json:
    """The set's figures at the threshold that is best on the same rows; of a random sample if one is asked for."""
    counter = OnnxEmbedder(bundled_model("minilm"))

    def cut(article: Article) -> list[Passage]:
        return cut_passages(article, counter, PassageSettings())

    asked = squad2.read_asked(sets)
    if sample is not None and sample < len(asked):
        asked = seeded(f"{seed}").sample(asked, sample)
    reader = SpanParagraphs(OnnxSpanScorer(folder, threads=threads), cut)
    return squad2.measure([squad2.judge(one, reader.read(one.question, one.title, one.text)) for one in asked], None)
