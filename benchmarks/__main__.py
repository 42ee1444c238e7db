"""The command: ``python -m benchmarks`` measures what Dateline costs, and prints tables or JSON."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.archives import Indexing, Starting, measure_indexing, measure_starting
from benchmarks.conversing import Conversing, measure_conversing
from benchmarks.embedding import BUNDLED, Speed, measure_embedding
from benchmarks.machine import Machine, measure_machine
from benchmarks.reading import Ratio, measure_reading
from index.articles import read_articles
from index.backends.embedder_onnx import OnnxEmbedder
from index.passages import PassageSettings, cut_passages
from index.types import Article

_WIDTH = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """All that one run measured."""

    machine: Machine
    passages: int
    embedding: Sequence[Speed]
    indexing: Indexing
    starting: Starting
    reading: Sequence[Ratio]
    conversing: Conversing

    def as_json(self) -> dict[str, object]:
        """Plain values, with the shares that the tables show."""
        return {
            **asdict(self),
            "indexing": {**asdict(self.indexing), "changed_share": self.indexing.changed_share},
            "starting": {**asdict(self.starting), "share": self.starting.share},
            "conversing": {
                **asdict(self.conversing),
                "added_share": self.conversing.added_share,
                "understanding_share": self.conversing.understanding_share,
            },
        }


def passages_of(paths: Sequence[Path], limit: int) -> list[str]:
    """What the embedder sees of up to ``limit`` passages, evenly from all over the articles."""
    counter = OnnxEmbedder(BUNDLED)
    texts = [
        passage.embedded_text
        for article in read_articles(paths, now=dt.datetime.now(dt.UTC))
        if isinstance(article, Article)
        for passage in cut_passages(article, counter, PassageSettings())
    ]
    if not texts:
        raise SystemExit(f"no passages in {', '.join(map(str, paths))}: give --articles a folder or file of articles")
    step = max(1, len(texts) // limit)
    return texts[::step][:limit]


def benchmark(
    articles: Annotated[list[Path] | None, typer.Option(help="Articles to measure with [default: articles]")] = None,
    passages: Annotated[int, typer.Option(min=8, help="Most passages to embed in each round.")] = 128,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; medians are reported.")] = 3,
    threads: Annotated[int, typer.Option(min=1, help="Threads of the bundled embedder.")] = 2,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure what each part costs here, from embedding to conversing, each beside its baseline, in one run."""
    paths = articles or [Path("articles")]
    said = Console(stderr=True)
    said.print("measuring the machine …")
    machine = measure_machine()
    texts = passages_of(paths, passages)
    said.print(f"embedding {len(texts)} passages, {rounds} rounds …")
    speeds = measure_embedding(texts, rounds=rounds, threads=threads)
    with tempfile.TemporaryDirectory(prefix="dateline-benchmark-") as folder:
        said.print("indexing …")
        indexing = measure_indexing(paths, Path(folder))
        said.print("starting …")
        starting = measure_starting(Path(folder) / "archive", rounds=rounds)
        said.print("reading …")
        reading = measure_reading(Path(folder) / "archive", rounds=rounds, threads=threads)
        said.print("conversing …")
        conversing = measure_conversing(Path(folder) / "archive", rounds=rounds)
    results = Results(
        machine=machine,
        passages=len(texts),
        embedding=speeds,
        indexing=indexing,
        starting=starting,
        reading=reading,
        conversing=conversing,
    )
    if as_json:
        typer.echo(json.dumps(results.as_json(), indent=2))
    else:
        _show(Console(width=_WIDTH), results)


def _show(console: Console, results: Results) -> None:
    machine, indexing, starting = results.machine, results.indexing, results.starting
    vnni = "VNNI" if machine.vnni else "no VNNI"
    console.print(f"{machine.processor}, {machine.cores} cores, {vnni}; load at the start {machine.load:.1f}")
    console.print(
        f"matrix product on one core: {machine.fp32_gflops:.0f} GFLOP/s in fp32, "
        f"{machine.int8_gops:.0f} GOP/s in 8 bits"
    )

    headings = ("passages/s", "ratio", "CPU ms", "CPU ratio", "GFLOP/s a core", "of fp32 peak", "cosine (least)")
    table = Table(f"embedding {results.passages} passages", *headings)
    for speed in results.embedding:
        table.add_row(
            speed.name,
            f"{speed.passages_a_second:.1f}",
            f"{speed.ratio:.2f} ({speed.ratio_least:.2f}–{speed.ratio_most:.2f})",
            f"{speed.milliseconds_of_processor:.1f}",
            f"{speed.processor_ratio:.2f}",
            f"{speed.gflops:.0f}",
            f"{speed.gflops / machine.fp32_gflops:.0%}",
            f"{speed.cosine:.5f} ({speed.cosine_least:.5f})",
        )
    console.print(table)

    size = f"{indexing.articles} articles, {indexing.passages} passages"
    table = Table(f"dateline index ({size})", "seconds", "of the first run", "peak MB")
    first = indexing.full
    runs = (
        ("first run", first, indexing.full_peak_mb),
        ("nothing changed", indexing.unchanged, indexing.unchanged_peak_mb),
        (f"{indexing.changed_articles} changed", indexing.changed, indexing.changed_peak_mb),
    )
    for name, seconds, peak in runs:
        table.add_row(name, f"{seconds:.2f}", f"{seconds / first:.1%}", f"{peak:.0f}")
    beyond = indexing.changed - indexing.start_up
    table.add_row("… beyond start-up", f"{beyond:.2f}", f"{indexing.changed_share:.1%}", "")
    console.print(table)

    table = Table("a fresh process", "seconds", "of the import", "peak MB")
    table.add_row(
        "import sentence_transformers", f"{starting.baseline:.2f}", "100%", f"{starting.baseline_peak_mb:.0f}"
    )
    table.add_row("dateline ask", f"{starting.ask:.2f}", f"{starting.share:.0%}", f"{starting.ask_peak_mb:.0f}")
    console.print(table)

    table = Table("reading", "ms", "beside", "ms", "ratio", "CPU ratio")
    for one in results.reading:
        table.add_row(
            one.name,
            f"{one.milliseconds:.1f}",
            one.baseline,
            f"{one.baseline_milliseconds:.1f}",
            f"{one.ratio:.2f}",
            f"{one.processor:.2f}",
        )
    console.print(table)

    conversing = results.conversing
    table = Table(f"a question ({conversing.follow_ups} follow-ups)", "median ms", "beyond alone")
    table.add_row("asked alone", f"{conversing.alone:.0f}", "")
    table.add_row("as a turn with its history", f"{conversing.turn:.0f}", f"{conversing.added_share:.1%}")
    table.add_row("… of it understanding", f"{conversing.understanding:.0f}", f"{conversing.understanding_share:.1%}")
    console.print(table)


if __name__ == "__main__":
    typer.run(benchmark)
