"""What is kept about a person, and forgetting it: ``/privacy``."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.buttons import RecordButton
from bot.cards import Card, Tone, notice
from bot.office import Staffed, office_of
from bot.views import layout


class ForgetButton(RecordButton, name="forget"):
    """Deletes all that is kept about whoever presses it."""

    style = discord.ButtonStyle.danger

    async def act(self, interaction: discord.Interaction) -> None:
        """Deletes and says how much."""
        office = office_of(interaction)
        words = office.words_of(interaction)
        await interaction.response.defer()
        count = await office.file(lambda: office.ledger.forget(interaction.user.id))
        await interaction.edit_original_response(view=layout(notice(words.forgot.format(count=count), Tone.DONE)))


class PrivacyCog(commands.Cog):
    """``/privacy``."""

    def __init__(self, house: Any) -> None:  # noqa: ANN401 - the client, which is both a Bot and Staffed
        self._house: Staffed = house

    @app_commands.command(name="privacy", description="What the bot keeps about you, and how to have it forgotten")
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    async def privacy(self, interaction: discord.Interaction) -> None:
        """Shows it to the asker alone."""
        office = self._house.office
        words = office.words_of(interaction)
        await interaction.response.defer(thinking=True, ephemeral=True)
        kept = await office.file(lambda: office.ledger.kept_about(interaction.user.id))
        settings = office.settings
        text = words.privacy.format(days=settings.keep_days, grace=settings.grace_days, **kept)
        card = Card(tone=Tone.NOTICE, blocks=(text,))
        view = layout(card, [ForgetButton(0, label=words.forget_me)])
        await interaction.edit_original_response(view=view)
