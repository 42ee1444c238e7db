"""Which turns are about the quotation before them, and which only sound like it."""

from __future__ import annotations

import pytest

from index.conversation.about import About, about_quotation


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("who said that?", About.SPEAKER),
        ("and who said so", About.SPEAKER),
        ("Says who?", About.SPEAKER),
        ("according to whom?", About.SPEAKER),
        ("when was that published?", About.SOURCE),
        ("whats the source?", About.SOURCE),
        ("source?", About.SOURCE),
        ("link pls", About.SOURCE),
        ("where is that from?", About.SOURCE),
        ("where did you get that from?", About.SOURCE),
        ("which outlet reported that?", About.SOURCE),
        ("how old is this article?", About.SOURCE),
        ("show me more", About.MORE),
        ("tell me more please", About.MORE),
        ("go on", About.MORE),
        ("what else does the article say?", About.MORE),
        ("is that still so?", About.STILL),
        ("is this still true", About.STILL),
        ("has that changed since?", About.STILL),
        ("anything newer?", About.STILL),
        ("has there been any update?", About.STILL),
        ("whose quote is that?", About.SPEAKER),
        ("who was it that said that?", About.SPEAKER),
        ("who wrote that?", About.SPEAKER),
        ("who wrote the article?", About.SOURCE),
        ("who's the author?", About.SOURCE),
        ("can you give me the link?", About.SOURCE),
        ("can I read the whole article?", About.SOURCE),
        ("is this recent?", About.SOURCE),
        ("tell me more about that", About.MORE),
        ("more details please", About.MORE),
        ("what else?", About.MORE),
        ("what year was this published?", About.SOURCE),
        ("what date is the article?", About.SOURCE),
        ("what year is that from?", About.SOURCE),
        ("where did you get that?", About.SOURCE),
        ("when did that come out?", About.SOURCE),
    ],
)
def test_a_turn_about_the_quotation_is_known(question: str, about: About) -> None:
    assert about_quotation(question) is about


@pytest.mark.parametrize(
    "question",
    [
        "who said that the ferry would stop?",
        "when was that bridge built?",
        "what is the source of the leak?",
        "tell me more about the ferry",
        "is that still the mayor's plan for the bridge?",
        "what date is the election?",
        "when was it founded?",
        "more money for schools?",
        "what is new in Tolvermouth?",
        "who reported the fire?",
        "what else did the mayor say?",
        "who is the author of the report on the bridge?",
        "can I read the report on the bridge?",
        "is the bridge new?",
        "when was it released?",
        "when did it come out?",
        "what year was that?",
        "what day was it?",
        "where was that?",
        "where is it?",
        "why?",
        "",
    ],
)
def test_a_turn_about_the_news_is_none_of_these(question: str) -> None:
    assert about_quotation(question) is None
