"""Looking for passages and reading articles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.access import lookup_for
from bot.admission import admit, check_pace, check_place
from bot.buttons import RecordButton, turners
from bot.cards import Card
from bot.cogs.ask import complete_outlet
from bot.conversation import chat_filters, where_from
from bot.delivery import Delivery, InteractionDelivery, MessageDelivery
from bot.desk import Newsroom
from bot.errors import Refusal, without_failures
from bot.inquiry import role_ids
from bot.ledger import LookUp
from bot.markup import plain
from bot.office import Office, Staffed, office_of
from bot.render import article_card, article_pages, hits_card
from bot.views import layout
from bot.words import Words

Headline = tuple[str, str, str | None, str | None]
HITS: Final = 15
PER_PAGE: Final = 5
_CHOICE_LENGTH: Final = 100
_CHOICES: Final = 25
_BY_ID: Final = "="
_LOOKED_THROUGH: Final = 2_000
"""Headlines looked through for those of the outlets that are shown."""


def is_shown(outlet: str | None, shown: Sequence[str]) -> bool:
    """Whether an outlet's articles are shown where only some outlets are; all are where none is named."""
    return not shown or (outlet or "").casefold() in {name.casefold() for name in shown}


def shown_headlines(newsroom: Newsroom, contains: str, shown: Sequence[str], limit: int) -> list[Headline]:
    """As :meth:`bot.desk.Newsroom.headlines`, of the shown outlets only."""
    found = newsroom.headlines(contains, _LOOKED_THROUGH if shown else limit)
    return [one for one in found if is_shown(one[2], shown)][:limit]


