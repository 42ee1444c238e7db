"""The forms behind buttons: a follow-up question, a reason, a question about a message.

A form's ``custom_id`` carries all that its submission needs, as a button's does: two people's open forms never meet,
and one that was open while the bot restarted still works. The library would keep every open form in memory under its
``custom_id``; here none is kept, and :func:`submitted` takes them all.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from typing import Any, Final

import discord
from discord import ui

from bot.access import record_for
from bot.admission import check_open
from bot.conversation import new_topic, where_from
from bot.delivery import InteractionDelivery
from bot.errors import Refusal, explain
from bot.inquiry import from_interaction
from bot.markup import plain
from bot.office import office_of, staff_of
from bot.words import Words

QUESTION_LIMIT = 1_000
"""Characters of a question typed into a form or a command."""
_QUESTION_ID: Final = re.compile(r"dateline:question:(?P<parent>[0-9]{1,18}):(?P<private>[01]):\w+")
_REASON_ID: Final = re.compile(r"dateline:reason:(?P<record>[0-9]{1,18}):\w+")
_REASONS: Final = ("wrong", "outdated", "missed", "other")


class Form(ui.Modal):
    """A modal that the library does not keep. ``about`` tells what its submission needs to know."""

    def __init__(self, *, title: str, about: str) -> None:
        # Discord's apps remember what was typed into a form by its custom_id, and a new one starts empty.
        super().__init__(title=title, custom_id=f"dateline:{about}:{secrets.token_hex(4)}")
        # The library stores forms that wait for their submission; this one doesn't.
        self.stop()


class FollowUpModal(Form):
    """Asks on, after an answer."""

    def __init__(self, words: Words, *, parent_id: int | None, private: bool, prefilled: str = "") -> None:
        title = words.follow_up if parent_id else words.your_question
        super().__init__(title=title, about=f"question:{parent_id or 0}:{int(private)}")
        question: ui.TextInput[Any] = ui.TextInput(
            custom_id="question",
            style=discord.TextStyle.paragraph,
            max_length=QUESTION_LIMIT,
            default=prefilled[:QUESTION_LIMIT] or None,
        )
        self.add_item(ui.Label(text=words.your_question, component=question))


class ReasonModal(Form):
    """Why an answer did not help."""

    def __init__(self, words: Words, record_id: int) -> None:
        super().__init__(title=words.not_helpful, about=f"reason:{record_id}")
        texts = (words.reason_wrong, words.reason_outdated, words.reason_missed, words.reason_other)
        reason: ui.Select[Any] = ui.Select(
            custom_id="reason",
            options=[
                discord.SelectOption(label=text, value=value) for value, text in zip(_REASONS, texts, strict=True)
            ],
        )
        remark: ui.TextInput[Any] = ui.TextInput(
            custom_id="remark", style=discord.TextStyle.paragraph, max_length=500, required=False
        )
        self.add_item(ui.Label(text=words.reason, component=reason))
        self.add_item(ui.Label(text=words.more, component=remark))


async def submitted(interaction: discord.Interaction) -> None:
    """Deals with a form that was sent in, once; whoever sent it is told what went wrong."""
    if not office_of(interaction).seen.first(interaction.id):
        return
    data: Any = interaction.data
    custom_id = str(data["custom_id"])
    filled = dict(_filled(data["components"]))
    try:
        if match := _QUESTION_ID.fullmatch(custom_id):
            await _ask(interaction, filled, parent_id=int(match["parent"]) or None, private=match["private"] == "1")
        elif match := _REASON_ID.fullmatch(custom_id):
            await _criticise(interaction, filled, int(match["record"]))
        else:
            # From another version of the bot: what it was about can't be told.
            raise Refusal(office_of(interaction).words_of(interaction).forgotten, "forgotten")  # noqa: TRY301 - one place explains
    except Exception as error:  # noqa: BLE001 - the one error handler takes it from here
        await explain(interaction, error)


async def _ask(
    interaction: discord.Interaction, filled: dict[str, str], *, parent_id: int | None, private: bool
) -> None:
    staff, office = staff_of(interaction), office_of(interaction)
    words = office.words_of(interaction)
    check_open(staff, words)
    if parent_id is not None:
        await record_for(interaction, parent_id)
    preferences = office.book.effective(interaction.guild_id, interaction.channel_id)
    question, begins = new_topic(plain(filled.get("question", "")))
    inquiry = from_interaction(
        office,
        interaction,
        way="follow-up" if parent_id else "context menu",
        question=question,
        where=where_from({}, preferences.outlets),
        private=private,
        parent_id=None if begins else parent_id,
        begins=begins,
    )
    await staff.answering.start(inquiry, InteractionDelivery(interaction, private=private))


async def _criticise(interaction: discord.Interaction, filled: dict[str, str], record_id: int) -> None:
    office = office_of(interaction)
    words = office.words_of(interaction)
    chosen = filled.get("reason", "")
    reason = chosen if chosen in _REASONS else "other"
    remark = plain(filled.get("remark", ""))
    await record_for(interaction, record_id)
    kept = await office.file(
        lambda: office.ledger.rate(record_id, interaction.user.id, helpful=False, reason=reason, remark=remark)
    )
    if not kept:
        raise Refusal(words.forgotten, "forgotten")
    office.metrics.feedback.labels("no").inc()
    await interaction.response.send_message(words.thanks, ephemeral=True)


def _filled(components: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """What was filled in, by the parts' custom_ids; of a choice, the first value."""
    for part in components:
        yield from _filled(part.get("components") or [])
        if inner := part.get("component"):
            yield from _filled([inner])
        if "custom_id" in part:
            yield part["custom_id"], str(part.get("value") or next(iter(part.get("values") or []), ""))
