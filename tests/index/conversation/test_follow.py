"""What a conversation has quoted goes along: as candidates, as the answer, and as where to look."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from index.conversation.follow import Followed, cited_places, follow
from index.conversation.understand import RuledUnderstanding, TaggedUnderstanding
from index.sentences import split_sentences
from index.types import Cited, Hit, Turn, Where
from tests.index.conversation.tagged import LaidDownTagger

SENTENCES = (
    "The bridge closes in May.",
    "“It was never safe,” said engineer Ada Lund.",
    "Repairs cost four million crowns.",
    "The council votes on Monday.",
    "A ferry will run meanwhile.",
)
TEXT = " ".join(SENTENCES)


def spans() -> list[tuple[int, int]]:
    return [(TEXT.index(sentence), TEXT.index(sentence) + len(sentence)) for sentence in SENTENCES]


def passage(number: int, first: int, last: int, article: str = "bridge", published: str = "2026-02-04") -> Hit:
    start, end = spans()[first][0], spans()[last][1]
    return Hit(
        rank=number,
        score=1.0,
        passage_id=number,
        article_id=article,
        title="Bridge to close",
        outlet="The Ledger",
        published=published,
        url="https://ledger.example/bridge",
        start=start,
        end=end,
        text=TEXT[start:end],
        sentences=tuple(spans()[first : last + 1]),
    )


class Bridge:
    """One article in two passages that share a sentence."""

    def __init__(self) -> None:
        self.looked_for: list[str] = []
        self.hits = [passage(1, 0, 2), passage(2, 2, 4)]

    def of_article(self, article_id: str) -> list[Hit]:
        return self.hits if article_id == "bridge" else []

    def find(self, text: str) -> list[Hit]:
        self.looked_for.append(text)
        return self.hits


def cited(number: int) -> Cited:
    start, end = spans()[number]
    return Cited(article_id="bridge", start=start, end=end)


def followed(question: str, *history: Turn, where: Where | None = None, passages: Bridge | None = None) -> Followed:
    return follow(question, history, where, understands=RuledUnderstanding(), passages=passages or Bridge())


ASKED = Turn(question="is the bridge safe?", answer=f"{SENTENCES[1]} [1]", cited=(cited(1),))


@pytest.mark.parametrize("question", ["when was that published?", "what's the source?", "link?"])
def test_the_source_is_told_by_quoting_again(question: str) -> None:
    reading = followed(question, ASKED).reading
    assert reading is not None
    (sentence,) = reading.sentences
    assert sentence.text == SENTENCES[1]
    assert (sentence.hit.outlet, sentence.hit.published) == ("The Ledger", "2026-02-04")
    assert reading.confidence > 0.9


def test_more_is_what_the_article_says_next() -> None:
    reading = followed("show me more", ASKED).reading
    assert reading is not None
    assert [sentence.text for sentence in reading.sentences] == list(SENTENCES[2:])
    assert {sentence.hit.passage_id for sentence in reading.sentences} == {2}


def test_after_the_last_sentence_more_is_what_came_before() -> None:
    end = Turn(question="how do we cross?", answer=SENTENCES[4], cited=(cited(4),))
    reading = followed("more", end).reading
    assert reading is not None
    assert [sentence.text for sentence in reading.sentences] == list(SENTENCES[1:4])


def test_a_sentence_that_names_its_speaker_tells_who_said_it() -> None:
    reading = followed("who said that?", ASKED).reading
    assert reading is not None
    (sentence,) = reading.sentences
    assert sentence.highlight is not None
    marked = slice(*(end - sentence.start for end in sentence.highlight))
    assert (sentence.text, sentence.text[marked]) == (SENTENCES[1], "said engineer Ada Lund.")


def test_who_said_another_quotation_has_not_said_the_first() -> None:
    costs = Turn(question="what does it cost?", answer=SENTENCES[2], cited=(cited(2), cited(1)))
    reading = followed("who said that?", costs).reading
    assert reading is None or reading.sentences == ()


@pytest.mark.parametrize("quoted_from", ["“It was", SENTENCES[0]])
def test_the_speaker_is_looked_for_where_it_was_said(quoted_from: str) -> None:
    passages, said = Bridge(), "“It was never safe,” she said."
    text = f"{SENTENCES[0]} {said}"
    hit = replace(passages.hits[0], start=0, end=len(text), text=text, sentences=tuple(split_sentences(text)))
    passages.hits = [hit, passages.hits[1]]
    place = Cited(article_id="bridge", start=text.index(quoted_from), end=len(text))
    turn = followed("who said that?", Turn(question="?", answer="…", cited=(place,)), passages=passages)
    assert turn.standalone == f"who said “{said}”?"
    assert turn.only == (1,)
    assert turn.reading is None


def test_below_a_refusal_what_was_quoted_before_is_meant() -> None:
    refused = (Turn(question="and the mayor?"), Turn(question="why?", answer="(no answer)"))
    for history in ((ASKED, refused[0]), (ASKED, *refused)):
        reading = followed("when was that published?", *history).reading
        assert reading is not None
        assert reading.sentences[0].text == SENTENCES[1]
    assert followed("is that still so?", ASKED, *refused).standalone == "is the bridge safe?"
    assert followed("when was that published?", ASKED, *refused, refused[0]).reading is None
    told = Turn(question="and the mayor?", answer="She told everyone that it never was safe.")
    passages = Bridge()
    assert followed("when was that published?", ASKED, told, passages=passages).reading is None


def test_in_a_conversation_its_articles_are_spoken_of() -> None:
    assert followed("why?", ASKED).spoken_of == {"bridge"}
    understands = TaggedUnderstanding(LaidDownTagger(leans=0.0, same=0.0))
    turn = follow("who won the chess final", (ASKED,), None, understands=understands, passages=Bridge())
    assert (turn.kept, turn.spoken_of) == ((), {"bridge"})


def test_of_what_is_narrated_nobody_is_named() -> None:
    told = Turn(question="what does it cost?", answer=f"{SENTENCES[2]} [1]", cited=(cited(2),))
    turn = followed("who said that?", told)
    assert turn.reading is not None
    assert (turn.reading.sentences, turn.reading.confidence) == ((), 0.0)
    assert turn.only == (1, 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("It was shut. It was never safe, the police said. Nobody knew.", True),
        ("“It was shut. It was never safe. Nobody knew,” said Lund.", True),
        ('"It was shut." It was never safe. Nobody knew.', False),
        ("It was shut. The United States built it. Nobody knew.", False),
    ],
)
def test_a_sentence_is_said_by_its_verb_or_inside_a_quotation(text: str, *, said: bool) -> None:
    spans = tuple(split_sentences(text))
    hit = replace(passage(3, 0, 1), start=0, end=len(text), text=text, sentences=spans, article_id="bridge")
    passages = Bridge()
    passages.hits = [hit]
    turn = Turn(question="?", answer="…", cited=(Cited(article_id="bridge", start=spans[1][0], end=spans[1][1]),))
    reading = followed("who said that?", turn, passages=passages).reading
    assert (reading is None or bool(reading.sentences)) is said


def test_whether_it_is_still_so_is_asked_of_what_is_newer() -> None:
    turn = followed("is that still so?", ASKED)
    assert turn.standalone == "is the bridge safe?"
    assert turn.where is not None
    assert turn.where.since is not None
    assert turn.where.since > dt.datetime(2026, 2, 4, 23, 59, 59, tzinfo=dt.UTC)


def test_a_tighter_filter_of_the_caller_stays() -> None:
    later = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    turn = followed("is that still so?", ASKED, where=Where(since=later, outlets=("The Ledger",)))
    assert turn.where == Where(since=later, outlets=("The Ledger",))


def test_a_follow_up_keeps_what_was_quoted_among_the_candidates() -> None:
    assert followed("why?", ASKED).kept == (1, 2)


def test_a_change_of_topic_keeps_nothing() -> None:
    understands = TaggedUnderstanding(LaidDownTagger(leans=0.0, same=0.0))
    turn = follow("who won the chess final", (ASKED,), None, understands=understands, passages=Bridge())
    assert (turn.standalone, turn.kept, turn.only) == ("who won the chess final", (), None)


def test_evidence_is_of_the_last_two_turns() -> None:
    other = Turn(question="and the mayor?", answer="…", cited=(Cited(article_id="mayor", start=0, end=1),))
    assert followed("why?", ASKED, other).kept == (1, 2)
    assert followed("why?", ASKED, other, other).kept == ()


def test_a_turn_that_was_not_answered_stands_for_what_is_nearest_to_it() -> None:
    passages = Bridge()
    asked = Turn(question="and it?", standalone="is the bridge safe?")
    assert followed("why?", asked, passages=passages).kept == (1, 2)
    assert passages.looked_for == ["is the bridge safe?"]


def test_quotations_are_found_by_their_text_where_nobody_says_where_they_stand() -> None:
    passages = Bridge()
    turn = followed("when was that published?", Turn(question="?", answer=f"{SENTENCES[1]} [1]"), passages=passages)
    assert turn.reading is not None
    assert turn.reading.sentences[0].text == SENTENCES[1]
    assert passages.looked_for == [SENTENCES[1]]


def test_an_answer_in_other_words_is_no_quotation() -> None:
    assert cited_places("She told everyone that it never was safe.", Bridge().find) == ()
    assert cited_places("No. [1]", Bridge().find) == ()


def test_without_anything_quoted_a_question_about_it_is_asked_as_it_stands() -> None:
    turn = followed("when was that published?", Turn(question="is the bridge safe?"))
    assert turn.reading is None
    assert turn.only is None


def test_a_place_that_is_gone_answers_nothing() -> None:
    gone = Turn(question="?", answer="…", cited=(Cited(article_id="gone", start=0, end=5),))
    turn = followed("what's the source?", gone)
    assert turn.reading is not None
    assert turn.reading.sentences == ()
    assert turn.reading.confidence == 0.0


def test_the_tagger_is_told_the_headline_of_what_was_quoted() -> None:
    tagger = LaidDownTagger()
    follow("and why?", [ASKED], None, understands=TaggedUnderstanding(tagger), passages=Bridge())
    assert tagger.asked[0][1] == [(ASKED.question, False), (SENTENCES[1], True), ("Bridge to close", False)]
