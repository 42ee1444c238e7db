"""The evaluation sets by name, and the run over those that are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from index.errors import UsageError
from index.evaluate import clapnq, multihop, newsconv, squad2
from index.evaluate.paragraphs import Readers
from index.evaluate.rows import require_file
from index.evaluate.subject import Json, Subject
from index.protocols import Report
from index.types import Progress

Tick = Callable[[int], Callable[[], None]]
"""Told how many steps there are, gives what is to be called at each."""


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


SETS: Final[Mapping[str, ArchiveSet | ParagraphSet]] = MappingProxyType(
    {
        one.name: one
        for one in (
            ArchiveSet(name="multihop", articles=multihop.ARTICLES, rows=(multihop.QUERIES,), run=multihop.run),
            ArchiveSet(name="newsconv", articles=multihop.ARTICLES, rows=(newsconv.QUESTIONS,), run=newsconv.run),
            ParagraphSet(name="squad2", rows=(squad2.ROWS,), run=squad2.run),
            ParagraphSet(name="clapnq", rows=(clapnq.ANSWERABLE, clapnq.UNANSWERABLE), run=clapnq.run),
        )
    }
)


def evaluate(
    names: Sequence[str],
    sets_dir: Path,
    *,
    open_subject: Callable[[Path], Subject],
    open_readers: Callable[[], Readers],
    report: Report | None = None,
) -> dict[str, Json]:
    """Runs the named sets and returns their figures by name, each with the settings beside it.

    Args:
        names: sets in the order wanted; a name given twice counts once.
        sets_dir: the folder of sets; rows and articles are read from there alone.
        open_subject: opens an archive over a file of articles, indexing them where that is not done yet. Called once
            for each file, and only after all files of all named sets were found.
        open_readers: makes the readers of paragraphs.
        report: receives progress; raising from it stops the run.

    Raises:
        UsageError: a set is unknown, or a file of it missing or not of its form; the message names the cure.
    """
    chosen = [_named(name) for name in dict.fromkeys(names)]
    if not chosen:
        raise UsageError(f"no set is named: choose from {', '.join(SETS)}")
    for one in chosen:
        for file in one.rows:
            require_file(sets_dir, file)
        if isinstance(one, ArchiveSet):
            require_file(sets_dir, one.articles)
    subjects: dict[str, Subject] = {}
    figures: dict[str, Json] = {}
    for one in chosen:
        tick = _ticker(one.name, report)
        match one:
            case ArchiveSet():
                if one.articles not in subjects:
                    subjects[one.articles] = open_subject(sets_dir / one.articles)
                subject = subjects[one.articles]
                figures[one.name] = {**one.run(sets_dir, subject, tick), "settings": dict(subject.settings)}
            case ParagraphSet():
                readers = open_readers()
                figures[one.name] = {**one.run(sets_dir, readers, tick), "settings": dict(readers.settings)}
    return figures


def _named(name: str) -> ArchiveSet | ParagraphSet:
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
