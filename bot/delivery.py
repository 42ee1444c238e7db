"""How a reply reaches people: as an interaction's response, or as a reply to a message, edited in place."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeVar

import aiohttp
import discord
from discord import ui

from bot.errors import is_expired

_log = logging.getLogger(__name__)
NOBODY = discord.AllowedMentions.none()
"""For edits: the library applies the client's own setting only where there is content beside the components."""
Sent = TypeVar("Sent")
_TYPING_LASTS: Final = 8.0
_CHANNELS: Final = 1_000
_PAUSES: Final = (0.5, 2.0, 5.0)
_TOKEN_DEAD: Final = {10015, 50027}
"""Discord's codes for an interaction's token, which lives for fifteen minutes, when it is over."""
_CLOSED = (discord.Forbidden, discord.NotFound)
"""Who may not write, or has nothing left to write to, can't tell anybody; any other error is told of."""


async def insist(send: Callable[[], Awaitable[Sent]]) -> Sent:
    """Sends again when the connection breaks; what is sent must do no harm when it arrives twice."""
    for pause in _PAUSES:
        try:
            return await send()
        except (aiohttp.ClientError, OSError) as error:
            _log.info("a connection broke while answering (%s); trying again", type(error).__name__)
            await asyncio.sleep(pause)
    return await send()


class Undeliverable(Exception):
    """Nobody can be told: the question is gone, or the channel is closed to the bot."""


class Delivery(Protocol):
    """One reply on its way."""

    patience: float
    """Seconds until waiting deserves a word."""
    refresh: float | None
    """Seconds between two words about waiting; None: one is enough."""
    public: bool
    """Whether a refusal is seen by others too."""

    async def acknowledge(self) -> None:
        """Shows at once that the question has arrived."""
        ...

    async def show(self, view: ui.LayoutView) -> int | None:
        """Shows this in place of whatever was shown before; the message's id. Raises Undeliverable."""
        ...

    async def refuse(self, view: ui.LayoutView) -> None:
        """Says no, as quietly as possible."""
        ...


class InteractionDelivery:
    """The response to a command, button or modal: deferred, then filled in."""

    patience: float = 1.5
    refresh: float | None = 5.0
    public: bool = False

    def __init__(self, interaction: discord.Interaction, *, private: bool) -> None:
        self._interaction = interaction
        self._private = private
        self._channel_message: discord.Message | None = None

    async def acknowledge(self) -> None:
        """Defers, within the three seconds that Discord gives."""
        if self._interaction.response.is_done():
            return
        try:
            await self._interaction.response.defer(thinking=True, ephemeral=self._private)
        except discord.HTTPException as error:
            if is_expired(error):
                raise Undeliverable from error
            raise

    async def show(self, view: ui.LayoutView) -> int | None:
        """Edits the response; after fifteen minutes, when its token is dead, writes to the channel instead."""
        try:
            if self._channel_message is not None:
                await self._channel_message.edit(view=view, allowed_mentions=NOBODY)
                return self._channel_message.id
            try:
                return (await insist(lambda: self._interaction.edit_original_response(view=view))).id
            except discord.HTTPException as error:
                if error.code not in _TOKEN_DEAD:
                    raise
                channel = self._interaction.channel
                if self._private or not isinstance(channel, discord.abc.Messageable):
                    raise Undeliverable from error
            self._channel_message = await channel.send(view=view)
        except _CLOSED as error:
            raise Undeliverable from error
        return self._channel_message.id

    async def refuse(self, view: ui.LayoutView) -> None:
        """Only the asker sees it."""
        if self._interaction.response.is_done():
            await self._interaction.followup.send(view=view, ephemeral=True)
        else:
            await self._interaction.response.send_message(view=view, ephemeral=True)


