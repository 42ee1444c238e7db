"""The words that a long question shares with a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.read.coverage import LONG_QUESTION, SHORT_QUESTION, coverage, length_of, long_coverage, term_weights


def test_a_word_that_few_candidates_have_weighs_more() -> None:
    weights = term_weights({"bridge", "ferry"}, [{"bridge"}, {"bridge"}, {"ferry", "bridge"}])
    assert weights["ferry"] > weights["bridge"] > 0
    assert coverage(weights, {"ferry"}) > coverage(weights, {"bridge"})
    assert coverage(weights, {"ferry", "bridge", "gull"}) == pytest.approx(1.0)
    assert coverage({}, {"ferry"}) == 0.0


@pytest.mark.parametrize(
    ("terms", "length"),
    [(0, 0.0), (SHORT_QUESTION, 0.0), ((SHORT_QUESTION + LONG_QUESTION) // 2, 0.5), (LONG_QUESTION, 1.0), (99, 1.0)],
)
def test_length_goes_from_what_is_typed_to_what_is_laid_out(terms: int, length: float) -> None:
    assert length_of({str(n) for n in range(terms)}) == pytest.approx(length)


def test_the_words_of_a_short_question_choose_nothing() -> None:
    assert long_coverage("who runs the ferry", ["the ferry runs", "nobody"], str.split) == [0.0, 0.0]


@given(st.lists(st.text("abcdef ", max_size=60), min_size=1, max_size=8), st.text("abcdef ", max_size=200))
def test_coverage_is_a_share(sentences: list[str], question: str) -> None:
    assert all(0.0 <= share <= 1.0 + 1e-9 for share in long_coverage(question, sentences, str.split))
