"""Questions changed so that their paragraph nearly answers them: one thing is another, and never the answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tokenizers import Tokenizer

from training.draws import seeded
from training.mixture import Mixture, Quotas
from training.rows import Row
from training.swaps import nearly

TEXT = "In 1904 the harbour of Port Ellis was opened by Ada Lund. The mayor, Nils Berg, sold the old quay in 1911."
BESIDE = "A storm in 1927 closed the quay of Saint Orm, where Tove Dahl had built sheds."


def row(question: str, answer: str) -> Row:
    at = TEXT.index(answer)
    return Row(source="squad2", title="Harbour", question=question, context=TEXT, spans=((at, at + len(answer)),))


def changed(one: Row) -> set[str]:
    return changed_in(one, [TEXT, BESIDE])


def changed_in(one: Row, paragraphs: list[str]) -> set[str]:
    found = {nearly(one, paragraphs, seeded(str(n))) for n in range(60)}
    return {text for text in found if text is not None}


def test_a_name_becomes_another_of_the_article() -> None:
    found = changed(row("What did Nils Berg sell?", "the old quay"))
    assert "What did Ada Lund sell?" in found
    assert "What did Tove Dahl sell?" in found


def test_a_name_never_becomes_the_answer() -> None:
    assert not any("Lund" in text for text in changed(row("Who opened the port before Nils Berg?", "Ada Lund")))


def test_a_year_becomes_another_that_is_not_the_answers() -> None:
    found = changed(row("Which quay was sold in 1911?", "the old quay"))
    assert {"Which quay was sold in 1904?", "Which quay was sold in 1927?"} <= found
    assert all("1911" not in text for text in found if text.startswith("Which quay was sold in"))


def test_a_year_never_becomes_the_answer_or_another_of_the_question() -> None:
    one = replace(row("What came after 1903 and 1905?", "1904"), context="It came in 1904.", spans=((11, 15),))
    found = changed_in(one, [one.context])
    assert found
    assert not any("1904" in text for text in found)
    assert not any(text.count("1903") > 1 or text.count("1905") > 1 for text in found)


def test_a_year_of_a_text_without_others_moves_a_little() -> None:
    one = replace(row("Who came in 1850?", "Ada Lund"), context="Ada Lund came in 1850.", spans=((0, 8),))
    years = {int(text[-5:-1]) for n in range(60) if (text := nearly(one, [one.context], seeded(str(n))))}
    assert years
    assert all(year != 1850 and abs(year - 1850) <= 10 for year in years)


@pytest.mark.parametrize(
    ("question", "opposite"),
    [
        ("who opened the harbour?", "who closed the harbour?"),
        ("what was the first quay?", "what was the last quay?"),
        ("what did he do before the storm?", "what did he do after the storm?"),
    ],
)
def test_a_word_becomes_its_opposite(question: str, opposite: str) -> None:
    assert opposite in changed(row(question, "Ada Lund"))


def test_what_has_nothing_else_to_change_is_denied_now_and_then() -> None:
    one = row("what did she do?", "opened by Ada Lund")
    made = [nearly(one, [TEXT], seeded(str(n))) for n in range(400)]
    assert {text for text in made if text} == {"what didn't she do?"}
    assert 20 < sum(text is not None for text in made) < 120


def test_changed_questions_have_no_answer_in_training(rows: list[Row], tokenizer: Tokenizer) -> None:
    asked = replace(rows[0], question="When did the harbour open first?")
    quotas = Quotas(small_sets=0, open_squad=1, other_squad=1, unanswerable=0, news=0, paired=0.0, swapped=1.0)
    mixture = Mixture([asked], tokenizer, quotas=quotas, seed=5)
    groups = [group for n in range(10) for group in mixture.block(n)]
    assert groups
    assert not any(feature.golds for group in groups for feature in group.features)
    answered = Mixture([asked], tokenizer, quotas=replace(quotas, swapped=0.0), seed=5)
    assert any(feature.golds for n in range(10) for group in answered.block(n) for feature in group.features)
