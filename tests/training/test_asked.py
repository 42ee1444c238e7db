"""Our own questions, and what is fitted on them: topics stay together, and both answers weigh the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

import training.asked
from index.archive import Archive
from index.read.spans import FEATURES
from index.types import Hit, ScoredSentence, Turn
from training.asked import OWN, Example, Question, QuestionSet, alone, in_talk, own_set, topics
from training.calibrate import Judged, Probability, crossed, fit_wordless, fitted, judged, moved
from training.fitting import balanced, folded, least_threshold

ARTICLES = Path("../shared/data/multihop-rag/articles.jsonl")


def rows() -> list[Any]:
    given = own_set()
    lines = [*given.questions.read_text("utf-8").splitlines(), *given.conversations.read_text("utf-8").splitlines()]
    return [json.loads(line) for line in lines]


def test_every_question_of_ours_says_where_its_answer_stands() -> None:
    found = [turn for row in rows() for turn in row.get("turns", [row])]
    assert len({row["id"] for row in rows()}) == len(rows())
    assert sum(turn["answerable"] for turn in found) > 800
    assert sum(not turn["answerable"] for turn in found) > 350
    for turn in found:
        assert set(turn) - {"id"} == {"question", "standalone", "answerable", "article", "spans", "also"}
        assert turn["answerable"] == bool(turn["spans"]) == (turn["article"] is not None)
        assert all(0 <= start < end for start, end in turn["spans"])
        assert all(0 <= start < end for _, start, end in turn["also"])


@pytest.mark.skipif(not ARTICLES.exists(), reason="the articles are not in the repository")
def test_what_is_said_to_answer_stands_in_the_article() -> None:
    articles = (json.loads(line) for line in ARTICLES.read_text("utf-8").splitlines())
    texts = {int(article["id"][2:]): article["text"] for article in articles}
    for turn in (turn for row in rows() for turn in row.get("turns", [row])):
        for number, start, end in [(turn["article"], *span) for span in turn["spans"]] + turn["also"]:
            quote = texts[number][start:end]
            assert quote == quote.strip()
            assert len(quote) == end - start > 0


def test_the_readme_counts_what_is_there() -> None:
    text = " ".join((OWN / "README.md").read_text("utf-8").split())
    turns = [turn for row in rows() for turn in row.get("turns", ())]
    singles = [row for row in rows() if "turns" not in row]
    about = {turn["article"] for turn in [*singles, *turns] if turn["answerable"]}
    assert f"{len(singles)} single questions and {len(turns)} turns of {len(rows()) - len(singles)} conv" in text
    assert f"about {len(about)} articles" in text
    without = [sum(not turn["answerable"] for turn in part) for part in (singles, turns)]
    assert f"{without[0]} of the single questions and {without[1]} of the turns" in text


def test_rows_that_one_article_answers_are_of_one_topic(tmp_path: Path) -> None:
    def row(name: str, article: int | None, *also: int) -> dict[str, object]:
        places = [[other, 0, 1] for other in also]
        return {"id": name, "article": article, "also": places, "answerable": article is not None}

    singles = [row("a", 1), row("b", 2, 3), row("c", 3), row("d", None), row("e", None)]
    talk = {"id": "t", "turns": [row("", 1), row("", None), row("", 4)]}
    given = QuestionSet(questions=tmp_path / "q", conversations=tmp_path / "c")
    given.questions.write_text("\n".join(map(json.dumps, [*singles, row("f", 4)])), encoding="utf-8")
    given.conversations.write_text(json.dumps(talk), encoding="utf-8")
    found = topics(given)
    assert found["a"] == found["t"] == found["f"]
    assert found["b"] == found["c"] != found["a"]
    assert len(set(found.values())) == 4


class Asked:
    """An archive that finds nothing, takes each turn for one that goes on, and notes what it is asked."""

    def __init__(self) -> None:
        self.turns: list[str] = []

    def understand(self, typed: str, _history: Sequence[Turn]) -> Any:  # noqa: ANN401 - a stand-in
        return SimpleNamespace(follows=True, bracketed=typed, standalone=typed)

    def ask(self, typed: str, _history: Sequence[Turn]) -> None:
        self.turns.append(typed)

    def search(self, *_: object, **__: object) -> list[Hit]:
        return []


@pytest.mark.parametrize("every", [1, 2, 3])
def test_of_a_part_of_a_set_one_row_in_so_many_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    def row(name: str, article: int) -> dict[str, object]:
        place = {"answerable": True, "article": article, "also": [], "spans": [[0, 1]]}
        return {"id": name, "question": f"{name}?", "standalone": f"{name}, alone?", **place}

    singles = [row(f"q{number}", number) for number in range(7)]
    talks = [{"id": f"t{n}", "turns": [row(f"t{n}.{turn}", n) for turn in range(2)]} for n in range(5)]
    given = QuestionSet(questions=tmp_path / "q", conversations=tmp_path / "c", every=every)
    given.questions.write_text("\n".join(map(json.dumps, singles)), encoding="utf-8")
    given.conversations.write_text("\n".join(map(json.dumps, talks)), encoding="utf-8")
    asked, kept = list(alone(given)), [f"t{n}.{turn}" for n in range(0, 5, every) for turn in range(2)]
    assert [one.text for one in asked] == [f"q{n}?" for n in range(0, 7, every)] + [f"{name}, alone?" for name in kept]
    # Topics are those of the whole set: a row that is not asked still ties others together.
    whole = topics(given)
    assert len(whole) == 12
    assert {one.topic for one in asked} == {whole[f"q{n}"] for n in range(0, 7, every)}
    monkeypatch.setattr(training.asked, "turn_of", lambda reply: reply)
    archive = Asked()
    found, without = in_talk(cast("Archive", archive), given)
    assert archive.turns == [f"{name}?" for name in kept]
    assert [one.question.text for one in found] == archive.turns
    assert len(without) == len(found)


def test_our_own_set_can_be_taken_in_part() -> None:
    assert own_set().every == 1
    whole, part = ([one.text for one in alone(own_set(every))] for every in (1, 4))
    assert len(whole) / 5 < len(part) < len(whole) / 3
    assert set(part) < set(whole)


def test_topics_are_in_one_part_each() -> None:
    names = {str(n) for n in range(17)}
    parts = folded(names)
    assert [sorted(part) for part in parts] == [sorted(part) for part in folded(names)]
    assert sum(map(len, parts)) == len(names)
    assert set().union(*parts) == names
    assert all(len(part) in {3, 4} for part in parts)


def test_the_threshold_is_the_least_that_refuses_enough() -> None:
    probabilities = np.asarray([0.1, 0.2, 0.305, 0.405, 0.5, 0.9, 0.95])
    answerable = np.asarray([False] * 5 + [True, True])
    assert least_threshold(probabilities, answerable) == pytest.approx(0.41)
    assert least_threshold(probabilities, answerable, refused=0.6) == pytest.approx(0.31)
    assert balanced(answerable)[answerable].sum() == pytest.approx(balanced(answerable)[~answerable].sum())


def example(best: float, topic: str, *, answerable: bool) -> Example:
    hit = Hit(
        rank=1, score=0.5, passage_id=1, article_id="a", title="", outlet=None, published=None, url=None,
        start=0, end=9, text="It is so.", dense=best,
    )  # fmt: skip
    return Example(
        question=Question(text="?", answerable=answerable, topic=topic, gold=(("a", 0, 9),) if answerable else ()),
        hits=[hit],
        sentences=[ScoredSentence(hit=hit, start=0, end=9, score=0.0)],
        features=np.asarray([[best]]),
        right=np.asarray([answerable]),
    )


def best_alone(one: Example, weights: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, ...]:
    return (float((one.features @ weights)[0]),)


def test_the_probability_learns_from_what_is_withheld() -> None:
    can = [example(2.0 + n % 5, str(n), answerable=True) for n in range(40)]
    cannot = [example(n % 5 - 6.0, str(n), answerable=False) for n in range(40)]
    ones = np.ones(1)
    probability = fitted(Judged(asked=can, withheld=cannot), best_alone, ones)
    assert probability.of(can).min() > 0.5 > probability.of(cannot).max()
    assert probability.of([]).shape == (0,)


def test_what_is_judged_was_not_fitted_on() -> None:
    # One topic says the opposite of all others: fitted on, it would be half right.
    plain = [example(float(n % 7), str(n), answerable=n % 7 > 3) for n in range(70)]
    odd = [example(-1.0, "odd", answerable=True), example(8.0, "odd", answerable=False)]
    withheld = [example(-2.0, str(n), answerable=False) for n in range(0, 70, 2)]
    ranked: list[set[str]] = []
    seen: list[set[str]] = [set()]

    def ranking(train: Sequence[Example]) -> np.ndarray[Any, np.dtype[np.float64]]:
        ranked.append({one.question.topic for one in train})
        seen.append(set())
        return np.ones(1)

    def confidence(one: Example, weights: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, ...]:
        seen[-1].add(one.question.topic)
        return best_alone(one, weights)

    found = crossed(Judged(asked=[*plain, *odd], withheld=withheld), confidence, ranking)
    assert (len(found.asked), len(found.withheld)) == (len(plain) + len(odd), len(withheld))
    assert sum("odd" in topics for topics in ranked) == len(ranked) - 1
    # Each fold fits on four fifths and judges the fifth, so that all are seen, and none before it is judged.
    assert all(own <= every for own, every in zip(ranked, seen[1:], strict=True))
    assert all(len(every) == 71 for every in seen[1:])
    figures = found.figures(0.5)
    assert 0.8 < figures["auroc"] < 1.0
    assert figures["first"] == 1.0


def test_for_turns_a_questions_words_are_not_weighed() -> None:
    one = example(1.0, "a", answerable=True)
    features = np.asarray([[1.0] * len(FEATURES), [0.0] * (len(FEATURES) - 1) + [9.0]])
    right = np.asarray([True, False])
    found = fit_wordless([replace(one, sentences=[*one.sentences] * 2, features=features, right=right)])
    assert found[-1] == 0.0
    assert (found[:-1] > 0).all()


def test_a_probability_moves_to_another_threshold_and_keeps_its_order() -> None:
    given = [example(best, "a", answerable=True) for best in (-1.0, 0.0, 2.0)]
    probability = Probability(confidence=best_alone, weights=np.ones(1), slope=np.ones(1), bias=0.0)
    before, after = probability.of(given), moved(probability, float(probability.of(given)[1]), to=0.4).of(given)
    assert after[1] == pytest.approx(0.4)
    assert (after < before).all()
    assert (np.diff(after) > 0).all()


def test_figures_of_a_set_judged_by_anothers_probability() -> None:
    probability = Probability(confidence=best_alone, weights=np.ones(1), slope=np.ones(1), bias=0.0)
    given = Judged(
        asked=[example(3.0, "a", answerable=True), example(-3.0, "b", answerable=False)],
        withheld=[example(1.0, "a", answerable=False)],
    )
    assert judged(given, probability).figures(0.5) == {
        "first": 1.0, "any_of_three": 1.0, "auroc": 1.0, "auroc_withheld": 1.0,
        "answered": 1.0, "refused": 1.0, "refused_withheld": 0.0,
    }  # fmt: skip
