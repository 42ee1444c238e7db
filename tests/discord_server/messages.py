"""Messages and channels: sending, editing, deleting, typing, with the permissions that each needs."""

from __future__ import annotations

import copy
import re

from tests.discord_server import rules
from tests.discord_server.errors import ApiError, invalid_form, missing_access, missing_permissions, unknown
from tests.discord_server.gateway import Gateway
from tests.discord_server.payloads import channel_json, message_event, message_json
from tests.discord_server.permissions import Permission, permissions_in
from tests.discord_server.rest import Call, Rest
from tests.discord_server.world import COMPONENTS_V2, JSON, Channel, Message, User, World, walk


class Messages:
    """Creates and changes messages, for the bot's requests and for people."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self.world = world
        self.gateway = gateway
        self._by_nonce: dict[tuple[int, str], Message] = {}

    def attach(self, rest: Rest) -> None:
        """Adds the routes."""
        rest.route("GET", "/channels/{channel_id}", self._get_channel)
        rest.route("POST", "/channels/{channel_id}/messages", self._create)
        rest.route("GET", "/channels/{channel_id}/messages/{message_id}", self._get)
        rest.route("PATCH", "/channels/{channel_id}/messages/{message_id}", self._edit)
        rest.route("DELETE", "/channels/{channel_id}/messages/{message_id}", self._delete)
        rest.route("POST", "/channels/{channel_id}/typing", self._type)
        rest.route("POST", "/users/@me/channels", self._open_direct)
        rest.route("POST", "/channels/{channel_id}/messages/{message_id}/threads", self._open_thread)
        rest.route("PUT", "/channels/{channel_id}/thread-members/@me", self._join)

    async def post(
        self,
        author: User,
        channel: Channel,
        body: JSON,
        files: dict[str, bytes],
        *,
        flags: int = 0,
        interaction_id: int | None = None,
        announce: bool = True,
    ) -> Message:
        """Adds a message and tells the gateway."""
        reference = (body.get("message_reference") or {}).get("message_id")
        message = Message(
            id=self.world.snowflakes.next(),
            channel=channel,
            author=author,
            created=self.world.clock.iso(),
            reference_id=int(reference) if reference else None,
            flags=flags | (body.get("flags") or 0),
            interaction_id=interaction_id,
        )
        self.apply(message, body, files)
        self.world.messages[message.id] = message
        if announce and not message.ephemeral:
            await self.announce("MESSAGE_CREATE", message)
        self.world.changed()
        return message

    def apply(self, message: Message, body: JSON, files: dict[str, bytes]) -> None:
        """Puts a body into a message: text, components with their ids, mentions, what would ping."""
        if "content" in body:
            message.content = body["content"] or ""
        if "components" in body:
            message.components = copy.deepcopy(body["components"] or [])
            for number, part in enumerate(walk(message.components), start=1):
                part.setdefault("id", number)
        if "embeds" in body:
            message.embeds = body["embeds"] or []
        message.files.update(files)
        found = {int(user) for user in re.findall(r"<@!?(\d+)>", message.text)}
        message.mention_ids = [user_id for user_id in found if user_id in self.world.users]
        message.mention_role_ids = [int(role) for role in re.findall(r"<@&(\d+)>", message.text)]
        if message.author.bot:
            message.pinged += self._pinged(message, body.get("allowed_mentions"))
        target = self.world.messages.get(message.reference_id or 0)
        allowed = body.get("allowed_mentions") or {}
        if target is not None and allowed.get("replied_user", True) and target.interaction_id is None:
            message.mention_ids = sorted({*message.mention_ids, target.author.id})
        message.revisions.append(message.texts)

    def _pinged(self, message: Message, allowed: JSON | None) -> list[str]:
        parse = ["users", "roles", "everyone"] if allowed is None else (allowed.get("parse") or [])
        found = []
        if "everyone" in parse and re.search(r"@(everyone|here)", message.text):
            found.append("everyone")
        if "users" in parse:
            found += [f"user {user_id}" for user_id in message.mention_ids]
        if "roles" in parse:
            found += [f"role {role_id}" for role_id in message.mention_role_ids]
        target = self.world.messages.get(message.reference_id or 0)
        if target is not None and (allowed is None or allowed.get("replied_user")):
            found.append(f"user {target.author.id}")
        return found

    async def announce(self, event: str, message: Message) -> None:
        """Tells the gateway about a message, with content withheld where Discord does."""
        bit = 1 << 9 if message.channel.guild_id is not None else 1 << 12

        def make(intents: int) -> JSON:
            return message_event(self.world, message, intents)

        for session in list(self.gateway.sessions.values()):
            if session.hears(message.channel.guild_id) and session.intents & bit:
                await session.dispatch(event, make(session.intents))

    async def remove(self, message: Message) -> None:
        """Deletes a message and tells the gateway."""
        message.deleted = True
        payload: JSON = {"id": str(message.id), "channel_id": str(message.channel.id)}
        if message.channel.guild_id is not None:
            payload["guild_id"] = str(message.channel.guild_id)
        await self.gateway.dispatch("MESSAGE_DELETE", message.channel.guild_id, lambda _: payload)
        self.world.changed()

    def channel(self, channel_id: int, *needs: Permission) -> Channel:
        """A channel in which the bot may do all of this; the error that Discord gives otherwise."""
        channel = self.world.channels.get(channel_id)
        if channel is None:
            raise unknown("Channel", 10003)
        if channel.guild_id is None:
            recipient = self.world.users[channel.recipient_id or 0]
            if Permission.SEND_MESSAGES in needs and not recipient.accepts_dms:
                raise ApiError(403, 50007, "Cannot send messages to this user")
            return channel
        guild = self.world.guilds.get(channel.guild_id)
        if guild is None or self.world.bot.id not in guild.members:
            raise missing_access()
        granted = permissions_in(guild, self.world.bot.id, channel)
        if not granted & Permission.VIEW_CHANNEL:
            raise missing_access()
        if any(not granted & need for need in needs):
            raise missing_permissions()
        return channel

    def _message(self, call: Call) -> Message:
        self.channel(call.id("channel_id"))
        message = self.world.messages.get(call.id("message_id"))
        if message is None or message.deleted or message.ephemeral or message.channel.id != call.id("channel_id"):
            raise unknown("Message", 10008)
        return message

    async def _get_channel(self, call: Call) -> object:
        return channel_json(self.world, self.channel(call.id("channel_id")))

    async def _create(self, call: Call) -> object:
        in_thread = (found := self.world.channels.get(call.id("channel_id"))) is not None and found.kind == 11
        needs = [Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES]
        target_id = (call.body.get("message_reference") or {}).get("message_id")
        if target_id:
            needs.append(Permission.READ_MESSAGE_HISTORY)
        if call.files:
            needs.append(Permission.ATTACH_FILES)
        channel = self.channel(call.id("channel_id"), *needs)
        if target_id:
            target = self.world.messages.get(int(target_id))
            if target is None or target.deleted:
                if call.body["message_reference"].get("fail_if_not_exists", True):
                    raise invalid_form("message_reference: Unknown message")
                call.body.pop("message_reference")
        nonce = call.body.get("nonce") if call.body.get("enforce_nonce") else None
        message = self._by_nonce.get((channel.id, nonce)) if nonce else None
        if message is None:
            message = await self.post(self.world.bot, channel, call.body, call.files)
            self._by_nonce[channel.id, nonce or f"none {message.id}"] = message
        return message_json(self.world, message)

    async def _get(self, call: Call) -> object:
        return message_json(self.world, self._message(call))

    async def _edit(self, call: Call) -> object:
        message = self._message(call)
        if message.author is not self.world.bot:
            raise ApiError(403, 50005, "Cannot edit a message authored by another user")
        return message_json(self.world, await self.change(message, call.body, call.files))

    async def change(self, message: Message, body: JSON, files: dict[str, bytes]) -> Message:
        """Edits a message by the bot, under the rules for one that may have the Components V2 flag."""
        was_v2 = bool(message.flags & COMPONENTS_V2)
        problems = list(rules.message_problems(body, was_v2=was_v2))
        if problems:
            raise invalid_form("; ".join(problems))
        message.flags |= (body.get("flags") or 0) & COMPONENTS_V2
        message.edited = self.world.clock.iso()
        self.apply(message, body, files)
        if not message.ephemeral:
            await self.announce("MESSAGE_UPDATE", message)
        self.world.changed()
        return message

    async def _delete(self, call: Call) -> object:
        message = self._message(call)
        if message.author is not self.world.bot:
            self.channel(call.id("channel_id"), Permission.MANAGE_MESSAGES)
        await self.remove(message)
        return None

    async def _type(self, call: Call) -> object:
        channel = self.channel(call.id("channel_id"), Permission.SEND_MESSAGES)
        self.world.typing.append(channel.id)
        return None

    async def _open_thread(self, call: Call) -> object:
        parent = self.channel(call.id("channel_id"), Permission.CREATE_PUBLIC_THREADS)
        message = self._message(call)
        if message.id in self.world.channels:
            raise ApiError(400, 160004, "A thread has already been created for this message")
        thread = self.world.add_thread(parent, call.body["name"], self.world.bot, thread_id=message.id)
        await self.announce_thread(thread)
        self.world.changed()
        return channel_json(self.world, thread)

    async def announce_thread(self, thread: Channel) -> None:
        """Tells the gateway about a new thread."""
        payload = channel_json(self.world, thread) | {"newly_created": True}
        await self.gateway.dispatch("THREAD_CREATE", thread.guild_id, lambda _: payload)

    async def _join(self, call: Call) -> object:
        thread = self.channel(call.id("channel_id"))
        if thread.kind != 11:
            raise ApiError(400, 50024, "Cannot execute action on this channel type")
        thread.joined = True
        return None

    async def _open_direct(self, call: Call) -> object:
        user = self.world.users.get(int(call.body["recipient_id"]))
        if user is None:
            raise unknown("User", 10013)
        return channel_json(self.world, self.world.direct_channel(user))
