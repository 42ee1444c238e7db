"""What the pictures show: messages that the bot really sent to the loopback Discord, about the sample archive."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path

from bot.newsroom import ArchiveNewsroom
from bot.words import EN
from index import reindex
from tests.bot.stage import running_bot
from tests.discord_server.payloads import message_json
from tests.discord_server.people import Person
from tests.discord_server.server import LoopbackDiscord
from tests.discord_server.world import JSON, Channel, Interaction, Message

ANSWERED = "How many people marched?"
UNANSWERED = "Why was the Lanyard Bridge closed in 2019?"
NOTICES = 60
WITHIN = 120.0


class Unfit(Exception):
    """The bot answered otherwise than the picture needs; choose another question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A message as Discord stores it, who ran which command to get it, and the people that it names."""

    message: JSON
    asker: str
    command: str | None
    names: dict[str, str]


class Photographer:
    """Takes shots of messages in one channel."""

    def __init__(self, discord: LoopbackDiscord, channel: Channel) -> None:
        self._discord = discord
        self._channel = channel

    def shot(self, message: Message, person: Person, command: str | None = None) -> Shot:
        """A message as it stands now."""
        names = {str(user.id): user.name for user in self._discord.world.users.values()}
        stored = copy.deepcopy(message_json(self._discord.world, message))
        return Shot(message=stored, asker=person.user.name, command=command, names=names)

    async def asked(self, person: Person, question: str, *, answered: bool) -> Message:
        """The reply to a question.

        Raises:
            Unfit: it is not of the kind that was wanted.
        """
        asked: Interaction = await person.slash(self._channel, "ask", question=question)
        message = await self._discord.answer(asked, WITHIN)
        if (EN.sources in [button["label"] for button in message.buttons]) != answered:
            raise Unfit(f"{question!r} is {'not ' if answered else ''}answered: choose another in {__name__}")
        return message

    async def sources(self, person: Person, answer: Message) -> Message:
        """What *Sources* shows."""
        return await self._discord.answer(await person.click(answer, EN.sources), WITHIN)

    async def progress(self, showing: str) -> Message:
        """The message that shows a reindexing, once it shows this."""
        messages = self._discord.world.in_channel
        return await self._discord.world.until(
            lambda: next((one for one in messages(self._channel) if showing in one.text), None), showing, 3 * WITHIN
        )


async def scenes(home: Path) -> dict[str, list[Shot]]:
    """The pictures by name, each with its messages from top to bottom; ``home`` has the folder ``articles``."""
    reindex(home / "data", [home / "articles"])
    async with LoopbackDiscord() as discord:
        guild = discord.world.add_guild()
        (channel,) = guild.channels.values()
        reader, editor = discord.person("mara", guild), discord.owner(guild)
        editor.user.name = "sub-editor"
        photographer = Photographer(discord, channel)
        async with running_bot(discord, ArchiveNewsroom(home / "data", home / "articles"), home):
            answer = await photographer.asked(reader, ANSWERED, answered=True)
            sources = await photographer.sources(reader, answer)
            nothing = await photographer.asked(reader, UNANSWERED, answered=False)
            asking = [
                photographer.shot(answer, reader, "ask"),
                photographer.shot(sources, reader),
                photographer.shot(nothing, reader, "ask"),
            ]
            _write_notices(home / "articles")
            await editor.slash(channel, "reindex")
            under_way = photographer.shot(await photographer.progress("█░"), editor)
            done = photographer.shot(await photographer.progress("Reindexed"), editor)
    return {"ask": asking, "reindex": [under_way, done]}


def _write_notices(folder: Path) -> None:
    """Enough new articles for the run to take a while, and one that can't be read."""
    for number in range(NOTICES):
        text = " ".join(f"Berth {n} of pier {number} opens at {n % 12} o'clock." for n in range(80))
        notice = f"Notice {number}\n\nTolvermouth, Friday, April 3rd, 2026 - {text}\n"
        (folder / f"notice-{number}.txt").write_text(notice, encoding="utf-8")
    (folder / "broken.json").write_text("{", encoding="utf-8")
