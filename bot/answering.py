"""From a question to its delivered answer: admission, the line, the archive, the record."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord

from bot.admission import PACE, TOLD_PER_MINUTE, check_edits, check_pace, check_place
from bot.asking_again import all_buttons
from bot.cards import Tone, notice
from bot.conversation import turns
from bot.delivery import Delivery, Undeliverable
from bot.errors import Refusal, explanation, named
from bot.inquiry import Inquiry
from bot.ledger import outcome
from bot.pace import Cooldowns
from bot.render import reply_card, short_answer
from bot.views import layout
from index import Reply

if TYPE_CHECKING:
    from bot.desk import Ticket
    from bot.office import Office

_log = logging.getLogger(__name__)
DEALT_WITH: Final = {"answered", "no_answer", "repeated", "new_topic"}
"""What may come of an inquiry that has its reply; all else leaves the question open."""


class Answering:
    """Answers inquiries, each at most once."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._under_way: set[asyncio.Task[Any]] = set()
        self._told_pace = Cooldowns(1)
        self._told = Cooldowns(TOLD_PER_MINUTE)

    @property
    def under_way(self) -> int:
        """How many inquiries are being dealt with, and what else is to be done before leaving."""
        return len(self._under_way)

    def start(self, inquiry: Inquiry, delivery: Delivery) -> asyncio.Task[str]:
        """Answers in a task of its own, which draining waits for; it tells what came of it, as :meth:`answer`."""
        task = asyncio.create_task(self.answer(inquiry, delivery), name=f"inquiry-{inquiry.way}")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def drain(self, within: float) -> int:
        """Waits for what is under way; how many were left when time was up."""
        end = time.monotonic() + within
        # Whoever comes meanwhile is turned away, and hears so before the connection closes.
        while self._under_way and (left := end - time.monotonic()) > 0:
            await asyncio.wait(self._under_way, timeout=left)
        return len(self._under_way)

    @contextlib.contextmanager
    def attending(self) -> Iterator[None]:
        """Makes draining wait for what the current task does meanwhile."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - coroutines run in tasks
        self._under_way.add(task)
        try:
            yield
        finally:
            self._under_way.discard(task)

    async def answer(self, inquiry: Inquiry, delivery: Delivery) -> str:
        """Deals with an inquiry to the end; whoever asked is told of every failure that they can be told of.

        Returns what came of it: answered, no_answer, asked_back, new_topic (begun without a question), repeated,
        refused, undeliverable or failed.
        """
        metrics = self._office.metrics
        try:
            self._admit(inquiry)
            await delivery.acknowledge()
            outcome = await self._answer(inquiry, delivery)
        except Refusal as refusal:
            metrics.refusals.labels(refusal.why).inc()
            outcome = "refused"
            # An edited question's answer is replaced by the refusal, once for each: it answers something else now.
            key = inquiry.user_id if inquiry.record_id is None else inquiry.record_id
            if not delivery.public or self.may_tell(key, pace=refusal.why in PACE):
                await self._tell(delivery, refusal.text, Tone.NOTICE)
        except Undeliverable as error:
            _log.info("an answer could not be delivered: %s", named(error.__cause__))
            outcome = "undeliverable"
        except Exception as error:  # noqa: BLE001 - whoever asked must hear something, whatever it was
            text, tone = explanation(error, inquiry.words, self._office)
            outcome = "failed"
            await self._tell(delivery, text, tone, refused=False)
        metrics.questions.labels(inquiry.way, outcome).inc()
        return outcome

    def may_tell(self, key: int, *, pace: bool = False) -> bool:
        """Whether a user, or the editor of a record, may be refused once more for all to see; notes it.

        Nobody is to make the bot flood a channel by asking what it refuses.
        """
        told = self._told_pace if pace else self._told
        if told.wait(key):
            return False
        told.count(key)
        return True

    def _admit(self, inquiry: Inquiry) -> None:
        if not inquiry.question and not inquiry.begins:
            raise Refusal(inquiry.words.empty_question, "empty")
        check_place(
            self._office,
            inquiry.words,
            guild_id=inquiry.guild_id,
            channel_ids=(inquiry.channel_id, inquiry.parent_channel_id),
            role_ids=inquiry.role_ids,
        )
        if inquiry.record_id is None:
            check_pace(self._office, inquiry.words, user_id=inquiry.user_id, guild_id=inquiry.guild_id)
        else:
            check_edits(self._office, inquiry.words, user_id=inquiry.user_id)

    async def _answer(self, inquiry: Inquiry, delivery: Delivery) -> str:
        office = self._office
        began = time.monotonic()
        record_id = inquiry.record_id
        if inquiry.begins and record_id is None:
            # Before the question is filed, which belongs to what comes next.
            await self._begin_topic(inquiry.channel_id)
        if not inquiry.question:
            await delivery.show(layout(notice(inquiry.words.new_topic, Tone.DONE)))
            return "new_topic"
        if record_id is None:
            record_id = await self._opened(inquiry)
        if record_id is None:
            # Discord repeated the event after a reconnect or a restart, and the question has its answer.
            return "repeated"
        filed = record_id
        try:
            within = office.rooms.within
            alone = office.ledger.alias(inquiry.user_id) if inquiry.alone else None
            before = await office.file(lambda: office.ledger.chain(inquiry.parent_id, alone=alone, within=within))
            history = turns(before)
            question, where, manner = inquiry.question, inquiry.where, inquiry.manner
            ticket = office.desk.enter(lambda newsroom: newsroom.ask(question, history, where, manner))
            reply = await self._wait(ticket, inquiry, delivery)
            card = reply_card(reply, inquiry.words, question=inquiry.question if inquiry.shows_question else None)
            text = short_answer(reply, inquiry.words)
            # Filed before it is shown: whoever presses a button at once must find the record.
            spent = time.monotonic() - began
            kept = bool(filed) and await self._kept(
                lambda: office.ledger.conclude(filed, inquiry.where, reply, text, spent)
            )
            buttons = all_buttons(filed, reply, inquiry.words, private=inquiry.private, threads=inquiry.threads)
            view = layout(card, buttons) if kept else layout(card)
            message_id = await delivery.show(view)
        except BaseException:
            if inquiry.record_id is None:
                await asyncio.shield(self._kept(lambda: office.ledger.drop(filed)))
            raise
        if message_id is not None:
            shown = message_id
            # Shown is shown: a deletion that comes in at this moment must find the message.
            await asyncio.shield(self._kept(lambda: office.ledger.delivered(filed, shown)))
        office.metrics.answered(time.monotonic() - began, reply.timing_ms)
        return {True: "answered", False: "no_answer", None: "asked_back"}[outcome(reply)]

    async def _opened(self, inquiry: Inquiry) -> int | None:
        """Files a question: its id, None when this message is filed already, 0 where nothing can be filed now."""
        office = self._office
        opened: list[int | None] = [0]

        def work() -> None:
            opened[0] = office.ledger.open(
                user_id=inquiry.user_id,
                question=inquiry.question,
                guild_id=inquiry.guild_id,
                channel_id=inquiry.channel_id,
                source_message_id=inquiry.source_message_id,
                parent_id=inquiry.parent_id,
                private=inquiry.private,
            )

        await self._kept(work)
        return opened[0]

    async def _kept(self, work: Callable[[], object]) -> bool:
        """Files something; False where the database takes nothing, as on a full disk: people are answered all the same.

        An answer that was not kept has no buttons, and nothing goes on from it.
        """
        try:
            await self._office.file(work)
        except sqlite3.OperationalError as error:
            _log.warning("answers are given without being filed, for want of room or rights: %s", error)
            return False
        return True

    async def _begin_topic(self, channel_id: int | None) -> None:
        office = self._office
        if channel_id is not None:
            await self._kept(lambda: office.rooms.new_topic(channel_id))

    async def _wait(self, ticket: Ticket[Reply], inquiry: Inquiry, delivery: Delivery) -> Reply:
        """The reply; meanwhile, whoever waits long is told their place."""
        pause: float | None = delivery.patience
        told = 0
        try:
            while pause is not None:
                done, _ = await asyncio.wait({ticket.task}, timeout=pause)
                place = ticket.place
                if done or not place:
                    break
                if place != told:
                    told = place
                    # The word about waiting is a courtesy; the answer is still to come.
                    with contextlib.suppress(discord.HTTPException, aiohttp.ClientError, OSError):
                        await delivery.show(layout(notice(inquiry.words.waiting.format(place=place))))
                pause = delivery.refresh
            return await ticket.result()
        finally:
            ticket.task.cancel()

    async def _tell(self, delivery: Delivery, text: str, tone: Tone, *, refused: bool = True) -> None:
        view = layout(notice(text, tone))
        try:
            if refused:
                await delivery.refuse(view)
            else:
                await delivery.show(view)
        except Exception as error:  # noqa: BLE001 - the failure to tell of a failure ends here
            _log.info("could not tell about a failure: %s", named(error))
