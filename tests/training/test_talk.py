"""Questions that the reader is trained on as they are asked in conversations."""

from __future__ import annotations

from index.conversation.leaning import in_brackets
from training.draws import seeded
from training.rows import Row
from training.talk import Talks, TalkShares

SETTLED = "When did Ada Lund build the harbour?"
NEXT = "What did the council pay Ada Lund?"


def row(question: str, *, title: str = "Harbour", context: str = "The harbour.", source: str = "squad2") -> Row:
    return Row(source=source, title=title, question=question, context=context, spans=())


def asked(rows: list[Row], shares: TalkShares, *, times: int = 60) -> set[str]:
    talks = Talks(rows, shares)
    rng = seeded("talks")
    return {talks.asked(rows[0], rng) for _ in range(times)}


def test_a_turn_leaves_out_what_the_question_in_brackets_says() -> None:
    found = asked([row(NEXT), row(SETTLED)], TalkShares(share=1, elsewhere=0, listed=0, titled=0))
    assert all(question.endswith("(When did Ada Lund build the harbour)") for question in found)
    turns = {question.partition(" (")[0] for question in found}
    assert any("Lund" not in turn and "council" in turn for turn in turns)


def test_a_turn_of_a_conversation_gets_the_names_it_needs() -> None:
    turn = Row(
        source="news",
        title="Harbour",
        question="What did the council pay Ada Lund for the pier?",
        context="Ships call at Port Ellis.",
        spans=(),
        turn="what did they pay her for it",
        before="did the council like the pier",
    )
    found = asked([turn], TalkShares(own=1, missed=0, stray=0))
    assert {one.partition(" (")[2] for one in found} == {"did the council like the pier, Ada Lund)"}
    other = row("Why did Port Ellis close?", source="news")
    found = asked([turn, other], TalkShares(own=1, missed=1, stray=1))
    assert any(one.endswith("Port Ellis)") for one in found)


def test_a_question_that_stands_alone_may_come_with_another_on_its_article() -> None:
    news = [
        Row(source="news", title="Pier", question=question, context="It sank. Ada Lund saw it.", spans=((9, 17),))
        for question in ("Who saw it?", "When did the pier sink?")
    ]
    found = asked(news, TalkShares(share=1, elsewhere=0))
    assert all(one.endswith("(When did the pier sink)") for one in found)


def test_a_list_holds_words_of_the_conversation_alone() -> None:
    found = asked([row(NEXT), row(SETTLED)], TalkShares(share=1, elsewhere=0, listed=1, titled=0))
    listed = {word for question in found for word in question.partition(" (")[2].rstrip(")").split(", ")}
    assert listed == {"Ada Lund", "build", "harbour"}


def test_what_was_asked_about_something_else_leaves_the_turn_as_it_is() -> None:
    rows = [row(NEXT), row("Who rang the bell?", title="Tower", context="The tower.")]
    found = asked(rows, TalkShares(share=1, elsewhere=1))
    assert any(question.endswith("(Who rang the bell)") for question in found)
    assert not any(
        question.startswith(("what did the council pay them", "What did the council pay it")) for question in found
    )


def test_questions_without_company_stand_alone() -> None:
    everything = TalkShares(share=1, elsewhere=0)
    assert not any("(" in question for question in asked([row(NEXT)], everything))
    assert not any("(" in question for question in asked([row(NEXT, source="tydi"), row(SETTLED)], everything))
    assert not any("(" in question for question in asked([row(NEXT), row(SETTLED)], TalkShares(share=0)))


def test_brackets_hold_what_was_said_without_its_marks() -> None:
    assert in_brackets("and the crew? ", ["who sank the ship?", " ", "Mr Lund."]) == (
        "and the crew? (who sank the ship, Mr Lund)"
    )
    assert in_brackets("and the crew?", []) == "and the crew?"
