"""Buttons that ask a question once more, in another way: over all dates, or as the reading that was meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import discord

from bot.admission import check_open
from bot.buttons import RecordButton, reply_buttons
from bot.delivery import InteractionDelivery
from bot.errors import Refusal
from bot.inquiry import from_interaction
from bot.ledger import Record
from bot.markup import plain, shorten
from bot.office import Office, office_of, staff_of
from bot.words import Words
from index import Answer, Choice, Manner, Reply, Where

_LABEL: Final = 70
"""Characters of a button's label; Discord takes 80."""


class AnytimeButton(RecordButton, name="anytime"):
    """Asks again without the days that words such as *yesterday* were taken for."""

    async def act(self, interaction: discord.Interaction) -> None:
        """Answers below, as a further reply."""
        record = await self.record(interaction)
        where, _ = await _aside(office_of(interaction), record)
        await _ask(interaction, record, record.question, where, Manner(time_words=False), way="all dates")


class ChoiceButton(RecordButton, name="choice"):
    """Picks one of the readings of an unclear question."""

    style = discord.ButtonStyle.primary

    async def act(self, interaction: discord.Interaction) -> None:
        """Answers that reading."""
        office = office_of(interaction)
        record = await self.record(interaction)
        where, choices = await _aside(office, record)
        if self.page >= len(choices):
            # The question was edited meanwhile, and its new form is clear.
            raise Refusal(office.words_of(interaction).forgotten, "no choices")
        manner = Manner(ask_back=False)
        await _ask(interaction, record, choices[self.page].question, where, manner, way="choice")


async def _aside(office: Office, record: Record) -> tuple[Where, tuple[Choice, ...]]:
    return await office.file(lambda: office.ledger.aside(record.id))


async def _ask(
    interaction: discord.Interaction, record: Record, question: str, where: Where, manner: Manner, *, way: str
) -> None:
    """Asks in the place of the conversation where the question stood."""
    staff, office = staff_of(interaction), office_of(interaction)
    check_open(staff, office.words_of(interaction))
    shown = office.book.effective(interaction.guild_id, interaction.channel_id).outlets
    allowed = {name.casefold() for name in shown}
    # The question may be from before the outlets were settled: then it has none, which means all.
    if shown and not (where.outlets and {name.casefold() for name in where.outlets} <= allowed):
        where = replace(where, outlets=shown)
    inquiry = from_interaction(
        office,
        interaction,
        way=way,
        question=question,
        where=where,
        private=record.private,
        parent_id=record.parent_id,
        manner=manner,
    )
    await staff.answering.start(inquiry, InteractionDelivery(interaction, private=record.private))


def all_buttons(record_id: int, reply: Reply, words: Words, *, private: bool, threads: bool) -> Sequence[RecordButton]:
    """The buttons below a reply: one for each reading where it asks back, else those for the answer."""
    if isinstance(reply, Answer) and reply.choices:
        return [
            ChoiceButton(record_id, page=number, label=shorten(plain(choice.label), _LABEL).text)
            for number, choice in enumerate(reply.choices)
        ]
    buttons = reply_buttons(record_id, reply, words, private=private, threads=threads)
    if reply.searched.period is not None and reply.searched.period.kept:
        buttons.append(AnytimeButton(record_id, label=words.anytime))
    return buttons


AGAIN: tuple[type[RecordButton], ...] = (AnytimeButton, ChoiceButton)
"""What a client must know to answer clicks on messages from before its start."""
