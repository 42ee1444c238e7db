"""People who use Discord: they write, reply, run commands, press buttons and fill in modals."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from tests.discord_server.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL
from tests.discord_server.payloads import interaction_event, message_json
from tests.discord_server.permissions import permissions_in
from tests.discord_server.world import JSON, Channel, Interaction, Message, User, World, walk

if TYPE_CHECKING:
    from tests.discord_server.server import LoopbackDiscord

STRING, INTEGER, BOOLEAN, CHANNEL, ROLE, NUMBER = 3, 4, 5, 7, 8, 10
Value = str | int | bool | float


class Hidden(Exception):
    """Discord does not offer this command to this person."""


class Person:
    """A user of the loopback Discord."""

    def __init__(self, discord: LoopbackDiscord, user: User) -> None:
        self._discord = discord
        self._world: World = discord.world
        self.user = user

    async def say(self, channel: Channel, text: str) -> Message:
        """Writes a message."""
        return await self._discord.messages.post(self.user, channel, {"content": text}, {})

    async def direct(self, text: str) -> Message:
        """Writes to the bot directly."""
        return await self.say(self._world.direct_channel(self.user), text)

    async def reply(self, to: Message, text: str, *, ping: bool = True) -> Message:
        """Replies to a message, with the ping on or off."""
        body: JSON = {
            "content": text,
            "message_reference": {"message_id": str(to.id)},
            "allowed_mentions": {"parse": [], "replied_user": ping},
        }
        return await self._discord.messages.post(self.user, to.channel, body, {})

    async def edit(self, message: Message, text: str) -> None:
        """Edits an own message."""
        message.edited = self._world.clock.iso()
        self._discord.messages.apply(message, {"content": text}, {})
        await self._discord.messages.announce("MESSAGE_UPDATE", message)

    async def delete(self, message: Message) -> None:
        """Deletes an own message."""
        await self._discord.messages.remove(message)

    async def slash(self, channel: Channel, path: str, /, **options: Value) -> Interaction:
        """Runs a slash command; ``path`` may name a subcommand, as in ``settings show``.

        Raises:
            Hidden: The person lacks the command's default permissions.
            AssertionError: Discord's client would not let these options pass.
        """
        return await self._send(COMMAND, channel, self._command_data(channel, path, options, forced=False))

    async def forced_slash(self, channel: Channel, path: str, /, **options: Value) -> Interaction:
        """As :meth:`slash`, where the server's integration settings let anyone use the command."""
        return await self._send(COMMAND, channel, self._command_data(channel, path, options, forced=True))

    async def autocomplete(self, channel: Channel, path: str, focused: str, /, **options: Value) -> Interaction:
        """Types into an option."""
        data = self._command_data(channel, path, options, forced=True, partial=True)
        node = data
        while node["options"] and node["options"][0]["type"] in {1, 2}:
            node = node["options"][0]
        for option in node["options"]:
            if option["name"] == focused:
                option["focused"] = True
        return await self._send(AUTOCOMPLETE, channel, data)

    async def use_on(self, message: Message, name: str) -> Interaction:
        """Runs a message context-menu command."""
        command = self._find_command(name, kind=3)
        data: JSON = {
            "id": command["id"],
            "name": name,
            "type": 3,
            "target_id": str(message.id),
            "resolved": {"messages": {str(message.id): message_json(self._world, message)}},
        }
        return await self._send(COMMAND, message.channel, data)

    async def click(self, message: Message, label: str) -> Interaction:
        """Presses the button that reads so."""
        found = [button for button in message.buttons if label in (button.get("label"), button.get("custom_id"))]
        if not found:
            raise AssertionError(f"no button {label!r} on {[button.get('label') for button in message.buttons]}")
        if found[0].get("disabled"):
            raise AssertionError(f"button {label!r} is disabled")
        data: JSON = {"custom_id": found[0]["custom_id"], "component_type": 2, "id": found[0]["id"]}
        return await self._send(COMPONENT, message.channel, data, source=message)

    async def submit(self, shown: Interaction, **values: str | list[str]) -> Interaction:
        """Fills in the modal that an interaction was answered with; keys are custom_ids."""
        modal = shown.modal
        if modal is None:
            raise AssertionError("no modal was shown")
        known = {part["custom_id"] for part in walk(modal["components"]) if part.get("custom_id")}
        if set(values) - known:
            raise AssertionError(f"the modal has {known}, not {set(values)}")
        filled = [_filled(part, values, number) for number, part in enumerate(modal["components"], start=1)]
        data: JSON = {"custom_id": modal["custom_id"], "components": filled, "resolved": {}}
        return await self._send(MODAL, shown.channel, data, source=shown.source)

    async def _send(self, kind: int, channel: Channel, data: JSON, source: Message | None = None) -> Interaction:
        interaction = Interaction(
            id=self._world.snowflakes.next(),
            token=secrets.token_urlsafe(24),
            kind=kind,
            user=self.user,
            channel=channel,
            data=data,
            created=self._world.clock.now(),
            sent=time.monotonic(),
            source=source,
        )
        self._world.interactions[interaction.token] = interaction
        payload = interaction_event(self._world, interaction)
        await self._discord.gateway.dispatch("INTERACTION_CREATE", channel.guild_id, lambda _: payload)
        return interaction

    def _find_command(self, name: str, kind: int = 1) -> JSON:
        for command in self._world.commands:
            if command["name"] == name and command.get("type", 1) == kind:
                return command
        raise AssertionError(f"no command {name!r}; there are {[command['name'] for command in self._world.commands]}")

    def _command_data(
        self, channel: Channel, path: str, options: dict[str, Value], *, forced: bool, partial: bool = False
    ) -> JSON:
        name, *rest = path.split()
        command = self._find_command(name)
        needed = command.get("default_member_permissions")
        guild = self._world.guilds.get(channel.guild_id or 0)
        if needed and guild is not None and not forced:
            held = permissions_in(guild, self.user.id, channel)
            if held & int(needed) != int(needed):
                raise Hidden(name)
        resolved: JSON = {}
        data: JSON = {"id": command["id"], "name": name, "type": 1, "options": [], "resolved": resolved}
        node, definition = data, command
        for part in rest:
            definition = next(option for option in definition["options"] if option["name"] == part)
            inner: JSON = {"name": part, "type": definition["type"], "options": []}
            node["options"].append(inner)
            node = inner
        node["options"] = list(self._options(definition, options, resolved, guild_id=channel.guild_id, partial=partial))
        return data

    def _options(
        self, definition: JSON, given: dict[str, Value], resolved: JSON, *, guild_id: int | None, partial: bool
    ) -> list[JSON]:
        known = {option["name"]: option for option in definition.get("options") or []}
        assert not set(given) - set(known), f"{definition['name']} has no option {set(given) - set(known)}"
        missing = [name for name, option in known.items() if option.get("required") and name not in given]
        assert partial or not missing, f"{definition['name']} needs {missing}"
        filled = []
        for name, value in given.items():
            option = known[name]
            if option["type"] == STRING and not partial:
                assert isinstance(value, str)
                assert len(value) <= (option.get("max_length") or 6_000), f"{name} is too long"
                assert len(value) >= (option.get("min_length") or 0), f"{name} is too short"
                if option.get("choices"):
                    assert value in {choice["value"] for choice in option["choices"]}, f"{name} has no choice {value}"
            if option["type"] == CHANNEL:
                channel = self._world.channels[int(value)]
                resolved.setdefault("channels", {})[str(value)] = {
                    "id": str(channel.id), "name": channel.name, "type": channel.kind, "permissions": "0",
                }  # fmt: skip
            if option["type"] == ROLE:
                role = self._world.guilds[guild_id or 0].roles[int(value)]
                resolved.setdefault("roles", {})[str(value)] = {
                    "id": str(role.id), "name": role.name, "permissions": "0", "position": 1, "color": 0,
                    "hoist": False, "managed": False, "mentionable": False, "flags": 0,
                    "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
                }  # fmt: skip
            if option["type"] in {CHANNEL, ROLE}:
                value = str(value)  # noqa: PLW2901 - snowflakes travel as text
            filled.append({"name": name, "type": option["type"], "value": value})
        return filled


def _filled(part: JSON, values: dict[str, str | list[str]], number: int) -> JSON:
    """A modal's component as it comes back when submitted."""
    if part["type"] == 18:
        return {"type": 18, "id": number, "component": _filled(part["component"], values, number + 100)}
    if part["type"] == 1:
        return {
            "type": 1,
            "id": number,
            "components": [_filled(inner, values, number + 100) for inner in part["components"]],
        }
    if part["type"] == 10:
        return {"type": 10, "id": number}
    value = values.get(part["custom_id"])
    filled: JSON = {"type": part["type"], "id": number, "custom_id": part["custom_id"]}
    if part["type"] == 4:
        text = part.get("value") or "" if value is None else str(value)
        assert len(text) <= (part.get("max_length") or 4_000), f"{part['custom_id']} is too long"
        return filled | {"value": text}
    chosen = value if isinstance(value, list) else [value] if value else []
    return filled | {"values": chosen}
