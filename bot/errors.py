"""What people are told when something can't be done: one place for commands, buttons, modals and messages."""

from __future__ import annotations

import functools
import logging
import secrets
import sqlite3
import traceback
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.cards import Tone, notice
from bot.desk import DeskClosing, DeskFull
from bot.markup import escape, shorten, without_paths
from bot.office import office_of
from bot.views import layout
from index.errors import ArchiveError, ArticleMissing, IndexMissing, UsageError

if TYPE_CHECKING:
    from bot.office import Office
    from bot.words import Words

_log = logging.getLogger(__name__)
Complete = Callable[[discord.Interaction, str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]
_REASON: Final = 500
"""Characters of a reason: it may repeat what people wrote, or name all outlets of a server."""
_EXPIRED: Final = {10062, 10008, 10015, 40060, 50027}
"""Discord's codes for an interaction, message or token that is gone: nobody is left to be told."""


class Refusal(Exception):
    """A friendly no, in words for whoever asked."""

    def __init__(self, text: str, why: str = "refused") -> None:
        super().__init__(why)
        self.text = text
        self.why = why


def unwrapped(error: BaseException) -> BaseException:
    """The error itself, without the command libraries' wrapping."""
    while isinstance(
        error, (app_commands.CommandInvokeError, commands.CommandInvokeError, commands.HybridCommandError)
    ):
        error = error.original
    return error


def wording(error: BaseException, words: Words) -> str | None:
    """What to tell people about an expected error; None for one that nobody expected."""
    reason = escape(shorten(without_paths(str(error)), _REASON).text)
    expected: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
        (DeskFull, words.desk_full),
        (DeskClosing, words.leaving),
        (ArticleMissing, words.gone),
        (IndexMissing, words.no_archive),
        (sqlite3.OperationalError, words.not_kept),
        (UsageError, words.unclear_filter.format(reason=reason)),
        (ArchiveError, words.unreachable.format(reason=reason)),
        ((app_commands.CheckFailure, commands.CheckFailure), words.not_admin),
        ((commands.UserInputError, app_commands.TransformerError), words.usage),
    )
    if isinstance(error, Refusal):
        return error.text
    return next((text for kind, text in expected if isinstance(error, kind)), None)


def explanation(error: BaseException, words: Words, office: Office) -> tuple[str, Tone]:
    """What to tell people about any error, and how grave it is; what they are told that the log says, it says."""
    text = wording(error, words)
    if text is None:
        return words.problem.format(reference=record(error, office)), Tone.PROBLEM
    if isinstance(error, sqlite3.OperationalError):
        # SQLite's own words: they name no values, and nothing else tells the operator what is wrong with the disk.
        _log.error("the bot's database can't be used: %s", error)
    return text, Tone.NOTICE


def named(error: BaseException | None) -> str:
    """An error for the log: its kind, with Discord's numbers. Its words may be somebody's, or have a token."""
    if isinstance(error, discord.HTTPException):
        return f"{type(error).__name__}, status {error.status}, code {error.code}"
    return type(error).__name__


def is_expired(error: BaseException) -> bool:
    """Whether Discord says that what was to be answered is gone."""
    return isinstance(error, discord.HTTPException) and error.code in _EXPIRED


def record(error: BaseException, office: Office) -> str:
    """Logs an unexpected error, without anything that people wrote; its reference.

    The message of an error may repeat the question: it is logged at DEBUG alone.
    """
    reference = secrets.token_hex(4)
    office.metrics.errors.inc()
    _log.error("unexpected error %s: %s", reference, traced(error))
    _log.debug("unexpected error %s", reference, exc_info=error)
    return reference


def traced(error: BaseException) -> str:
    """An error and those that led to it: their kinds, and where they were raised, without their words."""
    lines: list[str] = []
    cause: BaseException | None = error
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        lines.append(f"{'caused by ' if lines else ''}{type(cause).__module__}.{type(cause).__qualname__}")
        frames = traceback.extract_tb(cause.__traceback__)
        lines += [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\n".join(lines)


def without_failures(complete: Complete) -> Complete:
    """Suggestions that are none where they can't be made: nobody could be told why."""

    @functools.wraps(complete)
    async def wrapped(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        try:
            return await complete(interaction, current)
        except Exception as error:  # noqa: BLE001 - whatever it is, the library would log it with what was typed
            if not isinstance(error, ArchiveError):
                record(error, office_of(interaction))
            return []

    return wrapped


async def explain(interaction: discord.Interaction, error: BaseException) -> None:
    """Tells whoever is behind an interaction, privately, what went wrong."""
    error = unwrapped(error)
    office = office_of(interaction)
    if is_expired(error):
        _log.info("an interaction expired before it was answered (code %s)", getattr(error, "code", "?"))
        return
    words = office.words_of(interaction)
    view = layout(notice(*explanation(error, words, office)))
    try:
        if interaction.response.is_done():
            await interaction.followup.send(view=view, ephemeral=True)
        else:
            await interaction.response.send_message(view=view, ephemeral=True)
    except (discord.HTTPException, aiohttp.ClientError, OSError) as failure:
        _log.info("could not tell about an error: %s", type(failure).__name__)
