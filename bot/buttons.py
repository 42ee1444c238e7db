"""The buttons below replies. They survive a restart: a ``custom_id`` carries the number of the record it is about."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final, Self

import discord
from discord import ui

from bot.access import record_for
from bot.admission import check_place
from bot.cards import notice
from bot.errors import Refusal, explain
from bot.inquiry import may_begin_threads, role_ids
from bot.ledger import Record, sources_of
from bot.markup import plain, shorten
from bot.modals import FollowUpModal, ReasonModal
from bot.office import office_of, staff_of
from bot.render import read_as_prefix, source_card
from bot.views import layout
from bot.words import LANGUAGES, Words
from index import Article, Reply
from index.errors import ArticleMissing

_THREAD_NAME: Final = 90
"""Characters of a thread's name; Discord takes 100."""
_HAS_THREAD: Final = 160004
"""Discord's code for a message below which there is a thread already."""


class RecordButton(ui.DynamicItem[ui.Button[Any]], template=r"dateline:base:(?P<id>[0-9]{1,18}):(?P<page>[0-9]{1,9})"):
    """A button about a record, such as an answer, or about a page of it."""

    name: ClassVar[str]
    pattern: ClassVar[re.Pattern[str]]
    style: ClassVar[discord.ButtonStyle] = discord.ButtonStyle.secondary

    def __init_subclass__(cls, *, name: str) -> None:
        # No more digits than the database has room for: whoever forges an id gets nowhere.
        cls.name = name
        cls.pattern = re.compile(rf"dateline:{name}:(?P<id>[0-9]{{1,18}}):(?P<page>[0-9]{{1,9}})\Z")
        super().__init_subclass__(template=cls.pattern)

    def __init__(self, record_id: int, *, page: int = 0, label: str | None = None, disabled: bool = False) -> None:
        custom_id = f"dateline:{self.name}:{record_id}:{page}"
        super().__init__(ui.Button(label=label or self.name, custom_id=custom_id, style=self.style, disabled=disabled))
        self.record_id = record_id
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Makes the button again from what Discord sends."""
        del interaction, item
        return cls(int(match["id"]), page=int(match["page"]))

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Whether this click is new: Discord repeats events after a resume."""
        return office_of(interaction).seen.first(interaction.id)

    async def callback(self, interaction: discord.Interaction) -> None:
        """Acts; whatever fails is explained as for commands."""
        with staff_of(interaction).answering.attending():
            try:
                await self.act(interaction)
            except Exception as error:  # noqa: BLE001 - the one error handler takes it from here
                await explain(interaction, error)

    @abstractmethod
    async def act(self, interaction: discord.Interaction) -> None:
        """What the button does."""

    async def record(self, interaction: discord.Interaction) -> Record:
        """The record behind the button.

        Raises:
            Refusal: it isn't kept any more, is from another place, or is another's private one.
        """
        return await record_for(interaction, self.record_id)


async def refuse_unknown(interaction: discord.Interaction, known: Sequence[type[RecordButton]]) -> None:
    """Says so where nothing else answers a click: the button is another version's, or it isn't on its message at all.

    The library lets such clicks pass in silence, and the app then shows a failure.
    """
    data: Any = interaction.data
    custom_id, kind = str(data.get("custom_id")), data.get("component_type")
    message = interaction.message
    there = message is not None and (custom_id, kind) in set(_controls(message.components))
    if there and any(button.pattern.fullmatch(custom_id) for button in known):
        return
    office = office_of(interaction)
    if office.seen.first(interaction.id):
        await explain(interaction, Refusal(office.words_of(interaction).forgotten, "unknown"))


def _controls(components: Sequence[Any]) -> Iterator[tuple[str, int]]:
    for part in components:
        if custom_id := getattr(part, "custom_id", None):
            yield custom_id, part.type.value
        yield from _controls([*getattr(part, "children", ()), *filter(None, [getattr(part, "accessory", None)])])


