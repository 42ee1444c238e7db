"""The scores of the two engines and of clauses become one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.retrieve import Candidate, FusionSettings, fuse, meaning_weight


def candidate(passage_id: int, dense: float = 0.0, lexical: float = 0.0, clause: float = 0.0) -> Candidate:
    return Candidate(passage_id=passage_id, dense=dense, lexical=lexical, clause=clause)


def test_the_sum_is_convex_and_as_documented() -> None:
    constants = FusionSettings(meaning_per_word=2.0, meaning_least=0.1, meaning_most=9.0, clause_share=0.5)
    found = fuse(
        [candidate(1, 0.8, 10.0, 2.0), candidate(2, 0.4, 5.0, 4.0)], content_words=4, settings=constants
    )  # the cosine weighs 2 / 4 beside words of weight 1
    assert [hit.passage_id for hit in found] == [1, 2]
    assert found[0].score == pytest.approx((0.5 * 1 + 0.5 * 0.5 + 0.5 * 1) / 1.5)
    assert found[1].score == pytest.approx((0.5 * 0.5 + 0.5 * 1 + 0.5 * 0.5) / 1.5)


def test_without_clauses_all_lexical_weight_is_the_questions() -> None:
    (only, _) = fuse([candidate(1, 0.5, 3.0), candidate(2, 0.5, 1.0)], content_words=5, settings=FusionSettings())
    assert only.score == pytest.approx(1.0)


def test_a_short_question_trusts_vectors_more_than_a_long_one() -> None:
    by_words, by_meaning = candidate(1, 0.45, 9.0), candidate(2, 0.9, 4.0)
    constants = FusionSettings()
    assert fuse([by_words, by_meaning], content_words=2, settings=constants)[0].passage_id == 2
    assert fuse([by_words, by_meaning], content_words=25, settings=constants)[0].passage_id == 1


@given(st.integers(0, 500))
def test_the_weight_of_meaning_falls_with_length_within_its_bounds(words: int) -> None:
    constants = FusionSettings()
    weight = meaning_weight(words, constants)
    assert constants.meaning_least <= weight <= constants.meaning_most
    assert meaning_weight(words + 1, constants) <= weight


@given(
    st.lists(
        st.builds(
            candidate,
            st.integers(0, 10**6),
            st.floats(-1, 1),
            st.floats(0, 80),
            st.floats(0, 80),
        ),
        unique_by=lambda one: one.passage_id,
        max_size=20,
    ),
    st.integers(0, 40),
)
def test_more_evidence_never_lowers_a_passage(candidates: list[Candidate], words: int) -> None:
    constants = FusionSettings()
    found = fuse(candidates, content_words=words, settings=constants)
    assert {hit.passage_id for hit in found} == {one.passage_id for one in candidates}
    assert all(0 <= hit.score <= 1 + 1e-9 for hit in found)
    if len(candidates) > 1:
        first = candidates[0]
        better = replace(first, dense=min(1.0, abs(first.dense) + 0.1), lexical=first.lexical + 1)
        again = fuse([better, *candidates[1:]], content_words=words, settings=constants)
        place = [hit.passage_id for hit in found].index(first.passage_id)
        assert [hit.passage_id for hit in again].index(first.passage_id) <= place


def test_no_candidates_give_nothing() -> None:
    assert fuse([], content_words=3, settings=FusionSettings()) == []
