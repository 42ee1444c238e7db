"""Slips of the keyboard: a word that the archive never has, and that a slip makes of one that it does have.

A question about *activison* or *thanksgivng* shares no word with the articles that answer it. What was meant is looked
up as Norvig (2007) does: every string from which the word may have slipped is made and asked for, so that no list of
words has to be kept. Pure but for the lookups.

Three slips are undone: a letter left out, a letter typed twice, two letters swapped. A letter mistaken for another is
not: *millet* is no *miller* and *franck* no *france*, and most words that the archive lacks are right as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from index.types import Scored, Where

_WORD: Final = re.compile(r"(?<![\w@#/.:'’-])[a-z]+(?![\w@/:'’-]|\.\w)")
"""Words in lower case alone: whoever types capitals means a name as it stands, and addresses are no words."""
_QUOTED: Final = re.compile(r"[\"“„«][^\"“”„«»]*[\"”“»]")
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_MOST_UNKNOWN: Final = 4
"""Unknown words in a question that may be slips; more are another language, or a text that nobody typed."""
_LOOKED_AT: Final = 5
"""Passages in which a word is looked for as it is written: the index knows stems alone."""
_TRIED: Final = 4
"""Strings that are looked for, commonest first; of most slips the first is it."""


class CountsPassages(Protocol):
    """How common words are in an archive."""

    def passages_with(self, words: Sequence[str]) -> list[int]:
        """For each word the number of passages that have it in any of its forms."""
        ...


class Vocabulary(CountsPassages, Protocol):
    """The words of a language and of an archive."""

    def is_word(self, word: str) -> bool:
        """Whether it is known to be a word of the language, in lower case, whatever the archive has."""
        ...

    def is_written(self, word: str) -> bool:
        """Whether a passage has the word exactly so, in any case."""
        ...


class SearchesWords(CountsPassages, Protocol):
    """What a vocabulary asks of the lexical index."""

    def search(self, query: str, k: int, where: Where | None = None) -> list[Scored]:
        """The k best passages that pass the filters."""
        ...


class ArchiveVocabulary:
    """The vocabulary of one generation. Thread-safe where its parts are."""

    def __init__(
        self,
        *,
        lexical: SearchesWords,
        texts: Callable[[Sequence[int]], Iterable[str]],
        is_word: Callable[[str], bool],
        where: Where | None = None,
    ) -> None:
        """``texts`` gives the texts of passages behind their headers; ``is_word`` knows the language.

        No word is taken for one that stands only where ``where`` hides it: the reply shows what was read.
        """
        self._lexical = lexical
        self._texts = texts
        self._is_word = is_word
        self._where = where

    def is_word(self, word: str) -> bool:
        """See :class:`Vocabulary`."""
        return self._is_word(word)

    def passages_with(self, words: Sequence[str]) -> list[int]:
        """See :class:`Vocabulary`; filters aside."""
        return self._lexical.passages_with(words)

    def is_written(self, word: str) -> bool:
        """Whether one of the passages that are best for the word, and pass the filters, has it exactly so."""
        so = re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE)
        ids = [hit.passage_id for hit in self._lexical.search(word, _LOOKED_AT, self._where)]
        return any(so.search(text) for text in self._texts(ids))


@dataclass(frozen=True, slots=True, kw_only=True)
class SpellingSettings:
    """When a word is taken for another.

    Attributes:
        shortest: letters of a word; shorter ones have too many neighbours, and are often abbreviations.
        shortest_swapped: the same for two letters swapped, which make another word least often.
        longest: letters; longer words are no words.
        least: passages that must have the other word: a few may have a slip of their own.
    """

    shortest: int = 7
    shortest_swapped: int = 6
    longest: int = 24
    least: int = 3


def respelled(text: str, vocabulary: Vocabulary, settings: SpellingSettings | None = None) -> str:
    """The text with each slip replaced by the commonest word that it may stand for; itself where there is none.

    Words in quotation marks and with capitals stay as they are, and so does a common word of the language that the
    archive does not have. The first letter stays: people rarely miss it, and it tells many words apart.
    """
    settings = settings or SpellingSettings()
    quoted = [match.span() for match in _QUOTED.finditer(text)]
    found = [
        word
        for word in _WORD.finditer(text)
        if settings.shortest_swapped <= len(word[0]) <= settings.longest
        and not any(start <= word.start() < end for start, end in quoted)
    ]
    distinct = list(dict.fromkeys(word[0] for word in found))
    passages = vocabulary.passages_with(distinct)
    unknown = [one for one, count in zip(distinct, passages, strict=True) if not count and not vocabulary.is_word(one)]
    if not unknown or len(unknown) > _MOST_UNKNOWN:
        return text
    meant = {one: _meant(one, vocabulary, settings) for one in unknown}
    out: list[str] = []
    at = 0
    for word in found:
        if word[0] in meant:
            out += [text[at : word.start()], meant[word[0]]]
            at = word.end()
    return "".join([*out, text[at:]])


def _meant(slip: str, vocabulary: Vocabulary, settings: SpellingSettings) -> str:
    """The commonest word that some article writes so and that may have slipped; the slip itself if there is none."""
    near = list(dict.fromkeys(_before_the_slip(slip, settings)))
    counts = zip(vocabulary.passages_with(near), near, strict=True)
    common = sorted((-count, number, word) for number, (count, word) in enumerate(counts) if count >= settings.least)
    return next((word for _, _, word in common[:_TRIED] if vocabulary.is_written(word)), slip)


def _before_the_slip(word: str, settings: SpellingSettings) -> Iterator[str]:
    """Strings that a slip turns into the word, the likelier slips first."""
    first, rest = word[0], word[1:]
    for i in range(1, len(rest)):
        if rest[i - 1] != rest[i]:
            yield first + rest[: i - 1] + rest[i] + rest[i - 1] + rest[i + 1 :]
    if len(word) < settings.shortest:
        return
    for i in range(len(rest) + 1):
        for letter in _LETTERS:
            yield first + rest[:i] + letter + rest[i:]
    for i in range(len(rest)):
        if word[i] == rest[i]:
            yield first + rest[:i] + rest[i + 1 :]