class Typing:
    """*Dateline is typing…*, asked for once while it lasts, however many ask in a channel."""

    def __init__(self) -> None:
        self._shown: OrderedDict[int, float] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    def show(self, channel: discord.abc.MessageableChannel) -> None:
        """Starts it without waiting: the answer must not queue behind a courtesy."""
        now = time.monotonic()
        if now - self._shown.get(channel.id, -_TYPING_LASTS) < _TYPING_LASTS:
            return
        self._shown[channel.id] = now
        while len(self._shown) > _CHANNELS:
            self._shown.popitem(last=False)
        task = asyncio.create_task(self._send(channel))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, channel: discord.abc.MessageableChannel) -> None:
        try:
            await channel.typing()
        except (discord.HTTPException, OSError) as error:
            _log.debug("typing could not be shown: %s", error)


class MessageDelivery:
    """A reply to a message; edited when there is more to say."""

    patience: float = 4.0
    refresh: float | None = None
    public: bool = True

    def __init__(self, message: discord.Message, typing: Typing, *, ping: bool, reply_id: int | None = None) -> None:
        self._message = message
        self._typing = typing
        self._ping = ping
        self._sent = 0
        self._sending: asyncio.Task[None] | None = None
        self.reply_id = reply_id

    async def acknowledge(self) -> None:
        """Shows typing."""
        if self._may_write():
            self._typing.show(self._message.channel)

    async def show(self, view: ui.LayoutView) -> int | None:
        """Replies, or edits the reply."""
        if not self._may_write():
            raise Undeliverable
        await self.settled()
        self._sending = asyncio.create_task(self._write(view))
        try:
            # Whoever stops waiting for it does not stop it: what Discord has taken in must be known here.
            await asyncio.shield(self._sending)
        except _CLOSED as error:
            raise Undeliverable from error
        return self.reply_id

    async def settled(self) -> None:
        """Waits until nothing is on its way any more; ``reply_id`` is right from then on."""
        if self._sending is not None:
            await asyncio.wait({self._sending})
            if not self._sending.cancelled() and self._sending.exception() is not None:
                _log.debug("what was on its way did not arrive: %s", self._sending.exception())

    async def refuse(self, view: ui.LayoutView) -> None:
        """A reply; messages have no quieter way."""
        await self.show(view)

    async def _write(self, view: ui.LayoutView) -> None:
        if self.reply_id is not None:
            shown = self.reply_id
            await insist(lambda: self._edit(shown, view))
            return
        # With a nonce, Discord takes a repeated request for the one before; another reply is another matter.
        self._sent += 1
        nonce = f"{self._message.id}-{self._sent}"
        self.reply_id = (await insist(lambda: self._send(view, nonce))).id

    async def _send(self, view: ui.LayoutView, nonce: str) -> discord.Message:
        channel = self._message.channel
        if not self._may_refer():
            return await channel.send(view=view, nonce=nonce)
        reference = self._message.to_reference(fail_if_not_exists=False)
        return await channel.send(view=view, reference=reference, mention_author=self._ping, nonce=nonce)

    async def _edit(self, reply_id: int, view: ui.LayoutView) -> None:
        channel = self._message.channel
        if not isinstance(channel, discord.GroupChannel):  # bots are in none
            await channel.get_partial_message(reply_id).edit(view=view, allowed_mentions=NOBODY)

    def _may_refer(self) -> bool:
        granted = self._granted()
        return granted is None or granted.read_message_history

    def _may_write(self) -> bool:
        granted = self._granted()
        if granted is None:
            return True
        in_thread = isinstance(self._message.channel, discord.Thread)
        return granted.view_channel and (granted.send_messages_in_threads if in_thread else granted.send_messages)

    def _granted(self) -> discord.Permissions | None:
        """What the bot may do in the channel; None in direct messages."""
        guild, channel = self._message.guild, self._message.channel
        if guild is None or isinstance(channel, (discord.DMChannel, discord.GroupChannel, discord.PartialMessageable)):
            return None
        return channel.permissions_for(guild.me)
