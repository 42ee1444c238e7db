"""Measures of rewrites, beside an independent implementation; and the rows of CANARD and CAsT."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import sacrebleu
from hypothesis import given
from hypothesis import strategies as st

from index.conversation.understand import RuledUnderstanding
from index.errors import UsageError
from index.evaluate import canard, cast
from index.evaluate.rewriting import WAYS, FollowUp, bleu, compare, measure, rouge_1_recall, term_score, tokens
from index.types import Turn
from tests.index.evaluate.sets_in_small import write_rows

SENTENCE = st.lists(st.sampled_from(["the", "band", "broke", "up", "in", "late", "1969", "zappa"]), max_size=12)


@given(pairs=st.lists(st.tuples(SENTENCE, SENTENCE), min_size=1, max_size=6))
def test_bleu_is_sacrebleus(pairs: list[tuple[list[str], list[str]]]) -> None:
    given_words, gold = [one for one, _ in pairs], [other for _, other in pairs]
    theirs = sacrebleu.corpus_bleu(
        [" ".join(one) for one in given_words],
        [[" ".join(one) for one in gold]],
        smooth_method="none",
        tokenize="none",
        force=True,
    )
    assert bleu(given_words, gold) == pytest.approx(theirs.score / 100, abs=1e-6)


def test_rouge_counts_a_word_as_often_as_both_have_it() -> None:
    assert rouge_1_recall(["the", "band"], ["the", "the", "band", "zappa"]) == 0.5
    assert rouge_1_recall([], []) == 1.0


def test_terms_are_counted_over_all_turns_together() -> None:
    score = term_score([({"zappa"}, {"zappa", "mothers"}), ({"band", "late"}, {"band"})])
    assert score.precision == pytest.approx(2 / 3)
    assert score.recall == pytest.approx(2 / 3)
    assert score.f1 == pytest.approx(2 / 3)
    assert term_score([]).f1 == 0.0


HISTORY = (Turn(question="What group disbanded?", answer="Zappa and the Mothers of Invention"),)
TURNS = [
    FollowUp(question="When did they disband?", history=HISTORY, gold="When did Zappa and the Mothers disband?"),
    FollowUp(question="Who is Ada Lund?", history=HISTORY, gold="Who is Ada Lund?"),
]


def test_a_perfect_rewrite_scores_one_in_everything() -> None:
    figures = measure(TURNS, lambda turn: turn.gold, lambda: None)
    assert figures["needing"] == {"n": 1, "term_F1": 1.0, "precision": 1.0, "recall": 1.0}
    assert (figures["exact"], figures["BLEU-4"], figures["ROUGE-1_recall"], figures["left_alone"]) == (1, 1, 1, 1)


def test_words_that_the_conversation_does_not_have_are_not_asked_for() -> None:
    figures = measure(TURNS, lambda turn: f"{turn.question} Beefheart", lambda: None)
    assert figures["all"] == {"term_F1": 0.0, "precision": 0.0, "recall": 0.0}
    assert figures["left_alone"] == 1.0


def test_ours_stands_beside_the_raw_question_and_the_whole_conversation() -> None:
    steps: list[None] = []
    figures = compare(TURNS, RuledUnderstanding(), lambda: steps.append(None))
    assert set(figures["baselines"]) == {"raw", "concatenated"}
    assert len(steps) == WAYS * len(TURNS)


def test_marks_and_capitals_are_no_words() -> None:
    assert tokens("When did “Zappa” disband?!") == ["when", "did", "zappa", "disband"]


def canard_row(**changed: object) -> dict[str, object]:
    return {
        "History": ["Frank Zappa", "Disbandment", "What group disbanded?", "The Mothers"],
        "QuAC_dialog_id": "C_1",
        "Question": "When?",
        "Question_no": 2,
        "Rewrite": "When did the Mothers disband?",
    } | changed


def test_canards_title_and_section_are_what_was_asked_first(tmp_path: Path) -> None:
    path = tmp_path / canard.ROWS
    path.parent.mkdir(parents=True)
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.write(json.dumps(canard_row()) + "\n")
    (turn,) = canard.read_follow_ups(tmp_path)
    assert turn.history == (
        Turn(question="Frank Zappa. Disbandment"),
        Turn(question="What group disbanded?", answer="The Mothers"),
    )


@pytest.mark.parametrize("changed", [{"History": "no list"}, {"History": [1]}, {"Rewrite": None}, {"Question": 3}])
def test_a_row_of_canard_that_is_not_as_documented_is_named(tmp_path: Path, changed: dict[str, object]) -> None:
    path = tmp_path / canard.ROWS
    path.parent.mkdir(parents=True)
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.write(json.dumps(canard_row(**changed)) + "\n")
    with pytest.raises(UsageError, match="C_1, line 1"):
        canard.read_follow_ups(tmp_path)


def write_cast(folder: Path, resolved: str) -> None:
    path = folder / cast.TOPICS_2019
    path.parent.mkdir(parents=True)
    turns = [
        {"number": 1, "raw_utterance": "What is throat cancer? "},
        {"number": 2, "raw_utterance": "Is it treatable?"},
    ]
    path.write_text(json.dumps([{"number": 31, "turn": turns}]), encoding="utf-8")
    (folder / cast.RESOLVED_2019).write_text(resolved, encoding="utf-8")
    rewritten = [{**turn, "manual_rewritten_utterance": "Is throat cancer treatable?"} for turn in turns]
    (folder / cast.TOPICS_2020).write_text(json.dumps([{"number": 81, "turn": rewritten}]), encoding="utf-8")


def test_casts_history_is_what_was_asked_before(tmp_path: Path) -> None:
    write_cast(tmp_path, "31_1\tWhat is throat cancer?\n31_2\tIs throat cancer treatable?\n")
    first, second = cast.read_2019(tmp_path)
    assert first.history == ()
    assert second.history == (Turn(question="What is throat cancer?"),)
    assert second.gold == "Is throat cancer treatable?"
    assert [turn.gold for turn in cast.read_2020(tmp_path)] == ["Is throat cancer treatable?"] * 2


def test_a_turn_of_cast_without_its_resolution_is_named(tmp_path: Path) -> None:
    write_cast(tmp_path, "31_1\tWhat is throat cancer?\n")
    with pytest.raises(UsageError, match="no line 31_2"):
        cast.read_2019(tmp_path)


@pytest.mark.parametrize("content", ["{", "{}", "[]", "[1]", '[{"number": 1}]', '[{"number": 1, "turn": [3]}]'])
def test_topics_of_another_form_are_refused_by_name(tmp_path: Path, content: str) -> None:
    write_rows(tmp_path / cast.TOPICS_2020, [])
    (tmp_path / cast.TOPICS_2020).write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=r"2020_manual_evaluation_topics"):
        cast.read_2020(tmp_path)
