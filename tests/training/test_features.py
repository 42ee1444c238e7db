"""From text to tokens and back: spans keep their characters, and only the passage may answer."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from index.read.spans import MAX_SPAN_TOKENS
from training.draws import seeded
from training.features import CLS, MAX_ANSWER, MAX_HEADER, MAX_QUESTION, SEP, encode, tokens_of_span
from training.mixture import Group
from training.objective import collate
from training.rows import sentences

WORDS = st.lists(st.text(alphabet="abcdefgXYZ'é-0123456789.,", min_size=1, max_size=9), min_size=3, max_size=60)
QUIET = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


@QUIET
@given(
    words=WORDS, picks=st.tuples(st.integers(0, 59), st.integers(0, 5)), limit=st.integers(16, 80), seed=st.integers()
)
def test_a_span_of_words_survives_tokens_and_window(
    tokenizer: Tokenizer, words: list[str], picks: tuple[int, int], limit: int, seed: int
) -> None:
    text = " ".join(words)
    at = picks[0] % len(words)
    begin = len(" ".join(words[:at])) + (1 if at else 0)
    end = begin + len(" ".join(words[at : at + 1 + picks[1]]))
    made = encode(
        tokenizer,
        question="who?",
        header="A — B",
        passage=text,
        spans=[(begin, end)],
        limit=limit,
        rng=seeded(str(seed)),
    )
    assert len(made.offsets) <= limit
    whole = tokenizer.encode(text, add_special_tokens=False)
    pair = tokens_of_span(whole.offsets, (begin, end))
    assert pair is not None
    if pair[1] - pair[0] < limit:
        assert len(made.golds) == 1
        a, b = made.golds[0]
        assert text[made.offsets[a - made.first][0] : made.offsets[b - made.first][1]] == text[begin:end]
        holder = made.sentence_spans[0]
        assert holder[0] <= a
    else:
        assert made.golds == ()


def test_a_long_passage_without_draws_keeps_its_beginning(tokenizer: Tokenizer) -> None:
    text = "word " * 400
    made = encode(tokenizer, question="what?", header="", passage=text)
    assert made.offsets[0] == (0, 4)
    assert len(made.offsets) == 256


def test_question_and_header_are_cut_apart_from_the_passage(tokenizer: Tokenizer) -> None:
    made = encode(tokenizer, question="who " * 90, header="news " * 90, passage="A mill burnt.")
    assert made.types_from == 2 + MAX_QUESTION
    assert made.first == 2 + MAX_QUESTION + MAX_HEADER
    assert made.ids[0] == CLS
    assert made.ids[made.types_from - 1] == made.ids[-1] == SEP
    assert len(made.ids) == made.first + len(made.offsets) + 1


def test_only_the_null_and_the_passage_may_answer(tokenizer: Tokenizer) -> None:
    made = encode(tokenizer, question="who?", header="A mill burnt — The Post", passage="A mill burnt.", spans=[(0, 6)])
    may = collate([Group(features=(made,))]).may[0].nonzero().flatten().tolist()
    assert may == [0, *range(made.first, made.first + len(made.offsets))]


def test_sentences_do_not_break_at_initials_and_titles() -> None:
    text = 'Mr. J. Smith of the U.S. Senate spoke. "We won." He left!'
    assert [text[a:b] for a, b in sentences(text)] == [
        "Mr. J. Smith of the U.S. Senate spoke.",
        '"We won."',
        "He left!",
    ]


def test_the_longest_answer_in_training_is_the_longest_in_reading() -> None:
    assert MAX_ANSWER == MAX_SPAN_TOKENS
