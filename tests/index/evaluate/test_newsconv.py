"""The newsconv set: what counts as right, and every figure on five questions worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import UsageError
from index.evaluate import Subject, evaluate
from index.evaluate.judgement import GoldSpan, judge, overlaps
from index.evaluate.newsconv import holds, read_questions
from index.types import Overview, OverviewKind, Reply
from tests.index.evaluate.sets_in_small import LaidDown, Openings, answer, citation, no_answer, passage, write_rows

SPAN = GoldSpan(article=7, start=100, end=150)


@pytest.mark.parametrize(
    ("article_id", "start", "end", "expected"),
    [
        ("mh007", 100, 150, True),
        ("mh007", 149, 400, True),
        ("mh007", 0, 101, True),
        ("held-7", 120, 121, True),
        ("mh007", 150, 200, False),
        ("mh007", 0, 100, False),
        ("mh070", 100, 150, False),
        ("mh", 100, 150, False),
    ],
)
def test_a_citation_overlaps_in_the_same_article_with_a_character_in_common(
    article_id: str, start: int, end: int, *, expected: bool
) -> None:
    assert overlaps(citation(article_id, start, end), SPAN) is expected


def test_a_passage_holds_a_sentence_only_as_a_whole() -> None:
    assert holds(passage("mh007", 100, "x" * 50), SPAN)
    assert not holds(passage("mh007", 101, "x" * 90), SPAN)
    assert not holds(passage("mh007", 0, "x" * 149), SPAN)
    assert not holds(passage("mh008", 0, "x" * 500), SPAN)


def test_a_reply_is_judged_by_its_first_three_citations() -> None:
    wrong, right = citation("mh001", 0, 9), citation("mh007", 100, 150)
    third = judge(answer("q", 0.5, wrong, wrong, right), [SPAN])
    assert (third.answered, third.first, third.any_of_three) == (True, False, True)
    fourth = judge(answer("q", 0.5, wrong, wrong, wrong, right), [SPAN])
    assert (fourth.first, fourth.any_of_three) == (False, False)
    refused = judge(no_answer("q", 0.3), [SPAN])
    assert (refused.answered, refused.first, refused.confidence) == (False, False, 0.3)


def test_an_overview_is_an_answer_of_what_it_lists() -> None:
    listed = Overview(
        question="q", standalone="q", kind=OverviewKind.ARTICLES, text="1 article.", words=("x",), whole=True,
        articles=1, outlets=(), citations=(citation("mh007", 100, 150),), searched=no_answer("q", 0.3).searched,
    )  # fmt: skip
    judged = judge(listed, [SPAN])
    assert (judged.answered, judged.first, judged.any_of_three) == (True, True, True)


ROWS: list[dict[str, object]] = [
    {"id": "1", "question": "a", "answerable": True, "article": 7, "spans": [[100, 150]], "also": []},
    {"id": "2", "question": "b", "answerable": True, "article": 1, "spans": [[0, 9]], "also": [[7, 100, 150]]},
    {"id": "3", "question": "c", "answerable": True, "article": 7, "spans": [[100, 150]], "also": []},
    {"id": "4", "question": "d", "answerable": False, "article": None, "spans": [], "also": []},
    {"id": "5", "question": "e", "answerable": False, "article": None, "spans": [], "also": []},
]
WRONG, RIGHT = citation("mh002", 0, 9), citation("mh007", 90, 110)


@pytest.fixture
def sets_dir(tmp_path: Path) -> Path:
    write_rows(tmp_path / "newsconv" / "dev.questions.jsonl", ROWS)
    write_rows(tmp_path / "multihop-rag" / "articles.jsonl", [{"id": "mh007", "title": "T", "text": "x"}])
    return tmp_path


def test_every_figure_is_what_a_hand_count_gives(sets_dir: Path) -> None:
    forced: dict[str, Reply] = {
        "a": answer("a", 0.9, RIGHT),
        "b": answer("b", 0.7, WRONG, RIGHT),
        "c": answer("c", 0.2, RIGHT),
        "d": answer("d", 0.6, WRONG),
        "e": answer("e", 0.1, RIGHT),
    }
    met = {**forced, "c": no_answer("c", 0.2), "e": no_answer("e", 0.1)}
    hits = {
        "a": [passage("mh007", 100, "x" * 50)],
        "b": [*(passage("mh002", 0, "no", rank) for rank in (1, 2, 3)), passage("mh001", 0, "x" * 9, 4)],
        "c": [passage("mh002", 0, "no", rank) for rank in range(1, 11)],
    }
    subject = Subject(
        archive=LaidDown(hits, met),
        forced=LaidDown(hits, forced),
        searches={"words": LaidDown()},
        asks={"similarity": LaidDown(replies=dict.fromkeys("abcde", answer("?", 0.5, WRONG)))},
    )
    figures = evaluate(["newsconv"], sets_dir, Openings(lambda _: subject))["newsconv"]
    assert figures["n"] == 5
    assert figures["answerable"] == 3
    assert figures["first_citation"] == pytest.approx(1 / 3, abs=1e-4)
    assert figures["any_of_three"] == pytest.approx(2 / 3, abs=1e-4)
    assert figures["answered_answerable"] == pytest.approx(2 / 3, abs=1e-4)
    assert figures["refused_unanswerable"] == 0.5
    assert figures["forced"] == {"first_citation": pytest.approx(2 / 3, abs=1e-4), "any_of_three": 1.0}
    assert [figures[f"recall@{k}"] for k in (1, 5, 10)] == [
        pytest.approx(share, abs=1e-4) for share in (1 / 3, 2 / 3, 2 / 3)
    ]
    assert figures["MRR@10"] == pytest.approx((1 + 1 / 4 + 0) / 3, abs=1e-4)
    assert figures["AUROC"] == pytest.approx(
        5 / 6, abs=1e-4
    )  # of the six pairs, only (0.2, 0.6) is the wrong way round
    assert figures["false_refusals@95"] == pytest.approx(1 / 3, abs=1e-4)
    assert figures["risk_coverage"] == [
        [0.9, 0.2, 0.0],
        [0.7, 0.4, 0.5],
        [0.6, 0.6, pytest.approx(2 / 3, abs=1e-4)],
        [0.2, 0.8, 0.5],
        [0.1, 1.0, 0.6],
    ]
    baselines = figures["baselines"]
    assert isinstance(baselines, dict)
    assert baselines["words"] == {"recall@1": 0, "recall@5": 0, "recall@10": 0, "MRR@10": 0}
    assert baselines["similarity"]["AUROC"] == 0.5
    assert baselines["similarity"]["forced"] == {"first_citation": 0, "any_of_three": 0}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"spans": []}, "without spans"),
        ({"spans": [[5, 5]]}, "no span"),
        ({"spans": [[1, 2, 3]]}, "whole numbers"),
        ({"also": [[1, 2]]}, "whole numbers"),
        ({"article": "mh007"}, "article"),
        ({"answerable": "yes"}, "answerable"),
    ],
)
def test_rows_of_another_form_are_named(sets_dir: Path, changes: dict[str, object], complaint: str) -> None:
    write_rows(sets_dir / "newsconv" / "dev.questions.jsonl", [{**ROWS[0], **changes}])
    with pytest.raises(UsageError, match=complaint):
        read_questions(sets_dir)
