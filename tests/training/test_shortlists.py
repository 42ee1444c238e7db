"""Lists of sentences for the second reader: the answer stays whole and is told, and what confuses stands beside it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tokenizers import Tokenizer

import training.mixture as mixtures
from index.read.shortlist import SHORTLISTED, around
from tests.training.bridge import BESIDE, RESTATES, ROW, TEXT, answers
from training.draws import chance, seeded
from training.mixture import Group, Mixture, Quotas
from training.rows import Row, sentences
from training.shortlists import shortlisted

SENTENCE = "The mayor wants a new bridge by May."
ELSEWHERE = ("The dean wants rest. Snow came late.", "Who wants what? Bakers sold out.", "Two trams stood still.")
SEEDS = st.integers(0, 400)


def pieces(row: Row) -> list[str]:
    """The sentences of a list whose sentences are all short, and end in a full stop or a question mark."""
    return [row.context[a:b] for a, b in sentences(row.context)]


def made(row: Row, seed: int = 0, beside: tuple[str, ...] = ELSEWHERE) -> Row:
    """The list of a row for which there is one."""
    found = shortlisted(row, beside, seeded(str(seed)))
    assert found is not None
    return found


WORD = st.text("abcé.,’", min_size=1, max_size=5)
SPACE = st.sampled_from([" ", "  ", "\t", "\u00a0", " \r"])


@st.composite
def typeset(draw: st.DrawFn) -> str:
    """A sentence of up to 60 words, with white space of all kinds between them."""
    words = draw(st.lists(WORD, min_size=1, max_size=60))
    gaps = draw(st.lists(SPACE, min_size=len(words), max_size=len(words)))
    return "X" + "".join(f"{gap}{word}" for word, gap in zip(words, gaps, strict=True)) + "."


@given(st.lists(typeset(), min_size=1, max_size=5), st.data(), SEEDS)
def test_where_the_answer_is_said_to_stand_it_stands(texts: list[str], data: st.DataObject, seed: int) -> None:
    context = "\n".join(texts)
    number = data.draw(st.integers(0, len(texts) - 1))
    before = sum(len(text) + 1 for text in texts[:number])
    start = data.draw(st.integers(0, len(texts[number]) - 1))
    end = data.draw(st.integers(start + 1, len(texts[number])))
    answer = " ".join(texts[number][start:end].split())
    assume(answer)
    row = replace(ROW, context=context, spans=((before + start, before + end),))
    found = shortlisted(row, ELSEWHERE, seeded(str(seed)))
    if len(context.split()) <= 40:
        assert found is not None
    if found is not None:
        assert answers(found) == [answer]


@given(st.integers(0, 12), st.integers(0, 8), SEEDS)
def test_a_list_is_no_longer_than_the_second_reader_is_given(others: int, confusing: int, seed: int) -> None:
    distractors = tuple(f"Mayor {number} wants a tunnel." for number in range(confusing))
    beside = (" ".join(f"Ship {number} has come." for number in range(others)),)
    found = pieces(made(replace(ROW, distractors=distractors), seed, beside))
    assert SENTENCE in found
    assert 2 <= len(found) <= SHORTLISTED
    assert max(Counter(found).values()) == 1


@given(SEEDS)
def test_what_several_texts_say_alike_stands_there_once(seed: int) -> None:
    beside = (f"{SENTENCE} It rains.", f"It\u00a0rains. {SENTENCE}", "It  rains.")
    found = pieces(made(replace(ROW, context=SENTENCE, spans=((18, 30),), distractors=()), seed, beside))
    assert set(found) <= {SENTENCE, "It rains."}
    assert found.count(SENTENCE) == 1
    assert found.count("It rains.") <= 1


@given(SEEDS)
def test_one_sentence_at_least_stands_beside_many_that_answer(seed: int) -> None:
    told = " ".join(f"It was Ada, said {number}." for number in range(9))
    spans = tuple((a + len("It was "), a + len("It was Ada")) for a, _ in sentences(told))
    found = made(replace(ROW, context=told, spans=spans), seed)
    assert answers(found) == ["Ada"] * 9
    assert len(pieces(found)) == 10


def test_most_lists_are_whole_and_some_are_shorter() -> None:
    sizes = [len(pieces(made(ROW, seed))) for seed in range(400)]
    # A quarter are drawn to be of two sentences to six, of which one in five is whole as well.
    assert sizes.count(SHORTLISTED) in range(290, 350)
    assert set(sizes) == {2, 3, 4, 5, 6}


@given(SEEDS)
def test_no_answer_stands_in_a_list_unmarked(seed: int) -> None:
    twice = f"{TEXT} It shall be a new bridge."
    second = twice.rindex("a new bridge"), len(twice) - 1
    both = made(replace(ROW, context=twice, spans=(*ROW.spans, second)), seed)
    assert answers(both) == ["a new bridge"] * 2
    assert both.context.count("a new bridge") == 2
    # The second is over the border of two sentences, and stands in neither.
    torn = f"{TEXT} A new bridge. It is dear."
    over = torn.index("A new bridge"), torn.index(" is dear")
    found = made(replace(ROW, context=torn, spans=(*ROW.spans, over)), seed)
    assert answers(found) == ["a new bridge"]
    assert "A new bridge" not in found.context
    assert "It is dear" not in found.context


@given(SEEDS)
def test_a_cut_answer_does_not_stand_beside_a_whole_one(seed: int) -> None:
    long = "He " + " ".join(f"word{number}" for number in range(60)) + "."
    context = f"{TEXT} {long}"
    cut = context.index("word10"), context.index("word59")
    found = made(replace(ROW, context=context, spans=(*ROW.spans, cut)), seed)
    assert answers(found) == ["a new bridge"]
    assert "word10" not in found.context


@given(SEEDS)
def test_distractors_come_before_all_others(seed: int) -> None:
    others = set(pieces(made(ROW, seed))) - {SENTENCE}
    if len(others) >= 2:
        assert {RESTATES, BESIDE} <= others
    else:
        assert others <= {RESTATES, BESIDE}


def test_the_sentences_stand_in_any_order() -> None:
    assert {pieces(made(ROW, seed)).index(SENTENCE) for seed in range(100)} == set(range(SHORTLISTED))


def test_sentences_with_the_questions_words_are_preferred() -> None:
    asking = ("The dean wants rest.", "What does it say?", "The mayor is ill.")
    dull = tuple(f"Ship {number} has come." for number in range(20))
    beside = (" ".join(dull[:10]), " ".join([dull[10], *asking]), " ".join(dull[11:]))
    lists = [pieces(made(replace(ROW, distractors=()), seed, beside)) for seed in range(200)]
    often = Counter(piece for found in lists for piece in found)
    assert min(often[one] for one in asking) > 2 * max(often[one] for one in dull)
    # Two words more than another are more than chance adds, and no more than five sentences have any.
    assert all("What does it say?" in found for found in lists if len(found) == SHORTLISTED)
    # Of those that share none, chance decides.
    assert sum(often[one] > 0 for one in dull) > 10


@given(SEEDS)
def test_without_an_answer_a_list_has_none(seed: int) -> None:
    found = made(replace(ROW, spans=()), seed)
    assert found.spans == ()
    assert len(pieces(found)) <= SHORTLISTED
    known = {*ROW.distractors, *(TEXT[a:b] for a, b in sentences(TEXT))}
    known |= {text[a:b] for text in ELSEWHERE for a, b in sentences(text)}
    assert set(pieces(found)) <= known


def test_a_long_sentence_is_cut_about_its_answer() -> None:
    long = "He " + "  ".join(f"word{number}" for number in range(90)) + "."
    place = long.index("word70"), long.index("word72") - 2
    found = made(replace(ROW, context=f"Rain. {long} Sun.", spans=((6 + place[0], 6 + place[1]),)))
    assert answers(found) == ["word70 word71"]
    piece = around(long, place[0])
    assert piece in found.context
    assert len(piece.split()) == 40
    assert "word49 " not in found.context


def test_an_answer_that_is_longer_than_what_is_left_makes_no_list() -> None:
    long = "He " + " ".join(f"word{number}" for number in range(90)) + "."
    spans = ((long.index("word30"), long.index("word60")),)
    assert shortlisted(replace(ROW, context=long, spans=spans), ELSEWHERE, seeded("1")) is None
    over = ((TEXT.index("May."), TEXT.index("old one")),)
    assert shortlisted(replace(ROW, spans=over), ELSEWHERE, seeded("1")) is None


@pytest.mark.parametrize(
    ("sentence", "answer", "nth"),
    [
        ("The mayor may resign.", "may", 1),
        ("Of 100 men and 10 women all came.", "10", 1),
        ("An ant is an insect.", "an", 1),
    ],
)
def test_of_like_words_the_one_that_answers_is_told(sentence: str, answer: str, nth: int) -> None:
    at = -1
    for _ in range(nth + 1):
        at = sentence.index(answer, at + 1)
    found = made(replace(ROW, context=f"Rain.  {sentence}", spans=((7 + at, 7 + at + len(answer)),)))
    assert answers(found) == [answer]
    assert found.spans[0][0] - found.context.index(sentence) == at


@given(SEEDS)
def test_the_same_seed_makes_the_same_list(seed: int) -> None:
    assert made(ROW, seed) == made(ROW, seed)
    assert len({made(ROW, other).context for other in range(seed, seed + 20)}) > 1


def blocks(rows: list[Row], tokenizer: Tokenizer, quotas: Quotas) -> list[Group]:
    return [group for number in range(8) for group in Mixture(rows, tokenizer, quotas=quotas, seed=5).block(number)]


def test_without_lists_a_block_is_what_it_was(
    rows: list[Row], tokenizer: Tokenizer, quotas: Quotas, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What asks for no list draws nothing for it either, or all that is drawn after it would be another."""
    shares: list[float] = []

    def noted(share: float, rng: Random) -> bool:
        shares.append(share)
        return chance(share, rng)

    monkeypatch.setattr(mixtures, "chance", noted)
    before = blocks(rows, tokenizer, quotas)
    assert before == blocks(rows, tokenizer, replace(quotas, shortlisted=0.0))
    assert shares
    assert 0.0 not in shares
    assert before != blocks(rows, tokenizer, replace(quotas, shortlisted=0.5))


