"""The evaluation sets by name, and the run over those that are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from index.errors import UsageError
from index.evaluate import multihop, newsconv
from index.evaluate.rows import require_file
from index.evaluate.subject import Json, Subject
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


SETS: Final[Mapping[str, EvaluationSet]] = MappingProxyType(
    {
        one.name: one
        for one in (
            EvaluationSet(name="multihop", articles=multihop.ARTICLES, rows=multihop.QUERIES, run=multihop.run),
            EvaluationSet(name="newsconv", articles=multihop.ARTICLES, rows=newsconv.QUESTIONS, run=newsconv.run),
        )
    }
)


def evaluate(
    names: Sequence[str],
    sets_dir: Path,
    *,
    open_subject: Callable[[Path], Subject],
    report: Report | None = None,
) -> dict[str, Json]:
    """Runs the named sets and returns their figures by name, each with the archive's settings beside it.

    Args:
        names: sets in the order wanted; a name given twice counts once.
        sets_dir: the folder of sets; rows and articles are read from there alone.
        open_subject: opens an archive over a file of articles, indexing them where that is not done yet. Called once
            for each file, and only after all files of all named sets were found.
        report: receives progress; raising from it stops the run.

    Raises:
        UsageError: a set is unknown, or a file of it missing or not of its form; the message names the cure.
    """
    chosen = [_named(name) for name in dict.fromkeys(names)]
    if not chosen:
        raise UsageError(f"no set is named: choose from {', '.join(SETS)}")
    for one in chosen:
        require_file(sets_dir, one.rows)
        require_file(sets_dir, one.articles)
    subjects: dict[str, Subject] = {}
    figures: dict[str, Json] = {}
    for one in chosen:
        if one.articles not in subjects:
            subjects[one.articles] = open_subject(sets_dir / one.articles)
        subject = subjects[one.articles]
        measured = one.run(sets_dir, subject, _ticker(one.name, report))
        figures[one.name] = {**measured, "settings": dict(subject.settings)}
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
