"""INSCIT (Wu et al. 2023): information-seeking conversations, and the Wikipedia passages that answer each turn.

The set states no licence, so it is for measuring alone. Its pool are all passages that any turn of it names, each
indexed as an article of its own. A turn counts when some annotator found evidence for it; it is found when a passage of
any annotator's evidence is. The answers in a history are the set's own, written by people.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.errors import UsageError
from index.evaluate.measures import hit as is_hit
from index.evaluate.measures import mean, reciprocal_rank
from index.evaluate.rows import Row, field, require_file
from index.evaluate.subject import ConversesAndSearches, Json
from index.types import Hit, Turn

ROWS: Final = "follow-ups/inscit-dev.json"

_DEPTH: Final = 20
_RANKS: Final = 10
_DIGITS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeking:
    """A turn with the ids of the passages that answer it; ``history`` is oldest first."""

    question: str
    history: tuple[Turn, ...]
    gold: frozenset[str]


def read_turns(sets_dir: Path) -> list[Seeking]:
    """The turns that have evidence.

    Raises:
        UsageError: the file is missing or not of the set's form.
    """
    found = []
    for name, turn in _turns(sets_dir):
        context = _texts(name, field(turn, "context", list))
        gold = frozenset(field(one, "passage_id", str) for one in _evidence(name, turn))
        if gold:
            history = tuple(Turn(question=context[i], answer=context[i + 1]) for i in range(0, len(context) - 1, 2))
            found.append(Seeking(question=context[-1], history=history, gold=gold))
    if not found:
        raise UsageError(f"{sets_dir / ROWS} has no turn with evidence: there is nothing to measure")
    return found


def pool(sets_dir: Path) -> Iterator[Json]:
    """The passages of the set as articles, each once, in the order of their first mention."""
    seen: set[str] = set()
    for name, turn in _turns(sets_dir):
        for one in (*_evidence(name, turn), *_earlier_evidence(name, turn)):
            passage_id = field(one, "passage_id", str)
            if passage_id not in seen:
                seen.add(passage_id)
                titles = [text for text in field(one, "passage_titles", list) if isinstance(text, str)]
                yield {"id": passage_id, "title": " — ".join(titles), "text": field(one, "passage_text", str)}


def run(sets_dir: Path, archive: ConversesAndSearches, tick: Callable[[int], Callable[[], None]]) -> Json:
    """All figures of the set.

    Ours is the turn searched in its conversation, beside the question as typed, after all before it, and rewritten.
    """
    turns = read_turns(sets_dir)
    step = tick(4 * len(turns))

    def alone(question: Callable[[Seeking], str]) -> Callable[[Seeking], list[Hit]]:
        return lambda turn: archive.search(question(turn), _DEPTH)

    def ours(turn: Seeking) -> list[Hit]:
        return archive.search(turn.question, _DEPTH, history=turn.history)

    def concatenated(turn: Seeking) -> str:
        return " ".join([*(one.question for one in turn.history), turn.question])

    def rewritten(turn: Seeking) -> str:
        return archive.understand(turn.question, turn.history).standalone

    return {
        **_measure(turns, ours, step),
        "baselines": {
            "raw": _measure(turns, alone(lambda turn: turn.question), step),
            "concatenated": _measure(turns, alone(concatenated), step),
            "rewritten": _measure(turns, alone(rewritten), step),
        },
    }


def _measure(turns: Sequence[Seeking], found: Callable[[Seeking], list[Hit]], tick: Callable[[], None]) -> Json:
    ranks: dict[bool, list[int | None]] = {True: [], False: []}
    for turn in turns:
        articles = list(dict.fromkeys(hit.article_id for hit in found(turn)))[:_RANKS]
        ranks[bool(turn.history)].append(
            next((rank for rank, one in enumerate(articles, start=1) if one in turn.gold), None)
        )
        tick()
    return {"first_turns": _figures(ranks[False]), "later_turns": _figures(ranks[True])}


def _figures(ranks: Sequence[int | None]) -> Json:
    return {
        "n": len(ranks),
        "recall@5": round(mean([is_hit(rank, 5) for rank in ranks]), _DIGITS),
        "MRR@10": round(mean([reciprocal_rank(rank) for rank in ranks]), _DIGITS),
    }


def _turns(sets_dir: Path) -> Iterator[tuple[str, Row]]:
    path = require_file(sets_dir, ROWS)
    try:
        dialogues = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise UsageError(f"{path} can't be read ({error}): give JSON in UTF-8") from error
    if not isinstance(dialogues, dict):
        raise UsageError(f"{path} is not an object of dialogues by name: see the set's README")
    for name, dialogue in dialogues.items():
        for turn in field(_named(name, dialogue), "turns", list):
            yield name, _named(name, turn)


def _evidence(name: str, turn: Row) -> Iterator[Row]:
    for label in field(turn, "labels", list):
        for one in field(_named(name, label), "evidence", list):
            yield _named(name, one)


def _earlier_evidence(name: str, turn: Row) -> Iterator[Row]:
    earlier = turn.get("prevEvidence")
    for group in earlier if isinstance(earlier, list) else ():
        for one in group if isinstance(group, list) else ():
            yield _named(name, one)


def _named(name: str, value: object) -> Row:
    """The object with the dialogue's name, by which errors tell where it stands."""
    if not isinstance(value, dict):
        raise UsageError(f"row {name}: something is not an object: see the set's README")
    return {"id": name, **value}


def _texts(name: str, values: Sequence[object]) -> list[str]:
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) != len(values) or not texts:
        raise UsageError(f"row {name}: 'context' is empty or holds something other than texts")
    return texts
