"""The same conversation and rendering on a terminal, for people without a token."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from bot.cards import Card
from bot.conversation import chat_filters, question_in, where_from
from bot.desk import Newsroom
from bot.errors import wording
from bot.ledger import sources_of
from bot.markup import plain
from bot.render import reply_card, short_answer, source_card
from bot.words import Words
from index import Answer, Choice, Manner, Turn
from index.errors import DatelineError

_TURNS: Final = 6
_ESCAPED: Final = re.compile(r"\\([^0-9A-Za-z\s])")
_LINK: Final = re.compile(r"(?<!\\)\[((?:\\.|[^\]\\])+)\]\(<([^>]+)>\)")
_BOLD: Final = re.compile(r"(?<!\\)\*\*(.+?)(?<!\\)\*\*")
_GREETING: Final = (
    "Ask a question; an empty line or Ctrl-D ends. `sources` shows the last answer's, `new` starts over, `anytime` asks "
    "again over all dates, a number picks a reading."
)


def converse(
    newsroom: Newsroom, lines: Iterable[str], show: Callable[[str], None], words: Words, *, colour: bool
) -> None:
    """Answers line by line; ``show`` takes text for the terminal."""
    history: deque[Turn] = deque(maxlen=_TURNS)
    sources: list[Card] = []
    last, choices = "", tuple[Choice, ...]()
    show(_GREETING.replace("`", "'"))
    for line in lines:
        text = line.strip()
        match text.casefold():
            case "":
                return
            case "new":
                history.clear()
                sources, last, choices = [], "", ()
                continue
            case "sources":
                for card in sources:
                    show(terminal(card, colour=colour))
                continue
        manner = Manner()
        if text.casefold() == "anytime" and last:
            text, manner = last, Manner(time_words=False)
            if history:
                history.pop()
        elif text.isdecimal() and 0 < int(text) <= len(choices):
            text, manner = choices[int(text) - 1].question, Manner(ask_back=False)
        typed, filters = chat_filters(plain(text))
        try:
            reply = newsroom.ask(question_in(typed), tuple(history), where_from(filters), manner)
            found = sources_of(reply)
            sources = [
                source_card(
                    one.citation,
                    newsroom.article(one.citation.article_id),
                    one.passage,
                    words,
                    page=page,
                    of=len(found),
                )
                for page, one in enumerate(found, start=1)
            ]
        except DatelineError as error:
            show(wording(error, words) or str(error))
            continue
        last, choices = text, reply.choices if isinstance(reply, Answer) else ()
        if not choices:
            history.append(Turn(question=reply.question, answer=short_answer(reply, words)))
        show(terminal(reply_card(reply, words), colour=colour))


def terminal(card: Card, *, colour: bool) -> str:
    """A card as text: Discord's markdown becomes terminal styles, or nothing."""
    bold, dim, reset = ("\x1b[1m", "\x1b[2m", "\x1b[0m") if colour else ("", "", "")
    lines = []
    for line in "\n".join(card.blocks).split("\n"):
        start, end = "", ""
        if line.startswith("-# "):
            line, start, end = line[3:], dim, reset  # noqa: PLW2901 - the mark-up is taken off
        elif line.startswith("> "):
            line = f"  {line[2:]}"  # noqa: PLW2901 - as above
        elif line.startswith("### "):
            line, start, end = line[4:], bold, reset  # noqa: PLW2901 - as above
        styled = _BOLD.sub(rf"{bold}\1{reset}{start}", _LINK.sub(r"\1 (\2)", line))
        lines.append(start + _ESCAPED.sub(r"\1", styled) + end)
    return "\n".join(lines)
