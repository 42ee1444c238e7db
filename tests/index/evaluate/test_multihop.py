"""The multihop set by its own rules, on rankings small enough to be worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import UsageError
from index.evaluate import Subject, evaluate
from index.evaluate.judgement import GoldSpan
from index.evaluate.multihop import read_queries, read_questions, score
from tests.index.evaluate.sets_in_small import LaidDown, Openings, answer, citation, passage, write_rows

FACTS = ["alpha one", "beta two", "gamma three"]


def test_the_first_passage_with_a_fact_gives_the_rank() -> None:
    one = score(["x", "y", "has alpha one in it"], FACTS)
    assert one.reciprocal_rank == pytest.approx(1 / 3)
    assert (one.hits_at_4, one.hits_at_10) == (1, 1)
    assert one.average_precision == pytest.approx((1 / 3) / 3)


def test_white_space_does_not_count() -> None:
    assert score(["al\npha\u00a0 o ne"], ["alpha one"]).reciprocal_rank == 1


def test_several_facts_in_one_passage_count_at_its_rank_and_each_only_once() -> None:
    texts = ["alpha one, beta two", "alpha one again", "nothing", "gamma three and beta two"]
    assert score(texts, FACTS).average_precision == pytest.approx((2 / 1 + 0 / 2 + 1 / 4) / 3)


def test_a_fact_listed_twice_is_found_once() -> None:
    assert score(["alpha one"], ["alpha one", "alpha one"]).average_precision == pytest.approx(1 / 2)


def test_rank_four_ten_and_eleven_are_the_borders() -> None:
    at = {rank: score(["-"] * (rank - 1) + ["alpha one"], ["alpha one"]) for rank in (4, 5, 10, 11, 12)}
    assert [at[rank].hits_at_4 for rank in (4, 5)] == [1, 0]
    assert [at[rank].hits_at_10 for rank in (10, 11)] == [1, 0]
    assert at[10].reciprocal_rank == pytest.approx(0.1)
    assert at[11].reciprocal_rank == 0
    assert at[11].average_precision == pytest.approx(1 / 11)
    assert at[12].average_precision == 0


def test_more_than_ten_facts_divide_by_ten() -> None:
    facts = [f"fact {letter}" for letter in "abcdefghijkl"]
    assert score(["fact a"], facts).average_precision == pytest.approx(1 / 10)


@given(
    st.lists(st.sets(st.sampled_from("ABCD")), max_size=14), st.lists(st.sampled_from("ABCD"), min_size=1, max_size=4)
)
def test_the_score_agrees_with_the_rule_read_word_by_word(ranking: list[set[str]], facts: list[str]) -> None:
    texts = ["-".join(sorted(letters)) for letters in ranking]
    seen: set[str] = set()
    precision, ranks = 0.0, []
    for index in range(min(11, len(texts))):
        holds = {fact for fact in facts if fact in texts[index]}
        if holds:
            ranks.append(index + 1)
        precision += len(holds - seen) / (index + 1)
        seen |= holds
    one = score(texts, facts)
    assert one.average_precision == pytest.approx(precision / min(len(facts), 10))
    assert one.hits_at_10 == float(any(rank <= 10 for rank in ranks))
    assert one.hits_at_4 == float(any(rank <= 4 for rank in ranks))
    assert one.reciprocal_rank == pytest.approx(max((1 / rank for rank in ranks if rank <= 10), default=0))


ROWS: list[dict[str, object]] = [
    {"id": "q1", "query": "one?", "type": "inference_query", "evidence": [{"article": "mh001", "fact": "alpha one"}]},
    {"id": "q2", "query": "two?", "type": "comparison_query", "evidence": [{"article": "mh001", "fact": "beta two"}]},
    {"id": "q3", "query": "three?", "type": "null_query", "evidence": []},
]


@pytest.fixture
def sets_dir(tmp_path: Path) -> Path:
    write_rows(tmp_path / "multihop-rag" / "queries.jsonl", ROWS)
    write_rows(tmp_path / "multihop-rag" / "articles.jsonl", [{"id": "mh001", "title": "T", "text": "alpha one"}])
    return tmp_path


def test_the_figures_have_the_contracts_form_and_null_queries_are_left_out(sets_dir: Path) -> None:
    archive = LaidDown(
        {
            "one?": [passage("mh001", 0, "alpha one")],
            "two?": [passage("mh001", 0, "no"), passage("mh001", 0, "beta two", rank=2)],
            "three?": [passage("mh001", 0, "alpha one")],
        }
    )
    subject = Subject(archive=archive, forced=archive, searches={"nothing": LaidDown()}, settings={"embedder": "toy"})
    figures = evaluate(["multihop"], sets_dir, Openings(lambda _: subject))["multihop"]
    assert {name: figures[name] for name in ("n", "MRR@10", "MAP@10", "Hits@10", "Hits@4")} == {
        "n": 2,
        "MRR@10": 0.75,
        "MAP@10": 0.75,
        "Hits@10": 1.0,
        "Hits@4": 1.0,
    }
    assert figures["settings"] == {"embedder": "toy"}
    baselines = figures["baselines"]
    assert isinstance(baselines, dict)
    assert baselines["nothing"]["MRR@10"] == 0


def test_inference_and_null_queries_are_asked_and_a_citation_of_a_fact_is_right(sets_dir: Path) -> None:
    replies = {
        "one?": answer("one?", 0.9, citation("mh001", 4, 7)),
        "two?": answer("two?", 0.9, citation("mh001", 4, 7)),
        "three?": answer("three?", 0.2, citation("mh001", 0, 3)),
    }
    archive = LaidDown(replies=replies)
    subject = Subject(archive=archive, forced=archive, asks={"nobody": LaidDown()})
    figures = evaluate(["multihop"], sets_dir, Openings(lambda _: subject))["multihop"]
    answers, baselines = figures["answers"], figures["baselines"]
    assert isinstance(answers, dict)
    assert isinstance(baselines, dict)
    assert [answers[name] for name in ("n", "answerable", "unanswerable")] == [2, 1, 1]
    assert (answers["first_citation"], answers["refused_unanswerable"], answers["AUROC"]) == (1, 0, 1)
    assert baselines["nobody"]["answers"]["forced"]["first_citation"] == 0


def test_facts_are_found_in_their_articles_white_space_aside(sets_dir: Path) -> None:
    write_rows(
        sets_dir / "multihop-rag" / "articles.jsonl",
        [
            {"id": "mh001", "title": "T", "text": "So\nalpha  one it was. beta two"},
            {"id": "mh002", "title": "T", "text": "alpha one"},
        ],
    )
    facts = [
        {"article": "mh001", "fact": "alpha one"},
        {"fact": "beta two"},
        {"article": "mh002", "fact": "said nowhere"},
    ]
    rows = [{"id": "q", "query": "x", "type": "inference_query", "evidence": facts}]
    write_rows(sets_dir / "multihop-rag" / "queries.jsonl", rows)
    (question,) = read_questions(sets_dir)
    assert question.spans == (
        GoldSpan(article="mh001", start=3, end=13),
        GoldSpan(article="mh001", start=22, end=30),
    )


def test_other_rows_under_the_same_names_are_what_is_measured(sets_dir: Path) -> None:
    write_rows(sets_dir / "multihop-rag" / "queries.jsonl", [ROWS[1]])
    assert [query.text for query in read_queries(sets_dir)] == ["two?"]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"id": "q9", "query": "x", "type": "inference_query", "evidence": []}, "q9"),
        ({"id": "q9", "type": "inference_query", "evidence": [{"fact": "f"}]}, "query"),
        ({"id": "q9", "query": "x", "evidence": [{"article": "mh001"}]}, "fact"),
        ({"id": "q9", "query": "x", "evidence": ["f"]}, "q9"),
        (ROWS[2], "null"),
    ],
)
def test_rows_of_another_form_are_named(sets_dir: Path, row: dict[str, object], complaint: str) -> None:
    write_rows(sets_dir / "multihop-rag" / "queries.jsonl", [row])
    with pytest.raises(UsageError, match=complaint):
        read_queries(sets_dir)
