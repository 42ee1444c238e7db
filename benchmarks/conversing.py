"""What a conversation adds to a question: the same question asked alone and as a turn with its history, in turns."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index import open_archive
from index.archive import Archive
from index.types import Answer, Cited, Reply, Turn, turn_of

_OPENINGS = ("what happened with {}", "who said what about {}", "what is known about {}")
_FOLLOW_UPS = ("why did they do that", "what did he say about it", "and how much will that cost?", "what happens next")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversing:
    """Medians over follow-ups, in milliseconds: asked alone in their stand-alone form, and as turns."""

    follow_ups: int
    alone: float
    turn: float
    understanding: float
    """Of a turn's time, what went by before its passages were searched."""

    @property
    def added_share(self) -> float:
        """What a turn takes beyond the stand-alone question, as a share of that; at most .15 is the aim."""
        return (self.turn - self.alone) / self.alone

    @property
    def understanding_share(self) -> float:
        """Understanding alone as a share of the stand-alone question."""
        return self.understanding / self.alone


def measure_conversing(home: Path, *, rounds: int) -> Conversing:
    """Asks follow-ups on every headline of an archive, each ``rounds`` times in both ways, one after the other."""
    archive = open_archive(home)
    turns = [
        (follow_up, _history(archive, opening.format(title)))
        for number, (_, title, _, _) in enumerate(archive.headlines(limit=8))
        for opening in (_OPENINGS[number % len(_OPENINGS)],)
        for follow_up in (_FOLLOW_UPS[number % len(_FOLLOW_UPS)],)
    ]
    if not turns:
        raise SystemExit(f"no articles in {home}: index some to measure with")
    alone, turn, understanding = [], [], []
    for question, history in turns:
        form = archive.ask(question, history).standalone
        for _ in range(rounds):
            alone.append(archive.ask(form).timing_ms["total"])
            reply = archive.ask(question, history)
            turn.append(reply.timing_ms["total"])
            understanding.append(reply.timing_ms["understand"])
    return Conversing(
        follow_ups=len(turns),
        alone=statistics.median(alone),
        turn=statistics.median(turn),
        understanding=statistics.median(understanding),
    )


def _history(archive: Archive, opening: str) -> Sequence[Turn]:
    turns: list[Turn] = []
    for question in (opening, "who is in charge of it?"):
        turns.append(_turn(archive.ask(question, turns)))
    return turns


def _turn(reply: Reply) -> Turn:
    if isinstance(reply, Answer):
        return turn_of(reply)
    # A refusal quotes nothing; its nearest passage stands in, so that every turn has something to go on from.
    hit = reply.passages[0]
    place = Cited(article_id=hit.article_id, start=hit.start, end=hit.end)
    return Turn(question=reply.question, answer=hit.text, cited=(place,), standalone=reply.standalone)
