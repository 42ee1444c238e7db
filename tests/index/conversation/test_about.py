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
        "why?",
        "",
    ],
)
def test_a_turn_about_the_news_is_none_of_these(question: str) -> None:
    assert about_quotation(question) is None
