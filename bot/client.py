"""The Discord client: what it listens to, its parts, and one error handler for all commands."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import sys
from typing import TYPE_CHECKING, Any, Final, cast

import discord
from discord import app_commands
from discord.ext import commands, tasks

from bot.answering import Answering
from bot.buttons import refuse_unknown
from bot.cards import notice
from bot.cogs import BUTTONS, COGS
from bot.cogs.messages import MessagesCog
from bot.delivery import MessageDelivery, Typing, Undeliverable
from bot.errors import explain, explanation, record, unwrapped
from bot.permissions import report_missing
from bot.reindexing import Reindexing
from bot.sync import sync_if_changed
from bot.views import layout

if TYPE_CHECKING:
    from bot.office import Office

_log = logging.getLogger(__name__)
_CLEANING_HOURS: Final = 6
_LAST_WORDS: Final = 5.0
"""Seconds for telling those whose turn did not come before the bot left."""


class Tree(app_commands.CommandTree["DatelineBot"]):
    """Takes each interaction once, and hands every error to the one handler."""

    async def interaction_check(self, interaction: discord.Interaction[DatelineBot], /) -> bool:
        """Whether an interaction is new: Discord repeats events after a resume."""
        return self.client.office.seen.first(interaction.id)

    async def on_error(
        self, interaction: discord.Interaction[DatelineBot], error: app_commands.AppCommandError, /
    ) -> None:
        """Explains."""
        await explain(cast("discord.Interaction", interaction), error)


class DatelineBot(commands.AutoShardedBot):
    """Dateline on Discord. ``ready_timeout`` is how long to wait for further guilds at start, in seconds."""

    def __init__(self, office: Office, *, ready_timeout: float = 2.0) -> None:
        settings = office.settings
        intents = discord.Intents(
            guilds=True, guild_messages=True, dm_messages=True, message_content=settings.message_content
        )
        super().__init__(
            command_prefix=_prefixes,
            intents=intents,
            tree_cls=Tree,
            help_command=None,
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            shard_count=settings.shards,
            guild_ready_timeout=ready_timeout,
        )
        self.office = office
        self.answering = Answering(office)
        self.reindexing = Reindexing(office.desk)
        self.typing_notice = Typing()
        self.accepting = True
        self._lost_shards: set[int] = set()
        office.book.parent_of = self._parent_of

    async def setup_hook(self) -> None:
        """Adds the commands and buttons; runs after login, before the gateway."""
        for cog in COGS:
            await self.add_cog(cog(self))
        self.add_dynamic_items(*BUTTONS)
        await sync_if_changed(self.tree, self.office, self.application_id)
        self._say_what_can_be_read()
        self._clean.start()

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Answers clicks that nothing else answers; commands, buttons and forms have their own ways."""
        if interaction.type is discord.InteractionType.component:
            await refuse_unknown(interaction, BUTTONS)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - any event's
        """Notes an error in dealing with an event. The library would log its words, which may be a question's."""
        del args, kwargs
        error = sys.exc_info()[1]
        if error is not None:
            _log.error("in dealing with %s: %s", event_method, record(error, self.office))

    async def on_message(self, message: discord.Message, /) -> None:
        """Left to the cog that knows when a message is a question; the library's own way would answer commands only."""

    async def on_ready(self) -> None:
        """Says that it is there, and where it lacks permissions."""
        _log.info("ready: %d servers on %d shards", len(self.guilds), self.shard_count or 1)
        if len(self.guilds) > 1 and not self.office.settings.home_guilds:
            _log.warning(
                "admins of any of these servers may reindex the archive: name those who may in DISCORD_HOME_GUILDS"
            )
        present = [guild.id for guild in self.guilds]
        await self.office.file(lambda: self.office.ledger.reconcile(present))
        for guild in self.guilds:
            report_missing(guild)

    async def on_disconnect(self) -> None:
        """Counts."""
        self.office.metrics.disconnects.inc()

    async def on_shard_disconnect(self, shard_id: int) -> None:
        """Notes it for the health check: the library stays *ready* from its first connection on."""
        self._lost_shards.add(shard_id)

    async def on_shard_connect(self, shard_id: int) -> None:
        """Notes it for the health check."""
        self._lost_shards.discard(shard_id)

    async def on_shard_resumed(self, shard_id: int) -> None:
        """Notes it for the health check."""
        self._lost_shards.discard(shard_id)

    def is_online(self) -> bool:
        """Whether all shards are connected right now."""
        return self.is_ready() and not self.is_closed() and not self._lost_shards

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Ends the grace period of a guild that comes back."""
        await self.office.file(lambda: self.office.ledger.guild_joined(guild.id))
        report_missing(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Starts the grace period after which a guild's rows are deleted."""
        await self.office.file(lambda: self.office.ledger.guild_left(guild.id))

    async def on_command_error(self, context: commands.Context[Any], error: commands.CommandError, /) -> None:
        """Explains what went wrong with a chat command."""
        if context.interaction is not None:
            await explain(context.interaction, error)
            return
        await self._explain_message(context, error)

    async def leave(self) -> None:
        """Stops accepting, lets answers under way be delivered, stops a reindexing, and disconnects."""
        self.accepting = False
        within = self.office.settings.drain_seconds
        if await self.answering.drain(within):
            # Nobody is left with "thinking…" for ever.
            self.office.desk.dismiss()
        left = await self.answering.drain(_LAST_WORDS)
        if left:
            _log.warning("left with %d questions unanswered after %g s", left, within)
        await self.reindexing.close(within)
        await self.close()

    async def close(self) -> None:
        """Disconnects; what was being filed is filed: the database may be closed afterwards."""
        self._clean.cancel()
        with contextlib.suppress(asyncio.TimeoutError):
            await super().close()
        await self.office.file(lambda: None)

    async def clean(self) -> int:
        """Deletes what is past its time; how many rows."""
        settings, ledger, rooms = self.office.settings, self.office.ledger, self.office.rooms

        def expire() -> tuple[tuple[int, ...], set[int], int]:
            gone = ledger.departed(settings.grace_days)
            # Read before their rows are deleted.
            threads = rooms.threads_of(gone)
            return gone, threads, ledger.expire(settings.keep_days, settings.grace_days)

        gone, threads, count = await self.office.file(expire)
        self.office.book.evict(gone)
        rooms.evict(threads)
        _log.info("deleted %d rows that were past their time", count)
        return count

    def _parent_of(self, guild_id: int, channel_id: int) -> int | None:
        guild = self.get_guild(guild_id)
        thread = guild.get_thread(channel_id) if guild is not None else None
        return thread.parent_id if thread is not None else None

    async def _explain_message(self, context: commands.Context[Any], error: commands.CommandError) -> None:
        cause = unwrapped(error)
        guild_id = context.guild.id if context.guild else None
        words = self.office.words(guild_id, context.channel.id)
        text, tone = explanation(cause, words, self.office)
        delivery = MessageDelivery(context.message, self.typing_notice, ping=self.office.settings.ping_asker)
        if self.answering.may_tell(context.author.id):
            with contextlib.suppress(Undeliverable):
                await delivery.show(layout(notice(text, tone)))
        messages = self.get_cog(MessagesCog.__cog_name__)
        if isinstance(messages, MessagesCog):
            messages.turned_away.note(context.message.id, context.message.content, delivery.reply_id)

    @tasks.loop(hours=_CLEANING_HOURS)
    async def _clean(self) -> None:
        try:
            await self.clean()
        except sqlite3.Error as error:
            # A raised error would end the loop, and nothing would ever be deleted again.
            _log.warning("could not delete what is past its time (%s); trying again later", type(error).__name__)

    def _say_what_can_be_read(self) -> None:
        flags = self.application_flags
        granted = flags.gateway_message_content or flags.gateway_message_content_limited
        if not self.office.settings.message_content:
            _log.info(
                "without the message content intent: mentions, replies with the ping on, direct messages and slash "
                "commands are answered; chat commands need the mention as prefix"
            )
        elif granted:
            _log.info("with the message content intent: chat commands with the prefix are answered too")
        else:
            _log.warning(
                "DISCORD_MESSAGE_CONTENT is on, but the application has no message content intent: "
                "switch it on in the developer portal under Bot, or set DISCORD_MESSAGE_CONTENT=false"
            )


def _prefixes(bot: commands.AutoShardedBot, message: discord.Message) -> list[str]:
    """The prefix, a mention of the bot, or of its managed role: autocomplete offers the role first."""
    prefixes = [*commands.when_mentioned(bot, message)]
    role = message.guild.self_role if message.guild else None
    if role is not None:
        prefixes.append(f"<@&{role.id}> ")
    if isinstance(bot, DatelineBot):
        prefixes.append(bot.office.settings.prefix)
    return prefixes
