"""Permission bits and how Discord works them out for a member in a channel."""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.discord_server.world import Channel, Guild


class Permission(IntFlag):
    """The bits that the loopback server enforces or hands out."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_APPLICATION_COMMANDS = 1 << 31
    CREATE_PUBLIC_THREADS = 1 << 35
    SEND_MESSAGES_IN_THREADS = 1 << 38


EVERYONE = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.ADD_REACTIONS
    | Permission.USE_APPLICATION_COMMANDS
)
EVERYTHING = (1 << 53) - 1


def permissions_in(guild: Guild, user_id: int, channel: Channel | None = None) -> int:
    """The bits a member holds in a guild or, with overwrites, in one of its channels."""
    if user_id == guild.owner_id:
        return EVERYTHING
    role_ids = guild.members[user_id].role_ids
    bits = guild.roles[guild.id].permissions
    for role_id in role_ids:
        bits |= guild.roles[role_id].permissions
    if bits & Permission.ADMINISTRATOR:
        return EVERYTHING
    if channel is None:
        return bits
    allow, deny = channel.overwrites.get(guild.id, (0, 0))
    bits = bits & ~deny | allow
    role_allow = role_deny = 0
    for role_id in role_ids:
        allow, deny = channel.overwrites.get(role_id, (0, 0))
        role_allow |= allow
        role_deny |= deny
    bits = bits & ~role_deny | role_allow
    allow, deny = channel.overwrites.get(user_id, (0, 0))
    return bits & ~deny | allow
