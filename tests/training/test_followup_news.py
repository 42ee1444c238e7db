"""Turns on invented news: what they follow, what they need of it, and what is told before them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("tokenizers")

from training.draws import seeded
from training.followups.news import NewsShares, NewsTalks, loose_pieces, read_talks
from training.news import NEWS

NONE = {"switch": 0.0, "whole": 0.0, "longer": 0.0, "mixed": 0.0, "refused": 0.0, "wrong": 0.0, "untitled": 0.0}
FIRST, SECOND = "Lord Voss wants a bridge.", "He said it would cost two crowns."


def question(text: str, alone: str, before: str | None, sentence: str | None) -> dict[str, object]:
    answer = sentence and sentence[:4]
    return {
        "question": text,
        "standalone": alone,
        "before": before,
        "answer": answer,
        "sentence": sentence,
        "also": [],
    }


def article(headline: str, name: str) -> dict[str, object]:
    asked = [
        question(f"what does {name} want", f"What does {name} want?", None, FIRST),
        question("and how much is it", f"How much is the bridge {name} wants?", f"what does {name} want", SECOND),
        question("why", f"Why does {name} want a bridge?", "and how much is it", None),
        question("who says so", f"Who says so of {name}?", "asked nowhere", SECOND),
    ]
    text = f"{FIRST} {SECOND} It rained."
    return {"headline": headline, "outlet": "L", "date": "2024-05-01", "text": text, "questions": asked, "facts": []}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [article("Voss and the bridge", "voss"), article("Ferry sunk", "captain ode")]
    (tmp_path / "news0.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return tmp_path


def talks(folder: Path, **shares: float) -> NewsTalks:
    return NewsTalks(read_talks(folder), NewsShares(**{**NONE, **shares}))


def test_a_turn_stands_below_all_that_it_follows(folder: Path) -> None:
    of_first = [talk for talk in read_talks(folder) if talk.headline == "Voss and the bridge"]
    asked = [[turn.question for turn in talk.turns] for talk in of_first]
    assert asked == [
        ["what does voss want"],
        ["what does voss want", "and how much is it"],
        ["what does voss want", "and how much is it", "why"],
    ]
    assert [turn.answers for turn in of_first[-1].turns] == [(FIRST,), (SECOND,), ()]


def test_what_points_gives_way_and_the_rest_goes_to_the_end() -> None:
    asked = "and what did the doc say when she went back"
    (piece,) = loose_pieces(asked, "What did the doctor tell Mabel Quist?")
    assert (asked.split()[piece.slot], piece.replaces) == ("she", 1)
    assert {"mabel", "quist"} <= piece.content
    (piece,) = loose_pieces("which clubs said no", "which clubs voted against the lottery")
    assert (piece.slot, piece.replaces) == (4, 0)
    (piece,) = loose_pieces("why did the price rise", "why did the Orvane price rise")
    assert (piece.slot, piece.replaces) == (3, 0)


def test_an_answer_is_followed_by_its_headline(folder: Path) -> None:
    of = talks(folder)
    drawn = of.drawn(0, seeded("a"))
    assert drawn.question == "and how much is it"
    assert [(said.text, said.kind) for said in drawn.history] == [
        ("what does voss want", 0),
        (FIRST, 1),
        ("Voss and the bridge", 0),
    ]
    assert drawn.leans
    assert drawn.same


def test_a_headline_is_told_once_and_none_without_an_answer(folder: Path) -> None:
    of = talks(folder)
    told = [said.text for said in of.drawn(1, seeded("b")).history]
    assert told == ["and how much is it", SECOND, "Voss and the bridge", "what does voss want", FIRST]
    refused = talks(folder, refused=1.0)
    told = [said.text for said in refused.drawn(1, seeded("b")).history]
    assert told == ["and how much is it", "what does voss want"]


def test_another_topic_needs_nothing_of_the_old_one(folder: Path) -> None:
    of = talks(folder, switch=1.0)
    for number in range(20):
        drawn = of.drawn(0, seeded(str(number)))
        assert drawn.question.endswith("what does captain ode want")
        assert not drawn.pieces
        assert not drawn.leans
        assert not drawn.same


def test_a_whole_question_on_the_same_article_goes_on_and_needs_nothing(folder: Path) -> None:
    of = talks(folder, whole=1.0)
    drawn = {of.drawn(number, seeded("w")).question: of.drawn(number, seeded("w")) for number in range(len(of))}
    # Its only whole question is what these conversations began with, so they go on with their own turns.
    assert set(drawn) == {"and how much is it", "why"}
    assert all(one.leans for one in drawn.values())


def test_another_conversation_before_is_not_drawn_on(folder: Path) -> None:
    of = talks(folder, mixed=1.0)
    history = of.drawn(0, seeded("m")).history
    assert [said.ours for said in history[:3]] == [True, True, True]
    assert len(history) > 3
    assert not any(said.ours for said in history[3:])


def test_every_turn_of_the_news_has_its_own_conversation() -> None:
    found = read_talks(NEWS)
    following = [talk for talk in found if talk.turns[-1].leans]
    assert len(following) > 20_000
    assert all(len(talk.turns) > 1 for talk in following)
    assert all(not talk.turns[-1].leans or talk.turns[-1].standalone for talk in found)
