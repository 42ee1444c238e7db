"""A tagger whose every judgement is laid down by word, over the real way of assembling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from index.conversation.words import words
from index.protocols import FollowUpScores, SaidScores


class LaidDownTagger:
    """Tokens are words. ``belongs`` maps words of the conversation to the question's word they go to ("": the end).

    A word that belongs with less than certainty has its probability in ``sure``. ``drops`` are words of the question
    that give way. Whatever was tagged is kept in ``asked``.
    """

    id = "laid down"

    def __init__(
        self,
        belongs: Mapping[str, str] | None = None,
        drops: Sequence[str] = (),
        *,
        leans: float = 0.9,
        same: float = 0.9,
        sure: Mapping[str, float] | None = None,
    ) -> None:
        self._belongs = belongs or {}
        self._drops = set(drops)
        self._leans = leans
        self._same = same
        self._sure = sure or {}
        self.asked: list[tuple[str, list[tuple[str, bool]]]] = []

    def tag(self, question: str, said: Sequence[tuple[str, bool]]) -> FollowUpScores:
        self.asked.append((question, list(said)))
        asked = words(question)
        places = {word.text: number + 1 for number, word in reversed(list(enumerate(asked)))}
        texts = []
        for text, _ in said:
            found = words(text)
            slots = np.zeros((len(found), len(asked) + 2), dtype=np.float32)
            for row, word in zip(slots, found, strict=True):
                target = self._belongs.get(word.text)
                share = 0.0 if target is None else self._sure.get(word.text, 1.0)
                row[0] = 1.0 - share
                if target is not None:
                    row[places.get(target, len(asked) + 1)] = share
            offsets = np.array([(w.start, w.end) for w in found], dtype=np.int64).reshape(-1, 2)
            texts.append(SaidScores(offsets=offsets, slots=slots))
        return FollowUpScores(
            offsets=np.array([(w.start, w.end) for w in asked], dtype=np.int64).reshape(-1, 2),
            drops=np.array([float(w.text in self._drops) for w in asked], dtype=np.float32),
            said=tuple(texts),
            leans=self._leans,
            same=self._same,
        )
