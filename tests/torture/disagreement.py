"""Misleading documents (RAMDocs, Wang et al. 2025): are sources that give different answers shown side by side?"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.render import reply_card
from bot.words import EN
from index import Answer, Archive, Where
from index.bootstrap import open_with, reindex
from index.settings import ArchiveSettings
from index.types import Manner
from tests.torture.poison import written
from tests.torture.report import Plan, Row

_UNKNOWN = "unknown"
_FLOOR = 0.6
"""The least share of answers with two values side by side, where at least ``_ENOUGH`` questions were answered."""
_ENOUGH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """How the questions of one half came out."""

    counts: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)


def rows_of(sets: Path) -> list[dict[str, Any]]:
    """The set's questions with their documents."""
    return [json.loads(line) for line in (sets / "hostile/ramdocs-dev.jsonl").read_text("utf-8").splitlines()]


def archive_of(rows: Sequence[dict[str, Any]], folder: Path) -> Archive:
    """One archive: each document an article of an outlet of its own, each question's documents a section."""
    folder.mkdir(parents=True, exist_ok=True)
    records = [
        {
            "id": f"q{number}-{place}",
            "title": " ".join(document["text"].split()[:8]),
            "text": document["text"],
            "outlet": f"Outlet {place + 1}",
            "section": f"q{number}",
            "published": f"2026-01-{place + 1:02d}",
        }
        for number, row in enumerate(rows)
        for place, document in enumerate(row["documents"])
    ]
    settings = ArchiveSettings(data=folder / "data", threads=1)
    reindex(settings, [written(folder / "documents.jsonl", records)])
    return open_with(settings)


def values_of(row: dict[str, Any]) -> set[str]:
    """The different answers that a question's documents give."""
    return {plain(document["answer"]) for document in row["documents"] if document["answer"] != _UNKNOWN} - {""}


def plain(text: str) -> str:
    """Words alone, in lower case."""
    return " ".join(re.findall(r"\w+", text.lower()))


def disagreements(plan: Plan) -> Iterator[Row]:
    """A row for the half of the questions that was looked at while this was built, and one for the other."""
    if plan.sets is None or not (plan.sets / "hostile/ramdocs-dev.jsonl").is_file():
        yield Row(attack="documents that disagree", tried=0, left_out="no hostile/ramdocs-dev.jsonl in the sets")
        return
    rows = rows_of(plan.sets)[: plan.times(250, least=4)]
    archive = archive_of(rows, plan.folder / "ramdocs")
    for half, name in enumerate(("the half built on", "the other half")):
        found = _Found()
        for number, row in enumerate(rows):
            if number % 2 == half and len(values_of(row)) > 1:
                _asked(archive, number, row, found)
        counts = found.counts
        answered = counts["two or more"] + counts["one"] + counts["none"]
        share = counts["two or more"] / answered if answered else 0.0
        if answered >= _ENOUGH and share < _FLOOR:
            found.lost.append(f"only {share:.0%} of {answered} answers show two values: {_FLOOR:.0%} are promised")
        yield Row(
            attack=f"documents that disagree: {name}",
            tried=answered + counts["not answered"],
            held=(
                f"two or more values side by side {counts['two or more']} of {answered} answers ({share:.0%}), one "
                f"{counts['one']}, none {counts['none']}; told that they differ {counts['told']}; not answered "
                f"{counts['not answered']}"
            ),
            lost=tuple(found.lost),
        )


def _asked(archive: Archive, number: int, row: dict[str, Any], found: _Found) -> None:
    reply = archive.ask(row["question"], where=Where(sections=(f"q{number}",)), manner=Manner(ask_back=False))
    if not isinstance(reply, Answer):
        found.counts["not answered"] += 1
        return
    quotes = [f" {plain(citation.quote)} " for citation in reply.citations]
    shown = {value for value in values_of(row) if any(f" {value} " in quote for quote in quotes)}
    found.counts["two or more" if len(shown) > 1 else "one" if shown else "none"] += 1
    found.counts["told"] += bool(reply.differing)
    card = "\n".join(reply_card(reply, EN).blocks)
    for citation in reply.citations:
        if archive.article(citation.article_id).text[citation.start : citation.end] != citation.quote:
            found.lost.append(f"question {number}: {citation.quote!a:.80} is no slice of {citation.article_id}")
        if citation.outlet is None or citation.outlet not in card:
            found.lost.append(f"question {number}: [{citation.marker}] stands without its outlet")
    if reply.differing and "different answers" not in card:
        found.lost.append(f"question {number}: the answers differ, and nothing says so")
