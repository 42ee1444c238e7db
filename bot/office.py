"""What every part of the bot works with, made once and passed along."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from bot.audit import AuditLog
from bot.database import transaction
from bot.ledger import Ledger
from bot.metrics import Metrics
from bot.pace import Cooldowns, Seen
from bot.preferences import PreferenceBook
from bot.rooms import Rooms
from bot.words import Words, words_for

if TYPE_CHECKING:
    import discord

    from bot.answering import Answering
    from bot.delivery import Typing
    from bot.desk import Desk
    from bot.reindexing import Reindexing
    from bot.settings import BotSettings

Found = TypeVar("Found")


@dataclass(slots=True, kw_only=True)
class Office:
    """The desk, the files and the rules of the house."""

    settings: BotSettings
    desk: Desk
    connection: sqlite3.Connection
    ledger: Ledger
    rooms: Rooms
    book: PreferenceBook
    audit: AuditLog
    metrics: Metrics
    user_pace: Cooldowns
    guild_pace: Cooldowns
    edit_pace: Cooldowns
    seen: Seen = field(default_factory=Seen)
    started: float = field(default_factory=time.time)

    @classmethod
    def open(cls, settings: BotSettings, desk: Desk, connection: sqlite3.Connection) -> Office:
        """Everything on one database."""
        return cls(
            settings=settings,
            desk=desk,
            connection=connection,
            ledger=Ledger(connection),
            rooms=Rooms(connection, hours=settings.conversation_hours),
            book=PreferenceBook(connection),
            audit=AuditLog(connection),
            metrics=Metrics(),
            user_pace=Cooldowns(settings.user_per_minute),
            guild_pace=Cooldowns(settings.guild_per_minute),
            edit_pace=Cooldowns(settings.user_per_minute),
        )

    async def file(self, work: Callable[[], Found]) -> Found:
        """Runs something on the bot's database, on its own thread."""
        return await self.desk.file(work)

    def keep_preferences(self, guild_id: int, channel_id: int, *, actor_id: int, action: str, detail: str = "") -> None:
        """Makes what was set for a guild or a channel last, and notes who set it. Call it by :meth:`file`."""
        with transaction(self.connection):
            self.book.save(guild_id, channel_id)
            self.audit.note(actor_id, guild_id, action, detail)

    def words(self, guild_id: int | None, channel_id: int | None, locale: str | None = None) -> Words:
        """The language of the interface: what is set for the channel or guild, else the asker's own."""
        return words_for(self.book.effective(guild_id, channel_id).language or locale)

    def words_of(self, interaction: discord.Interaction) -> Words:
        """The language for whoever is behind an interaction."""
        return self.words(interaction.guild_id, interaction.channel_id, str(interaction.locale))


class Staffed(Protocol):
    """A client that has an office behind it."""

    office: Office
    answering: Answering
    reindexing: Reindexing
    typing_notice: Typing
    accepting: bool


def staff_of(interaction: discord.Interaction) -> Staffed:
    """The client behind an interaction."""
    return cast("Staffed", interaction.client)


def office_of(interaction: discord.Interaction) -> Office:
    """The office behind an interaction."""
    return staff_of(interaction).office
