"""Paragraphs that a search would confuse with the right one: by BM25 over all paragraphs, or from the same article."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray

from training.draws import chance
from training.rows import Row

_WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """Lower-cased words; no stemming, since confusion and not recall is wanted here."""
    return _WORD.findall(text.lower())


class Paragraphs:
    """All distinct paragraphs of the training set, searchable by words and by article."""

    def __init__(self, rows: Sequence[Row], *, k1: float = 1.2, b: float = 0.75) -> None:
        self.texts: list[str] = []
        self.titles: list[str] = []
        self._of_title: dict[str, list[int]] = defaultdict(list)
        self._answering: dict[tuple[str, str], set[str]] = defaultdict(set)
        known: set[str] = set()
        for row in rows:
            if row.answerable:
                self._answering[row.title, row.question].add(row.context)
            if row.context in known:
                continue
            known.add(row.context)
            if row.title:
                self._of_title[row.title].append(len(self.texts))
            self.texts.append(row.context)
            self.titles.append(row.title)
        postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        lengths = np.zeros(len(self.texts), dtype=np.float32)
        for number, text in enumerate(self.texts):
            counts = Counter(words(text))
            lengths[number] = sum(counts.values())
            for word, count in counts.items():
                postings[word].append((number, count))
        norm = k1 * (1 - b + b * lengths / max(1.0, float(lengths.mean() if len(lengths) else 1.0)))
        self._postings: dict[str, tuple[NDArray[np.int32], NDArray[np.float32]]] = {}
        for word, pairs in postings.items():
            # A word of every tenth paragraph orders nothing and costs the most.
            if len(pairs) > max(10, len(self.texts) // 10):
                continue
            at = np.array([p[0] for p in pairs], dtype=np.int32)
            tf = np.array([p[1] for p in pairs], dtype=np.float32)
            idf = np.log(1 + (len(self.texts) - len(pairs) + 0.5) / (len(pairs) + 0.5))
            self._postings[word] = (at, (idf * tf * (k1 + 1) / (tf + norm[at])).astype(np.float32))

    def titled(self, number: int) -> tuple[str, str]:
        """Title (may be empty) and text of a paragraph."""
        return self.titles[number], self.texts[number]

    def beside(self, title: str, k: int, rng: Random) -> list[str]:
        """At most `k` texts of the article of that title, in any order."""
        of_title = self._of_title.get(title, [])
        return [self.texts[number] for number in rng.sample(of_title, min(k, len(of_title)))]

    def nearest(self, question: str, k: int) -> list[int]:
        """Numbers of the `k` best paragraphs for `question`, best first; fewer when fewer share a word with it."""
        scores = np.zeros(len(self.texts), dtype=np.float32)
        for word in set(words(question)):
            if word in self._postings:
                at, weight = self._postings[word]
                scores[at] += weight
        best = np.argsort(-scores)[:k]
        return [int(i) for i in best if scores[i] > 0]

    def confusing(self, row: Row, rng: Random) -> int | None:
        """A paragraph that looks right for `row` and does not contain its answer; None when there is none."""
        answers = [row.context[a:b].lower() for a, b in row.spans]
        answering = self._answering.get((row.title, row.question), set())

        def wrong(number: int) -> bool:
            text = self.texts[number]
            return (
                text != row.context and text not in answering and not any(answer in text.lower() for answer in answers)
            )

        if chance(0.45, rng) and (others := self._of_title.get(row.title)):
            pool = [n for n in rng.sample(others, min(8, len(others))) if wrong(n)]
            if pool:
                # The most alike of a few: a paragraph drawn blindly is too easy.
                asked = set(words(row.question))
                return max(pool, key=lambda n: len(asked & set(words(self.texts[n]))))
        pool = [n for n in self.nearest(row.question, 12) if wrong(n)]
        return rng.choice(pool[:6]) if pool else None
