"""A question with all that bears on its answer, made from an interaction or a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import discord

from bot.office import Office
from bot.words import Words, week_begins
from index import Manner, Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """A question with all that bears on its answer.

    ``way`` names the way in, for the metrics; ``threads`` tells whether a thread can be begun below the answer;
    ``begins`` that a new topic begins with it, also without a question.
    """

    way: str
    question: str
    words: Words
    user_id: int
    guild_id: int | None
    channel_id: int | None
    parent_channel_id: int | None = None
    role_ids: Sequence[int] = ()
    where: Where | None = None
    private: bool = False
    threads: bool = False
    shows_question: bool = True
    source_message_id: int | None = None
    parent_id: int | None = None
    record_id: int | None = None
    begins: bool = False
    manner: Manner = field(default_factory=Manner)

    @property
    def alone(self) -> bool:
        """Whether the asker alone sees the answer: a private one, or one to a direct message."""
        return self.private or (self.guild_id is None and self.source_message_id is not None)


def from_interaction(
    office: Office,
    interaction: discord.Interaction,
    *,
    way: str,
    question: str,
    where: Where | None = None,
    private: bool | None = None,
    parent_id: int | None = None,
    begins: bool = False,
    manner: Manner | None = None,
) -> Inquiry:
    """An inquiry by command, button or modal. ``private`` None: as the channel has it."""
    if private is None:
        private = bool(office.book.effective(interaction.guild_id, interaction.channel_id).private)
    return Inquiry(
        way=way,
        question=question,
        words=office.words_of(interaction),
        user_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        parent_channel_id=getattr(interaction.channel, "parent_id", None),
        role_ids=role_ids(interaction.user),
        where=where,
        private=private,
        threads=may_begin_threads(interaction.channel),
        parent_id=parent_id,
        begins=begins,
        manner=replace(manner or Manner(), week_begins=week_begins(str(interaction.locale))),
    )


def from_message(
    office: Office,
    message: discord.Message,
    *,
    way: str,
    question: str,
    where: Where | None = None,
    parent_id: int | None = None,
    record_id: int | None = None,
    begins: bool = False,
) -> Inquiry:
    """An inquiry by message; what is asked stands there already, so the reply doesn't repeat it."""
    guild_id = message.guild.id if message.guild else None
    return Inquiry(
        way=way,
        question=question,
        words=office.words(guild_id, message.channel.id),
        user_id=message.author.id,
        guild_id=guild_id,
        channel_id=message.channel.id,
        parent_channel_id=getattr(message.channel, "parent_id", None),
        role_ids=role_ids(message.author),
        where=where,
        threads=may_begin_threads(message.channel),
        shows_question=False,
        source_message_id=message.id,
        parent_id=parent_id,
        record_id=record_id,
        begins=begins,
    )


def may_begin_threads(channel: object) -> bool:
    """Whether the bot can begin threads below a channel's messages: by the channel's kind, and by its permissions."""
    if not isinstance(channel, discord.TextChannel) or channel.guild.me is None:
        return False
    granted = channel.permissions_for(channel.guild.me)
    return granted.create_public_threads and granted.send_messages_in_threads


def role_ids(user: discord.User | discord.Member) -> tuple[int, ...]:
    """The roles that a member has; none outside guilds."""
    return tuple(role.id for role in user.roles) if isinstance(user, discord.Member) else ()
