"""Answers, passages and articles as cards; pure. Whatever comes from an article is escaped."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards import TEXT_LIMIT, Card, Tone, notice
from bot.markup import bold_part, escape, link, pages, shorten
from bot.words import Words
from index import (
    Answer,
    Article,
    Citation,
    Hit,
    NoAnswer,
    NoAnswerReason,
    Overview,
    OverviewKind,
    Period,
    Reply,
    Searched,
)
from index.dates import display_date

_HEADLINE = 160
_QUESTION = 300
_NEAREST = 3
_LISTED = 12
"""Headlines or outlets in a list; *Sources* pages through all that were found."""
_SMALL = "-# "
_PAGE = 3_000
_NAME = 80
_LEAST = 160
"""Characters that a quotation gets at least, beside the address of its article."""


def reply_card(reply: Reply, words: Words, *, question: str | None = None) -> Card:
    """A reply as it is shown. ``question`` repeats it on top, where Discord doesn't show it beside the reply."""
    head = []
    if question:
        head.append(_SMALL + words.asked.format(question=_short(question, _QUESTION)))
    if _told_apart(reply.standalone, reply.question):
        head.append(_SMALL + words.read_as.format(question=_short(reply.standalone, _QUESTION)))
    foot = receipt(reply.searched, words)
    opening = ("\n".join(head),) if head else ()
    match reply:
        case Answer(choices=(_, *_)):
            return Card(tone=Tone.NOTICE, blocks=(*opening, *_readings(reply, words), foot), ruled=True)
        case Overview():
            body = _counted(reply, words, TEXT_LIMIT - sum(map(len, opening)) - len(foot))
            return Card(tone=Tone.ANSWER, blocks=(*opening, *body, foot), ruled=True)
        case Answer():
            room = TEXT_LIMIT - sum(map(len, opening)) - len(foot)
            told = _differing(reply, words)
            quotes = _quotations(reply.citations, words, room - sum(map(len, told)))
            return Card(tone=Tone.ANSWER, blocks=(*opening, *told, *quotes, foot), ruled=True)
        case NoAnswer():
            empty = reply.reason is NoAnswerReason.EMPTY
            body = [f"**{words.no_answer_empty if empty else words.no_answer}**"]
            near = _nearest(reply.passages, words)
            if near:
                body.append(f"{words.nearest}:\n" + "\n".join(f"- {line}" for line in near))
            return Card(tone=Tone.NO_ANSWER, blocks=(*opening, *body, foot), ruled=True)


def read_as_prefix(words: Words) -> str:
    """How the line begins that tells how a question was understood."""
    return _SMALL + words.read_as.partition("{")[0]


def receipt(searched: Searched, words: Words) -> str:
    """What was searched, as one small line."""
    where = searched.where
    if searched.earliest is None or searched.latest is None:
        parts = [words.searched_undated.format(articles=f"{searched.articles:,}")]
    elif searched.articles == 1:
        parts = [words.searched_one.format(earliest=display_date(searched.earliest))]
    else:
        parts = [
            words.searched.format(
                articles=f"{searched.articles:,}",
                earliest=display_date(searched.earliest),
                latest=display_date(searched.latest),
            )
        ]
    if where.outlets:
        parts.append(words.filter_outlets.format(outlets=_short(", ".join(where.outlets), _HEADLINE)))
    for bound, text in (
        (where.since, words.filter_since),
        (where.until, words.filter_until),
        (where.as_of, words.filter_as_of),
    ):
        if bound is not None:
            parts.append(text.format(date=display_date(bound.date().isoformat())))
    if searched.newest_first:
        parts.append(words.newest_first)
    if searched.period is not None:
        parts += _period(searched.period, words)
    if searched.behind_days:
        parts.append(words.behind.format(days=f"{searched.behind_days:,}"))
    if searched.newest_match:
        parts.append(words.newest_match.format(date=display_date(searched.newest_match)))
    parts.append(words.generation.format(number=searched.generation))
    return _SMALL + " · ".join(parts)


def source_card(
    citation: Citation, article: Article | None, passage: tuple[int, int], words: Words, *, page: int, of: int
) -> Card:
    """One source: its passage with the quotation bold. ``passage`` are offsets into the article's text."""
    head = f"**[{citation.marker}]** {byline(citation, words)}"
    foot = _SMALL + words.page.format(page=page, pages=of)
    still_there = article is not None and article.text[citation.start : citation.end] == citation.quote
    if article is None or not still_there:
        quote = shorten(citation.quote, TEXT_LIMIT - len(head) - len(foot) - len(words.gone) - 8)
        return Card(
            tone=Tone.ANSWER, blocks=(head, f"> {escape(quote.text)}", f"{_SMALL}{words.gone}\n{foot}"), ruled=True
        )
    start, end = min(passage[0], citation.start), max(passage[1], citation.end)
    excerpt = shorten(article.text[start:end], _PAGE, (citation.start - start, citation.end - start))
    return Card(tone=Tone.ANSWER, blocks=(head, f"> {bold_part(excerpt.text, excerpt.part)}", foot), ruled=True)


def hits_card(query: str, hits: Sequence[Hit], words: Words, *, page: int, of: int) -> Card:
    """A page of passages."""
    if not hits:
        return notice(words.nothing_found, Tone.NO_ANSWER)
    head = f"### {_short(query, _QUESTION)}"
    foot = _SMALL + words.page.format(page=page, pages=of)
    room = TEXT_LIMIT - len(head) - len(foot)
    lines, each = _lines([(f"**{hit.rank}.** ", hit) for hit in hits], words, room)
    texts = [escape(shorten(hit.text, min(each, 500)).text) for hit in hits]
    blocks = [f"{line}\n> {text}" for line, text in zip(lines, texts, strict=True)]
    return Card(tone=Tone.ANSWER, blocks=(head, *blocks, foot), ruled=True)


