"""Registers commands with Discord only when their definition changed: creating them is rationed."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import TYPE_CHECKING

from bot.database import meta_value, set_meta_value

if TYPE_CHECKING:
    import discord
    from discord import app_commands

    from bot.office import Office

_log = logging.getLogger(__name__)


async def sync_if_changed(
    tree: app_commands.CommandTree[discord.Client], office: Office, application_id: int | None
) -> bool:
    """Syncs the tree if it isn't what was synced last for this application; whether it did."""
    definition = json.dumps([command.to_dict(tree) for command in tree.get_commands()], sort_keys=True, default=str)
    digest = hashlib.sha256(f"{application_id} {definition}".encode()).hexdigest()
    if await office.file(lambda: meta_value(office.connection, "commands")) == digest:
        _log.info("commands are unchanged")
        return False
    await tree.sync()
    await office.file(lambda: set_meta_value(office.connection, "commands", digest))
    _log.info("commands synced")
    return True
