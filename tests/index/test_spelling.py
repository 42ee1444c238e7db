"""Slips of the keyboard: taken for the word that was meant, and nothing else taken for a slip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import lexicon, open_archive
from index.backends.language import WordPieces
from index.backends.lexical_tantivy import TantivyLexical, TantivyLexicalWriter
from index.bootstrap import bundled_model
from index.dates import instant
from index.errors import ModelError
from index.retrieve import ArchiveVocabulary, SpellingSettings, respelled
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


ARCHIVE = Words({"thanksgiving": 9, "activision": 40, "bridge": 3, "bridges": 12, "ticket": 8}, ["ticker"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("who made thanksgivng a holiday", "thanksgiving"),  # left out
        ("who made thanksgiiving a holiday", "thanksgiving"),  # put in
        ("who made thanksgiwing a holiday", "thanksgiving"),  # mistaken
        ("who made thanksgivign a holiday", "thanksgiving"),  # swapped
        ("how much for activison?", "activision"),
        ("which brigdes closed", "bridges"),
    ],
)
def test_a_slip_is_taken_for_the_word_that_was_meant(typed: str, meant: str) -> None:
    assert meant in respelled(typed, ARCHIVE)


@pytest.mark.parametrize(
    "typed",
    [
        "who made thanksgiving a holiday",
        "how is the ticker doing",  # a word of the language, one letter from one of the archive
        "who is Activison?",  # a name in capitals is meant as it stands
        "see activison.com and @activison",
        "bridg",  # short words have too many neighbours
        "activisonn",  # two edits
        "xctivision",  # the first letter stays
        "",
    ],
)
def test_what_is_no_slip_stays(typed: str) -> None:
    assert respelled(typed, ARCHIVE) == typed


def test_a_word_of_one_article_is_no_word_to_be_taken_for() -> None:
    rare = Words({"activision": SpellingSettings().least - 1})
    assert respelled("activison", rare) == "activison"
    assert respelled("activison", rare, ONCE) == "activision"


@given(st.text(max_size=200))
def test_any_text_comes_back_with_only_words_changed(text: str) -> None:
    back = respelled(text, ARCHIVE)
    assert respelled(back, ARCHIVE) == back
    assert back == text or any(word in back for word in ("thanksgiving", "activision", "bridge", "ticket"))


ROWS = [
    Row(passage_id=1, text="Activision makes games.", title="A deal"),
    Row(passage_id=2, text="The regulator looked at Activision again.", title="A deal"),
    Row(passage_id=3, text="Players liked the interconnected worlds.", title="Worlds"),
]


@pytest.fixture(scope="module")
def lexical(tmp_path_factory: pytest.TempPathFactory) -> TantivyLexical:
    folder = tmp_path_factory.mktemp("lexical")
    TantivyLexicalWriter(analyse=lexicon.index_form, instant=instant).write(folder, ROWS)
    return TantivyLexical(folder, analyse=lexicon.query_form)


@pytest.fixture(scope="module")
def vocabulary(lexical: TantivyLexical) -> ArchiveVocabulary:
    texts = {row.passage_id: row.text for row in ROWS}
    return ArchiveVocabulary(
        lexical=lexical,
        texts=lambda ids: [texts[one] for one in ids],
        is_word=WordPieces(bundled_model("minilm")).is_word,
    )


def test_an_index_counts_words_in_all_their_forms(lexical: TantivyLexical) -> None:
    assert lexical.passages_with(["activision", "world", "nothing", "", "the regulator"]) == [2, 1, 0, 0, 1]


def test_a_slip_is_mended_with_the_words_of_an_index(vocabulary: ArchiveVocabulary) -> None:
    assert respelled("what of activison?", vocabulary, ONCE) == "what of activision?"


def test_a_string_that_only_stems_alike_is_not_taken(vocabulary: ArchiveVocabulary) -> None:
    """*interconnectet* has no word beside it that an article writes, though *interconnecte* has one's stem."""
    assert vocabulary.passages_with(["interconnecte"]) == [1]
    assert not vocabulary.is_written("interconnecte")
    assert respelled("interconnectet", vocabulary, ONCE) in {"interconnectet", "interconnected"}


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


def test_a_question_with_a_slip_is_answered_and_shows_how_it_was_read(sample_home: Path) -> None:
    reply = open_archive(sample_home).ask("what does the US want from isreal?")
    assert reply.question == "what does the US want from isreal?"
    assert reply.standalone == "what does the US want from israel?"
