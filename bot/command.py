"""``dateline bot``, as the command line takes it in; the bot itself is imported when it runs."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("bot", epilog="Example: dateline bot --console")(bot)


def bot(
    *,
    console: Annotated[
        bool, typer.Option("--console", help="Talk to it here on the terminal, without Discord and without a token.")
    ] = False,
) -> None:
    """Run the Discord bot; its settings come from the environment and `.env`."""
    from bot.__main__ import run

    raise typer.Exit(run(("--console",) if console else ()))
