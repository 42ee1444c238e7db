"""What a person sees on the terminal: answers, hits, reports, status. Pure: values in, rich renderables out."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from index.dates import display_date
from index.types import (
    Answer,
    ArchiveStatus,
    Article,
    Citation,
    Hit,
    IndexReport,
    NoAnswer,
    NoAnswerReason,
    Overview,
    OverviewKind,
    Period,
    Reply,
    Searched,
    Skipped,
)

if TYPE_CHECKING:
    # `dateline ask` has no business loading what builds archives.
    from index.care import Finding

_REASONS = {
    NoAnswerReason.EMPTY: "No article passes these filters, so there was nothing to read.",
    NoAnswerReason.NOTHING_SIMILAR: "No article here comes near this question.",
    NoAnswerReason.NOT_CONVINCING: "Some articles come near this question, but no sentence in them answers it.",
}
_NEAREST = 3
_SHOWN_SKIPPED = 10
_SHOWN_ARTICLES = 10


def printable(text: str) -> str:
    """Text from outside, of the same length, without what could drive the terminal or turn the reading direction.

    Controls, bidirectional and invisible characters become blanks: none of them is printable to Python.
    """
    return "".join(c if c in "\n\t" or c.isprintable() else " " for c in text)


def source_line(title: str, outlet: str | None, published: str | None) -> Text:
    """Outlet, date and headline of an article, in this order: who, when, what."""
    line = Text()
    line.append(printable(outlet or "outlet unknown"), style="bold")
    line.append(f", {display_date(published)}" if published else ", undated")
    line.append(f" — {printable(title)}")
    return line


def answer(reply: Reply) -> RenderableType:
    """An answer or its absence, with the receipt of what was searched."""
    body: list[RenderableType]
    match reply:
        case Answer(choices=(_, *_)):
            body, mode = _which_one(reply), "two readings are about equally likely"
        case Answer():
            body = [part for citation in reply.citations for part in _citation(citation)]
            if reply.differing:
                marks = " and ".join(f"[{marker}]" for marker in reply.differing)
                body.append(Text(f"These sources may give different answers: compare {marks}.", style="yellow"))
            mode = f"confidence {reply.confidence:.0%}"
        case Overview():
            body, mode = _overview(reply), "counted, not read"
        case NoAnswer():
            body = _no_answer(reply)
            mode = f"confidence that it is answered here {reply.confidence:.0%}"
    if reply.standalone != reply.question.strip():
        body.append(Text(f"understood as: {printable(reply.standalone)}", style="dim italic"))
    body.append(Text(f"{receipt(reply.searched)} · {mode}", style="dim"))
    return Group(*body)


def _citation(citation: Citation) -> list[RenderableType]:
    quote = Text(printable(citation.quote))
    if citation.highlight:
        quote.stylize("bold", *citation.highlight)
    line = source_line(citation.title, citation.outlet, citation.published)
    parts: list[RenderableType] = [
        Text.assemble(("“", "cyan"), quote, ("” ", "cyan"), (f"[{citation.marker}]", "cyan")),
        Padding(Text.assemble((f"[{citation.marker}] ", "cyan"), line), (0, 0, 0, 4)),
    ]
    if citation.url:
        parts.append(Padding(Text(printable(citation.url), style="blue", no_wrap=True, overflow="fold"), (0, 0, 0, 8)))
    parts.append(Text())
    return parts


def _which_one(reply: Answer) -> list[RenderableType]:
    """The readings of an unclear question, to choose from by number."""
    parts: list[RenderableType] = [Text("Which one do you mean?", style="bold yellow")]
    for number, choice in enumerate(reply.choices, start=1):
        line = Text.assemble((f"{number}. ", "cyan"), (printable(choice.label), "bold"), f" — {printable(choice.hint)}")
        parts += [line, Padding(Text(printable(choice.question), style="dim"), (0, 0, 0, 4))]
    return [*parts, Text()]


def _overview(reply: Overview) -> list[RenderableType]:
    """The count, then the articles, newest first."""
    parts: list[RenderableType] = [Text(printable(reply.text), style="bold")]
    if reply.kind is OverviewKind.OUTLETS:
        return [*parts, Text()]
    for citation in reply.citations[:_SHOWN_ARTICLES]:
        parts.append(source_line(citation.title, citation.outlet, citation.published))
        parts.append(Padding(Text(f"“{printable(citation.quote)}”"), (0, 0, 0, 4)))
        if citation.url:
            parts.append(
                Padding(Text(printable(citation.url), style="blue", no_wrap=True, overflow="fold"), (0, 0, 0, 4))
            )
    left = reply.articles - min(len(reply.citations), _SHOWN_ARTICLES)
    if left and reply.citations:
        parts.append(Text(f"… and {left:,} more", style="dim"))
    return [*parts, Text()]


def _no_answer(reply: NoAnswer) -> list[RenderableType]:
    parts: list[RenderableType] = [
        Text("Not in this archive.", style="bold yellow"),
        Text(_REASONS[reply.reason] + " That says nothing about whether it happened."),
    ]
    nearest = list({hit.article_id: hit for hit in reply.passages}.values())[:_NEAREST]
    if nearest:
        parts.append(Text("The nearest headlines:"))
        parts.extend(
            Padding(Text.assemble("· ", source_line(hit.title, hit.outlet, hit.published)), (0, 0, 0, 2))
            for hit in nearest
        )
    parts.append(Text())
    return parts


def receipt(searched: Searched) -> str:
    """What was searched, in one line."""
    parts = [f"searched {searched.articles:,} article{'' if searched.articles == 1 else 's'}"]
    if searched.earliest and searched.latest:
        first, last = display_date(searched.earliest), display_date(searched.latest)
        parts.append(first if first == last else f"{first} to {last}")
    where = searched.where
    if where.as_of:
        parts.append(f"as of {_bound(where.as_of, dt.time.max)}")
    if where.since:
        parts.append(f"since {_bound(where.since, dt.time.min)}")
    if where.until:
        parts.append(f"until {_bound(where.until, dt.time.max)}")
    if where.outlets:
        parts.append(f"outlet {' or '.join(printable(outlet) for outlet in where.outlets)}")
    if searched.newest_first:
        parts.append("newest first")
    if searched.period:
        parts.append(_period(searched.period))
    if searched.behind_days:
        parts.append(f"the newest article is {searched.behind_days:,} days old")
    if searched.newest_match:
        parts.append(f"newest match {display_date(searched.newest_match)}")
    parts.append(f"generation {searched.generation}")
    return " · ".join(parts)


def _period(period: Period) -> str:
    words = f"“{printable(period.words)}”"
    if not period.kept:
        return f"nothing {_days(period)} ({words}) answers, so all dates were searched"
    return f"for {words}" + (f", dated by “{printable(period.event)}”" if period.event else "")


def _days(period: Period) -> str:
    if period.since and period.until:
        return f"from {display_date(period.since)} to {display_date(period.until)}"
    since = f"since {display_date(period.since)}" if period.since else ""
    until = f"until {display_date(period.until)}" if period.until else ""
    return " ".join(filter(None, (since, until)))


def _bound(moment: dt.datetime, whole_day: dt.time) -> str:
    """A filter's bound: the day where it means the whole of it, else the moment too, in the zone that it is kept in."""
    day = display_date(moment.date().isoformat())
    return day if moment.time() == whole_day else f"{day} {moment:%H:%M} {moment.tzname() or 'UTC'}"