class SourcesButton(RecordButton, name="sources"):
    """The quoted passages in context, for the asker's eyes only."""

    async def act(self, interaction: discord.Interaction) -> None:
        """Shows the first source; database and archive may take their time, so the click is acknowledged first."""
        await interaction.response.defer(thinking=True, ephemeral=True)
        await interaction.edit_original_response(view=await self.page_view(interaction, 0))

    async def page_view(self, interaction: discord.Interaction, page: int) -> ui.LayoutView:
        """One source with buttons to the others."""
        office = office_of(interaction)
        words = office.words_of(interaction)
        record = await self.record(interaction)
        if not record.sources:
            # The question was edited meanwhile, and its new form has no answer.
            raise Refusal(words.forgotten, "no sources")
        page = min(max(page, 0), len(record.sources) - 1)
        source = record.sources[page]
        article: Article | None
        try:
            article = await office.desk.look_up(lambda newsroom: newsroom.article(source.citation.article_id))
        except ArticleMissing:
            article = None
        card = source_card(source.citation, article, source.passage, words, page=page + 1, of=len(record.sources))
        return layout(card, turners(SourcePageButton, record.id, page, len(record.sources), words))


class SourcePageButton(SourcesButton, name="source-page"):
    """Turns to another source."""

    async def act(self, interaction: discord.Interaction) -> None:
        """Shows it in the same message."""
        await interaction.response.defer()
        await interaction.edit_original_response(view=await self.page_view(interaction, self.page))


class FollowUpButton(RecordButton, name="follow-up"):
    """Asks on, with what was said before as context."""

    style = discord.ButtonStyle.primary

    async def act(self, interaction: discord.Interaction) -> None:
        """Opens the modal."""
        record = await self.record(interaction)
        words = office_of(interaction).words_of(interaction)
        await interaction.response.send_modal(FollowUpModal(words, parent_id=record.id, private=record.private))


class HelpfulButton(RecordButton, name="helpful"):
    """Praise."""

    async def act(self, interaction: discord.Interaction) -> None:
        """Files it."""
        office = office_of(interaction)
        words = office.words_of(interaction)
        await interaction.response.defer(thinking=True, ephemeral=True)
        record = await self.record(interaction)
        await office.file(lambda: office.ledger.rate(record.id, interaction.user.id, helpful=True))
        office.metrics.feedback.labels("yes").inc()
        await interaction.edit_original_response(content=words.thanks)


class NotHelpfulButton(RecordButton, name="not-helpful"):
    """Criticism, with a reason."""

    async def act(self, interaction: discord.Interaction) -> None:
        """Opens the modal that asks for the reason."""
        record = await self.record(interaction)
        await interaction.response.send_modal(ReasonModal(office_of(interaction).words_of(interaction), record.id))


class ShareButton(RecordButton, name="share"):
    """Shows a private answer to everyone in the channel."""

    async def act(self, interaction: discord.Interaction) -> None:
        """Posts the answer as it stands, with buttons that everyone may use; it can be shared once."""
        office = office_of(interaction)
        words = office.words_of(interaction)
        source = interaction.message
        if source is None:
            return
        await interaction.response.defer()
        record = await self.record(interaction)
        # Marked before it is posted: of two quick clicks, only one may post.
        if not await office.file(lambda: office.ledger.set_private(record.id, private=False)):
            await interaction.followup.send(words.shared, ephemeral=True)
            return
        public = ui.LayoutView.from_message(source, timeout=None)
        own = ui.LayoutView.from_message(source, timeout=None)
        for view in (public, own):
            for row in [item for item in view.children if isinstance(item, ui.ActionRow)]:
                view.remove_item(row)
        sources, threads = bool(record.sources), may_begin_threads(interaction.channel)
        for view, begin in ((public, threads), (own, False)):
            view.add_item(_row(_buttons(record.id, words, sources=sources, private=False, threads=begin)))
        _drop_reading(public)
        try:
            message = await interaction.followup.send(view=public, wait=True)
        except discord.HTTPException:
            await office.file(lambda: office.ledger.set_private(record.id, private=True))
            raise
        await office.file(lambda: office.ledger.delivered(record.id, message.id))
        await interaction.edit_original_response(view=own)


