"""Looking after the archive: ``/reindex`` and ``/status``."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import time
from importlib.metadata import version
from typing import Any, Final

import aiohttp
import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.admission import check_open
from bot.buttons import RecordButton
from bot.cards import notice
from bot.delivery import NOBODY, insist
from bot.errors import Refusal, named
from bot.office import Staffed, office_of, staff_of
from bot.permissions import missing_in, require_admin, require_home
from bot.reindexing import Busy, Job, Show
from bot.reports import Health, job_card, progress_line, status_card, summary_file
from bot.views import layout
from index import IndexReport
from index.errors import ArchiveError

_log = logging.getLogger(__name__)
_SUMMARY = "reindex.csv"
_FAILURES: Final = (discord.HTTPException, aiohttp.ClientError, OSError, RuntimeError)
"""What sending may end with; a closed session raises RuntimeError."""
_PAUSES: Final = (0.0, 0.5, 2.0, 8.0, 30.0)
"""Seconds between attempts to show how a run ended."""


class CancelButton(RecordButton, name="cancel"):
    """Stops the reindexing that it stands below."""

    style = discord.ButtonStyle.danger

    async def act(self, interaction: discord.Interaction) -> None:
        """Stops it, for admins."""
        require_home(interaction)
        office = office_of(interaction)
        stopped = staff_of(interaction).reindexing.cancel(self.record_id)
        text = "Cancelling; the archive stays as it was." if stopped else "That run is over."
        await interaction.response.send_message(view=layout(notice(text)), ephemeral=True)
        await office.file(
            lambda: office.audit.note(interaction.user.id, interaction.guild_id, "cancel", f"run {self.record_id}")
        )


class AdminCog(commands.Cog):
    """Commands for admins: hidden from others by default permissions, and refused to them at run time."""

    def __init__(self, house: Any) -> None:  # noqa: ANN401 - the client, which is both a Bot and Staffed
        self._bot: commands.AutoShardedBot = house
        self._house: Staffed = house

    @app_commands.command(name="reindex", description="Bring the archive up to date with its articles")
    @app_commands.describe(force="Go on even if more than half of the archive would be removed")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.guild_only()
    async def reindex(self, interaction: discord.Interaction, *, force: bool = False) -> None:
        """Starts a run; questions are answered from the old generation until the new one is there."""
        require_home(interaction)
        office = self._house.office
        check_open(self._house, office.words_of(interaction))
        try:
            job = self._house.reindexing.begin(interaction.user.id, interaction.guild_id)
        except Busy as busy:
            # Whoever it is, is no business of another server's.
            known = busy.job.guild_id == interaction.guild_id
            who = f"<@{busy.job.actor_id}>" if known else "Somebody in another server"
            text = f"{who} started reindexing <t:{int(busy.job.started)}:R>.\n{progress_line(busy.job)}"
            raise Refusal(text, "busy") from None
        try:
            await interaction.response.defer(thinking=True, ephemeral=True)
            await office.file(
                lambda: office.audit.note(interaction.user.id, interaction.guild_id, "reindex", f"run {job.id}")
            )
            show = await self._progress(interaction, job)
            run = self._house.reindexing.run(job, show, force=force)
        except BaseException as error:
            self._house.reindexing.abandon(job, error)
            raise
        await run
        outcome = job.outcome
        detail = f"run {job.id}: {type(outcome).__name__}"
        if isinstance(outcome, IndexReport):
            detail = f"run {job.id}: generation {outcome.generation}"
        elif isinstance(outcome, Exception):
            _log.warning("reindexing ended with %s", type(outcome).__name__)
        await office.file(lambda: office.audit.note(interaction.user.id, interaction.guild_id, "reindexed", detail))

    @app_commands.command(name="status", description="The archive and the bot: generation, articles, memory, uptime")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.allowed_installs(guilds=True, users=False)
    async def status(self, interaction: discord.Interaction) -> None:
        """Shows the state of things to the admin alone."""
        require_admin(interaction)
        office = self._house.office
        await interaction.response.defer(thinking=True, ephemeral=True)
        try:
            status = await office.desk.look_up(lambda newsroom: newsroom.status())
        except ArchiveError:
            status = None
        latency = self._bot.latency
        health = Health(
            version=version("dateline"),
            uptime=time.time() - office.started,
            resident=office.metrics.resident_bytes(),
            gateway_ms=latency * 1000 if latency == latency and latency != float("inf") else None,  # noqa: PLR0124 - NaN
            answers=office.metrics.latency(),
            guilds=len(self._bot.guilds),
            shards=self._bot.shard_count or 1,
            waiting=office.desk.waiting,
            message_content=self._bot.intents.message_content,
        )
        lacking: tuple[str, ...] = ()
        channel = interaction.channel
        here = channel.parent if isinstance(channel, discord.Thread) else channel
        if interaction.guild is not None and isinstance(here, discord.abc.GuildChannel):
            lacking = missing_in(here, interaction.guild.me)
        await interaction.edit_original_response(view=layout(status_card(status, health, ", ".join(lacking))))
        await office.file(lambda: office.audit.note(interaction.user.id, interaction.guild_id, "status"))

    async def _progress(self, interaction: discord.Interaction, job: Job) -> Show:
        """How a run is shown: in an ordinary message, since an interaction's token dies after fifteen minutes."""
        message: discord.Message | discord.InteractionMessage
        try:
            message = await self._ordinary(interaction, job)
        except _FAILURES:
            message = await insist(lambda: interaction.edit_original_response(view=_view(job)))
        else:
            with contextlib.suppress(*_FAILURES):
                await interaction.edit_original_response(view=layout(notice(f"Started: {message.jump_url}")))

        async def show(current: Job) -> None:
            if current.outcome is not None:
                await _show_last(message, current)
                return
            with contextlib.suppress(*_FAILURES):
                await message.edit(view=_view(current), allowed_mentions=NOBODY)

        return show

    async def _ordinary(self, interaction: discord.Interaction, job: Job) -> discord.Message:
        return await self._bot.get_partial_messageable(interaction.channel_id or 0).send(view=_view(job))


async def _show_last(message: discord.Message | discord.InteractionMessage, job: Job) -> None:
    """Shows how a run ended, again and again if need be: nothing is shown after it, and *Cancel* must go."""
    attached = isinstance(job.outcome, IndexReport)
    for pause in (*_PAUSES, None):
        try:
            if attached and isinstance(job.outcome, IndexReport):
                file = discord.File(io.BytesIO(summary_file(job.outcome)), filename=_SUMMARY)
                await message.edit(view=_view(job, attached=True), attachments=[file], allowed_mentions=NOBODY)
            else:
                await message.edit(view=_view(job), allowed_mentions=NOBODY)
        except discord.NotFound:
            return
        except _FAILURES as error:
            # The file may be what is not allowed, too large or too slow; the words matter more.
            attached = attached and not isinstance(error, discord.HTTPException)
            _log.warning("the end of a reindexing could not be shown: %s", named(error))
            if pause is not None:
                await asyncio.sleep(pause)
        else:
            return


def _view(job: Job, *, attached: bool = False) -> ui.LayoutView:
    if job.outcome is None:
        return layout(job_card(job), [CancelButton(job.id, label="Cancel", disabled=job.cancelled)])
    view = layout(job_card(job))
    if attached:
        view.add_item(ui.File(f"attachment://{_SUMMARY}"))
    return view
