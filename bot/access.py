"""What a button or a form may get at: only what belongs to the place where it is used, and to whoever uses it.

A ``custom_id`` is an address that anybody could write, so it opens nothing by itself.
"""

from __future__ import annotations

from typing import Final, TypeVar

import discord

from bot.errors import Refusal
from bot.ledger import LookUp, Record
from bot.office import office_of

Kept = TypeVar("Kept", Record, LookUp)
_LARGEST: Final = 2**63 - 1
"""SQLite's largest id; beyond it there is nothing, and asking would be an error."""


async def record_for(interaction: discord.Interaction, record_id: int) -> Record:
    """A record by its number.

    Raises:
        Refusal: it isn't kept any more, is from another place, or is another's private one.
    """
    office = office_of(interaction)
    found = await office.file(lambda: office.ledger.record(record_id)) if record_id <= _LARGEST else None
    return _allowed(interaction, found)


async def lookup_for(interaction: discord.Interaction, lookup_id: int, kind: str) -> LookUp:
    """A search, or an article that was read, by its number.

    Raises:
        Refusal: as :func:`record_for`.
    """
    office = office_of(interaction)
    found = await office.file(lambda: office.ledger.lookup(lookup_id, kind)) if lookup_id <= _LARGEST else None
    return _allowed(interaction, found)


def _allowed(interaction: discord.Interaction, found: Kept | None) -> Kept:
    office = office_of(interaction)
    # A thread begins at a message of the channel above it. Direct messages have no guild: the channel tells them apart.
    places = {interaction.channel_id, getattr(interaction.channel, "parent_id", None)} - {None}
    if found is None or found.guild_id != interaction.guild_id or found.channel_id not in places:
        raise Refusal(office.words_of(interaction).forgotten, "forgotten")
    if found.private and found.asker != office.ledger.alias(interaction.user.id):
        raise Refusal(office.words_of(interaction).forgotten, "another's")
    return found