def article_pages(article: Article) -> tuple[str, ...]:
    """An article's text, escaped, in pieces that end with sentences; never empty."""
    return pages(article.text, _PAGE) or ("",)


def article_card(article: Article, words: Words, *, page: int) -> Card:
    """One page of an article; ``page`` counts from 1 and is brought into range."""
    texts = article_pages(article)
    page = min(max(page, 1), len(texts))
    facts = [_short(article.outlet or words.unknown_outlet, _NAME)]
    facts += [_short(article.author, _NAME)] if article.author else []
    facts += [_date(article.published, words)]
    head = f"### {link(shorten(article.title, _HEADLINE + _NAME).text, article.url)}\n{_SMALL}{' · '.join(facts)}"
    foot = _SMALL + words.page.format(page=page, pages=len(texts))
    return Card(tone=Tone.ANSWER, blocks=tuple(filter(None, (head, texts[page - 1], foot))), ruled=True)


def byline(source: Citation | Hit, words: Words, *, linked: bool = True) -> str:
    """Headline as a link without preview, outlet, date."""
    title = link(shorten(source.title, _HEADLINE).text, source.url if linked else None)
    outlet = _short(source.outlet, _NAME) if source.outlet else words.unknown_outlet
    return f"{title} · {outlet} · {_date(source.published, words)}"


def short_answer(reply: Reply, words: Words) -> str:
    """What a reply said, as plain text for the conversation's history."""
    match reply:
        case Answer() | Overview():
            return reply.text
        case NoAnswer():
            return words.no_reply


def _readings(reply: Answer, words: Words) -> list[str]:
    """The readings of an unclear question, as the buttons below are numbered."""
    lines = [
        f"**{number}.** {_short(choice.label, _NAME)} — {_short(choice.hint, _HEADLINE)}"
        for number, choice in enumerate(reply.choices, start=1)
    ]
    return [f"**{words.which_one}**", "\n".join(lines)]


def _counted(reply: Overview, words: Words, room: int) -> list[str]:
    """The count in words of the interface, then outlets or headlines, as many as there is room for."""
    named = f" {words.and_word} ".join(f"“{_short(word, _NAME)}”" for word in reply.words)
    number = {0: words.articles_none, 1: words.articles_one}.get(reply.articles, words.articles_many)
    everything = words.counted_all if reply.searched.period is None else words.counted_period
    form = everything if not reply.words else words.counted_together if reply.whole else words.counted_apart
    head = form.format(articles=number.format(count=f"{reply.articles:,}"), words=named)
    if reply.kind is OverviewKind.OUTLETS:
        lines = [f"- {_short(name, _NAME)} ({count:,})" for name, count in reply.outlets]
        left = len(lines)
    else:
        lines = [f"- {byline(citation, words)}" for citation in reply.citations]
        left = reply.articles
    shown: list[str] = []
    room -= len(head) + 2 * _NAME
    for line in lines[:_LISTED]:
        room -= len(line) + 1
        if room < 0:
            break
        shown.append(line)
    if shown and left > len(shown):
        shown.append(_SMALL + words.more_listed.format(count=f"{left - len(shown):,}"))
    return [f"**{head}**", *(["\n".join(shown)] if shown else [])]


def _period(period: Period, words: Words) -> list[str]:
    asked = _short(period.words, _NAME)
    if period.kept:
        found = [words.period_kept.format(words=asked)]
        return found + ([words.period_event.format(event=_short(period.event, _HEADLINE))] if period.event else [])
    span = " ".join(
        text.format(date=display_date(day))
        for text, day in ((words.filter_since, period.since), (words.filter_until, period.until))
        if day
    )
    return [words.period_missed.format(span=span, words=asked)]


def _quotations(citations: Sequence[Citation], words: Words, room: int) -> list[str]:
    lines, each = _lines([(f"{_SMALL}[{citation.marker}] ", citation) for citation in citations], words, room)
    blocks = []
    for citation, line in zip(citations, lines, strict=True):
        excerpt = shorten(citation.quote, each, citation.highlight)
        blocks.append(f"> {bold_part(excerpt.text, excerpt.part)}\n{line}")
    return blocks


def _differing(reply: Answer, words: Words) -> tuple[str, ...]:
    """A word about sources that give different answers, where they do."""
    marks = f" {words.and_word} ".join(f"[{marker}]" for marker in reply.differing)
    return (f"**{words.differing.format(marks=marks)}**",) if marks else ()


def _lines(sources: Sequence[tuple[str, Citation | Hit]], words: Words, room: int) -> tuple[list[str], int]:
    """Bylines with something before each, and the room that they leave to each source's text.

    Addresses may be long: where they leave too little, the last go without.
    """
    for linked in range(len(sources), -1, -1):
        lines = [start + byline(one, words, linked=n < linked) for n, (start, one) in enumerate(sources)]
        each = (room - sum(map(len, lines))) // max(1, len(sources)) - 4
        if each >= _LEAST:
            break
    return lines, each


def _nearest(hits: Sequence[Hit], words: Words) -> list[str]:
    lines: list[str] = []
    seen: set[str] = set()
    for hit in hits:
        if hit.article_id not in seen and len(lines) < _NEAREST:
            seen.add(hit.article_id)
            lines.append(byline(hit, words))
    return lines


def _told_apart(standalone: str, question: str) -> bool:
    return bool(standalone) and standalone.casefold().strip(" ?") != question.casefold().strip(" ?")


def _date(published: str | None, words: Words) -> str:
    return display_date(published) if published else words.undated


def _short(text: str, limit: int) -> str:
    return escape(shorten(text, limit).text)
