"""Cards as Discord's components.

Components V2 are chosen over embeds: their text can't be switched off in the reader's settings, they need no *Embed
Links* permission, links in them make no previews, and buttons stand beside what they are about.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.cards import TEXT_LIMIT, Card
from bot.markup import fitted

_ROW = 5


def layout(card: Card, buttons: Sequence[ui.Item[Any]] = ()) -> ui.LayoutView:
    """A card with buttons below it, five a row; a card that is too long for one message is cut."""
    view = ui.LayoutView(timeout=None)
    box: ui.Container[ui.LayoutView] = ui.Container(accent_colour=int(card.tone))
    for number, block in enumerate(fitted(card.blocks, TEXT_LIMIT)):
        if card.ruled and number and number == len(card.blocks) - 1:
            box.add_item(ui.Separator(spacing=discord.SeparatorSpacing.small))
        box.add_item(ui.TextDisplay(block))
    view.add_item(box)
    for start in range(0, len(buttons), _ROW):
        row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
        for button in buttons[start : start + _ROW]:
            row.add_item(button)
        view.add_item(row)
    if not buttons:
        # Nothing of it is ever pressed: discord.py would keep a private reply, and a task for it, for fifteen minutes.
        view.stop()
    return view
