"""Conversations asked in four ways; and the rows of newsconv's conversations and of INSCIT."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from index.conversation.understand import Understood
from index.errors import UsageError
from index.evaluate import Subject, conversations, inscit
from index.evaluate.conversations import ask_in_all_ways, measure, read_conversations
from index.types import Cited, Hit, Reply, Turn, Where, turn_of
from tests.index.evaluate.sets_in_small import LaidDown, answer, citation, no_answer, passage, write_rows


def turn(question: str, standalone: str, article: int | None, *, answer: str = "") -> dict[str, object]:
    return {
        "question": question,
        "standalone": standalone,
        "answerable": article is not None,
        "article": article,
        "spans": [[0, 10]] if article is not None else [],
        "answer": answer,
        "also": [],
    }


ROW = {
    "id": "c1",
    "turns": [
        turn("who runs ftx", "Who runs FTX?", 1, answer="John Ray"),
        turn("what did he say", "What did John Ray say?", 1),
        turn("how much is the steam deck", "How much is the Steam Deck?", 2),
        turn("was it recalled", "Was the Steam Deck recalled?", None),
    ],
}


class Conversing(LaidDown):
    """Remembers the histories that it was asked with; "what did he say" is understood with one alone."""

    def __init__(self, replies: dict[str, Reply]) -> None:
        super().__init__(replies=replies)
        self.histories: list[tuple[Turn, ...]] = []

    def ask(self, question: str, history: Sequence[Turn] = (), where: Where | None = None) -> Reply:
        if not history:
            return super().ask(question, where=where)
        self.histories.append(tuple(history))
        understood = {"what did he say": "What did John Ray say?"}
        return super().ask(understood.get(question, question))


def replies() -> dict[str, Reply]:
    right, other = citation("mh001", 5, 9), citation("mh002", 0, 4)
    return {
        "who runs ftx": answer("who runs ftx", 0.9, right),
        "Who runs FTX?": answer("Who runs FTX?", 0.9, right),
        "what did he say": answer("what did he say", 0.9, citation("mh009", 0, 4)),
        "What did John Ray say?": answer("What did John Ray say?", 0.9, right),
        "how much is the steam deck": answer("how much is the steam deck", 0.9, other),
        "How much is the Steam Deck?": answer("How much is the Steam Deck?", 0.9, other),
    }


def test_a_turn_that_shares_neither_words_nor_articles_switches(tmp_path: Path) -> None:
    write_rows(tmp_path / conversations.CONVERSATIONS, [ROW])
    (turns,) = read_conversations(tmp_path)
    assert [one.switches for one in turns] == [False, False, True, False]


def test_the_share_of_the_gap_is_told(tmp_path: Path) -> None:
    write_rows(tmp_path / conversations.CONVERSATIONS, [ROW])
    archive = Conversing(replies())
    figures = conversations.run(tmp_path, Subject(archive=archive, forced=archive), lambda _: lambda: None)
    assert figures["n"] == 4
    assert figures["follow_ups"]["n"] == 1
    assert [figures["follow_ups"][way]["first_citation"] for way in conversations.WAYS] == [0, 0, 1, 1]
    assert figures["switches"]["ours"]["first_citation"] == figures["switches"]["raw"]["first_citation"] == 1
    assert figures["unanswerable"]["ours"] == {"refused": 1.0}
    assert figures["gap_recovered"] == 1.0


def test_ours_is_asked_with_its_own_earlier_answers(tmp_path: Path) -> None:
    write_rows(tmp_path / conversations.CONVERSATIONS, [ROW])
    archive = Conversing(replies())
    ask_in_all_ways(read_conversations(tmp_path)[0], archive, lambda: None)
    assert [len(history) for history in archive.histories] == [1, 2, 3]
    assert archive.histories[0][0].cited == (Cited(article_id="mh001", start=5, end=9),)


def test_without_a_gap_no_share_of_it_is_told() -> None:
    assert measure({way: [] for way in conversations.WAYS})["gap_recovered"] is None


def test_a_refusal_is_remembered_without_an_answer() -> None:
    assert turn_of(no_answer("why?", 0.1)) == Turn(question="why?", standalone="why?")


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"id": "c", "turns": []}, "no turns"),
        ({"id": "c", "turns": [3]}, "turn 1 is not an object"),
        ({"id": "c", "turns": [{"question": "a"}]}, "c, turn 1: 'answerable'"),
        ({"id": "c", "turns": [{"question": "a", "answerable": False}]}, "c, turn 1: 'standalone'"),
        ({"id": "c"}, "'turns' is missing"),
    ],
)
def test_a_conversation_of_another_form_is_named(tmp_path: Path, row: dict[str, object], complaint: str) -> None:
    write_rows(tmp_path / conversations.CONVERSATIONS, [row])
    with pytest.raises(UsageError, match=complaint):
        read_conversations(tmp_path)


EVIDENCE = {"passage_id": "Cheese:1", "passage_text": "Cheese is made of milk.", "passage_titles": ["Cheese", "Milk"]}


def write_inscit(folder: Path, turns: object) -> None:
    path = folder / inscit.ROWS
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"dial1": {"turns": turns}}), encoding="utf-8")


def label(*evidence: dict[str, object]) -> dict[str, object]:
    return {"responseType": "directAnswer", "response": "Milk.", "evidence": list(evidence)}


def test_inscits_pool_holds_every_passage_once(tmp_path: Path) -> None:
    other = EVIDENCE | {"passage_id": "Goat:2"}
    turns = [
        {"context": ["what is it"], "prevEvidence": [], "labels": [label(EVIDENCE), label(EVIDENCE)]},
        {"context": ["what is it", "Milk.", "whose?"], "prevEvidence": [[EVIDENCE]], "labels": [label(other)]},
        {"context": ["a", "b", "c"], "prevEvidence": [], "labels": [label()]},
    ]
    write_inscit(tmp_path, turns)
    assert [one["id"] for one in inscit.pool(tmp_path)] == ["Cheese:1", "Goat:2"]
    first, second = inscit.read_turns(tmp_path)
    assert (first.question, first.history, first.gold) == ("what is it", (), {"Cheese:1"})
    assert second.history == (Turn(question="what is it", answer="Milk."),)


def test_inscit_is_found_by_any_annotators_evidence(tmp_path: Path) -> None:
    class Pool(LaidDown):
        def understand(self, question: str, history: Sequence[Turn]) -> Understood:
            assert history
            return Understood(standalone=f"{question} understood")

        def search(
            self, query: str, k: int = 10, where: Where | None = None, history: Sequence[Turn] = ()
        ) -> list[Hit]:
            return super().search(f"{query} in talk" if history else query, k, where)

    turns = [{"context": ["a", "b", "whose?"], "prevEvidence": [], "labels": [label(EVIDENCE)]}]
    write_inscit(tmp_path, turns)
    goat, cheese = passage("Goat:2", 0, "x", 1), passage("Cheese:1", 0, "y", 2)
    pool = Pool({"whose? in talk": [goat, cheese], "whose? understood": [cheese]})
    figures = inscit.run(tmp_path, pool, lambda _: lambda: None)
    assert figures["later_turns"] == {"n": 1, "recall@5": 1.0, "MRR@10": 0.5}
    assert figures["baselines"]["rewritten"]["later_turns"]["MRR@10"] == 1.0
    assert figures["baselines"]["raw"]["later_turns"]["recall@5"] == 0.0


@pytest.mark.parametrize("turns", [3, [3], [{}], [{"context": [1], "labels": []}], [{"context": [], "labels": []}], []])
def test_inscit_of_another_form_is_refused(tmp_path: Path, turns: object) -> None:
    write_inscit(tmp_path, turns)
    with pytest.raises(UsageError, match=r"dial1|nothing to measure"):
        inscit.read_turns(tmp_path)
