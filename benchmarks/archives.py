"""An archive's life from outside: first index, nothing changed, one per cent changed, and a cold question."""

from __future__ import annotations

import datetime as dt
import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import Run, dateline, python
from index.articles import read_articles
from index.types import Article

_SENTENCE = " A correction was added to this article later."
_QUESTION = "what does the US want from Israel?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexing:
    """Three runs of ``dateline index`` over the same articles, in seconds as a user waits for them."""

    articles: int
    passages: int
    full: float
    full_peak_mb: float
    unchanged: float
    unchanged_peak_mb: float
    changed_articles: int
    changed: float
    changed_peak_mb: float
    start_up: float
    """``dateline status``: what a command costs that opens the archive and does nothing else."""

    @property
    def changed_share(self) -> float:
        """The changed run beyond start-up, as a share of the full one."""
        return (self.changed - self.start_up) / self.full


@dataclass(frozen=True, slots=True, kw_only=True)
class Starting:
    """A cold process to its first answer, beside importing sentence-transformers alone; medians, in seconds."""

    ask: float
    ask_peak_mb: float
    baseline: float
    baseline_peak_mb: float

    @property
    def share(self) -> float:
        """``dateline ask`` as a share of the import; below a third is the aim."""
        return self.ask / self.baseline


def measure_indexing(paths: Sequence[Path], folder: Path) -> Indexing:
    """Indexes a copy of the articles into ``folder``/archive three times; the archive stays there."""
    articles = [
        article for article in read_articles(paths, now=dt.datetime.now(dt.UTC)) if isinstance(article, Article)
    ]
    articles = list({article.id: article for article in articles}.values())
    copy, home = folder / "articles.jsonl", folder / "archive"
    _write(copy, articles, changed=0)
    command = ("index", "--articles", str(copy), "--json")
    full = dateline(*command, data=home)
    unchanged = dateline(*command, data=home)
    _expect(unchanged, "unchanged", json.loads(full.output)["articles"])
    few = max(1, len(articles) // 100)
    _write(copy, articles, changed=few)
    changed = dateline(*command, data=home)
    _expect(changed, "changed", few)
    report = json.loads(full.output)
    return Indexing(
        articles=report["articles"],
        passages=report["passages"],
        full=full.seconds,
        full_peak_mb=full.peak_mb,
        unchanged=unchanged.seconds,
        unchanged_peak_mb=unchanged.peak_mb,
        changed_articles=few,
        changed=changed.seconds,
        changed_peak_mb=changed.peak_mb,
        start_up=dateline("status", "--json", data=home).seconds,
    )


def measure_starting(home: Path, *, rounds: int) -> Starting:
    """Asks an existing archive in fresh processes, in turns with the import that it is compared with."""
    asked, imported = [], []
    for _ in range(rounds):
        imported.append(python("import sentence_transformers"))
        asked.append(dateline("ask", _QUESTION, "--json", data=home))
    return Starting(
        ask=statistics.median(run.seconds for run in asked),
        ask_peak_mb=max(run.peak_mb for run in asked),
        baseline=statistics.median(run.seconds for run in imported),
        baseline_peak_mb=max(run.peak_mb for run in imported),
    )


def _write(path: Path, articles: Sequence[Article], *, changed: int) -> None:
    """The articles as JSON lines; the first ``changed`` end in one more sentence."""
    with path.open("w", encoding="utf-8") as file:
        for place, article in enumerate(articles):
            row = {
                "id": article.id,
                "title": article.title,
                "text": article.text + (_SENTENCE if place < changed else ""),
                "url": article.url,
                "published": article.published,
                "updated": article.updated,
                "outlet": article.outlet,
                "author": article.author,
                "section": article.section,
            }
            file.write(json.dumps({name: value for name, value in row.items() if value is not None}) + "\n")


def _expect(run: Run, name: str, count: int) -> None:
    """A benchmark of the wrong thing is worse than none."""
    found = json.loads(run.output)[name]
    if found != count:
        raise SystemExit(f"the run should have found {count} articles {name}, and reports {found}: {run.output}")
