"""The world as the JSON that Discord sends."""

from __future__ import annotations

from typing import Any

from tests.discord_server.permissions import permissions_in
from tests.discord_server.world import EPHEMERAL, JSON, Channel, Guild, Interaction, Member, Message, Role, User, World

MESSAGE_CONTENT = 1 << 15
"""The intent without which guild messages come empty."""


def user_json(user: User) -> JSON:
    """A user."""
    return {
        "id": str(user.id),
        "username": user.name,
        "discriminator": "0000" if user.bot else "0",
        "global_name": None,
        "avatar": None,
        "bot": user.bot,
        "public_flags": 0,
    }


def member_json(member: Member, *, with_user: bool = True) -> JSON:
    """A member of a guild."""
    payload: JSON = {
        "roles": [str(role_id) for role_id in member.role_ids],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
        "nick": None,
        "avatar": None,
        "pending": False,
    }
    if with_user:
        payload["user"] = user_json(member.user)
    return payload


def role_json(role: Role) -> JSON:
    """A role."""
    payload: JSON = {
        "id": str(role.id),
        "name": role.name,
        "permissions": str(int(role.permissions)),
        "position": role.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": role.bot_id is not None,
        "mentionable": False,
        "flags": 0,
    }
    if role.bot_id is not None:
        payload["tags"] = {"bot_id": str(role.bot_id)}
    return payload


def channel_json(world: World, channel: Channel) -> JSON:
    """A channel of any kind."""
    payload: JSON = {"id": str(channel.id), "type": channel.kind, "last_message_id": None, "flags": 0}
    if channel.recipient_id is not None:
        payload["recipients"] = [user_json(world.users[channel.recipient_id])]
        return payload
    guild = world.guilds[channel.guild_id or 0]
    payload |= {
        "guild_id": str(guild.id),
        "name": channel.name,
        "position": 0,
        "parent_id": None,
        "topic": None,
        "nsfw": False,
        "rate_limit_per_user": 0,
        "permission_overwrites": [
            {
                "id": str(target),
                "type": int(target not in guild.roles),
                "allow": str(int(allow)),
                "deny": str(int(deny)),
            }
            for target, (allow, deny) in channel.overwrites.items()
        ],
    }
    if channel.parent_id is not None:
        del payload["position"], payload["topic"], payload["nsfw"], payload["permission_overwrites"]
        payload |= {
            "parent_id": str(channel.parent_id),
            "owner_id": str(channel.opener_id),
            "message_count": 0,
            "member_count": 1,
            "total_message_sent": 0,
            "applied_tags": [],
            "thread_metadata": {
                "archived": False,
                "auto_archive_duration": 1440,
                "archive_timestamp": "2026-01-01T00:00:00+00:00",
                "locked": False,
                "create_timestamp": "2026-01-01T00:00:00+00:00",
            },
        }
    return payload


