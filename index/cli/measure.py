"""``dateline eval``: builds or reuses the archives of the sets, measures, prints a table or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from index.archive import Archive
from index.bootstrap import make_understanding, open_readers, open_subject, open_with, reindex
from index.cli.console import Streams, progress_bar
from index.cli.render import printable
from index.conversation.understand import Understands
from index.errors import UsageError
from index.evaluate import Json, Readers, Subject, curves, draw, evaluate
from index.protocols import Report
from index.settings import ArchiveSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opening:
    """Opens what sets are measured with; archives lie under the archive's home, and what is unchanged stays indexed."""

    settings: ArchiveSettings
    report: Report | None

    def subject(self, articles: Path) -> Subject:
        """Opens the archive over a file of articles, indexed again where it changed."""
        key = sha256(str(articles.resolve()).encode()).hexdigest()[:12]
        home = self.settings.data / "eval" / f"{articles.parent.name}-{key}"
        settings = self.settings.model_copy(update={"data": home})
        # Another set of articles may have been put in this one's place: that is no accident to be asked about.
        reindex(settings, [articles], report=self.report, force=True, asked_by="dateline eval")
        return open_subject(settings)

    def readers(self) -> Readers:
        """The readers of paragraphs."""
        return open_readers(self.settings)

    def understanding(self) -> Understands:
        """What makes stand-alone questions."""
        return make_understanding(self.settings)

    def pool(self, name: str, articles: Iterable[Json]) -> Archive:
        """Opens the archive over what a set brings; written beside it first, so that an unchanged one stays indexed."""
        settings = self.settings.model_copy(update={"data": self.settings.data / "eval" / name})
        settings.data.mkdir(parents=True, exist_ok=True)
        path = settings.data / "pool.jsonl"
        path.write_text("".join(f"{json.dumps(one)}\n" for one in articles), encoding="utf-8")
        reindex(settings, [path], report=self.report, force=True, asked_by="dateline eval")
        return open_with(settings)


def run_eval(
    names: Sequence[str],
    sets: Path,
    settings: ArchiveSettings,
    streams: Streams,
    *,
    as_json: bool,
    pictures: Path | None = None,
) -> None:
    """Measures the named sets and prints the figures; draws risk–coverage curves into ``pictures`` if that is given."""
    if pictures is not None:
        try:
            pictures.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"can't write to {pictures} ({error}): give another folder with --curves") from error
    with progress_bar(streams) as report:
        figures = evaluate(names, sets, _Opening(settings=settings, report=report), report=report)
    if pictures is not None:
        for name, measured in figures.items():
            if found := curves(measured):
                draw(name, found, pictures / f"{name}-risk-coverage.svg")
    if as_json:
        streams.json(figures)
        return
    for name, measured in figures.items():
        streams.out.print(_tables(name, measured))


def _tables(name: str, measured: dict[str, object]) -> RenderableType:
    """One column for the archive and one for each baseline; nested figures are rows with dotted names."""
    baselines = measured.get("baselines")
    columns = {"dateline": _flat(measured)} | (
        {str(other): _flat(figures) for other, figures in baselines.items()} if isinstance(baselines, dict) else {}
    )
    # Names of measures come from the set's rows: no markup.
    table = Table(title=Text(printable(name)), title_justify="left")
    table.add_column("measure")
    for column in columns:
        table.add_column(column, justify="right")
    for row in dict.fromkeys(row for figures in columns.values() for row in figures):
        table.add_row(
            *(Text(printable(cell)) for cell in (row, *(figures.get(row, "") for figures in columns.values())))
        )
    settings = measured.get("settings")
    told = ", ".join(f"{key} {value}" for key, value in settings.items()) if isinstance(settings, dict) else ""
    return Group(table, Text(told, style="dim"))


def _flat(figures: object, prefix: str = "") -> dict[str, str]:
    """Figures by dotted name; curves and settings are left to the JSON form."""
    if not isinstance(figures, dict):
        return {}
    rows: dict[str, str] = {}
    for key, value in figures.items():
        match value:
            case dict() if key not in {"baselines", "settings"}:
                rows |= _flat(value, f"{prefix}{key}.")
            case bool() | int() | str():
                rows[f"{prefix}{key}"] = str(value)
            case float():
                rows[f"{prefix}{key}"] = f"{value:.3f}"
            case [float(), float()]:
                rows[f"{prefix}{key}"] = " to ".join(f"{end:.3f}" for end in value)
            case _:
                pass
    return rows
