"""Whether somebody may ask here and now."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from discord.ext import commands

from bot.errors import Refusal
from bot.inquiry import role_ids
from bot.office import Office, Staffed
from bot.words import Words

_NAMED = 10
PACE = {"user cooldown", "guild cooldown", "edit cooldown"}
"""Why a refusal was for asking too fast."""
TOLD_PER_MINUTE = 4
"""Other refusals that one person gets for all to see; more would make the bot a means to flood a channel."""


def check_open(staff: Staffed, words: Words) -> None:
    """Lets pass while questions are taken.

    Raises:
        Refusal: the bot is about to leave, and an answer might not be finished any more.
    """
    if not staff.accepting:
        raise Refusal(words.leaving, "leaving")


def check_place(
    office: Office,
    words: Words,
    *,
    guild_id: int | None,
    channel_ids: Sequence[int | None],
    role_ids: Sequence[int],
) -> None:
    """Lets pass what a guild allows; ``channel_ids`` are the channel and, for a thread, the one above it.

    Raises:
        Refusal: the guild keeps the bot to other channels, or to other roles.
    """
    if guild_id is None:
        return
    own = office.book.own(guild_id)
    if own.channels and not set(channel_ids) & set(own.channels):
        places = ", ".join(f"<#{channel_id}>" for channel_id in own.channels[:_NAMED])
        raise Refusal(words.not_here.format(channels=places), "channel")
    if own.roles and not set(own.roles) & set(role_ids):
        raise Refusal(words.not_you, "role")


def admit(staff: Staffed, context: commands.Context[Any]) -> Words:
    """Lets a command pass where questions are taken now, and gives the language to answer it in.

    Raises:
        Refusal: the bot is about to leave, or the guild keeps it to other channels or roles.
    """
    office, guild_id = staff.office, context.guild.id if context.guild else None
    if context.interaction is not None:
        words = office.words_of(context.interaction)
    else:
        words = office.words(guild_id, context.channel.id)
    check_open(staff, words)
    check_place(
        office,
        words,
        guild_id=guild_id,
        channel_ids=(context.channel.id, getattr(context.channel, "parent_id", None)),
        role_ids=role_ids(context.author),
    )
    return words


def check_pace(office: Office, words: Words, *, user_id: int, guild_id: int | None) -> None:
    """Counts a question.

    Raises:
        Refusal: the user or the guild has asked too much in the last minute.
    """
    for pace, key, text, why in (
        (office.user_pace, user_id, words.slow_down, "user cooldown"),
        (office.guild_pace, guild_id, words.guild_slow_down, "guild cooldown"),
    ):
        wait = pace.wait(key) if key is not None else 0.0
        if wait:
            raise Refusal(text.format(until=int(time.time() + wait) + 1), why)
    office.user_pace.count(user_id)
    if guild_id is not None:
        office.guild_pace.count(guild_id)


def check_edits(office: Office, words: Words, *, user_id: int) -> None:
    """Counts a question that is asked anew, having been edited: it has been paid for, but not any number of times.

    Raises:
        Refusal: the user has edited as many questions in the last minute as they may ask.
    """
    wait = office.edit_pace.wait(user_id)
    if wait:
        raise Refusal(words.slow_down.format(until=int(time.time() + wait) + 1), "edit cooldown")
    office.edit_pace.count(user_id)