def test_every_question_that_can_finds_a_list(rows: list[Row], tokenizer: Tokenizer, quotas: Quotas) -> None:
    lists = replace(quotas, paired=1.0, shortlisted=1.0)
    assert any(len(group.features) > 1 for group in blocks(rows, tokenizer, quotas))
    made_of = blocks(rows, tokenizer, lists)
    assert {len(group.features) for group in made_of} == {1}
    # Sentences of both articles stand in one text.
    texts = [tokenizer.decode(list(f.ids[f.first :])) for group in made_of for f in group.features]
    assert sum("harbour" in text and "tower" in text for text in texts) > len(texts) // 4
    assert {bool(f.golds) for group in made_of for f in group.features} == {True, False}
    # One whose answer is torn by a border stays what it was.
    at = rows[1].context.index("1904. It")
    torn = [replace(rows[1], question="When did it open?", spans=((at, at + len("1904. It")),))]
    alone = replace(lists, small_sets=2, open_squad=0, other_squad=0, unanswerable=0)
    whole = tokenizer.decode(tokenizer.encode(rows[1].context, add_special_tokens=False).ids)
    firsts = [group.features[0] for group in blocks([*torn, rows[2], rows[4]], tokenizer, alone)]
    assert {tokenizer.decode(list(f.ids[f.first : -1])) for f in firsts} == {whole}


