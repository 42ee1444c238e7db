"""The forms behind buttons: a follow-up question, a reason, a question about a message."""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

from bot.conversation import where_from
from bot.delivery import InteractionDelivery
from bot.errors import Refusal, explain
from bot.inquiry import from_interaction
from bot.markup import plain
from bot.office import office_of, staff_of
from bot.words import Words

QUESTION_LIMIT = 1_000
"""Characters of a question typed into a form or a command."""


class Form(ui.Modal):
    """A modal whose failures go to the one error handler."""

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Whether this submission is new."""
        return office_of(interaction).seen.first(interaction.id)

    async def on_error(self, interaction: discord.Interaction, error: Exception, /) -> None:  # type: ignore[override]  # a modal's has no item
        """Explains."""
        await explain(interaction, error)


class FollowUpModal(Form):
    """Asks on, after an answer."""

    def __init__(self, words: Words, *, parent_id: int | None, private: bool, prefilled: str = "") -> None:
        super().__init__(title=words.follow_up if parent_id else words.your_question, custom_id="dateline:question")
        self._parent_id = parent_id
        self._private = private
        self._question: ui.TextInput[Any] = ui.TextInput(
            custom_id="question",
            style=discord.TextStyle.paragraph,
            max_length=QUESTION_LIMIT,
            default=prefilled[:QUESTION_LIMIT] or None,
        )
        self.add_item(ui.Label(text=words.your_question, component=self._question))

    async def on_submit(self, interaction: discord.Interaction, /) -> None:
        """Asks."""
        office = office_of(interaction)
        preferences = office.book.effective(interaction.guild_id, interaction.channel_id)
        inquiry = from_interaction(
            office,
            interaction,
            way="follow-up" if self._parent_id else "context menu",
            question=plain(self._question.value),
            where=where_from({}, preferences.outlets),
            private=self._private,
            parent_id=self._parent_id,
        )
        delivery = InteractionDelivery(interaction, private=self._private)
        await staff_of(interaction).answering.start(inquiry, delivery)


class ReasonModal(Form):
    """Why an answer did not help."""

    def __init__(self, words: Words, record_id: int) -> None:
        super().__init__(title=words.not_helpful, custom_id="dateline:reason")
        self._record_id = record_id
        self._reason: ui.Select[Any] = ui.Select(
            custom_id="reason",
            options=[
                discord.SelectOption(label=words.reason_wrong, value="wrong"),
                discord.SelectOption(label=words.reason_outdated, value="outdated"),
                discord.SelectOption(label=words.reason_missed, value="missed"),
                discord.SelectOption(label=words.reason_other, value="other"),
            ],
        )
        self._remark: ui.TextInput[Any] = ui.TextInput(
            custom_id="remark", style=discord.TextStyle.paragraph, max_length=500, required=False
        )
        self.add_item(ui.Label(text=words.reason, component=self._reason))
        self.add_item(ui.Label(text=words.more, component=self._remark))

    async def on_submit(self, interaction: discord.Interaction, /) -> None:
        """Files the reason."""
        office = office_of(interaction)
        words = office.words_of(interaction)
        reason = self._reason.values[0] if self._reason.values else "other"
        remark = plain(self._remark.value)
        kept = await office.file(
            lambda: office.ledger.rate(
                self._record_id, interaction.user.id, helpful=False, reason=reason, remark=remark
            )
        )
        if not kept:
            raise Refusal(words.forgotten, "forgotten")
        office.metrics.feedback.labels("no").inc()
        await interaction.response.send_message(words.thanks, ephemeral=True)
