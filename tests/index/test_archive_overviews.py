"""Questions about the archive itself are counted, and words for a time narrow what is searched."""

from __future__ import annotations

from pathlib import Path

import pytest

from index import Answer, Archive, Manner, NoAnswer, Overview, Turn, Where, open_archive
from index.types import turn_of
from index.wire import parse_where

AFTERWARDS = parse_where(as_of="2026-03-22")


@pytest.fixture(scope="module")
def archive(sample_home: Path) -> Archive:
    return open_archive(sample_home)


def test_overviews_count_exactly_and_quote_exactly(archive: Archive) -> None:
    for question in ("what do you have on Malloch?", "how many articles mention the Lanyard Bridge?", "what's new?"):
        reply = archive.ask(question)
        assert isinstance(reply, Overview), question
        for citation in reply.citations:
            assert archive.article(citation.article_id).text[citation.start : citation.end] == citation.quote
    named = archive.ask("how many articles mention Malloch?")
    assert isinstance(named, Overview)
    ids = [one[0] for one in archive.headlines(limit=100)]
    articles = [archive.article(article_id) for article_id in ids]
    assert named.articles == sum("malloch" in f"{one.title} {one.text}".casefold() for one in articles)


def test_an_overview_keeps_to_the_filters(archive: Archive) -> None:
    reply = archive.ask("how many articles are there?", where=parse_where(as_of="2026-02-04"))
    assert isinstance(reply, Overview)
    assert reply.articles == archive.ask("x", where=parse_where(as_of="2026-02-04")).searched.articles
    outlet, count = archive.outlets()[0]
    only = archive.ask("how many articles are there?", where=Where(outlets=(outlet,)))
    assert isinstance(only, Overview)
    assert only.articles == count


def test_no_article_is_of_a_year_before_the_archive(archive: Archive) -> None:
    reply = archive.ask("how many articles were published last year", where=AFTERWARDS)
    assert isinstance(reply, Overview)
    assert (reply.articles, reply.text) == (0, "No article is from that time.")


def test_over_all_dates_the_words_for_a_time_are_not_counted(archive: Archive) -> None:
    question = "how many articles mention the bridge in february"
    reply = archive.ask(question, where=AFTERWARDS, manner=Manner(time_words=False))
    plain = archive.ask("how many articles mention the bridge", where=AFTERWARDS)
    assert isinstance(reply, Overview)
    assert isinstance(plain, Overview)
    assert (reply.words, reply.articles) == (("bridge",), plain.articles)


@pytest.mark.parametrize("question", ["do you have anything on dragons?", "who reports on the size of the crack"])
def test_what_no_article_has_the_words_of_is_read_for(archive: Archive, question: str) -> None:
    reply = archive.ask(question)
    assert isinstance(reply, (Answer, NoAnswer))
    assert reply.passages


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("how many articles mention Atlantis?", "No article contains “Atlantis”."),
        (
            "How many stories mention the lost city of Atlantis?",
            "No article contains the words “lost”, “city” and “Atlantis”.",
        ),
        ("how many articles mention Atlantis in February?", "No article from that time contains “Atlantis”."),
    ],
)
def test_a_number_asked_for_is_none_where_no_article_has_the_words(archive: Archive, question: str, text: str) -> None:
    reply = archive.ask(question, where=AFTERWARDS)
    assert isinstance(reply, Overview)
    assert (reply.articles, reply.citations, reply.text) == (0, (), text)


def test_a_count_of_other_things_is_read_for(archive: Archive) -> None:
    assert not isinstance(archive.ask("how many items are there on the dessert menu?"), Overview)


def test_a_follow_up_counts_one_name_and_shows_how_it_was_understood(archive: Archive) -> None:
    history: list[Turn] = []
    for question in ("who is blinken meeting?", "who runs the night ferry?"):
        history.append(turn_of(archive.ask(question, history)))
    reply = archive.ask("how many articles mention her?", history)
    assert isinstance(reply, Overview)
    assert len(reply.words) == 1
    assert reply.standalone == f"how many articles mention {reply.words[0]}?"


def test_after_another_topic_a_bare_count_is_not_of_the_archive(archive: Archive) -> None:
    history = [Turn(question="how tall is the tower?")]
    assert not isinstance(archive.ask("how many stories are there?", history), Overview)
    assert isinstance(archive.ask("how many articles are there?", history), Overview)


def test_days_in_words_narrow_what_is_searched_and_can_be_taken_off(archive: Archive) -> None:
    question = "How many people marched this month?"
    where = parse_where(as_of="2026-02-10")
    narrow = archive.ask(question, where=where)
    assert narrow.searched.period is not None
    assert narrow.searched.period.since == "2026-02-01"
    assert archive.ask(question, where=where, manner=Manner(time_words=False)).searched.period is None


def test_where_nothing_of_these_days_answers_the_whole_archive_is_asked(archive: Archive) -> None:
    reply = archive.ask("Why was the Lanyard Bridge closed yesterday?", where=AFTERWARDS)
    plain = archive.ask("Why was the Lanyard Bridge closed?", where=AFTERWARDS)
    assert isinstance(reply, Answer)
    assert isinstance(plain, Answer)
    assert reply.citations == plain.citations
    assert reply.searched.period is not None
    assert not reply.searched.period.kept
    assert reply.searched.articles == plain.searched.articles


def test_the_latest_is_listed_where_no_sentence_answers(archive: Archive) -> None:
    reply = archive.ask("what's the latest on Achterby?", where=AFTERWARDS)
    assert isinstance(reply, (Answer, Overview))
    dated = [citation.published for citation in reply.citations]
    assert isinstance(reply, Answer) or dated == sorted(dated, key=str, reverse=True)


def test_a_question_about_now_is_told_how_old_the_archive_is(archive: Archive) -> None:
    reply = archive.ask("who is the mayor now?", where=parse_where(as_of="2026-12-31"))
    assert reply.searched.behind_days == 286
