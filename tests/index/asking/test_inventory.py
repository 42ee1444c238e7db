"""Questions about the archive itself are told from questions about the news."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.asking.inventory import Inventory, inventory_in, inventory_of, latest_in, none_is_an_answer
from index.asking.when import when_in
from index.types import OverviewKind

COUNT, ARTICLES, OUTLETS = OverviewKind.COUNT, OverviewKind.ARTICLES, OverviewKind.OUTLETS


@pytest.mark.parametrize(
    ("question", "kind", "about"),
    [
        ("What do you have on the Lanyard Bridge?", ARTICLES, "the Lanyard Bridge"),
        ("what have you got about Okerlund", ARTICLES, "Okerlund"),
        ("do you have anything on shore power?", ARTICLES, "shore power"),
        ("is there anything about Gaza in the archive?", ARTICLES, "Gaza"),
        ("show me all articles about the ferry", ARTICLES, "the ferry"),
        ("which articles mention Malloch?", ARTICLES, "Malloch"),
        ("What does the archive have on Netanyahu?", ARTICLES, "Netanyahu"),
        ("how many articles mention the bridge?", COUNT, "the bridge"),
        ("what stories mention Malloch", ARTICLES, "Malloch"),
        ("how many stories do you have about buses", COUNT, "buses"),
        ("How many articles are there?", COUNT, ""),
        ("how many articles do you have in total?", COUNT, ""),
        ("how many articles are in the archive", COUNT, ""),
        ("how big is the archive?", COUNT, ""),
        ("who reports on the night ferry?", OUTLETS, "the night ferry"),
        ("which outlets covered the march", OUTLETS, "the march"),
        ("which newspapers wrote about the inquiry?", OUTLETS, "the inquiry"),
        ("Which outlets do you have?", OUTLETS, ""),
        ("what sources are in the archive?", OUTLETS, ""),
        ("what's new?", ARTICLES, ""),
        ("anything new?", ARTICLES, ""),
        ("what are the latest articles?", ARTICLES, ""),
        ("please show me the newest stories", ARTICLES, ""),
        ("what's the latest?", ARTICLES, ""),
        ("latest news", ARTICLES, ""),
        ("what's in the news?", ARTICLES, ""),
        ("give me the headlines", ARTICLES, ""),
        ("any news?", ARTICLES, ""),
        ("how many articles about the ferry are there?", COUNT, "the ferry"),
        ("number of articles on the ferry", COUNT, "the ferry"),
        ("count the articles mentioning Malloch", COUNT, "Malloch"),
    ],
)
def test_a_question_about_the_archive_is_recognised(question: str, kind: OverviewKind, about: str) -> None:
    assert inventory_in(question) == Inventory(kind=kind, about=about)


@pytest.mark.parametrize(
    "question",
    [
        "how many hostages were released?",
        "who reports to the minister?",
        "who reported the crime?",
        "who wrote about the fall of Rome?",
        "Who reports on the size of heavy equipment and construction companies?",
        "how many stories does the Empire State Building have?",
        "how many stories are there in the tower?",
        "how many articles are there in the constitution?",
        "how many articles did the treaty contain?",
        "how many reports of damage were there?",
        "what papers reported on this incident?",
        "what is new in iOS 17?",
        "what's new about the iPhone?",
        "what do you know about photosynthesis?",
        "what do you have to do to get a visa?",
        "which sources of energy are there?",
        "what media do artists use?",
        "which newspapers does Murdoch own?",
        "what do you have on him?",
        "what articles of clothing are banned?",
        "what was published by the committee on Monday about what the minister did?",
        "who covers the costs of the repair?",
        "what did the report mention?",
        "is there anything the mayor can do about it?",
        "which documents mention trump",
        "what reports mention chemical weapons?",
        "how many documents mention the payments?",
        "how many articles mention Malloch or Okerlund?",
        "what is the number of the bus?",
        "what's the latest iPhone?",
        "what was in the news conference?",
    ],
)
def test_a_question_about_the_news_is_not(question: str) -> None:
    assert inventory_in(question) is None


def test_a_time_makes_some_of_them_questions_about_the_archive() -> None:
    assert inventory_in("what's new about the ferry", timed=True) == Inventory(kind=ARTICLES, about="the ferry")
    assert inventory_in("how many articles were published", timed=True) == Inventory(kind=COUNT)
    assert inventory_in("what happened", timed=True) == Inventory(kind=ARTICLES)
    assert inventory_in("show me articles", timed=True) == Inventory(kind=ARTICLES)
    assert inventory_in("articles", timed=True) == Inventory(kind=ARTICLES)
    assert inventory_in("which articles are", timed=True) == Inventory(kind=ARTICLES)
    assert inventory_in("what do you have", timed=True) == Inventory(kind=ARTICLES)
    assert inventory_in("how many articles are", timed=True) == Inventory(kind=COUNT)
    for question in ("today's news", "news from yesterday", "any news today?", "yesterday's headlines"):
        span = when_in(question, today=dt.date(2026, 3, 22)).span
        assert inventory_of(question, question, span) == Inventory(kind=ARTICLES), question
    assert inventory_in("show me articles") is None
    assert inventory_in("what happened") is None
    assert inventory_in("what happened to the bridge", timed=True) is None


def test_the_latest_on_something_can_be_listed() -> None:
    assert latest_in("what's the latest on the Lanyard Bridge?") == Inventory(kind=ARTICLES, about="the Lanyard Bridge")
    assert latest_in("what is the latest iPhone?") is None
    assert inventory_in("what's the latest on the Lanyard Bridge?") is None


def test_what_points_back_is_taken_from_the_stand_alone_form() -> None:
    alone = "What do you have on Ingrid Malloch?"
    found = inventory_of("what do you have on her?", alone, None)
    assert found == Inventory(kind=ARTICLES, about="Ingrid Malloch", alone=alone)
    assert inventory_of("what do you have on her?", "what do you have on her?", None) is None
    assert inventory_of("why?", alone, None) is None


@pytest.mark.parametrize("question", ["what's the latest?", "any news?", "latest news"])
def test_in_a_talk_news_is_of_what_it_is_about(question: str) -> None:
    assert inventory_of(question, question, None) == Inventory(kind=ARTICLES)
    assert inventory_of(question, question, None, in_talk=True) is None


def test_none_answers_only_who_wants_a_number_of_articles() -> None:
    def none(question: str) -> bool:
        found = inventory_in(question)
        assert found is not None
        return none_is_an_answer(found, question)

    assert none("how many articles mention Atlantis?")
    assert none("how many stories mention Atlantis?")
    assert none("how many reports do you have on Atlantis?")
    assert not none("how many items are there on the menu?")
    assert not none("what do you have on dragons?")
    assert not none("who reports on Atlantis?")


@pytest.mark.parametrize("question", ["how many stories are there?", "how many reports are there"])
def test_in_a_talk_a_bare_count_is_of_what_it_is_about(question: str) -> None:
    assert inventory_of(question, question, None) == Inventory(kind=COUNT)
    assert inventory_of(question, question, None, in_talk=True) is None


@pytest.mark.parametrize(
    "question",
    ["how many articles are there?", "how many stories are there in the archive?", "how many stories are there here?"],
)
def test_in_a_talk_too_the_archive_is_counted_by_its_name(question: str) -> None:
    assert inventory_of(question, question, None, in_talk=True) == Inventory(kind=COUNT)


@given(st.text(max_size=400))
def test_any_text_is_taken_and_nothing_without_letters_is_looked_for(text: str) -> None:
    found = inventory_in(f"what do you have on {text}?")
    assert found is None or not found.about or any(character.isalnum() for character in found.about)
