"""The application itself: who the bot is, where the gateway is, which commands it has."""

from __future__ import annotations

from tests.discord_server.gateway import Gateway
from tests.discord_server.payloads import user_json
from tests.discord_server.rest import Call, Rest
from tests.discord_server.world import JSON, World

FLAG_MESSAGE_CONTENT_LIMITED = 1 << 19


class Application:
    """Login and command registration."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self.world = world
        self.gateway = gateway
        self.gateway_url = ""
        self.shards = 1

    def attach(self, rest: Rest) -> None:
        """Adds the routes."""
        rest.route("GET", "/users/@me", self._me)
        rest.route("GET", "/oauth2/applications/@me", self._application)
        rest.route("GET", "/gateway/bot", self._gateway_bot)
        rest.route("GET", "/applications/{application_id}/commands", self._commands)
        rest.route("PUT", "/applications/{application_id}/commands", self._replace_commands)

    async def _me(self, _: Call) -> object:
        return user_json(self.world.bot) | {"verified": True, "mfa_enabled": False, "flags": 0}

    async def _application(self, _: Call) -> object:
        bot = self.world.bot
        return {
            "id": str(bot.id),
            "name": bot.name,
            "icon": None,
            "description": "",
            "summary": "",
            "type": None,
            "bot": user_json(bot),
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "00",
            "flags": FLAG_MESSAGE_CONTENT_LIMITED,
            "owner": user_json(bot),
            "team": None,
            "approximate_guild_count": len(self.world.guilds),
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
        }

    async def _gateway_bot(self, _: Call) -> object:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return {"url": self.gateway_url, "shards": self.shards, "session_start_limit": limit}

    async def _commands(self, _: Call) -> object:
        return self.world.commands

    async def _replace_commands(self, call: Call) -> object:
        self.world.command_syncs += 1
        application = str(self.world.bot.id)
        defaults: JSON = {
            "application_id": application,
            "description": "",
            "version": "1",
            "type": 1,
            "default_member_permissions": None,
        }
        self.world.commands = [
            defaults | command | {"id": str(self.world.snowflakes.next())} for command in call.body["__list__"]
        ]
        return self.world.commands
