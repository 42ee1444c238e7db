"""The bundled tagger of follow-ups on onnxruntime: one pass over a turn and what was said before it, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index.backends.models import LazyModel, read_model_folder, recipe_of
from index.protocols import FollowUpScores, SaidScores

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from index.backends.models import ModelFolder

_NEWEST = 2
"""Texts that count as the newest turn: its question and its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recipe:
    """How the model was trained to be fed; from ``model.json``."""

    tokens: int
    question: int
    earlier: int
    answer: int
    older_answer: int
    cls: int
    sep: int


class OnnxFollowUpTagger:
    """A tagger over a model folder whose graph gives ``slots``, ``drops`` and ``turn``. Safe to call from threads."""

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        """Weights load at the first turn that has a history.

        Raises:
            ModelError: The folder has no ``model.json`` with a recipe.
        """
        self._folder: ModelFolder = read_model_folder(folder)
        self._recipe = _recipe(self._folder)
        self._model = LazyModel(self._folder, threads=threads)

    @property
    def id(self) -> str:
        """The model's name and a digest of its files."""
        return self._folder.id

    def tag(self, question: str, said: Sequence[tuple[str, bool]]) -> FollowUpScores:
        """Scores a question against (text, whether it is an answer) pairs, newest first.

        Of a long conversation the middle is cut off.
        """
        tokenizer, session = self._model.load()
        recipe = self._recipe
        asked = tokenizer.encode(question, add_special_tokens=False)
        asked_ids = asked.ids[: recipe.question]
        ids = [recipe.cls, *asked_ids, recipe.sep]
        last = len(ids) - 1
        types = [0] * len(ids)
        places: list[tuple[int, NDArray[np.int64]]] = []
        encodings = [tokenizer.encode(text, add_special_tokens=False) for text, _ in said]
        limits = [
            recipe.earlier if not answers else recipe.answer if number < _NEWEST else recipe.older_answer
            for number, (_, answers) in enumerate(said)
        ]
        # A conversation's first words say what it is about: whatever is cut off, they are not.
        kept = min(limits[-1], len(encodings[-1].ids)) + 1 if said else 0
        for number, (_, answers) in enumerate(said):
            reserved = kept if number < len(said) - 1 else 0
            room = max(0, min(limits[number], recipe.tokens - reserved - len(ids) - 1))
            encoded = encodings[number] if room else None
            offsets = np.asarray(encoded.offsets[:room] if encoded else (), dtype=np.int64).reshape(-1, 2)
            places.append((len(ids), offsets))
            if encoded is not None:
                taken = encoded.ids[:room]
                ids += [*taken, recipe.sep]
                types += [int(answers)] * (len(taken) + 1)
        slots, drops, turn = session.run(
            ["slots", "drops", "turn"],
            {
                "input_ids": np.asarray([ids], dtype=np.int64),
                "attention_mask": np.ones((1, len(ids)), dtype=np.int64),
                "token_type_ids": np.asarray([types], dtype=np.int64),
            },
        )
        leans, same = _share(turn[0])
        return FollowUpScores(
            offsets=np.asarray(asked.offsets[: recipe.question], dtype=np.int64).reshape(-1, 2),
            drops=_share(drops[0, 1:last]),
            said=tuple(
                SaidScores(offsets=offsets, slots=_softmax(slots[0, first : first + len(offsets), : last + 1]))
                for first, offsets in places
            ),
            leans=float(leans),
            same=float(same),
        )


def _share(log_odds: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -30, 30))), dtype=np.float32)


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    if not logits.size:
        return np.asarray(logits, dtype=np.float32)
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float32)


def _recipe(folder: ModelFolder) -> _Recipe:
    with recipe_of(folder) as given:
        return _Recipe(
            tokens=int(given["max_tokens"]),
            question=int(given["max_question_tokens"]),
            earlier=int(given["max_earlier_question_tokens"]),
            answer=int(given["max_answer_tokens"]),
            older_answer=int(given["max_older_answer_tokens"]),
            cls=int(given["special_ids"]["cls"]),
            sep=int(given["special_ids"]["sep"]),
        )