def hits(found: Sequence[Hit]) -> RenderableType:
    """Search results: source, score, passage."""
    if not found:
        return Text("No passage matches.", style="yellow")
    parts: list[RenderableType] = []
    for hit in found:
        head = Text.assemble((f"{hit.rank:>2}. ", "cyan"), source_line(hit.title, hit.outlet, hit.published))
        head.append(f"  ({hit.score:.3f})", style="dim")
        parts += [head, Padding(Text(printable(hit.text)), (0, 0, 0, 4))]
        if hit.url:
            parts.append(Padding(Text(printable(hit.url), style="blue", no_wrap=True, overflow="fold"), (0, 0, 0, 4)))
        parts.append(Text())
    return Group(*parts)


def article(shown: Article) -> RenderableType:
    """An article to read, with its metadata."""
    facts = Table.grid(padding=(0, 2))
    for name, value in (
        ("author", shown.author),
        ("place", shown.place),
        ("updated", display_date(shown.updated) if shown.updated else None),
        ("section", shown.section),
        ("url", shown.url),
        ("id", shown.id),
        ("from", str(shown.origin)),
    ):
        if value:
            facts.add_row(Text(name, style="dim"), Text(printable(value)))
    return Group(source_line(shown.title, shown.outlet, shown.published), facts, Text(), Text(printable(shown.text)))


