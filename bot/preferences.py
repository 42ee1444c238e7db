"""What a guild, and a channel in it, has set: kept in SQLite, served from memory."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, fields, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """Where None stands, a channel follows its guild, and a guild the default."""

    mentions: bool | None = None
    private: bool | None = None
    language: str | None = None
    outlets: tuple[str, ...] = ()
    channels: tuple[int, ...] = ()
    roles: tuple[int, ...] = ()
    admin_roles: tuple[int, ...] = ()

    def over(self, base: Preferences) -> Preferences:
        """These, with what they leave open filled in from ``base``. Channels and roles are the guild's alone."""
        return replace(
            base,
            mentions=base.mentions if self.mentions is None else self.mentions,
            private=base.private if self.private is None else self.private,
            language=self.language or base.language,
            outlets=self.outlets or base.outlets,
        )


class PreferenceBook:
    """All guilds' preferences. Reading is from memory; :meth:`save` runs where the database is used."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._kept: dict[tuple[int, int], Preferences] = {}
        self.parent_of: Callable[[int, int], int | None] = lambda _guild_id, _channel_id: None
        """The channel above a thread, by guild and thread; whoever knows the guilds sets it."""
        for row in connection.execute("SELECT guild_id, channel_id, content FROM preferences"):
            self._kept[row["guild_id"], row["channel_id"]] = _read(row["content"])

    def own(self, guild_id: int, channel_id: int = 0) -> Preferences:
        """What was set for exactly this guild, or this channel of it."""
        return self._kept.get((guild_id, channel_id), Preferences())

    def effective(self, guild_id: int | None, channel_id: int | None) -> Preferences:
        """What holds in a channel, in a thread as in the channel above it; the defaults in direct messages."""
        if guild_id is None:
            return Preferences()
        here = self.own(guild_id, channel_id or 0)
        parent_id = self.parent_of(guild_id, channel_id) if channel_id is not None else None
        if parent_id is not None:
            here = here.over(self.own(guild_id, parent_id))
        return here.over(self.own(guild_id))

    def set(self, guild_id: int, channel_id: int, preferences: Preferences) -> None:
        """Takes effect at once; :meth:`save` makes it last."""
        self._kept[guild_id, channel_id] = preferences

    def evict(self, guild_ids: Collection[int]) -> None:
        """Forgets guilds whose rows are deleted, so that nothing writes them back."""
        for key in [key for key in self._kept if key[0] in guild_ids]:
            del self._kept[key]

    def save(self, guild_id: int, channel_id: int) -> None:
        """Writes what is set."""
        content = json.dumps(asdict(self.own(guild_id, channel_id)))
        self._db.execute(
            "INSERT OR REPLACE INTO preferences (guild_id, channel_id, content) VALUES (?, ?, ?)",
            (guild_id, channel_id, content),
        )


def _read(content: str) -> Preferences:
    stored = json.loads(content)
    known = {field.name for field in fields(Preferences)}
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in stored.items() if key in known
    }
    return Preferences(**values)
