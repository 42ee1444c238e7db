"""newsconv's conversations: is a follow-up answered as well as the question that it stands for?

Four ways of asking the same turn: *raw*, the turn alone; *concatenated*, all questions so far in one; *ours*, the
turn with its history, which holds what a user would have by then, the archive's own earlier answers and where they
were quoted from, right or wrong; and *gold*, the set's own rewrite, alone. Each is asked of the archive as users meet
it, and an answer counts when its first citation overlaps a gold sentence; recall@5 is of the passages that were read.

A turn after the first *switches* when its gold rewrite needs no word of the conversation and no article answers both it
and an earlier turn; on those, asking with history can only lose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.conversation.words import content_keys
from index.errors import UsageError
from index.evaluate.judgement import GoldSpan, Judged, judge
from index.evaluate.measures import bootstrap_interval, mean
from index.evaluate.newsconv import holds, read_question
from index.evaluate.rows import Row, field, read_rows
from index.evaluate.subject import Asks, Json, Subject
from index.types import Reply, Turn, turn_of

CONVERSATIONS: Final = "newsconv/dev.conversations.jsonl"
WAYS: Final = ("raw", "concatenated", "ours", "gold")

_DEPTH: Final = 5
_DIGITS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldTurn:
    """One turn as typed, its gold rewrite, and the sentences that answer it; none when the archive does not."""

    conversation: str
    number: int
    question: str
    standalone: str
    answerable: bool
    spans: tuple[GoldSpan, ...]
    switches: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One turn asked in one way."""

    turn: GoldTurn
    judged: Judged
    recalled: bool
    standalone: str


def read_conversations(sets_dir: Path) -> list[tuple[GoldTurn, ...]]:
    """The conversations of a folder, turns in order.

    Raises:
        UsageError: the file is missing, or a row is not of the documented form.
    """
    return [_conversation(row) for row in read_rows(sets_dir, CONVERSATIONS)]


def ask_in_all_ways(turns: Sequence[GoldTurn], asks: Asks, tick: Callable[[], None]) -> dict[str, list[Outcome]]:
    """One conversation, each turn in each way."""
    outcomes: dict[str, list[Outcome]] = {way: [] for way in WAYS}
    history: list[Turn] = []
    for turn in turns:
        asked = [*(one.question for one in turns[: turn.number - 1]), turn.question]
        ours = asks.ask(turn.question, history)
        replies = {
            "raw": ours if not history else asks.ask(turn.question),
            "concatenated": ours if not history else asks.ask(" ".join(asked)),
            "ours": ours,
            "gold": asks.ask(turn.standalone),
        }
        for way, reply in replies.items():
            outcomes[way].append(_outcome(turn, reply))
            tick()
        history.append(turn_of(ours))
    return outcomes


def measure(outcomes: Mapping[str, Sequence[Outcome]]) -> Json:
    """All figures of turns asked in all ways.

    ``gap_recovered`` is ours minus raw over gold minus raw, in first-citation accuracy of the answerable turns after
    the first; None where gold is no better than raw.
    """
    groups: dict[str, Callable[[GoldTurn], bool]] = {
        "first_turns": lambda turn: turn.number == 1,
        "follow_ups": lambda turn: turn.number > 1 and not turn.switches,
        "switches": lambda turn: turn.switches,
        "after_the_first": lambda turn: turn.number > 1,
    }
    last = max((one.turn.number for one in outcomes["ours"]), default=0)
    groups |= {f"turn_{number}": _numbered(number) for number in range(2, last + 1)}
    figures: Json = {}
    for name, belongs in groups.items():
        members = {way: [one for one in ones if belongs(one.turn)] for way, ones in outcomes.items()}
        answerable = {way: [one for one in ones if one.turn.answerable] for way, ones in members.items()}
        figures[name] = {
            "n": len(answerable["ours"]),
            **{way: _group(ones) for way, ones in answerable.items()},
        }
    unanswerable = {way: [one for one in ones if not one.turn.answerable] for way, ones in outcomes.items()}
    figures["unanswerable"] = {
        "n": len(unanswerable["ours"]),
        **{way: {"refused": _share([not one.judged.answered for one in ones])} for way, ones in unanswerable.items()},
    }
    after = {
        way: [float(one.judged.first) for one in ones if one.turn.number > 1 and one.turn.answerable]
        for way, ones in outcomes.items()
    }
    gap = mean(after["gold"]) - mean(after["raw"])
    won = mean(after["ours"]) - mean(after["raw"])
    interval = bootstrap_interval(after["ours"])
    figures["gap_recovered"] = round(won / gap, _DIGITS) if gap > 0 else None
    figures["ours_after_the_first_95%"] = [round(interval.low, _DIGITS), round(interval.high, _DIGITS)]
    return figures


def run(sets_dir: Path, subject: Subject, tick: Callable[[int], Callable[[], None]]) -> Json:
    """All figures of the set."""
    conversations = read_conversations(sets_dir)
    turns = sum(len(one) for one in conversations)
    step = tick(turns * len(WAYS))
    outcomes: dict[str, list[Outcome]] = {way: [] for way in WAYS}
    for turns_of_one in conversations:
        for way, ones in ask_in_all_ways(turns_of_one, subject.archive, step).items():
            outcomes[way] += ones
    return {"n": turns, "conversations": len(conversations), **measure(outcomes)}


def _numbered(number: int) -> Callable[[GoldTurn], bool]:
    return lambda turn: turn.number == number


def _group(outcomes: Sequence[Outcome]) -> Json:
    return {
        "first_citation": _share([one.judged.first for one in outcomes]),
        "recall@5": _share([one.recalled for one in outcomes]),
    }


def _outcome(turn: GoldTurn, reply: Reply) -> Outcome:
    recalled = any(holds(passage, span) for passage in reply.passages[:_DEPTH] for span in turn.spans)
    return Outcome(turn=turn, judged=judge(reply, turn.spans), recalled=recalled, standalone=reply.standalone)


def _conversation(row: Row) -> tuple[GoldTurn, ...]:
    conversation = field(row, "id", str)
    turns: list[GoldTurn] = []
    said: set[str] = set()
    articles: set[str | int] = set()
    for number, given in enumerate(field(row, "turns", list), start=1):
        if not isinstance(given, dict):
            raise UsageError(f"row {conversation}: turn {number} is not an object: see the set's README")
        question = read_question({"id": f"{conversation}, turn {number}", **given})
        standalone = field({"id": question.id, **given}, "standalone", str)
        needed = content_keys(standalone) - content_keys(question.text)
        own = {span.article for span in question.spans}
        switches = number > 1 and question.answerable and not needed & said and not own & articles
        turns.append(
            GoldTurn(
                conversation=conversation,
                number=number,
                question=question.text,
                standalone=standalone,
                answerable=question.answerable,
                spans=question.spans,
                switches=switches,
            )
        )
        said |= content_keys(question.text) | content_keys(standalone)
        answer = given.get("answer")
        said |= content_keys(answer) if isinstance(answer, str) else set()
        articles |= own
    if not turns:
        raise UsageError(f"row {conversation}: no turns: there is nothing to ask")
    return tuple(turns)


def _share(values: Sequence[float]) -> float:
    return round(mean([float(value) for value in values]), _DIGITS)
