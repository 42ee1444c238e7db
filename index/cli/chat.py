"""``dateline chat``: a conversation at the terminal."""

from __future__ import annotations

import io
import sys

from index.archive import Archive
from index.cli import render
from index.cli.console import Streams
from index.errors import UsageError
from index.types import Answer, Turn, Where

_HELP = "Ask away; a follow-up such as “why?” keeps the topic. /new starts a new topic, /quit (or Ctrl-D) leaves."


def run_chat(archive: Archive, where: Where, streams: Streams, *, remembered: int = 6) -> None:
    """Asks until the end of input; the last ``remembered`` turns go along as context.

    Raises:
        UsageError: standard input is closed.
    """
    if sys.stdin is None:
        raise UsageError("standard input is closed: chat reads questions from it")
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    status = archive.status()
    streams.err.print(f"{status.articles:,} articles, generation {status.generation}. {_HELP}", style="dim")
    history: list[Turn] = []
    while True:
        try:
            question = streams.err.input("[bold cyan]› [/]").strip()
        except (EOFError, KeyboardInterrupt):
            streams.err.print()
            return
        match question:
            case "":
                continue
            case "/quit" | "/exit":
                return
            case "/new":
                history.clear()
                streams.err.print("New topic.", style="dim")
                continue
            case _ if question.startswith("/"):
                streams.err.print(_HELP, style="dim")
                continue
        try:
            reply = archive.ask(question, history, where)
        except KeyboardInterrupt:
            streams.err.print("Stopped.", style="dim")
            continue
        streams.out.print(render.answer(reply))
        streams.out.print()
        history.append(Turn(question=question, answer=reply.text if isinstance(reply, Answer) else ""))
        del history[:-remembered]
