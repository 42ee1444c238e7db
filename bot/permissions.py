"""Who may administer, and what the bot itself may do in a channel."""

from __future__ import annotations

import logging
from typing import Final

import discord

from bot.errors import Refusal
from bot.inquiry import role_ids
from bot.office import Office, office_of

_log = logging.getLogger(__name__)

INVITE: Final = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    read_message_history=True,
    attach_files=True,
)
"""What the bot asks for when invited; it never needs more."""
NEEDED: Final = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "read_message_history": "Read Message History",
    "attach_files": "Attach Files",
}


def missing_in(channel: discord.abc.GuildChannel, me: discord.Member) -> tuple[str, ...]:
    """The permissions that the bot lacks in a channel, by the names that Discord shows."""
    granted = channel.permissions_for(me)
    return tuple(shown for name, shown in NEEDED.items() if not getattr(granted, name))


def report_missing(guild: discord.Guild) -> None:
    """Logs one line for each channel that the bot can see but not work in."""
    for channel in guild.text_channels:
        if channel.permissions_for(guild.me).view_channel:
            missing = missing_in(channel, guild.me)
            if missing:
                _log.warning(
                    "channel %d of server %d: missing permissions: %s", channel.id, guild.id, ", ".join(missing)
                )


def is_admin(office: Office, user: discord.User | discord.Member, guild_id: int | None) -> bool:
    """Whether a user administers here: operator, *Manage Server*, or a role that the guild's owner named."""
    if user.id in office.settings.operators:
        return True
    if guild_id is None or not isinstance(user, discord.Member):
        return False
    permissions = user.resolved_permissions or discord.Permissions.none()
    if permissions.manage_guild or permissions.administrator:
        return True
    return bool(set(office.book.own(guild_id).admin_roles) & set(role_ids(user)))


def administers(interaction: discord.Interaction) -> bool:
    """Whether whoever is behind an interaction administers where it comes from.

    Anybody may have the app as their own and use it in a server that they made: that makes them admin of nothing here.
    """
    office, guild_id = office_of(interaction), interaction.guild_id
    installed = guild_id is None or interaction.is_guild_integration() or interaction.client.get_guild(guild_id)
    return is_admin(office, interaction.user, guild_id if installed else None)


def require_admin(interaction: discord.Interaction) -> None:
    """Checked at run time too: default permissions can be overridden by a server's integration settings.

    Raises:
        Refusal: to anyone else.
    """
    office = office_of(interaction)
    if not administers(interaction):
        raise Refusal(office.words_of(interaction).not_admin, "not an admin")


def require_home(interaction: discord.Interaction) -> None:
    """For what concerns the archive, which all guilds share.

    Raises:
        Refusal: to admins of guilds that don't look after the archive.
    """
    office = office_of(interaction)
    require_admin(interaction)
    homes = office.settings.home_guilds
    if homes and interaction.guild_id not in homes and interaction.user.id not in office.settings.operators:
        raise Refusal(office.words_of(interaction).not_home, "not at home")
