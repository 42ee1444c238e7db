"""Asking by slash command, by chat command and on a message."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.admission import check_open
from bot.belonging import before_here, goes_on
from bot.cogs.messages import MessagesCog
from bot.conversation import chat_filters, new_topic, where_from
from bot.delivery import InteractionDelivery
from bot.errors import without_failures
from bot.inquiry import from_interaction
from bot.markup import plain
from bot.modals import QUESTION_LIMIT, FollowUpModal, submitted
from bot.office import Staffed, office_of

_CHOICES = 25
_CHOICE_LENGTH = 100


async def complete_outlet(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
    """Outlets whose name contains what is typed, those with most articles first."""
    office = office_of(interaction)
    shown = office.book.effective(interaction.guild_id, interaction.channel_id).outlets
    outlets = await office.desk.look_up(lambda newsroom: newsroom.outlets())
    typed = current.casefold()
    names = [
        name
        for name, _ in sorted(outlets, key=lambda one: -one[1])
        if typed in name.casefold() and len(name) <= _CHOICE_LENGTH and (not shown or name in shown)
    ]
    return [app_commands.Choice(name=name, value=name) for name in names[:_CHOICES]]


class AskCog(commands.Cog):
    """``/ask``, its chat form, and *Ask about this*."""

    def __init__(self, house: Any) -> None:  # noqa: ANN401 - the client, which is both a Bot and Staffed
        self._bot: commands.AutoShardedBot = house
        self._house: Staffed = house
        self._menu = app_commands.ContextMenu(name="Ask about this", callback=self.ask_about)
        self._menu.allowed_contexts = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
        self._menu.allowed_installs = app_commands.AppInstallationType(guild=True, user=True)
        self._bot.tree.add_command(self._menu)

    @commands.hybrid_command(name="ask", description="Ask the news archive a question")  # type: ignore[arg-type]  # mypy can't see through the library's generics
    @app_commands.describe(
        question="What you want to know",
        since="Only articles published on or after this day (YYYY-MM-DD)",
        until="Only articles published on or before this day (YYYY-MM-DD)",
        as_of="Answer as if it were this day (YYYY-MM-DD)",
        outlet="Only this outlet",
        private="Show the answer to you alone",
    )
    @app_commands.autocomplete(outlet=without_failures(complete_outlet))
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    async def ask(
        self,
        context: commands.Context[Any],
        *,
        question: commands.Range[str, 1, QUESTION_LIMIT],
        since: str | None = None,
        until: str | None = None,
        as_of: str | None = None,
        outlet: str | None = None,
        private: bool | None = None,
    ) -> None:
        """Answers a question; as a chat command, filters are written ``since:2026-01-01`` after it."""
        office = self._house.office
        interaction = context.interaction
        if interaction is None:
            await self._by_chat(context.message, question)
            return
        shown = office.book.effective(interaction.guild_id, interaction.channel_id).outlets
        filters = {"since": since, "until": until, "as_of": as_of, "outlet": outlet}
        where = where_from(filters, shown)
        alone, begins = new_topic(plain(question))
        inquiry = from_interaction(
            office,
            interaction,
            way="slash",
            question=alone,
            where=where,
            private=private,
            begins=begins,
        )
        check_open(self._house, inquiry.words)
        delivery = InteractionDelivery(interaction, private=inquiry.private)
        if begins or not goes_on(office, interaction.channel_id, interaction.guild_id):
            await self._house.answering.start(inquiry, delivery)
            return
        # What was said before is looked up in the database, which may keep the three seconds waiting.
        await delivery.acknowledge()
        parent_id = await before_here(
            office, interaction.channel_id, interaction.guild_id, interaction.user.id, private=inquiry.private
        )
        await self._house.answering.start(replace(inquiry, parent_id=parent_id), delivery)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Takes the forms that are sent in; commands and buttons have their own ways."""
        if interaction.type is discord.InteractionType.modal_submit:
            await submitted(interaction)

    async def ask_about(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """Opens the question's form with a message's text in it."""
        office = office_of(interaction)
        preferences = office.book.effective(interaction.guild_id, interaction.channel_id)
        words = office.words_of(interaction)
        text = plain(discord.utils.remove_markdown(message.content))
        await interaction.response.send_modal(
            FollowUpModal(words, parent_id=None, private=bool(preferences.private), prefilled=text)
        )

    async def _by_chat(self, message: discord.Message, text: str) -> None:
        cog = self._bot.get_cog(MessagesCog.__cog_name__)
        if isinstance(cog, MessagesCog):
            typed, filters = chat_filters(text)
            question, begins = new_topic(typed)
            await cog.ask(message, way="chat command", question=question, filters=filters, begins=begins)
