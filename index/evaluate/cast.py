"""TREC CAsT 2019 and 2020 (Dalton et al.): raw utterances and their manual resolutions. Nothing here was trained on.

A history holds the earlier raw utterances; what the system answered is not part of the set. Turns of 2020 that lean on
an answer therefore can't be resolved from it, and terms that the conversation lacks are not asked for.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from index.conversation.understand import Understands
from index.errors import UsageError
from index.evaluate.rewriting import WAYS, FollowUp, compare
from index.evaluate.rows import Row, field, require_file
from index.evaluate.subject import Json
from index.types import Turn

TOPICS_2019: Final = "follow-ups/trec-cast/evaluation_topics_v1.0.json"
RESOLVED_2019: Final = "follow-ups/trec-cast/evaluation_topics_annotated_resolved_v1.0.tsv"
TOPICS_2020: Final = "follow-ups/trec-cast/2020_manual_evaluation_topics_v1.0.json"


def read_2019(sets_dir: Path) -> list[FollowUp]:
    """The turns of 2019 with the resolved utterances that stand in a file beside them.

    Raises:
        UsageError: a file is missing or not of the set's form, or a turn has no resolution.
    """
    path = require_file(sets_dir, RESOLVED_2019)
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = [row for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if row]
    except (UnicodeDecodeError, OSError) as error:
        raise UsageError(f"{path} can't be read ({error}): give tab-separated lines in UTF-8") from error
    resolved = {row[0]: row[1] for row in rows if len(row) > 1}

    def gold(topic: int, turn: Row) -> str:
        key = f"{topic}_{field(turn, 'number', int)}"
        if key not in resolved:
            raise UsageError(f"{path} has no line {key}: give the resolved utterance of every turn")
        return resolved[key]

    return list(_follow_ups(sets_dir, TOPICS_2019, gold))


def read_2020(sets_dir: Path) -> list[FollowUp]:
    """The turns of 2020 with their manual rewrites.

    Raises:
        UsageError: the file is missing or not of the set's form.
    """
    return list(_follow_ups(sets_dir, TOPICS_2020, lambda _, turn: field(turn, "manual_rewritten_utterance", str)))


def run(sets_dir: Path, understands: Understands, tick: Callable[[int], Callable[[], None]]) -> Json:
    """The figures of both years."""
    years = {"2019": read_2019(sets_dir), "2020": read_2020(sets_dir)}
    step = tick(WAYS * sum(len(turns) for turns in years.values()))
    return {year: compare(turns, understands, step) for year, turns in years.items()}


def _follow_ups(sets_dir: Path, name: str, gold: Callable[[int, Row], str]) -> Iterator[FollowUp]:
    path = require_file(sets_dir, name)
    try:
        topics = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise UsageError(f"{path} can't be read ({error}): give JSON in UTF-8") from error
    if not isinstance(topics, list) or not topics:
        raise UsageError(f"{path} is not a list of topics: see the set's README")
    for topic in topics:
        if not isinstance(topic, dict):
            raise UsageError(f"{path} holds a topic that is not an object: see the set's README")
        number = field({"id": f"{name}, a topic", **topic}, "number", int)
        history: list[Turn] = []
        for turn in field({"id": f"{name}, topic {number}", **topic}, "turn", list):
            named: Row = {"id": f"{name}, topic {number}", **(turn if isinstance(turn, dict) else {})}
            question = field(named, "raw_utterance", str).strip()
            yield FollowUp(question=question, history=tuple(history), gold=gold(number, named).strip())
            history.append(Turn(question=question))
