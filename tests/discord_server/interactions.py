"""Interactions: one callback within three seconds, then fifteen minutes of a webhook."""

from __future__ import annotations

import time

from tests.discord_server.errors import (
    already_acknowledged,
    invalid_form,
    invalid_webhook_token,
    unknown,
    unknown_interaction,
)
from tests.discord_server.messages import Messages
from tests.discord_server.payloads import callback_json, message_json
from tests.discord_server.rest import Call, Rest
from tests.discord_server.world import EPHEMERAL, JSON, LOADING, Interaction, Message, World

ACKNOWLEDGE_WITHIN = 3.0
TOKEN_LIFE = 15 * 60.0
COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
ALLOWED_CALLBACKS = {COMMAND: {4, 5, 9}, COMPONENT: {4, 5, 6, 7, 9}, AUTOCOMPLETE: {8}, MODAL: {4, 5, 6, 7}}


class Interactions:
    """The callback endpoint and the webhook behind a token."""

    def __init__(self, world: World, messages: Messages) -> None:
        self.world = world
        self.messages = messages

    def attach(self, rest: Rest) -> None:
        """Adds the routes."""
        hook = "/webhooks/{webhook_id}/{webhook_token}"
        rest.route("POST", "/interactions/{interaction_id}/{interaction_token}/callback", self._callback)
        rest.route("POST", hook, self._follow_up)
        for path in (f"{hook}/messages/@original", f"{hook}/messages/{{message_id}}"):
            rest.route("GET", path, self._get)
            rest.route("PATCH", path, self._edit)
            rest.route("DELETE", path, self._delete)

    async def _callback(self, call: Call) -> object:
        interaction = self.world.interactions.get(call.parameters["interaction_token"])
        if interaction is None or interaction.id != call.id("interaction_id"):
            raise unknown_interaction()
        if interaction.callback is not None:
            raise already_acknowledged()
        if self.world.clock.now() - interaction.created > ACKNOWLEDGE_WITHIN:
            raise unknown_interaction()
        kind = call.body["type"]
        if kind not in ALLOWED_CALLBACKS[interaction.kind]:
            raise invalid_form(f"callback type {kind} for an interaction of type {interaction.kind}")
        data: JSON = call.body.get("data") or {}
        interaction.callback = call.body
        interaction.acknowledged = time.monotonic()
        if kind in {4, 5}:
            interaction.response = await self._post(
                interaction, data, call.files, flags=LOADING if kind == 5 else 0, announce=kind == 4
            )
        elif kind in {6, 7}:
            interaction.response = interaction.source
            if kind == 7 and interaction.source is not None:
                await self.messages.change(interaction.source, data, call.files)
        if call.query.get("with_response") in {"true", "1"}:
            return callback_json(self.world, interaction)
        return None

    async def _post(
        self, interaction: Interaction, data: JSON, files: dict[str, bytes], *, flags: int = 0, announce: bool = True
    ) -> Message:
        return await self.messages.post(
            self.world.bot,
            interaction.channel,
            data,
            files,
            flags=flags,
            interaction_id=interaction.id,
            announce=announce,
        )

    def _interaction(self, call: Call) -> Interaction:
        interaction = self.world.interactions.get(call.parameters["webhook_token"])
        if interaction is None or self.world.clock.now() - interaction.created > TOKEN_LIFE:
            raise invalid_webhook_token()
        if interaction.callback is None:
            raise unknown("Webhook", 10015)
        return interaction

    def _message(self, call: Call) -> Message:
        interaction = self._interaction(call)
        if "message_id" not in call.parameters:
            message = interaction.response
        else:
            own = [interaction.response, *interaction.followups]
            message = next((one for one in own if one is not None and one.id == call.id("message_id")), None)
        if message is None or message.deleted:
            raise unknown("Message", 10008)
        return message

    async def _follow_up(self, call: Call) -> object:
        interaction = self._interaction(call)
        response = interaction.response
        if response is not None and response.loading:
            # The first follow-up takes the place of "thinking…", with the privacy that was chosen then.
            return message_json(self.world, await self._fill(response, call))
        message = await self._post(interaction, call.body, call.files)
        interaction.followups.append(message)
        return message_json(self.world, message)

    async def _fill(self, response: Message, call: Call) -> Message:
        response.flags = response.flags & ~LOADING | ((call.body.get("flags") or 0) & ~EPHEMERAL)
        await self.messages.change(response, call.body, call.files)
        return response

    async def _get(self, call: Call) -> object:
        return message_json(self.world, self._message(call))

    async def _edit(self, call: Call) -> object:
        message = self._message(call)
        return message_json(self.world, await self._fill(message, call))

    async def _delete(self, call: Call) -> object:
        message = self._message(call)
        message.deleted = True
        self.world.changed()
        return None
