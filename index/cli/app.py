"""The commands. Each parses its options, calls the archive, and prints."""

from __future__ import annotations

import errno
import importlib.metadata
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.cli.batch import run_batch
from index.cli.care import CHECKS, backup, doctor, restore
from index.cli.console import OutputClosed, Streams, open_streams, progress_bar, streams_of
from index.cli.options import Anytime, AsJson, AsOf, Batch, DataDir, Outlet, Since, Until
from index.errors import DatelineError, UsageError, in_words, scarcity
from index.types import Manner
from index.wire import (
    BatchRow,
    Json,
    article_json,
    parse_where,
    reply_json,
    report_json,
    search_json,
    status_json,
)

if TYPE_CHECKING:
    # `dateline --help` has no business loading numpy or settings.
    from index.archive import Archive
    from index.settings import ArchiveSettings

COMMAND_PLUGINS = "dateline.commands"
"""The entry-point group of functions that add commands to the app: this package never hears of Discord.

Each may return checks for `dateline doctor`, of what its package keeps in an archive's home.
"""

app = typer.Typer(
    name="dateline",
    help="Answers questions about a news archive in the sources' own words, or says that it can't.",
    epilog="Example: dateline index --articles articles && dateline ask 'what does the US want from Israel?'",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:  # noqa: FBT001  # typer calls it so
    if asked:
        typer.echo(f"dateline {importlib.metadata.version('dateline')}")
        raise typer.Exit


@app.callback()
def _global_options(
    context: typer.Context,
    no_color: Annotated[bool, typer.Option("--no-color", help="Never use colours (NO_COLOR does too).")] = False,
    _show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    context.meta[CHECKS] = context.obj or ()
    context.obj = open_streams(colour=not no_color)


@app.command("index", epilog="Example: dateline index --articles articles feed.jsonl.gz --data data")
def index_command(
    context: typer.Context,
    articles: Annotated[
        list[Path], typer.Option("--articles", metavar="PATH", help="A folder or file of articles; several may follow.")
    ],
    more: Annotated[list[Path] | None, typer.Argument(metavar="[PATH]...", help="More folders or files.")] = None,
    data: DataDir = None,
    force: Annotated[bool, typer.Option("--force", help="Allow a run that removes over half of the archive.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read articles and bring the archive up to date with them; only what changed is worked on."""
    from index.bootstrap import reindex

    streams = streams_of(context)
    settings = _settings(data)
    with progress_bar(streams) as report:
        done = reindex(settings, [*articles, *(more or [])], report=report, force=force, asked_by="dateline index")
    if as_json:
        streams.json(report_json(done))
    else:
        from index.cli import render

        streams.out.print(render.report(done))


@app.command(epilog="Example: dateline search 'bridge repair cost' -k 5 --outlet 'Harbor Dispatch'")
def search(
    context: typer.Context,
    query: Annotated[str | None, typer.Argument(help="What to look for.")] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="How many passages.")] = 10,
    batch: Batch = None,
    as_of: AsOf = None,
    since: Since = None,
    until: Until = None,
    outlet: Outlet = None,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Find passages. A batch row is {"id", "query"}, with as_of, since, until and outlet where wanted."""
    streams = streams_of(context)
    _one_of(query, batch, "QUERY")
    where = parse_where(as_of=as_of, since=since, until=until, outlets=outlet or ())
    archive = _open(_settings(data), streams)

    def answer(row: BatchRow) -> Json:
        return search_json(row.id, row.text, archive.search(row.text, k, row.where))

    if batch is not None:
        run_batch(batch, field="query", default=where, answer=answer, streams=streams)
    elif query is not None:
        if as_json:
            streams.json(search_json(None, query, archive.search(query, k, where)))
        else:
            from index.cli import render

            streams.out.print(render.hits(archive.search(query, k, where)))


@app.command(epilog="Example: dateline ask 'what does the US want from Israel?' --as-of 2026-01-31")
def ask(
    context: typer.Context,
    question: Annotated[str | None, typer.Argument(help="The question.")] = None,
    batch: Batch = None,
    as_of: AsOf = None,
    since: Since = None,
    until: Until = None,
    outlet: Outlet = None,
    anytime: Anytime = False,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question with verbatim quotations, or say plainly that the archive does not have it.

    A batch row is {"id", "question"}, with history, as_of, since, until, outlet and anytime where wanted.
    """
    streams = streams_of(context)
    _one_of(question, batch, "QUESTION")
    where = parse_where(as_of=as_of, since=since, until=until, outlets=outlet or ())
    archive = _open(_settings(data), streams)

    def answer(row: BatchRow) -> Json:
        return reply_json(row.id, archive.ask(row.text, row.history, row.where, row.manner))

    manner = Manner(time_words=not anytime)
    if batch is not None:
        run_batch(batch, field="question", default=where, manner=manner, answer=answer, streams=streams)
    elif question is not None:
        reply = archive.ask(question, where=where, manner=manner)
        if as_json:
            streams.json(reply_json(None, reply))
        else:
            from index.cli import render

            streams.out.print(render.answer(reply))


@app.command(epilog="Example: dateline chat --since 2026-02-01")
def chat(
    context: typer.Context,
    as_of: AsOf = None,
    since: Since = None,
    until: Until = None,
    outlet: Outlet = None,
    data: DataDir = None,
) -> None:
    """Ask and ask on: a conversation at the terminal, follow-ups included."""
    from index.cli.chat import run_chat

    streams = streams_of(context)
    where = parse_where(as_of=as_of, since=since, until=until, outlets=outlet or ())
    run_chat(_open(_settings(data), streams), where, streams)


@app.command(epilog="Example: dateline show ledger-2026-02-05-who-pays --json")
def show(
    context: typer.Context,
    article_id: Annotated[str, typer.Argument(help="The id, as search and ask print it.")],
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show an article as it is stored; offsets of quotations count in its text."""
    streams = streams_of(context)
    article = _open(_settings(data), streams).article(article_id)
    if as_json:
        streams.json(article_json(article))
    else:
        from index.cli import render

        streams.out.print(render.article(article))


@app.command(epilog="Example: dateline status --json")
def status(context: typer.Context, data: DataDir = None, as_json: AsJson = False) -> None:
    """Show what is live: generation, counts, span of dates, models, size on disk, last run."""
    streams = streams_of(context)
    shown = _open(_settings(data), streams).status()
    if as_json:
        streams.json(status_json(shown))
    else:
        from index.cli import render

        streams.out.print(render.status(shown))


@app.command("eval", epilog="Example: dateline eval multihop newsconv --sets ../shared/data")
def eval_command(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="The sets to run.")],
    sets: Annotated[Path, typer.Option("--sets", metavar="DIR", help="Where the sets lie.")] = Path("../shared/data"),
    curves: Annotated[
        Path | None, typer.Option("--curves", metavar="DIR", help="Draw risk–coverage curves into this folder (SVG).")
    ] = None,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Measure retrieval, reading and answers on named sets; their archives are built under the archive's home."""
    from index.cli.measure import run_eval

    run_eval(names, sets, _settings(data), streams_of(context), as_json=as_json, pictures=curves)


app.command(epilog="Example: dateline doctor --json")(doctor)
app.command(epilog="Example: dateline backup /mnt/backups/dateline-2026-03-01.tar.gz")(backup)
app.command(epilog="Example: dateline restore /mnt/backups/dateline-2026-03-01.tar.gz --replace")(restore)


def _one_of(given: str | None, batch: str | None, name: str) -> None:
    if (given is None) == (batch is None):
        raise UsageError(f"give either {name} or --batch FILE|-")


def _settings(data: Path | None) -> ArchiveSettings:
    from index.settings import load_settings

    return load_settings(data=data)


def _open(settings: ArchiveSettings, streams: Streams) -> Archive:
    from index.bootstrap import open_with

    archive = open_with(settings)
    for warning in archive.warnings():
        from index.cli.render import printable

        streams.err.print(f"warning: {printable(warning)}", style="yellow", markup=False, emoji=False, soft_wrap=True)
    return archive


def main() -> None:
    """The console script: runs a command and turns errors into one line and an exit code."""
    try:
        checks: list[object] = []  # functions, which `dateline doctor` calls
        for plugin in importlib.metadata.entry_points(group=COMMAND_PLUGINS):
            checks += plugin.load()(app) or ()
        app(obj=tuple(checks))
    except UsageError as error:
        _fail(str(error), 2)
    except DatelineError as error:
        _fail(in_words(error), 1)
    except OutputClosed:
        # The reader of our output has gone (`dateline … | head`): nothing left to say, and nothing failed.
        _drop_output()
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, MemoryError, ImportError, RuntimeError) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            _drop_output()
            _fail("the output can't be written (no space left on the device): make room and run it again", 1)
        scarce = scarcity(error)
        if scarce is None:
            raise
        _fail(f"{scarce}, and run it again", 1)


def _drop_output() -> None:
    """Whatever is still buffered goes nowhere, or Python would fail once more when it flushes at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, code: int) -> None:
    from index.cli.render import printable

    # A message can quote a file's name or content.
    sys.stderr.write(f"error: {printable(' '.join(message.split()))}\n")
    sys.exit(code)
