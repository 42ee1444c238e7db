"""Where a conversation goes on: threads that the bot joins and leaves, and new topics."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.admission import admit, check_open
from bot.cards import Tone, notice
from bot.delivery import Delivery, InteractionDelivery, MessageDelivery
from bot.errors import Refusal
from bot.inquiry import from_interaction, from_message
from bot.office import Staffed
from bot.views import layout
from bot.words import Words


class TalkCog(commands.Cog):
    """``/join``, ``/leave`` and ``/new``."""

    def __init__(self, house: Any) -> None:  # noqa: ANN401 - the client, which is both a Bot and Staffed
        self._house: Staffed = house

    @commands.hybrid_command(name="join", description="In a thread: have every message here answered")  # type: ignore[arg-type]  # mypy can't see through the library's generics
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.guild_only()
    async def join(self, context: commands.Context[Any]) -> None:
        """Invites the bot to a thread, in which it then needs no mention."""
        office = self._house.office
        with self._house.answering.attending():
            thread, words, delivery = self._in_thread(context)
            await delivery.acknowledge()
            # In a private thread nothing is heard before one has joined; where it may not, Discord says so.
            await thread.join()
            await office.file(lambda: office.rooms.adopt(thread.id, thread.guild.id))
            text = words.joined if office.settings.message_content else words.joined_quiet
            await delivery.show(layout(notice(text, Tone.DONE)))

    @commands.hybrid_command(name="leave", description="In a thread: answer mentions and replies only")  # type: ignore[arg-type]  # as above
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.guild_only()
    async def leave(self, context: commands.Context[Any]) -> None:
        """Ends what ``/join`` and *Continue in a thread* began."""
        office = self._house.office
        with self._house.answering.attending():
            thread, words, delivery = self._in_thread(context)
            await delivery.acknowledge()
            await office.file(lambda: office.rooms.leave(thread.id))
            await delivery.show(layout(notice(words.left_thread, Tone.DONE)))

    @commands.hybrid_command(name="new", description="Start a new topic here: forget what was asked before")  # type: ignore[arg-type]  # as above
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    async def new(self, context: commands.Context[Any]) -> None:
        """Starts afresh, in a direct message or a thread of the bot's; elsewhere every question does."""
        office = self._house.office
        if context.interaction is None:
            inquiry = from_message(office, context.message, way="chat command", question="", begins=True)
        else:
            inquiry = from_interaction(
                office, context.interaction, way="slash", question="", private=False, begins=True
            )
        check_open(self._house, inquiry.words)
        await self._house.answering.start(inquiry, self._delivery(context))

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Forgets a thread that is gone."""
        office = self._house.office
        if office.rooms.has(payload.thread_id):
            await office.file(lambda: office.rooms.leave(payload.thread_id))

    def _in_thread(self, context: commands.Context[Any]) -> tuple[discord.Thread, Words, Delivery]:
        """The thread, the language and how to answer; the house rules hold here as for questions."""
        words = admit(self._house, context)
        if not isinstance(context.channel, discord.Thread):
            raise Refusal(words.only_in_threads, "not a thread")
        return context.channel, words, self._delivery(context)

    def _delivery(self, context: commands.Context[Any]) -> Delivery:
        if context.interaction is not None:
            return InteractionDelivery(context.interaction, private=False)
        ping = self._house.office.settings.ping_asker
        return MessageDelivery(context.message, self._house.typing_notice, ping=ping)
