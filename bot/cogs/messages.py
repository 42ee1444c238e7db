"""Asking by mention, reply and direct message; what happens when a question is edited or deleted."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakValueDictionary

import discord
from discord.ext import commands

from bot.admission import check_place
from bot.answering import DEALT_WITH
from bot.belonging import before_message
from bot.cards import notice
from bot.conversation import chat_filters, new_topic, question_in, where_from
from bot.delivery import MessageDelivery, Undeliverable
from bot.errors import Refusal, wording
from bot.inquiry import from_message, role_ids
from bot.office import Staffed
from bot.pace import Seen, TurnedAway
from bot.views import layout
from bot.words import Words
from index.errors import FilterError

_log = logging.getLogger(__name__)
_EDITABLE: Final = dt.timedelta(seconds=60)
_ORDINARY: Final = {discord.MessageType.default, discord.MessageType.reply}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    """A question that is being answered."""

    task: asyncio.Task[str]
    delivery: MessageDelivery
    asked: tuple[str, Mapping[str, str | None]]

    async def stop(self) -> None:
        """Gives it up; afterwards nothing of it is on its way any more."""
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task
        await self.delivery.settled()


class MessagesCog(commands.Cog):
    """Listens for messages that ask."""

    def __init__(self, house: Any) -> None:  # noqa: ANN401 - the client, which is both a Bot and Staffed
        self._bot: commands.AutoShardedBot = house
        self._house: Staffed = house
        self._told_usage = Seen()
        self._running: dict[int, _Running] = {}
        self._orders: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self.turned_away = TurnedAway()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answers a message that asks, once; says nothing to any other."""
        if message.author.bot or message.webhook_id or message.type not in _ORDINARY:
            return
        if not self._house.office.seen.first(message.id):
            return
        context: commands.Context[Any] = await self._bot.get_context(message)
        command, way = self._is_command(context), self._way(message)
        if not command and way is None:
            return
        if not self._house.accepting:
            with self._house.answering.attending():
                async with self._order(message.id):
                    await self._turn_away(message, self._delivery(message), self._words(message).leaving)
        elif command:
            await self._bot.invoke(context)
        elif way is not None:
            await self._take(message, way)

    async def _take(self, message: discord.Message, way: str) -> None:
        question, begins = new_topic(question_in(message.content))
        if question or begins:
            await self.ask(message, way=way, question=question, begins=begins)
        else:
            await self._say_how(message, way)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Answers anew, in place, when a question is edited within a minute."""
        message = payload.message
        fresh = discord.utils.utcnow() - message.created_at <= _EDITABLE
        if message.author.bot or not message.content or not fresh or not self._house.accepting:
            return
        async with self._order(message.id):
            await self._ask_anew(message)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Takes the answer away with its question."""
        await self._gone(payload.message_id, payload.channel_id)

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """As for one."""
        for message_id in payload.message_ids:
            await self._gone(message_id, payload.channel_id)

    async def ask(
        self,
        message: discord.Message,
        *,
        way: str,
        question: str,
        filters: Mapping[str, str | None] | None = None,
        begins: bool = False,
    ) -> None:
        """Answers a message, in the conversation that it belongs to; where it ``begins`` a topic, in none."""
        async with self._order(message.id):
            delivery = self._delivery(message)
            await self._begin(
                message, way=way, question=question, filters=filters or {}, delivery=delivery, begins=begins
            )
        running = self._running.get(message.id)
        if running is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(running.task)

    async def _begin(
        self,
        message: discord.Message,
        *,
        way: str,
        question: str,
        filters: Mapping[str, str | None],
        delivery: MessageDelivery,
        begins: bool,
        record_id: int | None = None,
    ) -> None:
        office = self._house.office
        guild_id = message.guild.id if message.guild else None
        try:
            where = where_from(filters, office.book.effective(guild_id, message.channel.id).outlets)
        except FilterError as error:
            text = wording(error, self._words(message)) or str(error)
            await self._turn_away(message, delivery, text)
            return
        inquiry = from_message(
            office,
            message,
            way=way,
            question=question,
            where=where,
            parent_id=await self._parent(message, record_id, begins=begins),
            record_id=record_id,
            begins=begins,
        )
        task = self._house.answering.start(inquiry, delivery)
        self._running[message.id] = _Running(task=task, delivery=delivery, asked=(question, filters))
        task.add_done_callback(lambda done: self._finished(message, done))

    async def _ask_anew(self, message: discord.Message) -> None:
        office = self._house.office
        question, filters, begins = await self._question_of(message)
        running = self._running.get(message.id)
        record = await office.file(lambda: office.ledger.by_source(message.id))
        turned_away = message.id in self.turned_away
        if not question or (running is None and record is None and not turned_away):
            return
        if turned_away:
            if not self.turned_away.is_mended(message.id, message.content) or not await self._still_asks(message):
                return
            delivery = self._delivery(message, reply_id=self.turned_away.take(message.id))
        elif running is not None:
            if running.asked == (question, filters):
                return
            await running.stop()
            # It may have been stopped before it was filed, or after the answer had gone out.
            record = await office.file(lambda: office.ledger.by_source(message.id))
            delivery = running.delivery
        elif record is not None and record.reply_message_id is not None:
            if question == record.question and not filters:
                return
            delivery = self._delivery(message, reply_id=record.reply_message_id)
        else:
            return
        record_id = None if record is None else record.id
        await self._begin(
            message,
            way="edit",
            question=question,
            filters=filters,
            delivery=delivery,
            begins=begins,
            record_id=record_id,
        )

    def _order(self, message_id: int) -> asyncio.Lock:
        """What befalls a message is dealt with in the order in which it came."""
        lock = self._orders.get(message_id)
        if lock is None:
            lock = self._orders[message_id] = asyncio.Lock()
        return lock

    def _is_command(self, context: commands.Context[Any]) -> bool:
        """Whether a message runs a chat command, and not just begins like one, as *search engines: who?* does."""
        if not context.valid:
            return False
        if not (context.prefix or "").startswith("<@"):
            return True
        message = context.message
        if message.guild is not None and not self._mentions_on(message):
            return False
        if new_topic(question_in(message.content))[1]:
            # *new topic: who?* begins like the command *new*, which would drop the question.
            return False
        return _is_ask(context) or not message.content.rstrip().endswith("?")

    def _way(self, message: discord.Message) -> str | None:
        """How a message addresses the bot; None when it doesn't."""
        me = self._bot.user
        if me is None:
            return None
        if message.guild is None:
            return "direct"
        if not self._mentions_on(message):
            return None
        addressed = self._addressed(message, message.guild, me)
        return addressed or ("thread" if self._is_for_us(message, me) else None)

    def _addressed(self, message: discord.Message, guild: discord.Guild, me: discord.ClientUser) -> str | None:
        """How a message names the bot or replies to it."""
        replied = message.reference.resolved if message.reference else None
        if isinstance(replied, discord.Message) and replied.author.id == me.id:
            return "reply" if message.content or me in message.mentions else None
        if f"<@{me.id}>" in message.content or f"<@!{me.id}>" in message.content:
            return "mention"
        return "mention" if guild.self_role in message.role_mentions else None

    def _is_for_us(self, message: discord.Message, me: discord.ClientUser) -> bool:
        """Whether a message stands in a thread of the bot's and is not meant for anybody else there."""
        if not message.content or not self._house.office.rooms.has(message.channel.id) or not self._welcome(message):
            return False
        replied = message.reference.resolved if message.reference else None
        if isinstance(replied, discord.Message) and replied.author.id not in {me.id, message.author.id}:
            return me in message.mentions
        return me in message.mentions or not (message.mentions or message.role_mentions or message.mention_everyone)

    def _welcome(self, message: discord.Message) -> bool:
        """Whether this person may ask here. Whoever did not address the bot is not to be told that they may not."""
        office = self._house.office
        guild_id = message.guild.id if message.guild else None
        try:
            check_place(
                office,
                office.words(guild_id, message.channel.id),
                guild_id=guild_id,
                channel_ids=(message.channel.id, getattr(message.channel, "parent_id", None)),
                role_ids=role_ids(message.author),
            )
        except Refusal:
            return False
        return True

    def _mentions_on(self, message: discord.Message) -> bool:
        guild_id = message.guild.id if message.guild else None
        return self._house.office.book.effective(guild_id, message.channel.id).mentions is not False

    async def _question_of(self, message: discord.Message) -> tuple[str, Mapping[str, str | None], bool]:
        """The question, its filters, and whether it begins a topic."""
        context: commands.Context[Any] = await self._bot.get_context(message)
        filters: Mapping[str, str | None] = {}
        if not self._is_command(context):
            text = question_in(message.content)
        elif _is_ask(context):
            text, filters = chat_filters(context.view.read_rest().strip())
        else:
            text = ""
        question, begins = new_topic(text)
        return question, filters, begins

    async def _still_asks(self, message: discord.Message) -> bool:
        context: commands.Context[Any] = await self._bot.get_context(message)
        return self._way(message) is not None or (self._is_command(context) and _is_ask(context))

    async def _parent(self, message: discord.Message, record_id: int | None, *, begins: bool) -> int | None:
        """The question that this message follows up on; what was edited stays where it was asked."""
        office = self._house.office
        record = None if record_id is None else await office.file(lambda: office.ledger.record(record_id))
        if record is not None:
            return record.parent_id
        return None if begins else await before_message(office, message)

    async def _say_how(self, message: discord.Message, way: str) -> None:
        """Once to each asker in each channel."""
        if not self._told_usage.first(message.author.id ^ message.channel.id):
            self.turned_away.note(message.id, message.content, None)
            return
        words = self._words(message)
        hidden = {"reply": words.unreadable_reply, "mention": words.unreadable_role}
        text = words.usage if message.content else hidden.get(way, words.usage)
        async with self._order(message.id):
            await self._turn_away(message, self._delivery(message), text)

    async def _turn_away(self, message: discord.Message, delivery: MessageDelivery, text: str) -> None:
        """Says why there is no answer; an edit within a minute may mend it."""
        if self._house.answering.may_tell(message.author.id):
            with contextlib.suppress(Undeliverable):
                await delivery.show(layout(notice(text)))
        self.turned_away.note(message.id, message.content, delivery.reply_id)

    async def _gone(self, message_id: int, channel_id: int) -> None:
        async with self._order(message_id):
            reply_id = await self._withdrawn(message_id)
        if reply_id is not None:
            try:
                await self._bot.get_partial_messageable(channel_id).get_partial_message(reply_id).delete()
            except discord.HTTPException as error:
                _log.info("an answer to a deleted question could not be deleted: %s", error.code)

    async def _withdrawn(self, message_id: int) -> int | None:
        """Stops and forgets a question; the message that carries its answer, if there is one."""
        running = self._running.get(message_id)
        if running is not None:
            await running.stop()
        office = self._house.office
        record = await office.file(lambda: office.ledger.by_source(message_id))
        told_id = self.turned_away.take(message_id)
        reply_id = running.delivery.reply_id if running is not None else told_id
        if record is not None:
            filed = record.id
            await office.file(lambda: office.ledger.drop(filed))
            reply_id = record.reply_message_id or reply_id
        return reply_id

    def _words(self, message: discord.Message) -> Words:
        return self._house.office.words(message.guild.id if message.guild else None, message.channel.id)

    def _delivery(self, message: discord.Message, reply_id: int | None = None) -> MessageDelivery:
        ping = self._house.office.settings.ping_asker
        return MessageDelivery(message, self._house.typing_notice, ping=ping, reply_id=reply_id)

    def _finished(self, message: discord.Message, task: asyncio.Task[str]) -> None:
        running = self._running.get(message.id)
        if running is None or running.task is not task:
            return
        del self._running[message.id]
        if not task.cancelled() and task.exception() is None and task.result() not in DEALT_WITH:
            self.turned_away.note(message.id, message.content, running.delivery.reply_id)


def _is_ask(context: commands.Context[Any]) -> bool:
    return context.command is not None and context.command.name == "ask"
