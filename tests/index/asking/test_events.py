"""*The meeting* is asked back where the articles tell of two that have nothing in common, and nowhere else."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from index import Answer, Archive, Manner, Turn, open_archive, reindex
from index.asking.events import event_choices
from index.types import Choice, Hit, ScoredSentence, turn_of
from tests.index.asking.two_of_a_kind import CLEAR, MISSED, UNCLEAR, write_articles


def sentence(name: str, title: str, text: str, score: float, *, published: str = "2026-02-11") -> ScoredSentence:
    hit = Hit(
        rank=1, score=1.0, passage_id=len(name), article_id=name, title=title, outlet="The Courier",
        published=published, url=None, start=0, end=len(text), text=text,
    )  # fmt: skip
    return ScoredSentence(hit=hit, start=0, end=len(text), score=score)


MUD = sentence(
    "mud", "Dredgers Sit Down", "At the meeting in Varnholt on Tuesday, Oskar Thiel met Brita Lohmann.", 6.0
)  # fmt: skip
SCHOOL = sentence(
    "school", "Teachers at the Table", "The meeting brought Desmond Okafor and Imogen Farrar to Pellingham.", 5.0
)  # fmt: skip
AGAIN = sentence(
    "again", "Thiel Happy", "After the meeting at Varnholt, Oskar Thiel and Brita Lohmann had lunch at Kestrel.", 5.5
)  # fmt: skip


def terms(text: str) -> list[str]:
    return [word.removesuffix("s") for word in re.findall(r"\w+", text.casefold())]


def choices(question: str, *ranked: ScoredSentence, spoken_of: tuple[str, ...] = ()) -> tuple[Choice, ...]:
    return event_choices(question, ranked, terms, spoken_of)


def test_two_events_with_equal_evidence_are_asked_back() -> None:
    first, second = choices("when was the meeting?", MUD, SCHOOL)
    assert (first.label, first.hint) == ("Dredgers Sit Down", "The Courier, 11 February 2026")
    assert first.question == "when was the meeting (Dredgers Sit Down, 11 February 2026)?"
    assert second.label == "Teachers at the Table"


@pytest.mark.parametrize(
    "question",
    [
        "when was the meeting in Pellingham?",
        "when was the meeting with the teachers?",
        "When was the Pellingham meeting?",
        "when did Okafor go to the meeting?",
        "when was a meeting held?",
        "how long was the meeting room?",
        "who called the second meeting of 2026?",
        "who was at the meeting after they had been silent for five long months?",
    ],
)
def test_a_question_that_says_which_is_clear(question: str) -> None:
    assert choices(question, MUD, SCHOOL) == ()


def test_two_articles_about_one_event_are_no_choice() -> None:
    assert choices("when was the meeting?", MUD, AGAIN) == ()


def test_better_evidence_settles_it() -> None:
    assert choices("when was the meeting?", MUD, replace(SCHOOL, score=1.0)) == ()


def test_an_article_that_never_calls_it_the_meeting_is_none_of_them() -> None:
    other = sentence("other", "Farrar in Town", "Some meeting between Imogen Farrar and Desmond Okafor was held.", 5.0)
    assert choices("when was the meeting?", MUD, other) == ()
    assert choices("when was the meeting?", replace(other, score=9.0), MUD, SCHOOL) == ()


def test_what_the_conversation_speaks_of_is_meant() -> None:
    assert choices("when was the meeting?", MUD, SCHOOL, spoken_of=("mud",)) == ()
    assert choices("when was the meeting?", MUD, SCHOOL, spoken_of=("elsewhere",))


def test_what_else_the_question_says_tells_them_apart() -> None:
    assert choices("who had lunch at the meeting?", MUD, SCHOOL)
    lunch = sentence("lunch", "At Table", "At the meeting, lunch was served to Desmond Okafor and Imogen Farrar.", 5.0)
    assert choices("who had lunch at the meeting?", MUD, lunch) == ()


def test_meetings_of_one_town_are_two_where_headlines_and_days_are_apart() -> None:
    text = "The meeting in Varnholt heard Brita Lohmann on {}."
    first = sentence("one", "Meeting on Mud", text.format("Kestrel Lock with Oskar Thiel of Thiel Barges"), 6.0)
    second = sentence("two", "Meeting on Rents", text.format("Harbor Flats with Edda Karg"), 6.0)
    assert choices("how long was the meeting?", first, second) == ()
    later = replace(second, hit=replace(second.hit, published="2026-04-01"))
    assert [choice.label for choice in choices("how long was the meeting?", first, later)] == [
        "Meeting on Mud",
        "Meeting on Rents",
    ]


def test_nothing_read_is_nothing_unclear() -> None:
    assert choices("when was the meeting?") == ()


@pytest.fixture(scope="module")
def fiction(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    home = tmp_path_factory.mktemp("fiction")
    reindex(home / "data", [write_articles(home / "articles")])
    return open_archive(home / "data")


@pytest.mark.parametrize("question", UNCLEAR)
def test_a_choice_is_answered_from_its_own_article(fiction: Archive, question: str) -> None:
    reply = fiction.ask(question)
    assert isinstance(reply, Answer)
    answered = set()
    for choice in reply.choices:
        chosen = fiction.ask(choice.question, manner=Manner(ask_back=False))
        assert isinstance(chosen, Answer)
        assert chosen.choices == ()
        assert chosen.citations[0].title == choice.label
        answered.add(chosen.citations[0].article_id)
    assert answered == UNCLEAR[question]


@pytest.mark.parametrize("question", MISSED)
def test_what_is_not_asked_back_is_answered_from_one_of_the_two(fiction: Archive, question: str) -> None:
    reply = fiction.ask(question)
    quoted = reply.citations if isinstance(reply, Answer) else ()
    assert {citation.article_id for citation in quoted} <= MISSED[question]


@pytest.mark.parametrize("question", CLEAR)
def test_one_reading_is_never_asked_back(fiction: Archive, question: str) -> None:
    reply = fiction.ask(question)
    assert not (isinstance(reply, Answer) and reply.choices)


def test_in_a_conversation_about_a_strike_it_is_that_one(fiction: Archive) -> None:
    history: list[Turn] = [turn_of(fiction.ask("why did tram drivers in Eskelby walk out?"))]
    reply = fiction.ask("how long will the strike last?", history)
    assert isinstance(reply, Answer)
    assert reply.choices == ()


@pytest.mark.parametrize("question", ["when was the march?", "what did the inquiry hear?", "who spoke at the march?"])
def test_the_sample_archive_has_one_march_and_one_inquiry(sample_home: Path, question: str) -> None:
    reply = open_archive(sample_home).ask(question)
    assert not (isinstance(reply, Answer) and reply.choices)
