"""``dateline bot``, as the command line takes it in; the bot itself is imported when it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    # `dateline --help` has no business loading it.
    from index.care import Finding


def register(app: typer.Typer) -> list[Callable[[Path], Iterable[Finding]]]:
    """Adds the command; returns what `dateline doctor` is to look at beside the archive."""
    app.command("bot", epilog="Example: dateline bot --console")(bot)
    return [_examine]


def bot(
    *,
    console: Annotated[
        bool, typer.Option("--console", help="Talk to it here on the terminal, without Discord and without a token.")
    ] = False,
) -> None:
    """Run the Discord bot; its settings come from the environment and `.env`."""
    from bot.__main__ import run

    raise typer.Exit(run(("--console",) if console else ()))


def _examine(home: Path) -> Iterable[Finding]:
    from bot.checkup import examine_files

    return examine_files(home)
