"""Slips of the keyboard: taken for the word that was meant, and nothing else taken for a slip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Archive, Overview, Where, lexicon, open_archive
from index.backends.language import WordPieces
from index.backends.lexical_tantivy import TantivyLexical, TantivyLexicalWriter
from index.bootstrap import bundled_model
from index.dates import instant
from index.errors import ModelError
from index.retrieve import ArchiveVocabulary, SpellingSettings, respelled
from index.types import turn_of
from tests.index.test_retrieve import Row

ONCE = SpellingSettings(least=1)


class Words:
    """An archive of words, each in so many passages, in a language that knows some more."""

    def __init__(self, passages: dict[str, int], language: Sequence[str] = ()) -> None:
        self._passages, self._language = Counter(passages), language

    def is_word(self, word: str) -> bool:
        return word in self._language

    def passages_with(self, words: Sequence[str]) -> list[int]:
        return [self._passages[word] for word in words]

    def is_written(self, word: str) -> bool:
        return self._passages[word] > 0


ARCHIVE = Words(
    {"thanksgiving": 9, "activision": 40, "israel": 30, "bridge": 3, "bridges": 12, "miller": 8, "tickers": 8},
    ["ticker"],
)
SLIPS = {
    "thanksgivng": "thanksgiving",  # a letter left out
    "activison": "activision",
    "thanksgiviing": "thanksgiving",  # a letter typed twice
    "thanksgivign": "thanksgiving",  # two letters swapped
    "isreal": "israel",
    "brigdes": "bridges",
}


@pytest.mark.parametrize(("slip", "meant"), SLIPS.items())
def test_a_slip_is_taken_for_the_word_that_was_meant(slip: str, meant: str) -> None:
    assert respelled(f"how is {slip}, and {slip}?", ARCHIVE) == f"how is {meant}, and {meant}?"


@pytest.mark.parametrize(
    "typed",
    [
        "who made thanksgiving a holiday",
        "why is millet healthy",  # another letter makes another word
        "how is the ticker doing",  # a word of the language, one letter short of one that the archive has
        "who is Activison?",  # a name in capitals is meant as it stands
        'who said "activison" and “thanksgivng”?',
        "see activison.com and @activison",
        "izrael",  # short words have too many neighbours
        "activisoon",  # two slips
        "xactivision",  # the first letter stays
        "",
    ],
)
def test_what_is_no_slip_stays(typed: str) -> None:
    assert respelled(typed, ARCHIVE) == typed


def test_of_a_text_in_another_language_nothing_is_taken_for_a_slip() -> None:
    assert "israel" in respelled("perche quanto telefono isreal", ARCHIVE)
    other = "perche quanto telefono domani isreal"
    assert respelled(other, ARCHIVE) == other


def test_a_word_of_few_passages_is_no_word_to_be_taken_for() -> None:
    rare = Words({"activision": SpellingSettings().least - 1})
    assert respelled("activison", rare) == "activison"
    assert respelled("activison", rare, ONCE) == "activision"


@given(
    st.lists(st.sampled_from([*SLIPS, "Bridge", "who", "12%", "“x”", "\n", "übrigens"]), max_size=12).filter(
        lambda words: len(SLIPS.keys() & set(words)) <= 4
    )
)
def test_nothing_but_slips_is_changed(words: list[str]) -> None:
    assert respelled(" ".join(words), ARCHIVE) == " ".join(SLIPS.get(word, word) for word in words)


@given(st.text(max_size=300))
def test_any_text_is_respelled_once(text: str) -> None:
    back = respelled(text, ARCHIVE)
    assert respelled(back, ARCHIVE) == back


ROWS = [
    Row(passage_id=1, text="Activision makes games.", title="A deal"),
    Row(passage_id=2, text="The regulator looked at Activision again.", title="A deal"),
    Row(passage_id=4, text="Ferries of Tolvermouth cross at night.", title="Ferries", outlet="Dispatch"),
    Row(passage_id=3, text="Players liked the interconnected worlds.", title="Worlds"),
]


@pytest.fixture(scope="module")
def lexical(tmp_path_factory: pytest.TempPathFactory) -> TantivyLexical:
    folder = tmp_path_factory.mktemp("lexical")
    TantivyLexicalWriter(analyse=lexicon.index_form, instant=instant).write(folder, ROWS)
    return TantivyLexical(folder, analyse=lexicon.query_form)


def vocabulary(lexical: TantivyLexical, where: Where | None = None) -> ArchiveVocabulary:
    texts = {row.passage_id: row.text for row in ROWS}
    return ArchiveVocabulary(
        lexical=lexical,
        texts=lambda ids: [texts[one] for one in ids],
        is_word=WordPieces(bundled_model("minilm")).is_word,
        where=where,
    )


def test_an_index_counts_words_in_all_their_forms(lexical: TantivyLexical) -> None:
    assert lexical.passages_with(["activision", "world", "nothing", "", "the regulator"]) == [2, 1, 0, 0, 1]


def test_a_slip_is_mended_with_the_words_of_an_index(lexical: TantivyLexical) -> None:
    assert respelled("what of activison?", vocabulary(lexical), ONCE) == "what of activision?"


def test_a_string_that_only_stems_alike_is_not_taken(lexical: TantivyLexical) -> None:
    """*interconnectte* has the stem of a word that the archive has, and nobody writes it so."""
    words = vocabulary(lexical)
    assert words.passages_with(["interconnecte"]) == [1]
    assert respelled("interconnectte", words, ONCE) == "interconnectte"


def test_what_the_filters_hide_is_not_shown_as_what_was_meant(lexical: TantivyLexical) -> None:
    assert respelled("tolvermuoth", vocabulary(lexical), ONCE) == "tolvermouth"
    hidden = vocabulary(lexical, Where(outlets=("Ledger",)))
    assert respelled("tolvermuoth", hidden, ONCE) == "tolvermuoth"


def test_the_language_knows_its_words() -> None:
    words = WordPieces(bundled_model("minilm"))
    assert [words.is_word(word) for word in ("fisheries", "guitarist", "thanksgivng", "activison")] == [
        True,
        True,
        False,
        False,
    ]


def test_without_a_tokenizer_the_cure_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="reinstall"):
        WordPieces(tmp_path)


@pytest.fixture(scope="module")
def archive(sample_home: Path) -> Archive:
    return open_archive(sample_home)


def test_a_question_with_a_slip_is_answered_and_shows_how_it_was_read(archive: Archive) -> None:
    reply = archive.ask("what does the US want from isreal?")
    assert reply.question == "what does the US want from isreal?"
    assert reply.standalone == "what does the US want from israel?"
    assert "isreal" not in archive.ask("and why?", [turn_of(reply)]).standalone


def test_what_is_counted_and_when_is_read_without_slips_too(archive: Archive) -> None:
    counted = archive.ask("how many articles mention netanyauh?")
    assert isinstance(counted, Overview)
    assert counted.articles
    dated = archive.ask("what did the mayor say in febraury?")
    assert dated.searched.period is not None
