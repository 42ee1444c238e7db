"""The evaluation sets by name, and the run over those that are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from index.conversation.understand import RuledUnderstanding, Understands
from index.errors import UsageError
from index.evaluate import canard, cast, conversations, inscit, multihop, newsconv
from index.evaluate.rows import require_file
from index.evaluate.subject import ConversesAndSearches, Json, Subject
from index.protocols import Report
from index.types import Progress

Tick = Callable[[int], Callable[[], None]]
"""Told how many steps there are, gives what is to be called at each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSet:
    """A named set: the articles that must be indexed for it and its rows, both relative to the folder of sets."""

    name: str
    articles: str
    rows: str
    run: Callable[[Path, Subject, Tick], Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnSet:
    """A named set that needs no archive: its turns are understood, not answered. ``rows`` are its files."""

    name: str
    rows: tuple[str, ...]
    run: Callable[[Path, Understands, Tick], Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSet:
    """A named set that brings its own passages: ``pool`` makes articles of them, to be indexed for it."""

    name: str
    rows: tuple[str, ...]
    pool: Callable[[Path], Iterable[Json]]
    run: Callable[[Path, ConversesAndSearches, Tick], Json]


SETS: Final[Mapping[str, EvaluationSet | TurnSet | PoolSet]] = MappingProxyType(
    {
        one.name: one
        for one in (
            EvaluationSet(name="multihop", articles=multihop.ARTICLES, rows=multihop.QUERIES, run=multihop.run),
            EvaluationSet(
                name="conversations",
                articles=multihop.ARTICLES,
                rows=conversations.CONVERSATIONS,
                run=conversations.run,
            ),
            EvaluationSet(name="newsconv", articles=multihop.ARTICLES, rows=newsconv.QUESTIONS, run=newsconv.run),
            TurnSet(name="canard", rows=(canard.ROWS,), run=canard.run),
            TurnSet(name="cast", rows=(cast.TOPICS_2019, cast.RESOLVED_2019, cast.TOPICS_2020), run=cast.run),
            PoolSet(name="inscit", rows=(inscit.ROWS,), pool=inscit.pool, run=inscit.run),
        )
    }
)


def evaluate(
    names: Sequence[str],
    sets_dir: Path,
    *,
    open_subject: Callable[[Path], Subject],
    open_understanding: Callable[[], Understands] = RuledUnderstanding,
    open_pool: Callable[[str, Iterable[Json]], ConversesAndSearches] | None = None,
    report: Report | None = None,
) -> dict[str, Json]:
    """Runs the named sets and returns their figures by name, each with the archive's settings beside it.

    Args:
        names: sets in the order wanted; a name given twice counts once.
        sets_dir: the folder of sets; rows and articles are read from there alone.
        open_subject: opens an archive over a file of articles, indexing them where that is not done yet. Called once
            for each file, and only after all files of all named sets were found.
        open_understanding: makes what understands turns, for sets that need no archive; left out, the rules do.
        open_pool: opens an archive over the passages that a set brings, under the set's name; sets that bring some
            need it.
        report: receives progress; raising from it stops the run.

    Raises:
        UsageError: a set is unknown, or a file of it missing or not of its form; the message names the cure.
    """
    chosen = [_named(name) for name in dict.fromkeys(names)]
    if not chosen:
        raise UsageError(f"no set is named: choose from {', '.join(SETS)}")
    for one in chosen:
        for file in (one.rows, one.articles) if isinstance(one, EvaluationSet) else one.rows:
            require_file(sets_dir, file)
    subjects: dict[str, Subject] = {}
    figures: dict[str, Json] = {}
    for one in chosen:
        tick = _ticker(one.name, report)
        match one:
            case EvaluationSet():
                if one.articles not in subjects:
                    subjects[one.articles] = open_subject(sets_dir / one.articles)
                subject = subjects[one.articles]
                figures[one.name] = {**one.run(sets_dir, subject, tick), "settings": dict(subject.settings)}
            case TurnSet():
                figures[one.name] = one.run(sets_dir, open_understanding(), tick)
            case PoolSet():
                if open_pool is None:
                    raise TypeError(f"{one.name} brings passages: give open_pool")
                figures[one.name] = one.run(sets_dir, open_pool(one.name, one.pool(sets_dir)), tick)
    return figures


def _named(name: str) -> EvaluationSet | TurnSet | PoolSet:
    try:
        return SETS[name]
    except KeyError as error:
        raise UsageError(f"there is no set {name!r}: choose from {', '.join(SETS)}") from error


def _ticker(stage: str, report: Report | None) -> Tick:
    def start(total: int) -> Callable[[], None]:
        done = 0

        def step() -> None:
            nonlocal done
            done += 1
            if report is not None:
                report(Progress(stage=stage, done=done, total=total))

        return step

    return start