def test_the_answer_of_a_list_is_the_rows(rows: list[Row], tokenizer: Tokenizer, quotas: Quotas) -> None:
    lists = replace(quotas, shortlisted=1.0, swapped=0.0, unanswerable=0)
    known = {" ".join(tokenizer.encode(row.context[a:b]).tokens[1:-1]) for row in rows for a, b in row.spans}
    found = {
        " ".join(str(tokenizer.id_to_token(one)) for one in f.ids[a : b + 1])
        for group in blocks(rows, tokenizer, lists)
        for f in group.features
        for a, b in f.golds
    }
    assert found == known


def test_what_is_taken_out_comes_in_by_no_other_text(tokenizer: Tokenizer) -> None:
    """Without its answer a question still finds none in the paragraphs that its list is drawn from."""
    other = "The mayor of Lund does want a new bridge. Its old one leaks."
    held = other.index("Its old one")
    also = replace(
        ROW,
        question="What leaks?",
        context=other,
        spans=((held, held + len("Its old one")),),
        distractors=(),
        plain=None,
    )
    third = replace(also, question="Who came?", context="The mayor does want what he has not. Ada came.", spans=())
    quotas = Quotas(
        small_sets=0, open_squad=0, other_squad=0, unanswerable=0, news=9, bereft=1.0, plain=0.0, shortlisted=1.0
    )
    groups = blocks([ROW, also, third], tokenizer, quotas)
    asked = [f for group in groups for f in group.features if "tunnel" in tokenizer.decode(list(f.ids))]
    assert len(asked) > 10
    for f in asked:
        assert not f.golds
        assert "a new bridge" not in tokenizer.decode(list(f.ids[f.first :]))
