"""Reading paragraphs: offsets that hold, thresholds as SQuAD's script finds them, and each figure counted by hand."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import UsageError
from index.evaluate import Readers, SentenceParagraphs, SimilarityReader, SpanParagraphs, clapnq, squad2
from index.evaluate.paragraphs import Found, best_threshold
from index.passages import PassageSettings, cut_passages
from index.protocols import SpanScores
from index.types import Article, Origin, Passage
from tests.fakes import ToyEmbedder
from tests.index.evaluate.sets_in_small import Fixed, write_rows

EMBEDDER = ToyEmbedder()
TEXT = "The bridge closed on Monday. The repair costs millions. Ferries run instead. " * 30


def cut(article: Article) -> list[Passage]:
    return cut_passages(article, EMBEDDER, PassageSettings(max_tokens=48))


class WordScorer:
    """Favours the last token that is a given word."""

    id = "word"

    def __init__(self, word: str) -> None:
        self.word = word

    def score(self, question: str, passages: Sequence[tuple[str, str]]) -> list[SpanScores]:
        assert question
        found = []
        for _, text in passages:
            ends = [i for i, letter in enumerate(text + " ") if letter == " " and i and text[i - 1] != " "]
            offsets = [(text.rfind(" ", 0, end) + 1, end) for end in ends]
            logits = [(4.0 + 0.01 * i) * (text[a:b] == self.word) for i, (a, b) in enumerate(offsets)]
            array = np.asarray(logits, dtype=np.float32)
            found.append(SpanScores(offsets=np.asarray(offsets, dtype=np.int64), start=array, end=array, null=1.0))
        return found


def test_a_long_paragraph_is_read_in_windows_and_offsets_count_in_the_whole() -> None:
    found = SpanParagraphs(WordScorer("millions."), cut).read("cost?", "Bridge", TEXT)
    assert len(cut(Article(id="a", title="", text=TEXT, origin=Origin(path="")))) > 3
    assert found.answer is not None
    assert TEXT[slice(*found.answer)] == "millions."
    assert TEXT[slice(*found.sentences[0])] == "The repair costs millions."
    assert found.score > 6.0
    assert len(found.sentences) == len(set(found.sentences)) == 90


def test_a_text_without_words_has_no_answer() -> None:
    found = SpanParagraphs(WordScorer("x"), cut).read("cost?", "", " \n ")
    assert found == Found(answer=None, sentences=(), score=float("-inf"))


def test_a_sentence_readers_best_sentence_is_its_answer() -> None:
    reader = SentenceParagraphs(SimilarityReader(EMBEDDER), cut)
    found = reader.read("the repair costs millions", "", TEXT)
    assert found.answer is not None
    assert TEXT[slice(*found.answer)] == "The repair costs millions."


@given(st.lists(st.tuples(st.sampled_from([0.0, 1.0, 2.0, 3.0]), st.floats(0, 1), st.booleans()), max_size=12))
def test_no_threshold_earns_more_than_the_best(rows: list[tuple[float, float, bool]]) -> None:
    def credit(threshold: float) -> float:
        return sum(gain * (s >= threshold) if can else float(s < threshold) for s, gain, can in rows)

    best = best_threshold([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows])
    assert credit(best) == pytest.approx(max(credit(t) for t in (0.0, 1.0, 2.0, 3.0, float("inf"))))


@pytest.mark.parametrize(
    ("given_text", "gold", "f1"),
    [("the Bridge!", "bridge", 1.0), ("a red bridge", "bridge", 2 / 3), ("ferry", "bridge", 0.0), ("the", "the", 1.0)],
)
def test_answers_are_compared_after_the_sets_normalisation(given_text: str, gold: str, f1: float) -> None:
    assert squad2.overlap_f1(given_text, gold) == pytest.approx(f1)


def test_squad_figures_are_what_a_hand_count_gives(tmp_path: Path) -> None:
    text = "It costs two millions. It closed."
    rows = [
        {"id": "1", "title": "T", "question": "a", "context": text, "answers": ["two millions", "millions"]},
        {"id": "2", "title": "T", "question": "b", "context": text, "answers": ["closed"]},
        {"id": "3", "title": "T", "question": "c", "context": text, "answers": []},
        {"id": "4", "title": "T", "question": "d", "context": text, "answers": []},
    ]
    (tmp_path / "squad2").mkdir()
    with gzip.open(tmp_path / "squad2" / "dev.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    first, second = (0, 22), (23, 33)
    reader = Fixed(
        {
            "a": Found(answer=(9, 21), sentences=(first, second), score=2.0),
            "b": Found(answer=(3, 8), sentences=(first, second), score=-1.0),
            "c": Found(answer=(3, 8), sentences=(first,), score=1.0),
            "d": Found(answer=None, sentences=(), score=-3.0),
        }
    )
    readers = Readers(reader=reader, threshold=0.0, beside={"nobody": Fixed()})
    figures = squad2.run(tmp_path, readers, lambda _: lambda: None)
    assert {name: figures[name] for name in ("n", "EM", "F1", "HasAns_F1", "NoAns_F1", "forced_HasAns_F1")} == {
        "n": 4,
        "EM": 50.0,
        "F1": 50.0,
        "HasAns_F1": 50.0,
        "NoAns_F1": 50.0,
        "forced_HasAns_F1": 50.0,
    }
    assert figures["best_F1"] == 75.0
    assert figures["sentence"] == 0.5
    assert figures["AUROC"] == 0.75
    baselines = figures["baselines"]
    assert isinstance(baselines, dict)
    assert baselines["nobody"]["F1"] == 50.0


def clapnq_row(number: str, *selected: str) -> dict[str, object]:
    passage = {"title": "T", "text": "One is here . Two is there . Three ."}
    return {"id": number, "input": number, "passages": [passage], "output": [{"selected_sentences": list(selected)}]}


def test_clapnq_counts_sentences_that_overlap_a_selected_one(tmp_path: Path) -> None:
    write_rows(
        tmp_path / "clapnq" / "answerable.jsonl", [clapnq_row("a", "Two is there ."), clapnq_row("b", "Three .")]
    )
    write_rows(tmp_path / "clapnq" / "unanswerable.jsonl", [clapnq_row("c")])
    one, two = (0, 13), (14, 28)
    reader = Fixed(
        {
            "a": Found(answer=two, sentences=(two, one), score=2.0),
            "b": Found(answer=one, sentences=(one, two), score=-1.0),
            "c": Found(answer=one, sentences=(one,), score=0.5),
        }
    )
    figures = clapnq.run(tmp_path, Readers(reader=reader, threshold=0.0), lambda _: lambda: None)
    assert figures == {
        "n": 3,
        "first_sentence": 0.5,
        "any_of_three": 0.5,
        "AUROC": 0.5,
        "false_refusals@95": 0.5,
        "answered_answerable": 0.5,
        "refused_unanswerable": 0.0,
    }


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"id": "9", "input": "q", "passages": [], "output": []}, "no passage"),
        ({**clapnq_row("9", "Three ."), "input": 3}, "input"),
    ],
)
def test_clapnq_rows_of_another_form_are_named(tmp_path: Path, row: dict[str, object], complaint: str) -> None:
    write_rows(tmp_path / "clapnq" / "answerable.jsonl", [row])
    write_rows(tmp_path / "clapnq" / "unanswerable.jsonl", [clapnq_row("c")])
    with pytest.raises(UsageError, match=complaint):
        clapnq.read_asked(tmp_path)


def test_an_answerable_passage_without_a_selected_sentence_counts_for_refusing_alone(tmp_path: Path) -> None:
    write_rows(tmp_path / "clapnq" / "answerable.jsonl", [clapnq_row("a", "Two is there ."), clapnq_row("b")])
    write_rows(tmp_path / "clapnq" / "unanswerable.jsonl", [clapnq_row("c")])
    reader = Fixed(
        {
            "a": Found(answer=(14, 28), sentences=((14, 28),), score=2.0),
            "b": Found(answer=(0, 13), sentences=((0, 13),), score=1.0),
        }
    )
    figures = clapnq.run(tmp_path, Readers(reader=reader, threshold=0.0), lambda _: lambda: None)
    assert (figures["first_sentence"], figures["answered_answerable"], figures["AUROC"]) == (1, 1, 1)
