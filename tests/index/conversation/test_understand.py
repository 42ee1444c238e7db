"""From a tagger's judgement to the question that is asked instead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.conversation.understand import RuledUnderstanding, TaggedUnderstanding, said_before
from index.conversation.words import content_keys
from index.types import Cited, Turn
from tests.index.conversation.tagged import LaidDownTagger

HISTORY = (
    Turn(question="who runs FTX now?", answer="John J. Ray III took over as CEO of FTX, the court heard. [1]"),
    Turn(question="since when?", answer="Mr Ray was appointed in November. [1]\nHe replaced Sam Bankman-Fried. [2]"),
)


def place(article_id: str) -> Cited:
    return Cited(article_id=article_id, start=0, end=1)


def understood(question: str, tagger: LaidDownTagger) -> str:
    return TaggedUnderstanding(tagger).understand(question, HISTORY).standalone


def test_a_name_takes_the_place_of_its_pronoun() -> None:
    tagger = LaidDownTagger({"John": "he", "J": "he", "Ray": "he", "III": "he"}, ["he"])
    assert understood("what did he tell congress?", tagger) == "what did John J. Ray III tell congress?"


def test_a_pronoun_of_what_the_turn_names_first_stays() -> None:
    tagger = LaidDownTagger({"Ray": "he"}, ["he"])
    assert understood("and the union boss, what does he want?", tagger) == (
        "and the union boss, what does he want (Ray)?"
    )


def bracketed(question: str, tagger: LaidDownTagger) -> str:
    return TaggedUnderstanding(tagger).understand(question, HISTORY).bracketed


def test_a_turn_is_read_as_typed_with_what_it_follows_in_brackets() -> None:
    tagger = LaidDownTagger({"Ray": "he"}, ["he"])
    assert bracketed("what did he tell congress?", tagger) == "what did he tell congress? (since when, Ray)"


def test_words_of_the_question_before_stand_in_the_brackets_once() -> None:
    history = (Turn(question="who runs FTX?", answer="John J. Ray III does. [1]"),)
    tagger = LaidDownTagger({"FTX": "", "Ray": ""})
    found = TaggedUnderstanding(tagger).understand("how much was lost?", history)
    assert found.bracketed == "how much was lost? (who runs FTX, Ray)"


@pytest.mark.parametrize(("same", "follows"), [(0.3, True), (0.2, False)])
def test_a_turn_that_needs_no_words_takes_the_evidence_along_where_it_may_be_of_the_topic(
    same: float,
    follows: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """*Who scored for the hammers?* names its subject; turns that change the topic are seen at .1 and less."""
    found = TaggedUnderstanding(LaidDownTagger(leans=0.1, same=same)).understand("who testified in court?", HISTORY)
    assert (found.standalone, found.follows) == ("who testified in court?", follows)
    assert not found.bracketed


def test_a_turn_that_points_at_nothing_known_is_read_with_the_question_before_it() -> None:
    tagger = LaidDownTagger(leans=0.1, same=0.9)
    found = TaggedUnderstanding(tagger).understand("who found it?", HISTORY[:1])
    assert (found.standalone, found.bracketed) == ("who found it?", "who found it? (who runs FTX now)")


def test_a_turn_that_stands_alone_has_no_brackets() -> None:
    tagger = LaidDownTagger(leans=0.1, same=0.1)
    assert not bracketed("why did Sam Bankman-Fried resign from his post in the Bahamas?", tagger)


def test_by_the_rules_a_turn_is_read_with_the_question_before_it() -> None:
    found = RuledUnderstanding().understand("and then?", HISTORY[:1])
    assert found.standalone == "who runs FTX now? and then?"
    assert found.bracketed == "and then? (who runs FTX now)"


def test_to_count_by_one_pronoun_is_one_name_the_likeliest() -> None:
    tagger = LaidDownTagger({"FTX": "him", "Ray": "him", "congress": ""}, ["him"], sure={"FTX": 0.8, "congress": 0.9})
    found = TaggedUnderstanding(tagger).understand("which articles mention him?", HISTORY)
    assert found.standalone == "which articles mention FTX, Ray?"
    assert found.pointed == "which articles mention Ray?"


def test_without_a_pronoun_there_is_nothing_to_count_by() -> None:
    tagger = LaidDownTagger({"FTX": "collapse"})
    assert not TaggedUnderstanding(tagger).understand("how did the collapse begin?", HISTORY).pointed


def test_a_possessive_keeps_its_owner() -> None:
    tagger = LaidDownTagger({"Sam": "his", "Bankman-Fried": "his"}, ["his"])
    assert understood("what is his plea", tagger) == "what is Sam Bankman-Fried’s plea"


def test_what_goes_before_a_word_is_put_there() -> None:
    assert understood("how did the collapse begin?", LaidDownTagger({"FTX": "collapse"})) == (
        "how did the FTX collapse begin?"
    )


def test_what_belongs_at_the_end_stands_there_in_brackets() -> None:
    assert understood("how much was lost?", LaidDownTagger({"FTX": ""})) == "how much was lost (FTX)?"


def test_the_fullest_form_of_a_name_is_taken_and_said_once() -> None:
    tagger = LaidDownTagger(dict.fromkeys(["John", "J", "Ray", "III"], "he"), ["he"])
    assert understood("was he paid", tagger) == "was John J. Ray III paid"


def test_what_the_question_says_itself_is_not_added() -> None:
    assert understood("is FTX bankrupt?", LaidDownTagger({"FTX": ""})) == "is FTX bankrupt?"


def test_a_pronoun_is_one_name_and_not_its_less_likely_rival() -> None:
    tagger = LaidDownTagger({"Ray": "he", "Sam": "he", "Bankman-Fried": "he"}, ["he"], sure={"Ray": 0.6})
    assert understood("was he paid", tagger) == "was Sam Bankman-Fried paid"


@pytest.mark.parametrize(("leans", "wanted"), [(0.9, "how much was lost (FTX)?"), (0.1, "how much was lost?")])
def test_a_turn_that_leans_takes_what_is_likeliest_even_if_unlikely(leans: float, wanted: str) -> None:
    assert understood("how much was lost?", LaidDownTagger({"FTX": ""}, sure={"FTX": 0.2}, leans=leans)) == wanted


def test_nothing_of_the_old_topic_is_dragged_into_a_new_one() -> None:
    tagger = LaidDownTagger({"FTX": ""}, same=0.05)
    assert understood("how much is the new Steam Deck?", tagger) == "how much is the new Steam Deck?"


def test_what_a_follow_up_was_understood_as_is_what_the_next_one_follows() -> None:
    history = [Turn(question="and him?", standalone="what did Ray say?")]
    assert TaggedUnderstanding(LaidDownTagger()).understand("why?", history).standalone == "what did Ray say? why?"


def test_a_turn_that_needs_nothing_is_left_as_it_is() -> None:
    tagger = LaidDownTagger(leans=0.1, same=0.1)
    reading = TaggedUnderstanding(tagger).understand("  how much is the new Steam Deck?", HISTORY)
    assert reading.standalone == "how much is the new Steam Deck?"
    assert not reading.follows
    assert reading.added == ()


def test_a_turn_on_the_same_topic_goes_on_with_it_even_when_it_needs_no_words() -> None:
    assert TaggedUnderstanding(LaidDownTagger(leans=0.1)).understand("how many creditors are there", HISTORY).follows


@pytest.mark.parametrize("question", ["why?", "and then?", "how come", "since when?"])
def test_a_turn_that_says_nothing_alone_is_put_after_what_it_follows(question: str) -> None:
    assert understood(question, LaidDownTagger()) == f"who runs FTX now? {question}"


def test_a_first_turn_is_not_tagged() -> None:
    tagger = LaidDownTagger({"FTX": ""})
    assert TaggedUnderstanding(tagger).understand(" why? ", ()).standalone == "why?"
    assert tagger.asked == []


def test_the_tagger_sees_the_newest_first_and_no_markers() -> None:
    tagger = LaidDownTagger()
    understood("why?", tagger)
    assert tagger.asked[0][1] == [
        ("since when?", False),
        ("Mr Ray was appointed in November.\nHe replaced Sam Bankman-Fried.", True),
        ("who runs FTX now?", False),
        ("John J. Ray III took over as CEO of FTX, the court heard.", True),
    ]


def test_of_older_turns_only_the_questions_are_looked_at() -> None:
    turns = [Turn(question=f"q{n}", answer=f"a{n}") for n in range(4)]
    assert [text for text, _ in said_before(turns)] == ["q3", "a3", "q2", "a2", "q1", "q0"]


def test_an_answer_is_followed_by_the_headline_of_what_it_quotes_first() -> None:
    said = [Turn(question=f"q{n}", answer=f"a{n}", cited=(place(name), place("c"))) for n, name in enumerate("aab")]
    titles = {"a": "A wins", "b": " ", "c": "C loses"}
    assert [text for text, _ in said_before(said, titles.__getitem__)] == ["q2", "a2", "q1", "a1", "A wins", "q0"]
    refused = [*said, Turn(question="q3")]
    assert [text for text, _ in said_before(refused, titles.__getitem__)] == ["q3", "q2", "a2", "q1", "q0"]


def test_a_name_that_only_the_headline_has_is_found() -> None:
    tagger = LaidDownTagger({"Quist": "she"})
    history = [Turn(question="what did the doctor say?", answer="She must rest.", cited=(place("a"),))]
    reading = TaggedUnderstanding(tagger).understand("when is she back?", history, lambda _: "Quist out for a month")
    assert reading.standalone == "when is Quist back?"
    assert TaggedUnderstanding(tagger).understand("when is she back?", history).standalone != reading.standalone


@given(question=st.text(), earlier=st.text(), answer=st.text())
def test_any_text_is_understood_and_no_words_are_invented(question: str, earlier: str, answer: str) -> None:
    history = [Turn(question=earlier, answer=answer)]
    tagger = LaidDownTagger(dict.fromkeys(answer.split(), ""))
    reading = TaggedUnderstanding(tagger).understand(question, history)
    assert content_keys(reading.standalone) <= content_keys(question) | content_keys(f"{earlier} {answer}")


def test_without_a_model_the_rules_understand() -> None:
    reading = RuledUnderstanding().understand("why?", HISTORY)
    assert (reading.standalone, reading.follows) == ("who runs FTX now? why?", True)
    assert RuledUnderstanding().understand("who founded the Night Ferry?", HISTORY).standalone == (
        "who founded the Night Ferry?"
    )
