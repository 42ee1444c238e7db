"""The baselines do what their names say, so that beating them means something."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from index.dates import instant
from index.evaluate import RankFusion, SimilarityReader, VectorsAlone, WordsAlone
from index.types import Where
from tests.fakes import MemoryLexical, MemoryVectors, ToyEmbedder
from tests.index.evaluate.sets_in_small import passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    passage_id: int
    text: str
    title: str = ""
    outlet: str | None = None
    section: str | None = None
    published: str | None = None
    header: str = ""


ROWS = [
    Row(passage_id=1, text="the bridge closed after a crack", outlet="Ledger"),
    Row(passage_id=2, text="ferries replaced the buses", outlet="Verge"),
    Row(passage_id=3, text="residents were told to boil water", outlet="Ledger"),
]
EMBEDDER = ToyEmbedder()
VECTORS = MemoryVectors([([1, 2, 3], EMBEDDER.embed_passages([row.text for row in ROWS]))], 64)
LEXICAL = MemoryLexical(ROWS, instant=instant)


def test_words_alone_are_the_lexical_index() -> None:
    found = WordsAlone(LEXICAL).retrieve("boil the buses", 3)
    assert [(hit.passage_id, hit.score) for hit in found] == [
        (hit.passage_id, hit.score) for hit in LEXICAL.search("boil the buses", 3)
    ]
    assert [hit.passage_id for hit in WordsAlone(LEXICAL).retrieve("the", 3, Where(outlets=("verge",)), [2])] == [2]


def test_vectors_alone_are_the_vector_index() -> None:
    query = EMBEDDER.embed_queries(["boil the buses"])[0]
    found = VectorsAlone(EMBEDDER, VECTORS).retrieve("boil the buses", 2, None, [1, 3])
    assert [(hit.passage_id, hit.dense) for hit in found] == [
        (hit.passage_id, hit.score) for hit in VECTORS.search(query, 2, [1, 3])
    ]


def test_rank_fusion_adds_reciprocal_ranks() -> None:
    words, vectors = WordsAlone(LEXICAL), VectorsAlone(EMBEDDER, VECTORS)
    expected: dict[int, float] = {}
    for engine in (words, vectors):
        for rank, hit in enumerate(engine.retrieve("boil the buses", 100), start=1):
            expected[hit.passage_id] = expected.get(hit.passage_id, 0) + 1 / (60 + rank)
    found = RankFusion(words, vectors).retrieve("boil the buses", 3)
    assert {hit.passage_id: hit.score for hit in found} == pytest.approx(expected)
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)


def test_the_similarity_reader_takes_the_nearest_sentence_whatever_it_says() -> None:
    reader = SimilarityReader(EMBEDDER)
    hits = [passage("a", 0, ROWS[0].text), passage("b", 10, ROWS[2].text, rank=2)]
    reading = reader.read("residents were told to boil water", hits)
    assert [sentence.hit.article_id for sentence in reading.sentences] == ["b", "a"]
    assert reading.confidence == pytest.approx(1.0)
    assert reader.default_threshold == 0
    assert reader.read("anything", []).sentences == ()
