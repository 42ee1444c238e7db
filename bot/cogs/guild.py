"""What a guild sets, and what it asked: ``/settings`` and ``/stats``."""

from __future__ import annotations

import contextlib
import io
import itertools
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, Literal, TypeVar

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.cards import Card, Tone, notice
from bot.cogs.ask import complete_outlet
from bot.database import file_of, reader_of
from bot.desk import Newsroom
from bot.errors import Refusal, without_failures
from bot.markup import escape
from bot.office import Office, Staffed, staff_of
from bot.permissions import administers, require_admin
from bot.preferences import Preferences
from bot.tally import chart, export, tally, tally_card
from bot.views import layout

Item = TypeVar("Item")
Action = Literal["add", "remove", "clear"]
Place = discord.TextChannel | discord.VoiceChannel | discord.Thread
_LANGUAGES: Final = [app_commands.Choice(name="English", value="en"), app_commands.Choice(name="Deutsch", value="de")]
_PICTURE: Final = "questions.png"
_EXPORT: Final = "questions.csv"
_MOST: Final = 50
_LIST: Final = 450
"""Characters of a list in *show*, which has eight of them in a message."""


class SettingsGroup(app_commands.Group):
    """``/settings``: what holds in this server, and in single channels of it."""

    def __init__(self, office: Office) -> None:
        super().__init__(
            name="settings",
            description="How the bot behaves in this server",
            guild_only=True,
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            default_permissions=discord.Permissions(manage_guild=True),
        )
        self._office = office

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Whether this is an admin, for all of them alike, before any looks at what was asked for."""
        return administers(interaction)

    @app_commands.command(name="show", description="Show what is set for this server and this channel")
    async def show(self, interaction: discord.Interaction) -> None:
        """Shows it to the admin alone."""
        guild_id = _guild_id(interaction)
        require_admin(interaction)
        own = self._office.book.own(guild_id)
        here = self._office.book.own(guild_id, interaction.channel_id or 0)
        blocks = ["### Settings", _listed("Server", own)]
        if here != Preferences():
            blocks.append(_listed(f"<#{interaction.channel_id}>", here))
        card = Card(tone=Tone.DONE, blocks=tuple(blocks))
        await interaction.response.send_message(view=layout(card), ephemeral=True)
        office = self._office
        await office.file(lambda: office.audit.note(interaction.user.id, guild_id, _named(interaction)))

    @app_commands.command(name="answers", description="Mentions, privacy and language, for the server or one channel")
    @app_commands.describe(
        mentions="Answer mentions and replies",
        private="Answer slash commands privately unless asked otherwise",
        language="Language of the interface",
        channel="Only for this channel",
        reset="Forget these three as they were set before",
    )
    @app_commands.choices(language=_LANGUAGES)
    async def answers(
        self,
        interaction: discord.Interaction,
        *,
        mentions: bool | None = None,
        private: bool | None = None,
        language: app_commands.Choice[str] | None = None,
        channel: Place | None = None,
        reset: bool = False,
    ) -> None:
        """Sets what is given, and leaves the rest: a reset channel follows its server, a reset server the default."""

        def change(own: Preferences) -> Preferences:
            kept = replace(own, mentions=None, private=None, language=None) if reset else own
            return replace(
                kept,
                mentions=kept.mentions if mentions is None else mentions,
                private=kept.private if private is None else private,
                language=kept.language if language is None else language.value,
            )

        await self._set(interaction, change, channel)

    @app_commands.command(name="channels", description="The channels in which the bot answers; none named: all")
    @app_commands.describe(action="What to do with the list", channel="Which channel")
    async def channels(self, interaction: discord.Interaction, action: Action, channel: Place | None = None) -> None:
        """Names channels."""
        channel_id = channel.id if channel else None
        await self._set(interaction, lambda own: replace(own, channels=_changed(own.channels, action, channel_id)))

    @app_commands.command(name="roles", description="The roles that may ask, or that administer the bot")
    @app_commands.describe(
        purpose="ask: only these may ask; admin: these administer too (for the owner to name)",
        action="What to do with the list",
        role="Which role",
    )
    async def roles(
        self,
        interaction: discord.Interaction,
        purpose: Literal["ask", "admin"],
        action: Action,
        role: discord.Role | None = None,
    ) -> None:
        """Names roles; only the owner hands out administration."""
        guild = interaction.guild
        owns = guild is not None and guild.owner_id == interaction.user.id
        if purpose == "admin" and not owns and interaction.user.id not in self._office.settings.operators:
            raise Refusal("Only the server's owner names admin roles.", "not the owner")
        if role is not None and (guild is None or guild.get_role(role.id) is None):
            raise Refusal("That role is not of this server.", "another server's")
        role_id = role.id if role else None
        if purpose == "ask":
            await self._set(interaction, lambda own: replace(own, roles=_changed(own.roles, action, role_id)))
        else:
            await self._set(
                interaction, lambda own: replace(own, admin_roles=_changed(own.admin_roles, action, role_id))
            )

    @app_commands.command(name="outlets", description="The outlets that are shown; none named: all")
    @app_commands.describe(action="What to do with the list", outlet="Which outlet", channel="Only for this channel")
    @app_commands.autocomplete(outlet=without_failures(complete_outlet))
    async def outlets(
        self,
        interaction: discord.Interaction,
        action: Action,
        outlet: str | None = None,
        channel: Place | None = None,
    ) -> None:
        """Names outlets."""
        if action == "add" and outlet is not None:
            known = {name for name, _ in await self._office.desk.look_up(lambda newsroom: newsroom.outlets())}
            if outlet not in known:
                raise Refusal(f"The archive has no outlet {escape(outlet)}: pick one of the suggestions.", "outlet")
        await self._set(interaction, lambda own: replace(own, outlets=_changed(own.outlets, action, outlet)), channel)

    async def _set(
        self,
        interaction: discord.Interaction,
        change: Callable[[Preferences], Preferences],
        channel: Place | None = None,
    ) -> None:
        require_admin(interaction)
        office, guild_id = self._office, _guild_id(interaction)
        channel_id = channel.id if channel else 0
        old = office.book.own(guild_id, channel_id)
        new = change(old)
        office.book.set(guild_id, channel_id, new)
        where = f"<#{channel_id}>" if channel else "Server"

        def keep() -> None:
            office.keep_preferences(
                guild_id,
                channel_id,
                actor_id=interaction.user.id,
                action=_named(interaction),
                detail=f"{channel_id}: {new}",
            )

        # Kept before it is said to hold: whoever was told so must find it after a crash.
        with staff_of(interaction).answering.attending():
            try:
                await office.file(keep)
            except sqlite3.Error:
                if office.book.own(guild_id, channel_id) is new:
                    office.book.set(guild_id, channel_id, old)
                raise
            view = layout(notice(_listed(where, new), Tone.DONE))
            await interaction.response.send_message(view=view, ephemeral=True)


class GuildCog(commands.Cog):
    """Settings and statistics of a guild."""

    def __init__(self, house: Any) -> None:  # noqa: ANN401 - the client, which is both a Bot and Staffed
        self._house: Staffed = house
        house.tree.add_command(SettingsGroup(self._house.office))

    @app_commands.command(name="stats", description="What was asked here: counts, unanswered topics, feedback")
    @app_commands.describe(days="How many days back")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.guild_only()
    async def stats(self, interaction: discord.Interaction, days: app_commands.Range[int, 1, 90] = 30) -> None:
        """Shows table and picture to the admin alone, with the questions as CSV."""
        require_admin(interaction)
        office, guild_id = self._house.office, _guild_id(interaction)
        await interaction.response.defer(thinking=True, ephemeral=True)
        path = await office.file(lambda: file_of(office.connection))

        def count(_: Newsroom) -> tuple[Card, bytes, bytes]:
            with reader_of(path) if path is not None else contextlib.nullcontext(office.connection) as connection:
                counted = tally(connection, guild_id, days)
                return tally_card(counted), export(connection, guild_id, days), chart(counted)

        card, exported, picture = await office.desk.look_up(count)
        view = layout(card)
        view.add_item(ui.MediaGallery(discord.MediaGalleryItem(f"attachment://{_PICTURE}")))
        view.add_item(ui.File(f"attachment://{_EXPORT}"))
        files = [discord.File(io.BytesIO(picture), _PICTURE), discord.File(io.BytesIO(exported), _EXPORT)]
        await interaction.edit_original_response(view=view, attachments=files)
        await office.file(lambda: office.audit.note(interaction.user.id, guild_id, "stats", f"{days} days"))


def _named(interaction: discord.Interaction) -> str:
    return interaction.command.qualified_name if interaction.command else "settings"


def _guild_id(interaction: discord.Interaction) -> int:
    if interaction.guild_id is None:
        raise app_commands.NoPrivateMessage
    return interaction.guild_id


def _changed(own: tuple[Item, ...], action: Action, item: Item | None) -> tuple[Item, ...]:
    if action == "clear":
        return ()
    if item is None:
        raise Refusal("Name what to add or remove.", "nothing named")
    rest = tuple(other for other in own if other != item)
    if action == "remove":
        return rest
    if len(rest) >= _MOST:
        raise Refusal(f"That list holds {_MOST} at most.", "list full")
    return (*rest, item)


def _listed(where: str, own: Preferences) -> str:
    words = {None: "as the default", True: "yes", False: "no"}
    lines = [
        f"**{where}**",
        f"Mentions and replies answered: {words[own.mentions]}",
        f"Slash commands answered privately: {words[own.private]}",
        f"Language: {own.language or 'each person’s own'}",
        f"Outlets: {_first([escape(one) for one in own.outlets], ', ') or 'all'}",
        f"Channels: {_first([f'<#{one}>' for one in own.channels]) or 'all'}",
        f"Roles that may ask: {_first([f'<@&{one}>' for one in own.roles]) or 'all'}",
        f"Admin roles: {_first([f'<@&{one}>' for one in own.admin_roles]) or 'Manage Server'}",
    ]
    return "\n".join(lines)


def _first(named: list[str], between: str = " ") -> str:
    """As many as there is room for, and how many more there are."""
    lengths = itertools.accumulate(len(one) + len(between) for one in named)
    shown = sum(length <= _LIST for length in lengths)
    rest = f"{between}and {len(named) - shown} more" if shown < len(named) else ""
    return between.join(named[:shown]) + rest
