"""How names, acronyms and the pronoun *us* meet, or don't, in the lexical index."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
import tantivy
from hypothesis import given
from hypothesis import strategies as st

from index.lexicon import index_form, query_form


def terms(text: str) -> set[str]:
    """What the engine looks up: its own analysis, as the lexical index sets it up."""
    analyzer = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(r"\w+"))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )
    return set(analyzer.analyze(text))


@pytest.mark.parametrize(
    ("question", "is_country"),
    [
        ("what does the us want from israel?", True),
        ("What does the US want from Israel?", True),
        ("WHAT DOES THE US WANT FROM ISRAEL", True),
        ("what does the u.s. want", True),
        ("what does U.S. policy say", True),
        ("what does us policy say", True),
        ("us wants more aid", True),
        ("us president's age", True),
        ("US aid to Gaza", True),
        ("us-led coalition", True),
        ("anti-us protests", True),
        ("us/china trade", True),
        ("why did us leave the climate deal", True),
        ("talks between us and iran", True),
        ("israel and us", True),
        ("inflation in us", True),
        ("what does the united states want", True),
        ("usa today", True),
        ("U. S. troops", True),
        ("give us a list of us sanctions", True),
        ("does it affect us?", False),
        ("Does it affect us?", False),
        ("tell us more", False),
        ("let us know who won", False),
        ("what will happen to us", False),
        ("WHAT WILL HAPPEN TO US", False),
        ("how does this affect all of us?", False),
        ("can you give us a summary", False),
        ("who told us about it", False),
        ("us and them", False),
        ("them and us", False),
        ("how does it help us in the long run", False),
        ("write to contact@us.example.com or see example.us", False),
    ],
)
def test_us_in_a_question_is_the_country_only_where_it_reads_so(question: str, *, is_country: bool) -> None:
    assert ("usa" in terms(query_form(question))) == is_country


@pytest.mark.parametrize(
    ("text", "is_country"),
    [
        ("The US wants more aid", True),
        ("the U.S.'s envoy", True),
        ("in the U.S. The army left", True),
        ("the USA's team", True),
        ("The United\nStates of America", True),
        ("US-backed forces", True),
        ("US SAYS NO TO TALKS", True),
        ("He told us so", False),
        ("What It Means for Us", False),
        ("the film “Us”", False),
    ],
)
def test_us_in_an_article_is_the_country_only_in_capitals_or_dots(text: str, *, is_country: bool) -> None:
    assert ("usa" in terms(index_form(text))) == is_country


def test_a_pronoun_in_a_question_does_not_meet_the_country_in_an_article() -> None:
    article = index_form("The U.S. and the US, also called the United States.")
    assert "us" not in terms(article)
    assert terms(query_form("will it hurt us")).isdisjoint(terms(article))


def test_us_in_a_headline_of_capitals_is_found_either_way() -> None:
    assert {"us", "usa"} <= terms(index_form("CAN THEY TELL US MORE"))


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("the us", "the United States"),
        ("the United States", "the U.S."),
        ("uk", "the United Kingdom"),
        ("the U.K.", "UK"),
        ("the united kingdom", "the UK"),
        ("britain", "the U.K."),
        ("the EU", "the European Union"),
        ("european union", "the E.U."),
        ("the un", "the United Nations"),
        ("united nations", "the U.N. envoy"),
        ("uae", "the United Arab Emirates"),
        ("nhs", "the N.H.S."),
        ("n.h.s.", "NHS waiting lists"),
        ("nato", "the North Atlantic Treaty Organization"),
        ("International Court of Justice", "the ICJ"),
        ("icj", "the International Court of Justice"),
        ("the WHO", "the World Health Organisation"),
        ("the who", "the World Health Organization (WHO)"),
        ("jk rowling", "J.K. Rowling"),
        ("J. K. Rowling", "J.K. Rowling"),
        ("washington dc", "Washington, D.C."),
        ("Kariko", "Karikó"),
        ("Karikó", "Kariko"),
        ("Karikó", "Kariko\u0301"),
        ("israels plan", "Israel’s plan"),
        ("Israel plan", "Israel's plan"),
        ("dont", "don’t"),
        ("O'Neil", "O’Neil"),
        ("co\u00adoperation", "cooperation"),
        ("5 pm", "5 p.m."),
    ],
)
def test_ways_to_write_a_name_meet(asked: str, written: str) -> None:
    small = terms("the of s t in an a")
    wanted = terms(query_form(asked)) - small
    assert wanted & terms(index_form(written))


def test_a_full_state_name_in_a_question_weighs_one_word_like_its_acronym() -> None:
    assert terms(query_form("united states")) == terms(query_form("US")) == {"usa"}


@pytest.mark.parametrize(
    "text",
    [
        "version 2.0.1 of file.py",
        "see www.example.com/a.b",
        "Who won? They told us.",
        "États-Unis 1.5 GHz",
        "e-mail me",
    ],
)
def test_other_text_keeps_its_words(text: str) -> None:
    assert terms(index_form(text)) == terms(text) == terms(query_form(text))


WORDS = st.sampled_from(
    [
        *("US", "us", "U.S.", "the", "United", "States", "of", "America", "WHO", "who", "Britain", "A.", "b.", "usa"),
        *("uk", "TELL", "MORE", "'s", "’s", "-", ".", "x", "é", "e" + chr(0x301), "İ", "ﷺ", " ", "\n"),
    ]
)
TEXTS = st.one_of(st.text(), st.lists(WORDS).map("".join), st.lists(WORDS).map(" ".join))


@given(TEXTS)
def test_any_text_has_both_forms_of_bounded_length(text: str) -> None:
    assert len(index_form(text)) <= 12 * len(text)
    assert len(query_form(text)) <= 12 * len(text)


@given(TEXTS)
def test_the_index_form_keeps_every_plain_word(text: str) -> None:
    plain = set(re.findall(r"(?<![\w.'’‘ʼ＇`´])[a-z]{3,}(?![\w.'’‘ʼ＇`´])", text))  # noqa: RUF001 - apostrophes
    composed = set(re.findall(r"\w+", index_form(text)))
    combining = any(unicodedata.combining(character) or character in "\u00ad\u200b" for character in text)
    assert combining or plain <= composed


@given(st.lists(WORDS).map(" ".join))
def test_a_second_pass_over_an_index_form_adds_nothing(text: str) -> None:
    once = index_form(text)
    assert terms(index_form(once)) == terms(once)


@pytest.mark.parametrize("unit", ["U.", "US ", "United ", "a.b", "'s", "e\u0301", " ", "WHO\n", "us and ", "the "])
def test_hostile_text_takes_linear_time(unit: str) -> None:
    def seconds(size: int) -> float:
        text = (unit * size)[:size]
        began = time.process_time()
        index_form(text)
        query_form(text)
        return time.process_time() - began

    seconds(1000)
    assert seconds(80_000) < 20 * max(seconds(20_000), 0.01)
