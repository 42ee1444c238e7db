"""The bot's parsers: ids of components, forms, messages, filters, and foreign text on its way to the screen."""

from __future__ import annotations

from typing import Any, Final

from bot.asking_again import AGAIN
from bot.buttons import BUTTONS
from bot.cogs.reading import ArticlePageButton, SearchPageButton
from bot.console import terminal
from bot.conversation import chat_filters, new_topic, question_in, where_from
from bot.markup import bold_part, escape, link, pages, plain, safe_url, shorten
from bot.modals import _QUESTION_ID, _REASON_ID, _filled
from bot.render import article_card, hits_card, reply_card
from bot.views import layout
from bot.words import EN
from index import Answer, Article, Citation
from index.errors import FilterError
from index.types import Origin
from tests.torture.inert import live_in, terminal_live_in, texts_of
from tests.torture.mutation import Mutator
from tests.torture.poison import ADDRESSES, SNIPPETS
from tests.torture.samples import PROSE, QUESTIONS
from tests.torture.target import Target, must
from tests.torture.targets_asking import SEARCHED, hit_of

_SQLITE_MOST: Final = 2**63 - 1
_TEMPLATES: Final = tuple(
    kind.__discord_ui_compiled_template__ for kind in (*BUTTONS, *AGAIN, SearchPageButton, ArticlePageButton)
)
_IDS: Final = (
    "dateline:sources:12:0",
    "dateline:source-page:3:1",
    "dateline:choice:9:2",
    "dateline:article-page:1:40",
    "dateline:question:7:1:ab12cd34",
    "dateline:reason:7:ab12cd34",
    "dateline:question:0:0:00",
)
_MESSAGES: Final = (
    *QUESTIONS,
    "<@42> who runs the ferry? <:smile:1>",
    '!ask what since:2026-01-01 until:2026-02-01 outlet:"The Times"',
    "search ferry as_of:2026-01-14 outlet:Post",
)
_FOREIGN: Final = (*SNIPPETS, *PROSE)


def _component_id(custom_id: str) -> None:
    for template in _TEMPLATES:
        if match := template.match(custom_id):
            must(0 <= int(match["id"]) <= _SQLITE_MOST, "a record's number can be looked up")
            must(0 <= int(match["page"]) <= _SQLITE_MOST, "a page's number is small")
    for pattern, name in ((_QUESTION_ID, "parent"), (_REASON_ID, "record")):
        if match := pattern.fullmatch(custom_id):
            must(0 <= int(match[name]) <= _SQLITE_MOST, "a record's number can be looked up")


def _form(components: Any) -> None:  # noqa: ANN401 - as Discord sends it, or does not
    filled = dict(_filled(components))
    must(all(isinstance(value, str) for value in filled.values()), "what is filled in is text")


def _message(content: str) -> None:
    question = question_in(content)
    must(question == " ".join(question.split()), "a question has single blanks")
    rest, filters = chat_filters(content)
    must(set(filters) <= {"since", "until", "as_of", "outlet"}, "only filters are filters")
    new_topic(rest)
    where = where_from(filters, ("The Times", "Post"))
    must(set(where.outlets) <= {"The Times", "Post", filters.get("outlet", "Post")}, "only shown outlets pass")
    must({name.casefold() for name in where.outlets} <= {"the times", "post"}, "no filter widens what is shown")


def _markup(given: tuple[str, str, int, int]) -> None:
    text, url, start, end = given
    part = (min(start, len(text)), min(max(start, end), len(text)))
    address = safe_url(url)
    for shown in (escape(text), bold_part(text, part), link(text, url), *pages(text, 200)):
        live = live_in(shown.replace("\n", " "), {address} if address else set())
        must(live is None, f"nothing comes alive: {live}")
    cut = shorten(text, 120, part)
    must(len(bold_part(cut.text, cut.part)) <= 120, "shortened text has its length")
    must(plain(plain(text)) == plain(text), "plain text stays plain")


def _cards(given: tuple[str, str, str, str]) -> None:
    text, title, outlet, url = given
    if not text.strip():
        return
    hit = hit_of(text)
    start, end = hit.sentences[0] if hit.sentences else (0, len(text))
    citation = Citation(
        marker=1,
        article_id="a1",
        title=title,
        outlet=outlet,
        published="2026-01-14",
        url=url,
        start=start,
        end=end,
        quote=text[start:end],
        highlight=(0, min(5, end - start)),
    )
    reply = Answer(
        question=title,
        standalone=outlet,
        text=text,
        confidence=0.5,
        citations=(citation, citation),
        passages=(hit,),
        searched=SEARCHED,
        differing=(1, 2),
    )
    article = Article(
        id="a", title=title or "t", text=text, origin=Origin(path="a"), outlet=outlet, author=title, url=url
    )
    address = safe_url(url)
    for card in (
        reply_card(reply, EN, question=title),
        hits_card(title, (hit,), EN, page=1, of=1),
        article_card(article, EN, page=1),
    ):
        payload = layout(card).to_components()
        texts = texts_of(payload)
        must(sum(map(len, texts)) <= 4_000, "a card fits a message")
        for shown in texts:
            live = live_in(shown, {address} if address else set())
            must(live is None, f"nothing comes alive: {live}")
        live = terminal_live_in(terminal(card, colour=True), colours=True)
        must(live is None, f"nothing drives the terminal: {live}")


def _filled_form(m: Mutator) -> list[dict[str, object]]:
    """A form as Discord sends it, with any texts; parts may be missing, empty or doubled."""
    value, chosen, remark = (m.text(("who?", "wrong", ""), changes=2) for _ in range(3))
    parts: list[dict[str, object]] = [
        {"type": 18, "component": {"type": 4, "custom_id": m.text(("question",), changes=1), "value": value}},
        {"type": 18, "component": {"type": 3, "custom_id": "reason", "values": m.random.choice(([chosen], [], None))}},
        {"type": 1, "components": m.random.choice(([{"type": 4, "custom_id": "remark", "value": remark}], [], None))},
        {"type": 10, "content": remark},
    ]
    return m.random.choices(parts, k=m.random.randint(0, 5))


def _foreign(m: Mutator) -> str:
    return m.text(_FOREIGN)


TARGETS: Final = (
    Target(name="bot: component ids", make=lambda m: m.text(_IDS, changes=3), check=_component_id),
    Target(name="bot: forms", make=_filled_form, check=_form),
    Target(name="bot: messages and filters", make=lambda m: m.text(_MESSAGES), check=_message, refuses=(FilterError,)),
    Target(
        name="bot: mark-up",
        check=_markup,
        make=lambda m: (_foreign(m), m.text(ADDRESSES, changes=2), m.random.randrange(60), m.random.randrange(90)),
    ),
    Target(
        name="bot: cards",
        make=lambda m: (_foreign(m), _foreign(m), m.text(SNIPPETS), m.text(ADDRESSES, changes=2)),
        check=_cards,
        full=10_000,
        why_fewer="three cards of each, each as Discord's payload and on a terminal",
    ),
)
