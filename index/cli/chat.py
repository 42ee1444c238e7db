"""``dateline chat``: a conversation at the terminal."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass, field

from index.archive import Archive
from index.cli import render
from index.cli.console import Streams
from index.conversation.topic import new_topic
from index.errors import UsageError
from index.types import Answer, Choice, Manner, Reply, Turn, Where, turn_of

_HELP = (
    "Ask away; a follow-up such as “why?” keeps the topic. /new (or “new topic: …”) starts a new topic, /anytime asks "
    "the last question again over all dates, /quit (or Ctrl-D) leaves."
)


@dataclass(slots=True)
class _Talk:
    """What a conversation remembers: its turns, the last question, and the readings that were offered for it."""

    archive: Archive
    where: Where
    remembered: int
    turns: list[Turn] = field(default_factory=list)
    last: str = ""
    choices: tuple[Choice, ...] = ()

    def answer(self, typed: str) -> Reply | str:
        """What a line of input gets: a reply, or a word about the conversation."""
        typed, begins = new_topic(typed)
        if begins:
            self.start_over()
            if not typed:
                return "New topic."
        if typed.lower() == "/anytime" and self.last:
            return self.ask_again()
        if not typed or typed.startswith("/"):
            return _HELP if typed else ""
        chosen = self.chosen(typed)
        return self.ask(chosen or typed, Manner(ask_back=chosen is None))

    def ask(self, question: str, manner: Manner) -> Reply:
        """Asks in the conversation; a question that is asked back is no turn of it yet."""
        self.last = question
        reply = self.archive.ask(question, self.turns, self.where, manner)
        self.choices = reply.choices if isinstance(reply, Answer) else ()
        if not self.choices:
            self.turns.append(turn_of(reply))
            del self.turns[: -self.remembered]
        return reply

    def ask_again(self) -> Reply:
        """The last question over all dates, in place of what it was answered before."""
        if self.turns and self.turns[-1].question == self.last:
            del self.turns[-1]
        return self.ask(self.last, Manner(time_words=False))

    def start_over(self) -> None:
        """Forgets."""
        self.turns.clear()
        self.last, self.choices = "", ()

    def chosen(self, typed: str) -> str | None:
        """The reading that a number stands for."""
        number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 3 else 0  # noqa: PLR2004 - two digits
        return self.choices[number - 1].question if 0 < number <= len(self.choices) else None


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
    talk = _Talk(archive, where, remembered)
    while True:
        try:
            typed = streams.err.input("[bold cyan]› [/]").strip()
        except (EOFError, KeyboardInterrupt):
            streams.err.print()
            return
        if typed.lower() in {"/quit", "/exit"}:
            return
        try:
            said = talk.answer(typed)
        except KeyboardInterrupt:
            said = "Stopped."
        if isinstance(said, str):
            if said:
                streams.err.print(said, style="dim")
            continue
        streams.out.print(render.answer(said))
        streams.out.print()
        if said.searched.period is not None and said.searched.period.kept:
            streams.err.print("/anytime asks that again over all dates.", style="dim")
