"""The evaluation sets by name, and the run over those that are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

from index.conversation.understand import Understands
from index.errors import UsageError
from index.evaluate import canard, cast, clapnq, conversations, inscit, multihop, newsconv, squad2
from index.evaluate.paragraphs import Readers
from index.evaluate.rows import require_file
from index.evaluate.subject import ConversesAndSearches, Json, Subject
from index.protocols import Report
from index.types import Progress

Tick = Callable[[int], Callable[[], None]]
"""Told how many steps there are, gives what is to be called at each."""


class Opens(Protocol):
    """Opens what sets are measured with, when they are, and only after all files of all named sets were found."""

    def subject(self, articles: Path) -> Subject:
        """An archive over a file of articles with its baselines; called once for each file."""
        ...

    def readers(self) -> Readers:
        """Readers of paragraphs."""
        ...

    def understanding(self) -> Understands:
        """What makes a stand-alone question of a turn."""
        ...

    def pool(self, name: str, articles: Iterable[Json]) -> ConversesAndSearches:
        """An archive over the passages that a set brings, under the set's name."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSet:
    """A set that is asked of an archive: the articles that must be indexed for it, and its rows.

    ``articles`` and ``rows`` are files relative to the folder of sets.
    """

    name: str
    articles: str
    rows: tuple[str, ...]
    run: Callable[[Path, Subject, Tick], Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParagraphSet:
    """A set whose questions bring their own paragraphs; ``rows`` are files relative to the folder of sets."""

    name: str
    rows: tuple[str, ...]
    run: Callable[[Path, Readers, Tick], Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnSet:
    """A set that needs no archive: its turns are understood, not answered. ``rows`` are its files."""

    name: str
    rows: tuple[str, ...]
    run: Callable[[Path, Understands, Tick], Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSet:
    """A set that brings its own passages: ``pool`` makes articles of them, to be indexed for it."""

    name: str
    rows: tuple[str, ...]
    pool: Callable[[Path], Iterable[Json]]
    run: Callable[[Path, ConversesAndSearches, Tick], Json]


EvaluationSet = ArchiveSet | ParagraphSet | TurnSet | PoolSet

SETS: Final[Mapping[str, EvaluationSet]] = MappingProxyType(
    {
        one.name: one
        for one in (
            ArchiveSet(name="multihop", articles=multihop.ARTICLES, rows=(multihop.QUERIES,), run=multihop.run),
            ArchiveSet(name="newsconv", articles=multihop.ARTICLES, rows=(newsconv.QUESTIONS,), run=newsconv.run),
            ArchiveSet(
                name="conversations",
                articles=multihop.ARTICLES,
                rows=(conversations.CONVERSATIONS,),
                run=conversations.run,
            ),
            ParagraphSet(name="squad2", rows=(squad2.ROWS,), run=squad2.run),
            ParagraphSet(name="clapnq", rows=(clapnq.ANSWERABLE, clapnq.UNANSWERABLE), run=clapnq.run),
            TurnSet(name="canard", rows=(canard.ROWS,), run=canard.run),
            TurnSet(name="cast", rows=(cast.TOPICS_2019, cast.RESOLVED_2019, cast.TOPICS_2020), run=cast.run),
            PoolSet(name="inscit", rows=(inscit.ROWS,), pool=inscit.pool, run=inscit.run),
        )
    }
)


def evaluate(names: Sequence[str], sets_dir: Path, opens: Opens, *, report: Report | None = None) -> dict[str, Json]:
    """Runs the named sets and returns their figures by name, with the settings that they were measured under.

    Args:
        names: sets in the order wanted; a name given twice counts once.
        sets_dir: the folder of sets; rows and articles are read from there alone.
        opens: opens archives, readers and what else the sets need.
        report: receives progress; raising from it stops the run.

    Raises:
        UsageError: a set is unknown, or a file of it missing or not of its form; the message names the cure.
    """
    chosen = [_named(name) for name in dict.fromkeys(names)]
    if not chosen:
        raise UsageError(f"no set is named: choose from {', '.join(SETS)}")
    for one in chosen:
        for file in (*one.rows, one.articles) if isinstance(one, ArchiveSet) else one.rows:
            require_file(sets_dir, file)
    subjects: dict[str, Subject] = {}
    figures: dict[str, Json] = {}
    for one in chosen:
        tick = _ticker(one.name, report)
        match one:
            case ArchiveSet():
                if one.articles not in subjects:
                    subjects[one.articles] = opens.subject(sets_dir / one.articles)
                subject = subjects[one.articles]
                figures[one.name] = {**one.run(sets_dir, subject, tick), "settings": dict(subject.settings)}
            case ParagraphSet():
                readers = opens.readers()
                figures[one.name] = {**one.run(sets_dir, readers, tick), "settings": dict(readers.settings)}
            case TurnSet():
                figures[one.name] = one.run(sets_dir, opens.understanding(), tick)
            case PoolSet():
                figures[one.name] = one.run(sets_dir, opens.pool(one.name, one.pool(sets_dir)), tick)
    return figures


def _named(name: str) -> EvaluationSet:
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
