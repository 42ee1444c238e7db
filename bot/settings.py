"""The bot's settings, from ``DISCORD_*`` in the environment and ``.env``, checked once at start."""

from __future__ import annotations

import re
from typing import Annotated, Final

import yarl
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from index.errors import UsageError

_TOKEN: Final = re.compile(r"[\w-]{18,}\.[\w-]{4,}\.[\w-]{20,}")
_IDS: Final = "numbers separated by commas"

Ids = Annotated[tuple[int, ...], NoDecode]


class BotSettings(BaseSettings):
    """Everything about the bot that can be set. Frozen: made once in an entry point and passed in."""

    model_config = SettingsConfigDict(
        env_prefix="DISCORD_", env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    token: Annotated[SecretStr, Field(description="the bot's token, from the developer portal")]
    message_content: Annotated[bool, Field(description="ask for the MESSAGE CONTENT intent")] = False
    prefix: Annotated[str, Field(min_length=1, max_length=8, description="prefix of chat commands")] = "!"
    operators: Annotated[Ids, Field(description="users who may do everything everywhere")] = ()
    home_guilds: Annotated[Ids, Field(description="guilds whose admins may reindex; empty: any")] = ()
    ping_asker: Annotated[bool, Field(description="replies to messages ping their author")] = False
    shards: Annotated[int | None, Field(ge=1, description="number of shards; unset: Discord says")] = None
    workers: Annotated[int, Field(ge=1, le=64, description="questions answered at the same time")] = 2
    queue: Annotated[int, Field(ge=1, le=10_000, description="questions that may wait")] = 200
    user_per_minute: Annotated[int, Field(ge=1, description="questions a user may ask in a minute")] = 8
    guild_per_minute: Annotated[int, Field(ge=1, description="questions a guild may ask in a minute")] = 120
    conversation_hours: Annotated[float, Field(gt=0, description="hours that a conversation goes on after a turn")] = 48
    keep_days: Annotated[int, Field(ge=1, description="days that questions are kept")] = 90
    grace_days: Annotated[int, Field(ge=0, description="days that a guild's rows outlive the bot's leaving")] = 7
    http_port: Annotated[int | None, Field(ge=0, le=65_535, description="loopback port of health and metrics")] = None
    drain_seconds: Annotated[float, Field(ge=0, description="how long SIGTERM waits for answers")] = 20.0
    log_level: Annotated[str, Field(pattern="(?i)^(debug|info|warning|error)$")] = "info"
    api_url: Annotated[str | None, Field(description="another REST endpoint, such as a proxy")] = None
    gateway_url: Annotated[str | None, Field(description="another gateway")] = None

    @field_validator("operators", "home_guilds", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part.strip() for part in value.split(",") if part.strip()]
        if not all(part.isdecimal() for part in parts):
            raise ValueError(f"must be {_IDS}")
        return tuple(int(part) for part in parts)

    @field_validator("shards", "http_port", "api_url", "gateway_url", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("token")
    @classmethod
    def _looks_like_a_token(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value().strip().removeprefix("Bot ")
        if not text:
            raise ValueError("is empty: copy it from the developer portal, under Bot, Reset Token")
        if not _TOKEN.fullmatch(text):
            raise ValueError(
                "is not a bot token (three parts with dots between): copy it from the developer portal, "
                "under Bot; the client secret and the public key are something else"
            )
        return SecretStr(text)

    @field_validator("api_url", "gateway_url")
    @classmethod
    def _is_a_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            url = yarl.URL(value)
        except IndexError as error:  # what yarl makes of brackets before an @
            raise ValueError("is no URL") from error
        if url.scheme not in {"http", "https", "ws", "wss"} or not url.host:
            raise ValueError("must be a URL with its scheme, such as https://proxy.example/api/v10")
        return value.rstrip("/")


def load_bot_settings() -> BotSettings:
    """Settings from the environment and ``.env``.

    Raises:
        UsageError: with one line for each variable that is missing or malformed; values are never repeated, since
            one of them is the token.
    """
    try:
        return BotSettings()  # type: ignore[call-arg]  # the token comes from the environment
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = f"DISCORD_{'_'.join(str(part) for part in problem['loc']).upper()}"
            if problem["type"] == "missing":
                lines.append(f"{name} is not set: put it into .env (see .env.example) or the environment")
            else:
                lines.append(f"{name} {problem['msg'].removeprefix('Value error, ')}")
        raise UsageError("\n".join(lines)) from None
