"""`doctor`, `backup` and `restore`: what looks after an archive."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.cli.console import progress_bar, streams_of
from index.cli.options import AsJson, DataDir

if TYPE_CHECKING:
    from index.care import Finding

CHECKS = "index.cli.checks"
"""Where a context's ``meta`` has the checks that plugins brought: (home) to findings, for what they keep there."""


def doctor(context: typer.Context, data: DataDir = None, as_json: AsJson = False) -> None:
    """Examine everything the archive consists of, and say what to do; exit code 1 if something is wrong."""
    from index.bootstrap import examine_with
    from index.care import is_well
    from index.settings import load_settings

    streams = streams_of(context)
    checks: Iterable[Callable[[Path], Iterable[Finding]]] = context.meta.get(CHECKS, ())
    findings = list(examine_with(load_settings(data=data), tuple(checks)))
    if as_json:
        from dataclasses import asdict

        streams.json({"well": is_well(findings), "findings": [asdict(finding) for finding in findings]})
    else:
        from index.cli import render

        streams.out.print(render.findings(findings))
    if not is_well(findings):
        raise typer.Exit(1)


def backup(
    context: typer.Context,
    target: Annotated[Path, typer.Argument(metavar="FILE|DIR", help="A new folder; or a new .tar, .tar.gz or .tgz.")],
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Copy the archive and the bot's database while they are in use, and prove the copy; only you may read it."""
    from index.bootstrap import back_up_with
    from index.settings import load_settings

    streams = streams_of(context)
    done = back_up_with(load_settings(data=data), target)
    if as_json:
        streams.json(
            {
                "path": str(done.path),
                "generation": done.generation,
                "articles": done.articles,
                "files_beside": list(done.neighbours),
                "bytes": done.bytes_on_disk,
                "created_at": done.created_at,
            }
        )
    else:
        from index.cli import render

        beside = f", with {', '.join(done.neighbours)}" if done.neighbours else ""
        said = f"{done.path}: generation {done.generation}, {done.articles:,} articles{beside}"
        streams.out.print(render.plain(f"{said}; {done.bytes_on_disk / 1e6:,.1f} MB, proven"))


def restore(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="FROM", help="What `dateline backup` made.")],
    data: DataDir = None,
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of what is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back as a new generation, once it is proven; a running bot follows by itself."""
    from index.bootstrap import restore_with
    from index.settings import load_settings
    from index.wire import report_json

    streams = streams_of(context)
    with progress_bar(streams) as report:
        done = restore_with(load_settings(data=data), source, replace_all=replace, report=report)
    if as_json:
        beside = {"files_beside": list(done.neighbours), "set_aside": list(done.set_aside)}
        streams.json({**report_json(done.run), **beside, "created_at": done.created_at})
        return
    from index.cli import render

    streams.out.print(render.plain(f"brought back from {source}, made {done.created_at}"))
    streams.out.print(render.report(done.run))
    if done.neighbours:
        streams.out.print(render.plain(f"{', '.join(done.neighbours)} too: restart the bot if it is running"))
    if done.set_aside:
        streams.out.print(render.plain(f"what could not be used is kept as {', '.join(done.set_aside)}"))