@without_failures
async def complete_headline(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
    """Articles whose headline contains what is typed, of the outlets that are shown here."""
    office = office_of(interaction)
    shown = office.book.effective(interaction.guild_id, interaction.channel_id).outlets
    found = await office.desk.look_up(lambda newsroom: shown_headlines(newsroom, plain(current), shown, _CHOICES))
    choices = []
    for article_id, title, outlet, published in found:
        value = f"{_BY_ID}{article_id}" if len(article_id) < _CHOICE_LENGTH else plain(title)[:_CHOICE_LENGTH] or _BY_ID
        tail = "".join(f" · {part}" for part in (outlet, (published or "")[:10]) if part)[:40]
        # Discord takes no empty names, and a headline may have nothing in it that can be seen.
        name = (plain(title) or plain(article_id) or _BY_ID)[: _CHOICE_LENGTH - len(tail)] + tail
        choices.append(app_commands.Choice(name=name, value=value))
    return choices


async def hits_view(office: Office, asked: LookUp, page: int, words: Words) -> ui.LayoutView:
    """A page of a search, searched again, so that it works after a restart too; ``page`` counts from 0."""
    target = asked.target
    query = str(target["query"])
    filters = {name: None if target.get(name) is None else str(target[name]) for name in _FILTERS}
    shown = target.get("shown")
    where = where_from(filters, [str(name) for name in shown] if isinstance(shown, list) else ())
    hits = await office.desk.enter(lambda newsroom: newsroom.search(query, HITS, where)).result()
    pages = max(1, -(-len(hits) // PER_PAGE))
    page = min(max(page, 0), pages - 1)
    card = hits_card(query, hits[page * PER_PAGE : (page + 1) * PER_PAGE], words, page=page + 1, of=pages)
    return layout(card, turners(SearchPageButton, asked.id, page, pages, words))


_FILTERS: Final = ("since", "until", "as_of", "outlet")


async def article_view(
    office: Office, asked: LookUp, page: int, words: Words, shown_outlets: Sequence[str]
) -> ui.LayoutView:
    """A page of an article; ``page`` counts from 0.

    Raises:
        Refusal: the article's outlet is not among those shown here.
    """
    article_id = str(asked.target["article_id"])

    def draw(newsroom: Newsroom) -> tuple[Card, int, int]:
        article = newsroom.article(article_id)
        if not is_shown(article.outlet, shown_outlets):
            raise Refusal(words.no_such_article, "outlet not shown")
        pages = len(article_pages(article))
        shown = min(max(page, 0), pages - 1)
        return article_card(article, words, page=shown + 1), shown, pages

    # A long article takes its time to cut up, and the event loop has none.
    card, shown, pages = await office.desk.look_up(draw)
    return layout(card, turners(ArticlePageButton, asked.id, shown, pages, words))


class SearchPageButton(RecordButton, name="search-page"):
    """Turns to another page of passages."""

    async def act(self, interaction: discord.Interaction) -> None:
        """Shows it in the same message; searching may take its time, so the click is acknowledged first."""
        office = office_of(interaction)
        _check_place(interaction)
        words = office.words_of(interaction)
        check_pace(office, words, user_id=interaction.user.id, guild_id=interaction.guild_id)
        await interaction.response.defer()
        asked = await lookup_for(interaction, self.record_id, "search")
        view = await hits_view(office, asked, self.page, words)
        await interaction.edit_original_response(view=view)


class ArticlePageButton(RecordButton, name="article-page"):
    """Turns to another page of an article."""

    async def act(self, interaction: discord.Interaction) -> None:
        """Shows it in the same message."""
        office = office_of(interaction)
        _check_place(interaction)
        await interaction.response.defer()
        asked = await lookup_for(interaction, self.record_id, "article")
        shown = office.book.effective(interaction.guild_id, interaction.channel_id).outlets
        view = await article_view(office, asked, self.page, office.words_of(interaction), shown)
        await interaction.edit_original_response(view=view)


def _check_place(interaction: discord.Interaction) -> None:
    """The house rules may have changed since a page was shown."""
    office = office_of(interaction)
    check_place(
        office,
        office.words_of(interaction),
        guild_id=interaction.guild_id,
        channel_ids=(interaction.channel_id, getattr(interaction.channel, "parent_id", None)),
        role_ids=role_ids(interaction.user),
    )


class ReadingCog(commands.Cog):
    """``/search`` and ``/article``, and their chat forms."""

    def __init__(self, house: Any) -> None:  # noqa: ANN401 - the client, which is both a Bot and Staffed
        self._house: Staffed = house

    @commands.hybrid_command(name="search", description="Find passages in the news archive")  # type: ignore[arg-type]  # mypy can't see through the library's generics
    @app_commands.describe(
        query="Words or a question",
        since="Only articles published on or after this day (YYYY-MM-DD)",
        until="Only articles published on or before this day (YYYY-MM-DD)",
        as_of="Search as if it were this day (YYYY-MM-DD)",
        outlet="Only this outlet",
        private="Show the passages to you alone",
    )
    @app_commands.autocomplete(outlet=without_failures(complete_outlet))
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    async def search(
        self,
        context: commands.Context[Any],
        *,
        query: commands.Range[str, 1, 300],
        since: str | None = None,
        until: str | None = None,
        as_of: str | None = None,
        outlet: str | None = None,
        private: bool | None = None,
    ) -> None:
        """Shows the best passages, five a page."""
        filters: dict[str, str | None] = {"since": since, "until": until, "as_of": as_of, "outlet": outlet}
        if context.interaction is None:
            query, found = chat_filters(query)
            filters |= found
        with self._house.answering.attending():
            await self._search(context, query, filters, private=private)

    async def _search(
        self, context: commands.Context[Any], query: str, filters: Mapping[str, str | None], *, private: bool | None
    ) -> None:
        office = self._house.office
        delivery, words, quiet = self._begin(context, private=private)
        shown = office.book.effective(_guild_id(context), context.channel.id).outlets
        where_from(filters, shown)
        await delivery.acknowledge()
        target = {"query": plain(query), "shown": list(shown), **filters}
        asked = await self._note(context, "search", target, private=quiet)
        await delivery.show(await hits_view(office, asked, 0, words))

    @commands.hybrid_command(name="article", description="Read an article of the archive")  # type: ignore[arg-type]  # mypy can't see through the library's generics
    @app_commands.describe(headline="Part of its headline", private="Show it to you alone")
    @app_commands.autocomplete(headline=complete_headline)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    async def article(
        self,
        context: commands.Context[Any],
        *,
        headline: commands.Range[str, 1, 300],
        private: bool | None = None,
    ) -> None:
        """Shows an article, page by page."""
        with self._house.answering.attending():
            await self._article(context, headline, private=private)

    async def _article(self, context: commands.Context[Any], headline: str, *, private: bool | None) -> None:
        office = self._house.office
        delivery, words, quiet = self._begin(context, private=private)
        shown = office.book.effective(_guild_id(context), context.channel.id).outlets
        await delivery.acknowledge()
        if headline.startswith(_BY_ID):
            article_id = headline.removeprefix(_BY_ID)
        else:
            found = await office.desk.look_up(lambda newsroom: shown_headlines(newsroom, plain(headline), shown, 1))
            if not found:
                raise Refusal(words.no_such_article, "no such article")
            article_id = found[0][0]
        target = {"article_id": article_id}
        asked = await self._note(context, "article", target, private=quiet)
        await delivery.show(await article_view(office, asked, 0, words, shown))

    async def _note(
        self, context: commands.Context[Any], kind: str, target: Mapping[str, object], *, private: bool
    ) -> LookUp:
        ledger, guild_id, channel_id = self._house.office.ledger, _guild_id(context), context.channel.id
        return await self._house.office.file(
            lambda: ledger.note_lookup(
                context.author.id, kind, target, guild_id=guild_id, channel_id=channel_id, private=private
            )
        )

    def _begin(self, context: commands.Context[Any], *, private: bool | None) -> tuple[Delivery, Words, bool]:
        """How to show it, the language, and whether to the asker alone; the house rules hold here as for questions."""
        office = self._house.office
        guild_id = _guild_id(context)
        words = admit(self._house, context)
        check_pace(office, words, user_id=context.author.id, guild_id=guild_id)
        if context.interaction is not None:
            preferences = office.book.effective(guild_id, context.channel.id)
            quiet = bool(preferences.private) if private is None else private
            return InteractionDelivery(context.interaction, private=quiet), words, quiet
        delivery = MessageDelivery(context.message, self._house.typing_notice, ping=office.settings.ping_asker)
        return delivery, words, False


def _guild_id(context: commands.Context[Any]) -> int | None:
    """The guild, also where the library knows none: whoever has the app themselves uses it in any guild."""
    if context.interaction is not None:
        return context.interaction.guild_id
    return context.guild.id if context.guild else None
