"""Sentences put beside an answer or in its place: the answer stays whole, and its place is told."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from tests.training.bridge import AT, BESIDE, RESTATES, ROW, TEXT, answers
from training.distractors import bereft, crowded, listed, plainly, put
from training.draws import seeded
from training.mixture import Mixture, Quotas


@given(st.integers(0, 400))
def test_distractors_come_between_sentences_and_the_answer_moves_along(seed: int) -> None:
    row = crowded(ROW, seeded(str(seed)))
    assert answers(row) == ["a new bridge"]
    added = [one for one in ROW.distractors if one in row.context]
    assert added
    left = row.context
    for one in added:
        left = left.replace(f"{one} ", "") if f"{one} " in left else left.removesuffix(f" {one}")
    assert left == TEXT


@given(st.text("ab.\n", max_size=80), st.data())
def test_no_answer_is_torn_apart(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    spans = ((start, end),) if end > start else ()
    seed = data.draw(st.integers(0, 9))
    longer, moved = put(text, spans, "One more.", seeded(str(seed)))
    assert [longer[a:b] for a, b in moved] == [text[a:b] for a, b in spans]
    assert len(longer) == len(text) + len("One more. ")


def test_most_come_near_the_answer() -> None:
    far = " ".join([TEXT, *("Nothing else was heard of it." for _ in range(60))])
    near = 0
    for seed in range(200):
        row = crowded(replace(ROW, context=far, distractors=(BESIDE,)), seeded(str(seed)))
        near += row.context.index(BESIDE) < len(TEXT) + len(BESIDE)
    assert near in range(130, 170)


def test_what_has_lost_its_answer_has_no_answer() -> None:
    row = bereft(ROW)
    assert not row.answerable
    assert row.context == TEXT.replace("The mayor wants a new bridge by May. ", "")


def test_an_answer_at_the_end_has_distractors_after_it_too() -> None:
    last = replace(ROW, context=TEXT[: AT + len("a new bridge by May.")], distractors=(BESIDE,))
    after = sum(crowded(last, seeded(str(seed))).context.endswith(BESIDE) for seed in range(200))
    assert after > 30


def test_a_text_that_is_all_answer_is_left_as_it_is() -> None:
    row = replace(ROW, context="He wants a new bridge.", spans=((9, 21),))
    assert bereft(row) == row


def test_an_answer_can_be_told_in_the_questions_words() -> None:
    twice = replace(ROW, context=f"{TEXT} He wants it now.", spans=(*ROW.spans, (len(TEXT) + 10, len(TEXT) + 16)))
    row = plainly(twice)
    assert answers(row) == ["A bridge", "it now"]
    assert sorted(answers(plainly(replace(twice, spans=twice.spans[::-1])))) == ["A bridge", "a new bridge"]
    assert row.context == f"{TEXT} He wants it now.".replace(
        "The mayor wants a new bridge by May.", "A bridge is what the mayor of Lund wants."
    )
    assert plainly(replace(ROW, plain=None)) == replace(ROW, plain=None)


@given(st.integers(0, 200))
def test_a_list_holds_the_answer_and_the_distractors(seed: int) -> None:
    row = listed(ROW, seeded(str(seed)))
    assert answers(row) == ["a new bridge"]
    assert all(one in row.context for one in (RESTATES, BESIDE, "The mayor wants a new bridge by May."))
    without = listed(bereft(ROW), seeded(str(seed)))
    assert not without.answerable
    assert without.context.count(RESTATES) == 1


def texts(tokenizer: Tokenizer, **shares: float) -> list[tuple[bool, str]]:
    """Whether it has an answer, and the text, of all passages of a block; shares that are not given are 0."""
    none = dict.fromkeys(("paired", "crowded", "bereft", "listed", "plain"), 0.0)
    quotas = Quotas(small_sets=0, open_squad=0, other_squad=0, unanswerable=0, news=40, **{**none, **shares})
    other = replace(ROW, question="Is it grey?", context="What the mayor does not want is grey.", spans=())
    block = Mixture([ROW, replace(other, distractors=())], tokenizer, quotas=quotas, seed=1).block(0)
    return [(bool(f.golds), tokenizer.decode(list(f.ids[f.first :]))) for group in block for f in group.features]


def test_each_share_of_the_mixture_shows(tokenizer: Tokenizer) -> None:
    def speaks(text: str) -> bool:
        return "tunnel" in text or "talk of the quay" in text

    asked = [text for answered, text in texts(tokenizer) if answered]
    assert asked
    assert not any(speaks(text) for text in asked)
    assert all(speaks(text) for answered, text in texts(tokenizer, crowded=1.0) if answered)
    assert not any(answered for answered, _ in texts(tokenizer, bereft=1.0))
    assert sum(speaks(text) for _, text in texts(tokenizer, bereft=1.0)) == 20
    assert all("mayor of lund wants" in text for answered, text in texts(tokenizer, plain=1.0) if answered)
    lists = [text for answered, text in texts(tokenizer, listed=1.0) if answered]
    assert all("tunnel" in text and "talk of the quay" in text for text in lists)
    assert len({text.index("tunnel") < text.index("new bridge") for text in lists}) == 2
    paired = texts(tokenizer, paired=1.0, crowded=1.0)
    assert any("is grey" in text and speaks(text) for answered, text in paired if not answered)
