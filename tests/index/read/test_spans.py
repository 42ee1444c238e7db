"""The span reader: from token scores to sentences, comparable across passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.protocols import SpanScores
from index.read.calibration import Logistic
from index.read.coverage import LONG_QUESTION, Terms
from index.read.shortlist import SHORTLISTED
from index.read.spans import (
    CONFIDENCE_FEATURES,
    FEATURES,
    Featured,
    SpanReader,
    SpanWeights,
    confidence_features,
    mark,
    sentences_read,
)
from index.types import Hit, Reading

WEIGHTS = SpanWeights(
    weights=(1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1000.0),
    weights_in_talk=(1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1000.0),
    max_span_tokens=8,
    calibration=Logistic(weights=(1.0,) + (0.0,) * (len(CONFIDENCE_FEATURES) - 1), bias=0.0),
    calibration_in_talk=Logistic(weights=(1.0,) + (0.0,) * (len(CONFIDENCE_FEATURES) - 1), bias=2.0),
    threshold=0.5,
    null_threshold=0.0,
)


def hit(text: str, *, sentences: Sequence[tuple[int, int]], rank: int = 1, start: int = 0, article: str = "a") -> Hit:
    return Hit(
        rank=rank,
        score=1 / rank,
        passage_id=rank,
        article_id=article,
        title="Headline",
        outlet="Ledger",
        published="2026-01-14",
        url=None,
        start=start,
        end=start + len(text),
        text=text,
        sentences=tuple((start + a, start + b) for a, b in sentences),
    )


class WordScorer:
    """Favours one word, as a model that knows the answer would: its logit is high where the word starts and ends."""

    id = "word-scorer"

    def __init__(self, word: str, strength: float = 6.0, null: float = 0.0) -> None:
        self.word, self.strength, self.null = word, strength, null

    def score(self, question: str, passages: Sequence[tuple[str, str]]) -> list[SpanScores]:
        assert question
        found = []
        for _header, text in passages:
            offsets, cursor = [], 0
            for token in text.split():
                begin = text.index(token, cursor)
                cursor = begin + len(token)
                offsets.append((begin, cursor))
            logits = [self.strength if text[a:b].strip(".,") == self.word else 0.0 for a, b in offsets]
            found.append(
                SpanScores(
                    offsets=np.asarray(offsets, dtype=np.int64).reshape(-1, 2),
                    start=np.asarray(logits, dtype=np.float32),
                    end=np.asarray(logits, dtype=np.float32),
                    null=self.null,
                )
            )
        return found


def reader_of(scorer: WordScorer, weights: SpanWeights = WEIGHTS, terms: Terms = str.split) -> SpanReader:
    """A reader whose two models are the same."""
    return SpanReader(scorer=scorer, shortlist_scorer=scorer, weights=weights, terms=terms)


def read_by_one(question: str, hits: Sequence[Hit], scorer: WordScorer) -> list[Featured]:
    """The sentences as such a reader reads them."""
    return sentences_read(question, hits, scorer, scorer, 8)


TEXT = "The bridge closed on Monday. The repair costs millions. Ferries run instead."
SENTENCES = ((0, 28), (29, 55), (56, 76))


def test_the_sentence_that_holds_the_span_comes_first_with_the_span_marked() -> None:
    reading = reader_of(WordScorer("millions")).read("cost?", [hit(TEXT, sentences=SENTENCES)])
    best = reading.sentences[0]
    assert best.text == "The repair costs millions."
    assert best.highlight is not None
    assert TEXT[best.highlight[0] : best.highlight[1]] == "millions."


def test_offsets_count_in_the_article_not_in_the_passage() -> None:
    reading = reader_of(WordScorer("millions")).read("cost?", [hit(TEXT, sentences=SENTENCES, start=1000)])
    best = reading.sentences[0]
    assert (best.start, best.end) == (1029, 1055)
    assert best.highlight == (1046, 1055)


def test_a_sentence_of_two_overlapping_windows_is_read_once() -> None:
    windows = [
        hit(TEXT[:55], sentences=SENTENCES[:2], rank=1),
        hit(TEXT[29:], sentences=((0, 26), (27, 47)), rank=2, start=29),
    ]
    reading = reader_of(WordScorer("millions")).read("cost?", windows)
    places = [(sentence.start, sentence.end) for sentence in reading.sentences]
    assert sorted(places) == sorted(SENTENCES)


def test_a_sentence_of_two_windows_has_the_mean_of_both_readings() -> None:
    windows = [hit(TEXT[:55], sentences=SENTENCES[:2]), hit(TEXT[29:], sentences=((0, 26), (27, 47)), rank=2, start=29)]

    class Doubting(WordScorer):
        """Has a null of one more for each passage than for the one before it."""

        def score(self, question: str, passages: Sequence[tuple[str, str]]) -> list[SpanScores]:
            return [WordScorer(self.word, null=n).score(question, [one])[0] for n, one in enumerate(passages)]

    both = {s.start: row[0] for s, row in read_by_one("cost?", windows, Doubting("millions"))}
    alone = {s.start: row[0] for s, row in read_by_one("cost?", windows[:1], Doubting("millions"))}
    assert both[29] == pytest.approx(alone[29] - 0.5)
    assert both[0] == alone[0]


def test_no_hits_read_as_no_confidence() -> None:
    reading = reader_of(WordScorer("x")).read("cost?", [])
    assert reading.sentences == ()
    assert reading.confidence == 0.0


def test_a_strong_null_lowers_confidence() -> None:
    hits = [hit(TEXT, sentences=SENTENCES)]
    sure = reader_of(WordScorer("millions")).read("cost?", hits)
    unsure = reader_of(WordScorer("millions", null=20.0)).read("cost?", hits)
    assert unsure.confidence < 0.5 < sure.confidence


def test_a_turn_in_a_conversation_has_a_calibration_of_its_own() -> None:
    hits = [hit("The bridge opened.", sentences=[(0, 18)])]
    reader = reader_of(WordScorer("bridge"))
    alone, following = reader.read("what?", hits), reader.read("what?", hits, follows=True)
    assert alone.sentences == following.sentences
    odds = np.log([p / (1 - p) for p in (alone.confidence, following.confidence)])
    assert odds[1] - odds[0] == pytest.approx(2.0)


def test_a_turn_in_a_conversation_has_weights_of_its_own() -> None:
    near, far = (hit("A bridge.", sentences=[(0, 9)], rank=rank, article=str(rank)) for rank in (1, 4))
    by_rank = tuple(float(name == "rank") for name in FEATURES)
    weights = replace(WEIGHTS, weights=by_rank, weights_in_talk=tuple(-one for one in by_rank))
    reader = reader_of(WordScorer("bridge"), weights=weights)
    alone, following = (reader.read("what?", [near, far], follows=follows) for follows in (False, True))
    assert [one.hit.rank for one in alone.sentences] == [4, 1]
    assert [one.score for one in alone.sentences] == [2.0, 0.0]
    assert [one.hit.rank for one in following.sentences] == [1, 4]


class Recording(WordScorer):
    """Keeps what it was given."""

    def __init__(self, word: str, name: str = "word-scorer") -> None:
        super().__init__(word)
        self.id = name
        self.given: list[list[tuple[str, str]]] = []

    def score(self, question: str, passages: Sequence[tuple[str, str]]) -> list[SpanScores]:
        self.given.append(list(passages))
        return super().score(question, passages)


def told(text: str, number: int, score: float = 0.1) -> Hit:
    one = hit(text, sentences=[(0, len(text))], article=str(number), rank=number + 1)
    return replace(one, score=score, header=f"Pier {number}")


def test_the_best_sentences_are_read_again_beside_each_other() -> None:
    scorer = Recording("millions")
    hits = [hit(TEXT, sentences=SENTENCES), told("A pier costs millions too.", 1, score=0.9)]
    read = read_by_one("cost?", hits, scorer)
    [passages, [(header, together)]] = scorer.given
    assert len(passages) == 2
    assert header == hits[0].header != hits[1].header
    assert together.startswith("The repair costs millions. A pier costs millions too.")
    assert all(sentence.text in together for sentence, _ in read)
    again = {sentence.text: row[FEATURES.index("again")] for sentence, row in read}
    assert again["The repair costs millions."] == pytest.approx(again["A pier costs millions too."], abs=0.01)
    assert again["The repair costs millions."] > max(v for text, v in again.items() if "millions" not in text)


def test_another_model_reads_the_best_sentences_than_the_passages() -> None:
    first, second = Recording("millions"), Recording("Monday")
    hits = [hit(TEXT, sentences=SENTENCES), told("A pier costs little.", 1)]
    read = sentences_read("cost?", hits, first, second, 8)
    assert first.given == [[(one.header, one.text) for one in hits]]
    [[(header, together)]] = second.given
    assert header == hits[0].header
    assert all(sentence.text in together for sentence, _ in read)
    best = {name: max(read, key=lambda one: one[1][FEATURES.index(name)])[0].text for name in ("mass", "again")}
    assert best == {"mass": "The repair costs millions.", "again": "The bridge closed on Monday."}


def test_the_reader_asks_both_models_and_names_both() -> None:
    first, second = Recording("millions"), Recording("Monday", name="second")
    weights = replace(WEIGHTS, weights=tuple(float(name == "again") for name in FEATURES))
    reader = SpanReader(scorer=first, shortlist_scorer=second, weights=weights, terms=str.split)
    assert reader.id == "word-scorer + second"
    reading = reader.read("cost?", [hit(TEXT, sentences=SENTENCES)])
    assert reading.sentences[0].text == "The bridge closed on Monday."
    assert (len(first.given), len(second.given)) == (1, 1)


def test_the_second_model_confirms_what_it_takes_for_an_answer_and_its_likeliest_raises_the_confidence() -> None:
    at = CONFIDENCE_FEATURES.index("again")
    alone = Logistic(weights=tuple(float(number == at) for number in range(len(CONFIDENCE_FEATURES))), bias=0.0)
    weights = replace(WEIGHTS, calibration=alone)
    hits = [hit(TEXT, sentences=SENTENCES)]

    def reading(second: WordScorer) -> Reading:
        first = WordScorer("millions")
        return SpanReader(scorer=first, shortlist_scorer=second, weights=weights, terms=str.split).read("?", hits)

    sure, unsure = reading(WordScorer("Monday", null=6.0)), reading(WordScorer("Monday", null=20.0))
    assert [one.text for one in sure.sentences if one.confirmed] == ["The bridge closed on Monday."]
    assert [one.confirmed for one in unsure.sentences] == [False] * 3
    assert sure.sentences[0].text == unsure.sentences[0].text == "The repair costs millions."
    assert unsure.confidence < 0.5 < sure.confidence


def test_mass_and_search_choose_what_is_read_again() -> None:
    texts = [f"Pier number {n} costs {'millions' if n == 8 else 'little'} now." for n in range(9)]
    scorer = Recording("millions")
    read_by_one("cost?", [told(t, n, score=0.9 if n == 7 else 0.1) for n, t in enumerate(texts)], scorer)
    [[_, together]] = scorer.given[1]
    assert together == " ".join([texts[7], texts[8], *texts[:4]])


def test_the_same_sentence_of_two_outlets_is_read_again_once() -> None:
    scorer = Recording("millions")
    read = read_by_one("cost?", [told("A pier costs millions.", 0), told("A pier  costs millions.", 1)], scorer)
    assert scorer.given[1][0][1] == "A pier costs millions."
    assert len({row[FEATURES.index("again")] for _, row in read}) == 1


def test_what_is_not_among_the_best_has_less_than_the_least_of_them() -> None:
    texts = [f"Pier number {n} costs {'millions' if n < SHORTLISTED else 'little'} now." for n in range(9)]
    hits = [hit(t, sentences=[(0, len(t))], article=str(n), rank=n + 1) for n, t in enumerate(texts)]
    for null, rest in ((20.0, None), (0.0, 0.0)):
        reader = reader_of(WordScorer("millions", null=null))
        again = [
            row[FEATURES.index("again")] for _, row in read_by_one("cost?", hits, WordScorer("millions", null=null))
        ]
        least = min(again[:SHORTLISTED]) - 1
        assert (least > 0) is (rest == 0.0)
        assert again[SHORTLISTED:] == [least if rest is None else rest] * (9 - SHORTLISTED)
        # Where all that was read again answers, nothing is known of the others.
        assert not any(one.confirmed for one in reader.read("cost?", hits).sentences[SHORTLISTED:])


def test_a_question_and_a_scrap_are_no_answers() -> None:
    text = "When will it reopen? In May. The bridge will reopen to cars in May."
    hits = [hit(text, sentences=[(0, 20), (21, 28), (29, len(text))])]
    read = read_by_one("when does it reopen?", hits, WordScorer("May"))
    unfit = {s.text: row[FEATURES.index("unfit")] for s, row in read}
    assert unfit == {"When will it reopen?": 1.0, "In May.": 1.0, "The bridge will reopen to cars in May.": 0.0}
    sure = replace(WEIGHTS, weights=(1.0, 0.0, 0.0, -1000.0, 0.0, 0.0, 0.0))
    reading = reader_of(WordScorer("May"), weights=sure).read("when does it reopen?", hits)
    assert reading.sentences[0].text == "The bridge will reopen to cars in May."


@pytest.mark.parametrize(("question", "borne"), [("how much is it?", 1.0), ("who pays?", 0.0), ("why so dear?", 0.0)])
def test_names_and_reasons_are_left_to_the_model(question: str, borne: float) -> None:
    text = "Ada Lund said it costs 9 million because steel is dear."
    [(_, row)] = read_by_one(question, [hit(text, sentences=[(0, len(text))])], WordScorer("9"))
    assert row[FEATURES.index("kind")] == borne


def test_passages_that_agree_raise_the_confidence_together() -> None:
    one = [hit(TEXT, sentences=SENTENCES, article="a")]
    both = [*one, hit(TEXT, sentences=SENTENCES, article="b", rank=2)]
    place = CONFIDENCE_FEATURES.index("all")
    alone = confidence_features(ranked(one), WEIGHTS.weights, one)[place]
    assert confidence_features(ranked(both), WEIGHTS.weights, both)[place] == pytest.approx(alone + np.log(2))


def test_of_a_long_question_the_words_choose_the_sentence_but_raise_no_confidence() -> None:
    hits = [hit(TEXT, sentences=SENTENCES)]
    reader = reader_of(WordScorer("millions"), terms=terms)
    words = [f"w{n}" for n in range(LONG_QUESTION)]
    plain, naming = reader.read(" ".join(words), hits), reader.read(" ".join([*words, "ferries run instead"]), hits)
    assert plain.sentences[0].text == "The repair costs millions."
    assert naming.sentences[0].text == "Ferries run instead."
    assert naming.confidence < plain.confidence
    scores = [sentence.score for sentence in naming.sentences]
    assert scores == sorted(scores, reverse=True)
    assert len(naming.sentences) == len(SENTENCES)
    assert scores[0] - scores[-1] < WEIGHTS.weights[-1] / 100  # the words are no part of the margins
    following = reader.read(" ".join([*words, "ferries run instead"]), hits, follows=True)
    assert following.sentences[0].text == "The repair costs millions."


def ranked(hits: Sequence[Hit]) -> list[Featured]:
    """What a reader read whose scores are the masses alone."""
    return sorted(read_by_one("cost?", hits, WordScorer("millions")), key=lambda pair: -pair[1][0])


def terms(text: str) -> list[str]:
    return [word.strip(".,?").casefold() for word in text.split()]


@given(
    starts=st.lists(st.floats(-10, 10, width=32), min_size=1, max_size=30),
    seed=st.integers(0, 2**16),
    max_tokens=st.integers(1, 10),
)
def test_the_best_span_is_the_best_of_all_legal_spans(starts: list[float], seed: int, max_tokens: int) -> None:
    rng = np.random.default_rng(seed)
    size = len(starts)
    scores = SpanScores(
        offsets=np.asarray([(3 * i, 3 * i + 2) for i in range(size)], dtype=np.int64),
        start=np.asarray(starts, dtype=np.float32),
        end=rng.normal(size=size).astype(np.float32),
        null=0.5,
    )
    first = int(rng.integers(0, size))
    last = int(rng.integers(first, size))
    found = mark(scores, (3 * first, 3 * last + 2), max_tokens)
    legal = [
        float(scores.start[i] + scores.end[j]) - 0.5
        for i in range(first, last + 1)
        for j in range(i, min(i + max_tokens, last + 1))
    ]
    assert found is not None
    assert found.log_odds == pytest.approx(max(legal), abs=1e-4)
    assert found.mass == pytest.approx(float(np.log(np.exp(legal).sum())), abs=1e-4)
    assert 3 * first <= found.start < found.end <= 3 * last + 2


def test_a_stretch_without_tokens_has_no_span() -> None:
    scores = SpanScores(
        offsets=np.asarray([(10, 12)], dtype=np.int64),
        start=np.zeros(1, dtype=np.float32),
        end=np.zeros(1, dtype=np.float32),
        null=0.0,
    )
    assert mark(scores, (0, 5), 4) is None
