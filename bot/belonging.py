"""Which question a new one follows: by the reply, through other people's replies, or by where it is asked."""

from __future__ import annotations

from typing import Final

import discord

from bot.ledger import Record
from bot.office import Office

_HOPS: Final = 8
"""Replies to replies that are followed back to something that the bot knows."""


async def before_message(office: Office, message: discord.Message) -> int | None:
    """The question that a message follows up on; None where it begins a conversation.

    A reply belongs to what it replies to, an answer or a question, also through other people's replies. In a direct
    message or a thread of the bot's anything else follows the last turn there.
    """
    guild_id = message.guild.id if message.guild else None
    found = await _replied_to(office, message, guild_id)
    if found is not None:
        return found.id
    alone = guild_id is None
    return await before_here(office, message.channel.id, guild_id, message.author.id, private=alone)


def goes_on(office: Office, channel_id: int | None, guild_id: int | None) -> bool:
    """Whether questions in a place go on from one another: in direct messages and in threads of the bot's."""
    return channel_id is not None and (guild_id is None or office.rooms.has(channel_id))


async def before_here(
    office: Office, channel_id: int | None, guild_id: int | None, user_id: int, *, private: bool
) -> int | None:
    """The last turn in a direct message or a thread of the bot's; elsewhere every question stands for itself.

    ``private`` tells whether the asker alone sees the answer: one for all never goes on from a private question.
    """
    if channel_id is None or not goes_on(office, channel_id, guild_id):
        return None
    alias = office.ledger.alias(user_id)
    return await office.file(lambda: office.rooms.last_turn(channel_id, alias, private=private))


async def _known(office: Office, message_id: int) -> Record | None:
    """The question that a message answers, or asks."""
    return await office.file(lambda: office.ledger.by_reply(message_id) or office.ledger.by_source(message_id))


async def _replied_to(office: Office, message: discord.Message, guild_id: int | None) -> Record | None:
    at: discord.Message | None = message
    for _ in range(_HOPS):
        reference = at.reference if at is not None else None
        if reference is None or reference.message_id is None or reference.channel_id != message.channel.id:
            return None
        replied_id = reference.message_id
        record = await _known(office, replied_id)
        if record is not None:
            # What a reply claims to follow is believed only where it was said.
            places = {message.channel.id, getattr(message.channel, "parent_id", None)}
            return record if record.guild_id == guild_id and record.channel_id in places else None
        at = reference.resolved if isinstance(reference.resolved, discord.Message) else None
        if at is None:
            # Discord sends one message back along with a reply, no more.
            try:
                at = await message.channel.fetch_message(replied_id)
            except discord.HTTPException:
                return None
    return None