def guild_json(world: World, guild: Guild) -> JSON:
    """A guild as GUILD_CREATE has it: the bot's own member, not all of them."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner_id),
        "unavailable": False,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "roles": [role_json(role) for role in guild.roles.values()],
        "emojis": [],
        "features": [],
        "mfa_level": 0,
        "application_id": None,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "vanity_url_code": None,
        "description": None,
        "banner": None,
        "premium_tier": 0,
        "preferred_locale": "en-US",
        "public_updates_channel_id": None,
        "nsfw_level": 0,
        "premium_progress_bar_enabled": False,
        "stickers": [],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "large": False,
        "member_count": len(guild.members),
        "voice_states": [],
        "members": [member_json(guild.members[world.bot.id])],
        "channels": [channel_json(world, channel) for channel in guild.channels.values() if channel.kind != 11],
        "threads": [channel_json(world, channel) for channel in guild.channels.values() if channel.kind == 11],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def message_json(world: World, message: Message, *, nested: bool = False) -> JSON:
    """A message in full, as its author would see it."""
    payload: JSON = {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "author": user_json(message.author),
        "content": message.content,
        "timestamp": message.created,
        "edited_timestamp": message.edited,
        "tts": False,
        "mention_everyone": False,
        "mentions": [user_json(world.users[user_id]) for user_id in message.mention_ids],
        "mention_roles": [str(role_id) for role_id in message.mention_role_ids],
        "attachments": [
            {"id": str(message.id + n), "filename": name, "size": len(body), "url": "", "proxy_url": ""}
            for n, (name, body) in enumerate(message.files.items())
        ],
        "embeds": message.embeds,
        "pinned": False,
        "type": 19 if message.reference_id else 0,
        "flags": message.flags,
        "components": message.components,
    }
    if message.interaction_id is not None:
        payload["type"] = 20
        payload["webhook_id"] = str(world.bot.id)
        payload["application_id"] = str(world.bot.id)
    if message.reference_id is not None:
        payload["message_reference"] = {"message_id": str(message.reference_id), "channel_id": str(message.channel.id)}
        target = world.messages.get(message.reference_id)
        if not nested:
            alive = target is not None and not target.deleted
            payload["referenced_message"] = message_json(world, target, nested=True) if alive and target else None
    return payload


def withheld(world: World, message: Message, intents: int) -> bool:
    """Whether Discord keeps a message's content from a bot with these intents."""
    public = message.channel.guild_id is not None
    concerns_bot = message.author.id == world.bot.id or world.bot.id in message.mention_ids
    return public and not concerns_bot and not intents & MESSAGE_CONTENT


def message_event(world: World, message: Message, intents: int) -> JSON:
    """MESSAGE_CREATE or MESSAGE_UPDATE as a session with these intents gets it."""
    payload = message_json(world, message)
    if withheld(world, message, intents):
        payload |= {"content": "", "embeds": [], "attachments": [], "components": []}
    guild_id = message.channel.guild_id
    if guild_id is not None:
        payload["guild_id"] = str(guild_id)
        member = world.guilds[guild_id].members.get(message.author.id)
        if member is not None:
            payload["member"] = member_json(member, with_user=False)
    return payload


def interaction_event(world: World, interaction: Interaction) -> JSON:
    """INTERACTION_CREATE."""
    channel = interaction.channel
    payload: dict[str, Any] = {
        "id": str(interaction.id),
        "application_id": str(world.bot.id),
        "type": interaction.kind,
        "token": interaction.token,
        "version": 1,
        "data": interaction.data,
        "channel": channel_json(world, channel),
        "channel_id": str(channel.id),
        "locale": interaction.user.locale,
        "entitlements": [],
        "authorizing_integration_owners": {"0": str(channel.guild_id or 0)},
        "context": 0 if channel.guild_id is not None else 1,
        "attachment_size_limit": 10_485_760,
        "app_permissions": "0",
    }
    if interaction.source is not None:
        payload["message"] = message_json(world, interaction.source)
    if channel.guild_id is None:
        payload["user"] = user_json(interaction.user)
        return payload
    guild = world.guilds[channel.guild_id]
    member = member_json(guild.members[interaction.user.id])
    member["permissions"] = str(int(permissions_in(guild, interaction.user.id, channel)))
    payload |= {
        "guild_id": str(guild.id),
        "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
        "guild_locale": "en-US",
        "member": member,
        "app_permissions": str(int(permissions_in(guild, world.bot.id, channel))),
    }
    return payload


def callback_json(world: World, interaction: Interaction) -> JSON:
    """What a callback is answered with when the bot asks ``with_response``."""
    response = interaction.response
    body: JSON = {"interaction": {"id": str(interaction.id), "type": interaction.kind}}
    callback = interaction.callback or {}
    resource: JSON = {"type": callback.get("type")}
    if response is not None and callback.get("type") in {4, 5, 6, 7}:
        body["interaction"] |= {
            "response_message_id": str(response.id),
            "response_message_loading": response.loading,
            "response_message_ephemeral": bool(response.flags & EPHEMERAL),
        }
        resource["message"] = message_json(world, response)
    body["resource"] = resource
    return body