def report(done: IndexReport) -> RenderableType:
    """The summary of an indexing run."""
    changes = ", ".join(
        f"{count:,} {name}"
        for name, count in (
            ("added", done.added),
            ("changed", done.changed),
            ("removed", done.removed),
            ("unchanged", done.unchanged),
        )
        if count
    )
    parts: list[RenderableType] = [
        Text(
            f"generation {done.generation}: {done.articles:,} articles in {done.passages:,} passages"
            f" ({changes or 'nothing new'}; {done.embedded:,} embedded) in {done.seconds:.1f} s"
        )
    ]
    if done.skipped:
        parts.append(skipped_table(done.skipped))
    return Group(*parts)


def skipped_table(skipped: Sequence[Skipped]) -> RenderableType:
    """What was left out and why; the first few in full, the rest as counts by reason."""
    table = Table(title=f"{len(skipped):,} skipped", title_justify="left", title_style="yellow", box=None)
    table.add_column("where", overflow="fold")
    table.add_column("why", overflow="fold")
    for item in skipped[:_SHOWN_SKIPPED]:
        place = item.path if item.line is None else f"{item.path}:{item.line}"
        table.add_row(Text(printable(place)), Text(printable(item.reason)))
    rest = Counter(item.reason for item in skipped[_SHOWN_SKIPPED:])
    for reason, count in rest.most_common(_SHOWN_SKIPPED):
        table.add_row(f"… {count:,} more", Text(printable(reason)))
    if len(rest) > _SHOWN_SKIPPED:
        table.add_row("…", "more reasons: see --json")
    return table


def plain(text: str) -> Text:
    """A line of ours that may hold names from outside."""
    return Text(printable(text))


def findings(found: Sequence[Finding]) -> RenderableType:
    """An examination as a table: what, how it is, and what to do."""
    colours = {"well": "green", "note": "yellow", "bad": "bold red"}
    table = Table(box=None, pad_edge=False)
    for name in ("what", "state", "found", "what to do"):
        table.add_column(name, overflow="fold")
    for finding in found:
        table.add_row(
            Text(printable(finding.what), style="bold"),
            Text(finding.state, style=colours[finding.state]),
            Text(printable(finding.detail)),
            Text(printable(finding.cure)),
        )
    return table


def status(shown: ArchiveStatus) -> RenderableType:
    """The state of the archive as a table."""
    table = Table.grid(padding=(0, 2))
    span = (
        f"{display_date(shown.earliest)} to {display_date(shown.latest)}"
        if shown.earliest and shown.latest
        else "no dates"
    )
    for name, value in (
        ("generation", str(shown.generation)),
        ("articles", f"{shown.articles:,} from {shown.outlets:,} outlets"),
        ("passages", f"{shown.passages:,}"),
        ("dates", span),
        ("embedder", shown.embedder),
        ("reader", shown.reader),
        ("size on disk", f"{shown.bytes_on_disk / 1e6:,.1f} MB"),
        ("last run", shown.indexed_at or "unknown"),
        *(("warning", warning) for warning in shown.warnings),
    ):
        table.add_row(Text(name, style="bold"), Text(printable(value)))
    return table