class ThreadButton(RecordButton, name="thread"):
    """Goes on in a thread of its own below the answer, in which the bot needs no mention."""

    async def act(self, interaction: discord.Interaction) -> None:
        """Opens the thread, or tells where it is."""
        office = office_of(interaction)
        words = office.words_of(interaction)
        await interaction.response.defer(thinking=True, ephemeral=True)
        record = await self.record(interaction)
        thread_id = await self._open(interaction, record, words)
        await interaction.edit_original_response(content=words.thread_opened.format(thread=f"<#{thread_id}>"))

    async def _open(self, interaction: discord.Interaction, record: Record, words: Words) -> int:
        office, message = office_of(interaction), interaction.message
        if message is None:
            raise Refusal(words.no_thread, "no thread")
        check_place(
            office,
            words,
            guild_id=interaction.guild_id,
            channel_ids=(interaction.channel_id,),
            role_ids=role_ids(interaction.user),
        )
        # A thread that begins at a message has its id.
        if office.rooms.has(message.id):
            if await _exists(interaction, message.id):
                return message.id
            # It was deleted while nobody was connected to hear of it.
            await office.file(lambda: office.rooms.leave(message.id))
        if not may_begin_threads(interaction.channel):
            raise Refusal(words.no_thread, "no thread")
        if not interaction.permissions.create_public_threads:
            raise Refusal(words.no_thread_by_you, "no thread")
        name = shorten(plain(record.question), _THREAD_NAME).text or words.in_thread
        try:
            thread = await message.create_thread(name=name)
        except discord.Forbidden:
            raise Refusal(words.no_thread, "no thread") from None
        except discord.HTTPException as error:
            if error.code != _HAS_THREAD:
                raise
            if not await _exists(interaction, message.id):
                # Below a message whose thread was deleted, Discord may begin no other.
                raise Refusal(words.no_thread_again, "no thread") from None
            await office.file(lambda: office.rooms.adopt(message.id, interaction.guild_id, record.id))
            return message.id
        await office.file(lambda: office.rooms.adopt(thread.id, interaction.guild_id, record.id))
        hint = words.thread_hint if office.settings.message_content else words.thread_hint_quiet
        await thread.send(view=layout(notice(hint)))
        return thread.id


async def _exists(interaction: discord.Interaction, thread_id: int) -> bool:
    """Whether a thread is still there; one that is archived is in no cache."""
    if interaction.guild is not None and interaction.guild.get_thread(thread_id) is not None:
        return True
    try:
        await interaction.client.fetch_channel(thread_id)
    except discord.NotFound:
        return False
    return True


def _drop_reading(view: ui.LayoutView) -> None:
    """Takes out how a question was understood: that has words of earlier, unshared questions in it."""
    readings = tuple(read_as_prefix(words) for words in LANGUAGES.values())
    for item in [item for item in view.walk_children() if isinstance(item, ui.TextDisplay)]:
        kept = "\n".join(line for line in item.content.split("\n") if not line.startswith(readings))
        if kept:
            item.content = kept
        elif isinstance(item.parent, ui.Container):
            item.parent.remove_item(item)


def reply_buttons(
    record_id: int, reply: Reply, words: Words, *, private: bool, threads: bool = False
) -> list[RecordButton]:
    """The buttons below a reply; ``threads``: whether a thread can be begun there."""
    return _buttons(record_id, words, sources=bool(sources_of(reply)), private=private, threads=threads)


def _buttons(record_id: int, words: Words, *, sources: bool, private: bool, threads: bool) -> list[RecordButton]:
    buttons: list[RecordButton] = []
    if sources:
        buttons.append(SourcesButton(record_id, label=words.sources))
    buttons.append(FollowUpButton(record_id, label=words.follow_up))
    buttons.append(HelpfulButton(record_id, label=words.helpful))
    buttons.append(NotHelpfulButton(record_id, label=words.not_helpful))
    if private:
        buttons.append(ShareButton(record_id, label=words.share))
    elif threads:
        buttons.append(ThreadButton(record_id, label=words.in_thread))
    return buttons


def turners(kind: type[RecordButton], record_id: int, page: int, pages: int, words: Words) -> Sequence[RecordButton]:
    """*Previous* and *Next*, where there is more than one page; ``page`` counts from 0."""
    if pages <= 1:
        return ()
    # Neighbouring pages, so the two custom_ids differ even at the ends, where one of them is disabled.
    return (
        kind(record_id, page=page - 1 if page else pages, label=words.previous, disabled=page == 0),
        kind(record_id, page=page + 1, label=words.following, disabled=page >= pages - 1),
    )


def _row(buttons: Sequence[RecordButton]) -> ui.ActionRow[Any]:
    row: ui.ActionRow[Any] = ui.ActionRow()
    for button in buttons:
        row.add_item(button)
    return row


BUTTONS: tuple[type[RecordButton], ...] = (
    SourcesButton,
    SourcePageButton,
    FollowUpButton,
    HelpfulButton,
    NotHelpfulButton,
    ShareButton,
    ThreadButton,
)
"""What a client must know to answer clicks on messages from before its start."""
