"""The same conversation and rendering on a terminal, for people without a token."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from bot.cards import Card, Tone, notice
from bot.conversation import chat_filters, new_topic, question_in, where_from
from bot.desk import Newsroom
from bot.errors import wording
from bot.ledger import Source, sources_of
from bot.markup import plain
from bot.render import reply_card, source_card
from bot.words import Words
from index import Answer, Choice, Manner, Turn, turn_of
from index.errors import DatelineError

_TURNS: Final = 6
_ESCAPED: Final = re.compile(r"\\([^0-9A-Za-z\s])")
_LINK: Final = re.compile(r"(?<!\\)\[((?:\\.|[^\]\\])+)\]\(<([^>]+)>\)")
_BOLD: Final = re.compile(r"(?<!\\)\*\*(.+?)(?<!\\)\*\*")
_GREETING: Final = (
    "Ask a question; an empty line or Ctrl-D ends. `sources` shows the last answer's, `new` starts over, `anytime` "
    "asks again over all dates, a number picks a reading."
)


def converse(
    newsroom: Newsroom, lines: Iterable[str], show: Callable[[str], None], words: Words, *, colour: bool
) -> None:
    """Answers line by line; ``show`` takes text for the terminal."""
    talk = _Talk(newsroom, words)
    show(_GREETING.replace("`", "'"))
    for line in lines:
        text = line.strip()
        match text.casefold():
            case "":
                return
            case "new":
                text = "new topic"
            case "sources":
                for card in talk.sources:
                    show(terminal(card, colour=colour))
                continue
        text, begins = new_topic(text)
        if begins:
            talk = _Talk(newsroom, words)
        if not text:
            show(terminal(notice(words.new_topic, Tone.DONE), colour=colour))
            continue
        try:
            show(terminal(talk.answer(text), colour=colour))
        except DatelineError as error:
            show(wording(error, words) or str(error))


class _Talk:
    """A conversation: its turns, the last answer's sources, and the readings that were offered."""

    def __init__(self, newsroom: Newsroom, words: Words) -> None:
        self._newsroom = newsroom
        self._words = words
        self._turns: deque[Turn] = deque(maxlen=_TURNS)
        self._last = ""
        self._choices: tuple[Choice, ...] = ()
        self.sources: list[Card] = []

    def answer(self, text: str) -> Card:
        """What a line gets: a question, *anytime* for the last one again, or the number of a reading."""
        manner, history = Manner(), tuple(self._turns)
        if text.casefold() == "anytime" and self._last:
            text, manner = self._last, Manner(time_words=False)
            if history and not self._choices:
                # The turn that is asked again; one that was asked back is none.
                history = history[:-1]
        elif text.isdecimal() and 0 < int(text) <= len(self._choices):
            text, manner = self._choices[int(text) - 1].question, Manner(ask_back=False)
        typed, filters = chat_filters(plain(text))
        reply = self._newsroom.ask(question_in(typed), history, where_from(filters), manner)
        self.sources = list(self._cards(sources_of(reply)))
        self._last, self._choices = text, reply.choices if isinstance(reply, Answer) else ()
        self._turns = deque(history, maxlen=_TURNS)
        if not self._choices:
            self._turns.append(turn_of(reply))
        return reply_card(reply, self._words)

    def _cards(self, found: Sequence[Source]) -> Iterator[Card]:
        for page, one in enumerate(found, start=1):
            article = self._newsroom.article(one.citation.article_id)
            yield source_card(one.citation, article, one.passage, self._words, page=page, of=len(found))


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
