"""Questions on invented news: where they stand, and that none of them is without what it says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from training.draws import seeded
from training.news import NEWS, SOURCE, read_news, stretches
from training.talk import Talks, TalkShares

LONG = " ".join(["It rained on the quay all day."] * 30)
TEXT = f"{LONG}\n\nThe mayor wants a new bridge, he said.\n\n{LONG}\n\nThe old one closed in May."


def written(folder: Path, *questions: dict[str, object], facts: Sequence[dict[str, object]] = ()) -> Path:
    told = {"headline": "Bridge", "outlet": "Ledger", "date": "2024-05-01", "text": TEXT}
    row = {**told, "questions": list(questions), "facts": list(facts)}
    (folder / "a.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    return folder


def asked(question: str, answer: str | None, sentence: str | None, **more: object) -> dict[str, object]:
    plain = {"question": question, "standalone": question, "before": None, "also": []}
    return {**plain, "answer": answer, "sentence": sentence, **more}


def test_a_question_stands_at_the_stretch_that_answers_it(tmp_path: Path) -> None:
    folder = written(tmp_path, asked("whats he after", "a new bridge", "The mayor wants a new bridge, he said."))
    [row] = read_news(folder)
    assert (row.source, row.title) == (SOURCE, "Bridge")
    assert [row.context[a:b] for a, b in row.spans] == ["a new bridge"]
    assert "closed in May" not in row.context


def test_an_answer_elsewhere_is_another_row(tmp_path: Path) -> None:
    also = [["in May", "The old one closed in May."]]
    folder = written(tmp_path, asked("what?", "a new bridge", "The mayor wants a new bridge, he said.", also=also))
    assert [[row.context[a:b] for a, b in row.spans] for row in read_news(folder)] == [["a new bridge"], ["in May"]]


def test_a_near_miss_stands_where_most_of_its_words_are(tmp_path: Path) -> None:
    [row] = read_news(written(tmp_path, asked("why was the old one closed?", None, None)))
    assert not row.answerable
    assert "closed in May" in row.context


def test_a_follow_up_is_asked_below_what_it_follows(tmp_path: Path) -> None:
    more = {"before": "what does the mayor want", "standalone": "Why does the mayor want a bridge?"}
    first = asked("what does the mayor want", "a new bridge", "The mayor wants a new bridge, he said.")
    _, row = read_news(written(tmp_path, first, asked("why?", None, None, **more)))
    in_talk = Talks([row], TalkShares(own=1.0, stray=0.0)).asked(row, seeded("1"))
    assert in_talk.endswith("(what does the mayor want)")
    assert Talks([row], TalkShares(own=0.0)).asked(row, seeded("1")).lower().startswith("why does the mayor")


def test_at_each_fact_stand_two_questions_and_its_distractors(tmp_path: Path) -> None:
    wish, end = "The mayor wants a new bridge, he said.", "The old one closed in May."
    facts = [
        {"answer": "a new bridge", "sentence": wish, "typed": "whats he after", "turn": "and him?", "after": 1},
        {"answer": "in May", "sentence": end, "typed": "since when is it shut", "turn": "since when", "after": 0},
    ]
    told = [
        {**fact, "distractors": [f"{number} goes on.", "A rival."], "plain": "It is [[so]]."}
        for number, fact in enumerate(facts)
    ]
    first = asked("What does the mayor want?", "a new bridge", wish)
    folder = written(tmp_path, first, asked("When did the bridge close?", "in May", end), facts=told)
    rows = list(read_news(folder))
    assert [(row.turn or row.question, row.before) for row in rows[2:]] == [
        ("whats he after", ""),
        ("and him?", "since when is it shut"),
        ("since when is it shut", ""),
        ("since when", "whats he after"),
    ]
    assert rows[3].question == "What does the mayor want?"
    assert [row.distractors[0] for row in rows] == ["0 goes on.", "1 goes on."] + 2 * ["0 goes on."] + 2 * [
        "1 goes on."
    ]
    assert [[row.context[a:b] for a, b in row.spans] for row in rows[2:4]] == [["a new bridge"]] * 2


@given(st.lists(st.text("ab .", min_size=1, max_size=900).filter(str.strip), min_size=1, max_size=8))
def test_stretches_leave_out_nothing_but_blank_lines(paragraphs: list[str]) -> None:
    text = "\n\n".join(paragraphs)
    cut = stretches(text)
    assert "\n\n".join(text[a:b] for a, b in cut) == text


def test_all_that_is_written_can_be_trained_on() -> None:
    articles = [json.loads(line) for file in NEWS.glob("*.jsonl") for line in file.read_text("utf-8").splitlines()]
    rows = list(read_news())
    assert len({article["headline"] for article in articles}) == len(articles)
    questions = sum(len(article["questions"]) for article in articles)
    for article in articles:
        for question in (one for one in article["questions"] if one["answer"] is not None):
            for answer, sentence in [(question["answer"], question["sentence"]), *question["also"]]:
                assert article["text"].count(sentence) == 1
                assert answer in sentence
        for fact in article["facts"]:
            assert len(fact["distractors"]) == 2
            assert not any(fact["answer"].lower() in one.lower() for one in fact["distractors"])
    asked = {(row.title, row.turn or row.question) for row in rows}
    written = {(article["headline"], one["question"]) for article in articles for one in article["questions"]}
    facts = [(article["headline"], one) for article in articles for one in article["facts"]]
    assert asked == written | {(headline, one[form]) for headline, one in facts for form in ("typed", "turn")}
    assert 0.15 < sum(not row.answerable for row in rows) / len(rows) < 0.3
    readme = (NEWS / "README.md").read_text("utf-8")
    assert f"{len(articles):,} articles" in readme
    assert f"{questions:,} questions" in readme
    assert f"{len(facts):,} facts" in readme
