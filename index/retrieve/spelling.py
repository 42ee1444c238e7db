"""Slips of the keyboard: a word that the archive never has, one edit away from a word that it does have.

A question about *activison* or *thanksgivng* shares no word with the articles that answer it. The nearest word is
looked up as Norvig (2007) does: every string one edit away is made and asked for, so that no list of words has to be
kept. Pure but for the lookups.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from index.types import Scored

_WORD: Final = re.compile(r"(?<![\w@#/.:'’-])[a-z]+(?![\w@/:'’-]|\.\w)")
"""Words in lower case alone: whoever types capitals means a name as it stands, and addresses are no words."""
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_MOST_WORDS: Final = 40
"""Words of a question that are looked at; more are a pasted text, which was not typed."""
_LOOKED_AT: Final = 5
"""Passages in which a word is looked for as it is written: the index knows stems alone."""
_TRIED: Final = 4
"""Neighbours that are looked for, commonest first; of most slips the first is it."""


class Vocabulary(Protocol):
    """The words of a language and of an archive."""

    def is_word(self, word: str) -> bool:
        """Whether it is a word of the language, in lower case, whatever the archive has."""
        ...

    def passages_with(self, words: Sequence[str]) -> list[int]:
        """For each word the number of passages that have it in any of its forms."""
        ...

    def is_written(self, word: str) -> bool:
        """Whether a passage has the word exactly so, in any case."""
        ...


class CountsPassages(Protocol):
    """What a vocabulary asks of the lexical index."""

    def passages_with(self, words: Sequence[str]) -> list[int]:
        """For each word the number of passages that have it in any of its forms."""
        ...

    def search(self, query: str, k: int) -> list[Scored]:
        """The k best passages."""
        ...


class ArchiveVocabulary:
    """The vocabulary of one generation. Thread-safe where its parts are."""

    def __init__(
        self,
        *,
        lexical: CountsPassages,
        texts: Callable[[Sequence[int]], Iterable[str]],
        is_word: Callable[[str], bool],
    ) -> None:
        """``texts`` gives the texts of passages, with their headlines; ``is_word`` knows the language."""
        self._lexical = lexical
        self._texts = texts
        self._is_word = is_word

    def is_word(self, word: str) -> bool:
        """See :class:`Vocabulary`."""
        return self._is_word(word)

    def passages_with(self, words: Sequence[str]) -> list[int]:
        """See :class:`Vocabulary`."""
        return self._lexical.passages_with(words)

    def is_written(self, word: str) -> bool:
        """Whether one of the passages that are best for the word has it exactly so."""
        so = re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE)
        ids = [hit.passage_id for hit in self._lexical.search(word, _LOOKED_AT)]
        return any(so.search(text) for text in self._texts(ids))


@dataclass(frozen=True, slots=True, kw_only=True)
class SpellingSettings:
    """When a word is taken for another.

    Attributes:
        shortest: letters; shorter words have too many neighbours, and are often abbreviations.
        longest: letters; longer words are no words.
        least: passages that must have the other word: a single one may have a slip of its own.
    """

    shortest: int = 6
    longest: int = 24
    least: int = 3


def respelled(text: str, vocabulary: Vocabulary, settings: SpellingSettings | None = None) -> str:
    """The text with each slip replaced by the commonest word that it may stand for; itself where there is none.

    A word that the language has is no slip, though the archive may not have it. The first letter stays: people rarely
    miss it, and it tells many words apart.
    """
    settings = settings or SpellingSettings()
    found = [
        word
        for word in list(_WORD.finditer(text))[:_MOST_WORDS]
        if settings.shortest <= len(word[0]) <= settings.longest
    ]
    known = vocabulary.passages_with([word[0] for word in found])
    out: list[str] = []
    at = 0
    for word, passages in zip(found, known, strict=True):
        slip = not passages and not vocabulary.is_word(word[0])
        meant = _neighbour(word[0], vocabulary, settings) if slip else None
        if meant is not None:
            out += [text[at : word.start()], meant]
            at = word.end()
    return "".join([*out, text[at:]])


def _neighbour(slip: str, vocabulary: Vocabulary, settings: SpellingSettings) -> str | None:
    """The commonest word one edit away that some article writes so."""
    near = list(dict.fromkeys(_one_edit_away(slip)))
    counts = zip(vocabulary.passages_with(near), near, strict=True)
    common = sorted((-count, word) for count, word in counts if count >= settings.least)
    return next((word for _, word in common[:_TRIED] if vocabulary.is_written(word)), None)


def _one_edit_away(word: str) -> Iterator[str]:
    """Strings that a slip turns into the word: a letter left out, put in, mistaken, or two swapped."""
    first, rest = word[0], word[1:]
    for i in range(len(rest) + 1):
        before, after = first + rest[:i], rest[i:]
        for letter in _LETTERS:
            yield before + letter + after
        if after:
            yield before + after[1:]
            for letter in _LETTERS:
                if letter != after[0]:
                    yield before + letter + after[1:]
        if len(after) > 1 and after[0] != after[1]:
            yield before + after[1] + after[0] + after[2:]
