"""A surname that two people share is asked back, and nothing else."""

from __future__ import annotations

from index.asking.names import name_choices
from index.types import Hit, ScoredSentence


def sentence(number: int, text: str, score: float, *, before: str = "") -> ScoredSentence:
    whole = f"{before} {text}".strip()
    start = len(whole) - len(text)
    hit = Hit(
        rank=number, score=1.0, passage_id=number, article_id=f"a{number}", title=f"Headline {number}", outlet=None,
        published=None, url=None, start=0, end=len(whole), text=whole,
    )  # fmt: skip
    return ScoredSentence(hit=hit, start=start, end=len(whole), score=score)


IDA = sentence(1, "Brandt said the tram would come.", 5.0, before="Mayor Ida Brandt spoke.")
KARL = sentence(2, "“No tram,” Brandt told reporters.", 4.6, before="Karl Brandt, a shopkeeper, objects.")


def labels(question: str, *ranked: ScoredSentence) -> list[str]:
    return [choice.label for choice in name_choices(question, ranked)]


def test_two_people_of_one_name_with_equal_evidence_are_asked_back() -> None:
    first, second = name_choices("What did Brandt say about the tram?", [IDA, KARL])
    assert (first.label, first.hint) == ("Ida Brandt", "Headline 1")
    assert first.question == "What did Ida Brandt say about the tram?"
    assert second.question == "What did Karl Brandt say about the tram?"


def test_possessives_and_small_letters_are_names_too() -> None:
    assert labels("what is brandt's view of the tram?", IDA, KARL) == ["Ida Brandt", "Karl Brandt"]


def test_a_first_name_in_the_question_settles_it() -> None:
    assert labels("What did Ida Brandt say?", IDA, KARL) == []
    assert labels("what did ida brandt say?", IDA, KARL) == []


def test_better_evidence_settles_it() -> None:
    weaker = sentence(2, "“No tram,” Brandt told reporters.", 1.0, before="Karl Brandt, a shopkeeper, objects.")
    assert labels("What did Brandt say?", IDA, weaker) == []


def test_one_article_about_both_says_itself_whom_it_means() -> None:
    family = sentence(3, "Brandt said so.", 5.0, before="Ida Brandt and her brother Karl Brandt came.")
    assert labels("What did Brandt say?", family) == []


def test_a_title_is_no_first_name_and_what_is_no_person_is_no_name() -> None:
    titled = sentence(4, "Brandt said no.", 5.0, before="Mr. Brandt and Mayor Brandt met.")
    assert labels("What did Brandt say?", titled, IDA) == []
    cloud = sentence(5, "Google Cloud grew.", 5.0)
    other = sentence(6, "Microsoft Cloud shrank.", 5.0)
    assert labels("How did Cloud do?", cloud, other) == []


def test_nothing_read_is_nothing_unclear() -> None:
    assert labels("What did Brandt say?") == []
