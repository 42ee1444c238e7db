"""How many of a question's words a sentence has, weighed by how well they tell the candidates apart. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet

Terms = Callable[[str], list[str]]
"""Splits text into index terms (lower case, stemmed), without stop words."""

SHORT_QUESTION = 12
"""Terms of a question up to which it says too little for its words to choose a sentence."""
LONG_QUESTION = 24
"""Terms of a question from which on its words count in full."""


def term_weights(question: AbstractSet[str], sentences: Sequence[AbstractSet[str]]) -> dict[str, float]:
    """Inverse document frequency over the candidates themselves: a word in every candidate tells nothing apart."""
    frequency = Counter(term for terms in sentences for term in terms & question)
    total = len(sentences)
    return {term: math.log(1 + total / (0.5 + frequency[term])) for term in question}


def coverage(weights: Mapping[str, float], terms: AbstractSet[str]) -> float:
    """The share of the weights that a sentence's terms have, 0 to 1."""
    whole = sum(weights.values())
    return sum(value for term, value in weights.items() if term in terms) / whole if whole else 0.0


def length_of(question: AbstractSet[str]) -> float:
    """How long a question is, from 0 for one that people type to 1 for one that lays out all that it is about."""
    return min(1.0, max(0.0, (len(question) - SHORT_QUESTION) / (LONG_QUESTION - SHORT_QUESTION)))


def long_coverage(question: str, sentences: Sequence[str], terms: Terms) -> list[float]:
    """For each sentence its coverage of the question's words, times how long the question is; 0 for a short one.

    A span model reads a question that names outlets, people and circumstances as it reads any other, and looks for a
    thing of the kind asked for; which sentence is meant is then told by the words that it shares with the question.
    """
    asked = set(terms(question))
    length = length_of(asked)
    if not length:
        return [0.0] * len(sentences)
    said = [set(terms(sentence)) for sentence in sentences]
    weights = term_weights(asked, said)
    return [length * coverage(weights, one) for one in said]
