"""Unclear names: a surname in the question that two people in the passages share, with about equal evidence. Pure.

Asking back must be rare and right, so all of this must hold: the question has the surname alone; the passages write
two full names with it, each of a person (by a title, or by what they *said*); they stand in different articles; and the
best sentences that bear on the one and on the other are about equally good.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from index.types import Choice, ScoredSentence


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_SAID: Final = (
    "(?:said|says|told|tells|added|wrote|argued|asked|warned|insisted|announced|explained|testified|played|scored)"
)
NEAR: Final = 1.5
"""Most by which the best sentences of two people may differ, in the reader's score (log-odds)."""
_MOST_CHOICES: Final = 4
_WORD: Final = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_TITLES: Final = _words(
    """
    mr mrs ms miss dr sir lady lord president vice prime minister mayor senator sen rep governor gov judge justice
    secretary chancellor king queen prince princess professor prof coach captain general colonel major sergeant sgt
    chief officer director chairman congressman congresswoman representative attorney detective inspector pope
    bishop reverend rev the a an and but in on at for with of to from by when while as after before if so that this
    these those what who why how where is was are were did does has had said says told new former late young old st
    saint mount lake fort port north south east west great big little team camp house family brothers sisters
    """
)
_NOT_SURNAMES: Final = _words(
    """
    january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday
    """
)
_LEAST: Final = 3
"""Letters of a surname."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    name: str
    score: float
    sentence: ScoredSentence


def name_choices(question: str, ranked: Sequence[ScoredSentence]) -> tuple[Choice, ...]:
    """The people that a question may mean, likeliest first; none where it is clear.

    Args:
        question: stand-alone.
        ranked: the reader's sentences, best first.
    """
    if not ranked:
        return ()
    for start, end in _bare_surnames(question):
        surname = question[start:end]
        people = _people(surname, question, ranked)
        near = [one for one in people if one.score >= people[0].score - NEAR] if people else []
        if len(near) > 1 and near[0].score >= ranked[0].score - NEAR:
            return tuple(
                Choice(
                    label=one.name,
                    hint=one.sentence.hit.title,
                    question=f"{question[:start]}{one.name}{question[end:]}",
                )
                for one in near[:_MOST_CHOICES]
            )
    return ()


def _bare_surnames(question: str) -> Iterator[tuple[int, int]]:
    """Where words stand that may be a surname without a first name: capitalised, or in a question without capitals."""
    words = list(_WORD.finditer(question))
    typed_small = question.islower()
    for number, word in enumerate(words):
        small = word[0].casefold()
        if len(small) < _LEAST or small in _TITLES | _NOT_SURNAMES or not (typed_small or word[0][0].isupper()):
            continue
        beside = [words[n] for n in (number - 1, number + 1) if 0 <= n < len(words)]
        touching = [
            other[0]
            for other in beside
            if not re.search(r"[^\s]", question[min(other.end(), word.end()) : max(other.start(), word.start())])
        ]
        if not typed_small and any(other[0].isupper() and other.casefold() not in _TITLES for other in touching):
            continue
        end = word.end()
        if small.endswith(("'s", "’s")):
            end -= 2
        yield word.start(), end


def _people(surname: str, question: str, ranked: Sequence[ScoredSentence]) -> list[_Person]:
    """The people of this surname in the passages, each with the best sentence about them, best first.

    A sentence is about the person whom it names in full, or else about the only one whom its article does.
    """
    small = surname.islower()
    full, person = _full_name(surname, ignore_case=small), _person(surname, ignore_case=small)
    asked = {word.casefold() for word in _WORD.findall(question)}
    texts: dict[str, set[str]] = {}
    for sentence in ranked:
        texts.setdefault(sentence.hit.article_id, set()).add(sentence.hit.text)
    names = {
        article: set().union(*(_names(full, text) for text in own))
        for article, own in texts.items()
        if any(person.search(text) for text in own)
    }
    best: dict[str, _Person] = {}
    for sentence in ranked:
        about = _names(full, sentence.text) or names.get(sentence.hit.article_id, set())
        if len(about) != 1 or sentence.hit.article_id not in names:
            continue
        (name,) = about
        if name.split()[0].casefold() in asked:
            return []
        best.setdefault(name, _Person(name=name, score=sentence.score, sentence=sentence))
    people = sorted(best.values(), key=lambda one: -one.score)
    # Of people in one article, the article itself says whom it means.
    return [
        one
        for number, one in enumerate(people)
        if all(one.sentence.hit.article_id != other.sentence.hit.article_id for other in people[:number])
    ]


def _full_name(surname: str, *, ignore_case: bool) -> re.Pattern[str]:
    """A word before the surname, with an initial between; one that is part of a longer name does not count."""
    first = r"(?<![\w.'’-])(?P<first>[^\W\d_]+(?:[-'’][^\W\d_]+)?)"
    return re.compile(
        rf"{first}(?: [^\W\d_]\.)? {re.escape(surname)}(?![\w-])", re.IGNORECASE if ignore_case else re.NOFLAG
    )


def _person(surname: str, *, ignore_case: bool) -> re.Pattern[str]:
    """The surname as only a person's is written: after a title, beside *said*, or alone at the start of a clause."""
    own = re.escape(surname)
    return re.compile(
        rf"\b(?:Mr|Mrs|Ms|Dr|Sgt|Sen|Rep|Gov)\.? (?:\w+ )?{own}\b|\b{own},? {_SAID}\b|\b{_SAID} (?:\w+ )?{own}\b"
        rf"|\b{own}, (?:who|\d\d|an? )\b|(?:^|[.!?,;:”\"] |\n){own}(?:['’]s)? [a-z]",
        re.IGNORECASE if ignore_case else re.NOFLAG,
    )


def _names(full: re.Pattern[str], text: str) -> set[str]:
    """The full names in a text, as they are written there, without initials between."""
    found = set()
    for match in full.finditer(text):
        first, last = match["first"], match[0].split()[-1]
        if first.casefold() not in _TITLES and first[0].isupper() and not first.isupper() and last[0].isupper():
            found.add(f"{first} {last}")
    return found
