"""Ten conversations, as printed: ``python -m tests.bot.transcripts [--discord] [--also ARTICLE]``.

On the sample archive, in the terminal as ``dateline chat`` has them, or with ``--discord`` through the loopback
Discord: direct messages, with the bot's cards drawn as text and its buttons in brackets. ``--also`` adds an article,
such as the owner's own, and the questions about it are then asked of both.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from bot.cards import Card, Tone
from bot.console import terminal
from bot.newsroom import ArchiveNewsroom
from index import open_archive, reindex
from index.cli.chat import run_chat
from index.cli.console import Streams
from index.wire import parse_where
from tests.bot.process import ROOT
from tests.bot.stage import running_bot
from tests.discord_server.server import LoopbackDiscord
from tests.discord_server.world import Message

AS_OF: Final = "2026-03-22"
"""The day on which the terminal's conversations take place, two days after the sample archive's last article."""
CONVERSATIONS: Final[tuple[tuple[str, ...], ...]] = (
    ("what does the US want from Israel?", "and what about Netanyahu?", "why?", "when was that published?"),
    ("Why was the Lanyard Bridge closed?", "who found it?", "when did it reopen?"),
    ("How much will the repair of the Lanyard Bridge cost?", "who said so?", "new topic", "Who runs the Night Ferry?"),
    ("Who runs the Night Ferry?", "what did she do before?", "and who is Piet?"),
    ("How many people marched?", "who counted them?", "what do you have on the march?"),
    (
        "what do you have on Malloch?",
        "how many articles mention the Lanyard Bridge in February?",
        "how many articles mention Atlantis?",
    ),
    ("which outlets do you have?", "who reports on the night ferry?", "what is new since Friday?"),
    ("what happened last week?", "what has happened since the march?", "how many articles are there?"),
    ("what's the latest on the Lanyard Bridge?", "who is the mayor now?"),
    ("What did the mayor say in February?", "/anytime", "Who won the chess championship?"),
)
_WIDTH: Final = 150
_LINES: Final = 14
"""Most lines of a reply that are printed."""


class _Typed(io.StringIO):
    """What is typed, shown as it is read."""

    def __init__(self, lines: Sequence[str], screen: Console) -> None:
        super().__init__("\n".join(lines) + "\n")
        self._screen = screen

    def readline(self, size: int | None = -1, /) -> str:
        """The next line."""
        line = super().readline(-1 if size is None else size)
        self._screen.print(line.rstrip("\n"), markup=False, highlight=False)
        return line


def in_terminal(data: Path) -> None:
    """Each conversation as a ``dateline chat`` of its own."""
    archive = open_archive(data)
    where = parse_where(as_of=AS_OF)
    real = sys.stdin
    for number, conversation in enumerate(CONVERSATIONS, start=1):
        shown = io.StringIO()
        screen = Console(file=shown, width=_WIDTH, highlight=False)
        try:
            sys.stdin = _Typed(conversation, screen)
            run_chat(archive, where, Streams(out=screen, err=screen))
        finally:
            sys.stdin = real
        _say(f"\n── terminal, conversation {number} ──")
        for part in shown.getvalue().split("\n› ")[1:]:
            question, _, reply = part.partition("\n")
            if question.strip():
                _say(f"› {question}")
                _say(_indented(reply))


async def on_discord(data: Path, home: Path) -> None:
    """Each conversation as direct messages of a person of its own."""
    async with LoopbackDiscord() as discord:
        guild = discord.world.add_guild()
        async with running_bot(discord, ArchiveNewsroom(data, home), home, user_per_minute=1_000):
            for number, conversation in enumerate(CONVERSATIONS, start=1):
                person = discord.person(f"person {number}", guild)
                _say(f"\n── Discord, conversation {number} ──")
                reply: Message | None = None
                for typed in conversation:
                    if typed == "/anytime":
                        labels = [button["label"] for button in reply.buttons] if reply else []
                        if reply is None or "All dates" not in labels:
                            continue
                        _say("› (presses All dates)")
                        reply = await discord.answer(await person.click(reply, "All dates"), 120)
                    else:
                        _say(f"› {typed}")
                        reply = await discord.reply(await person.direct(typed), within=120)
                    card = Card(tone=Tone.ANSWER, blocks=tuple(reply.texts))
                    buttons = "".join(f" [{button['label']}]" for button in reply.buttons)
                    _say(_indented(f"{terminal(card, colour=False)}\n{buttons}"))


def _indented(text: str) -> str:
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    cut = [*lines[: _LINES - 2], "…", *lines[-1:]] if len(lines) > _LINES else lines
    return "\n".join(f"    {line}" for line in cut)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Prints them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--discord", action="store_true", help="through the loopback Discord")
    parser.add_argument("--also", type=Path, help="a further article, where it exists")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shutil.copytree(ROOT / "articles", home / "articles")
        if given.also is not None and given.also.exists():
            shutil.copy(given.also, home / "articles")
        reindex(home / "data", [home / "articles"])
        if given.discord:
            asyncio.run(on_discord(home / "data", home))
        else:
            in_terminal(home / "data")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
