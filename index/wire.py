"""The JSON forms that scripts rely on: hits, replies, reports, articles; and the rows of a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from index.dates import parse_bound
from index.errors import UsageError
from index.types import (
    Answer,
    ArchiveStatus,
    Article,
    Choice,
    Citation,
    Cited,
    Hit,
    IndexReport,
    Manner,
    NoAnswer,
    Overview,
    Reply,
    Searched,
    Turn,
    Where,
)

Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """One row of a batch: its id as given (any JSON value), the text, the conversation and the filters."""

    id: object
    text: str
    history: tuple[Turn, ...]
    where: Where
    manner: Manner = field(default_factory=Manner)


def parse_where(
    *, as_of: str | None = None, since: str | None = None, until: str | None = None, outlets: Sequence[str] = ()
) -> Where:
    """Filters from text; a plain date covers its whole day.

    Raises:
        FilterError: a date can't be understood; the message names it and the form that is wanted.
    """
    return Where(
        as_of=parse_bound(as_of, end=True) if as_of else None,
        since=parse_bound(since, end=False) if since else None,
        until=parse_bound(until, end=True) if until else None,
        outlets=tuple(outlets),
    )


def parse_row(row: object, *, field: str, default: Where, manner: Manner | None = None) -> BatchRow:
    """A batch row from decoded JSON; its own filters go before the command's.

    Raises:
        UsageError: the row is not of the documented form; the message says what is wrong.
    """
    if not isinstance(row, Mapping):
        raise UsageError(f'not a JSON object: give {{"id": …, "{field}": "…"}}')
    text = row.get(field)
    if not isinstance(text, str):
        raise UsageError(f'"{field}" is missing or not a text')
    texts: dict[str, str | None] = {}
    for name in ("as_of", "since", "until"):
        value = row.get(name)
        if value is not None and not isinstance(value, str):
            raise UsageError(f'"{name}" is not a text: give an ISO date')
        texts[name] = value
    anytime = row.get("anytime", not (manner or Manner()).time_words)
    if not isinstance(anytime, bool):
        raise UsageError('"anytime" is neither true nor false')
    given = parse_where(outlets=_outlets(row.get("outlet")), **texts)
    return BatchRow(
        id=row.get("id"),
        text=text,
        history=_history(row.get("history")),
        where=Where(
            as_of=given.as_of or default.as_of,
            since=given.since or default.since,
            until=given.until or default.until,
            outlets=given.outlets or default.outlets,
            sections=default.sections,
        ),
        manner=Manner(time_words=not anytime),
    )


def _outlets(value: object) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise UsageError('"outlet" is neither a text nor a list of texts')
    return tuple(name for name in names if name)


def _history(value: object) -> tuple[Turn, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise UsageError('"history" is not a list of {"question", "answer"}')
    turns = []
    for turn in value:
        question = turn.get("question") if isinstance(turn, Mapping) else None
        answer = (turn.get("answer") or "") if isinstance(turn, Mapping) else None
        if not isinstance(question, str) or not isinstance(answer, str):
            raise UsageError('"history" holds something other than {"question": "…", "answer": "…"}')
        alone = turn.get("standalone") or ""
        if not isinstance(alone, str):
            raise UsageError('"standalone" in "history" is not a text')
        turns.append(Turn(question=question, answer=answer, cited=_cited(turn.get("citations")), standalone=alone))
    return tuple(turns)


def _cited(value: object) -> tuple[Cited, ...]:
    """The places of a reply's citations, given back with its turn."""
    if value is None:
        return ()
    wrong = UsageError('"citations" in "history" is not a list of {"article_id", "start", "end"}: give a reply\'s own')
    if not isinstance(value, list):
        raise wrong
    places = []
    for one in value:
        if not isinstance(one, Mapping):
            raise wrong
        match one.get("article_id"), one.get("start"), one.get("end"):
            case str(article_id), int(start), int(end) if 0 <= start <= end:
                places.append(Cited(article_id=article_id, start=start, end=end))
            case _:
                raise wrong
    return tuple(places)


def hit_json(hit: Hit) -> Json:
    """A hit, as ``dateline search --json`` prints it."""
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "passage_id": hit.passage_id,
        "article_id": hit.article_id,
        "title": hit.title,
        "outlet": hit.outlet,
        "published": hit.published,
        "url": hit.url,
        "start": hit.start,
        "end": hit.end,
        "text": hit.text,
    }


def search_json(row_id: object, query: str, hits: Sequence[Hit]) -> Json:
    """The answer to one search."""
    return {"id": row_id, "query": query, "hits": [hit_json(hit) for hit in hits]}


def citation_json(citation: Citation) -> Json:
    """A citation; ``highlight`` is the short answer as offsets into ``quote``."""
    row: Json = asdict(citation)
    row["highlight"] = list(citation.highlight) if citation.highlight else None
    return row


def reply_json(row_id: object, reply: Reply) -> Json:
    """The answer to one question, as ``dateline ask --json`` prints it."""
    no_answer = isinstance(reply, NoAnswer)
    row: Json = {
        "id": row_id,
        "question": reply.question,
        "standalone": reply.standalone,
        "status": "no_answer" if no_answer else "answered",
        "answer": "" if isinstance(reply, NoAnswer) else reply.text,
        "confidence": round(reply.confidence, 4),
        "citations": [] if isinstance(reply, NoAnswer) else [citation_json(one) for one in reply.citations],
        "choices": [choice_json(choice) for choice in reply.choices] if isinstance(reply, Answer) else [],
        "differing": list(reply.differing) if isinstance(reply, Answer) else [],
        "passages": [hit_json(hit) for hit in reply.passages],
        "searched": searched_json(reply.searched),
        "timing_ms": {stage: round(value, 2) for stage, value in reply.timing_ms.items()},
    }
    match reply:
        case NoAnswer():
            row["reason"] = reply.reason.value
        case Overview():
            row["overview"] = overview_json(reply)
        case Answer():
            pass
    return row


def choice_json(choice: Choice) -> Json:
    """A reading of an unclear question."""
    return asdict(choice)


def overview_json(overview: Overview) -> Json:
    """What was counted; ``articles`` is exact, and the citations are from the newest of them."""
    return {
        "kind": overview.kind.value,
        "words": list(overview.words),
        "together": overview.whole,
        "articles": overview.articles,
        "outlets": [{"outlet": name, "articles": count} for name, count in overview.outlets],
    }


def searched_json(searched: Searched) -> Json:
    """The receipt of what was searched."""
    where = searched.where
    return {
        "generation": searched.generation,
        "articles": searched.articles,
        "earliest": searched.earliest,
        "latest": searched.latest,
        "newest_match": searched.newest_match,
        "period": asdict(searched.period) if searched.period else None,
        "newest_first": searched.newest_first,
        "behind_days": searched.behind_days,
        "filters": {
            "as_of": where.as_of.isoformat() if where.as_of else None,
            "since": where.since.isoformat() if where.since else None,
            "until": where.until.isoformat() if where.until else None,
            "outlets": list(where.outlets),
            "sections": list(where.sections),
        },
    }


def report_json(report: IndexReport) -> Json:
    """What an indexing run did, as ``dateline index --json`` prints it."""
    row: Json = asdict(report)
    row["skipped"] = [
        {"path": skipped.path, "reason": skipped.reason} | ({"line": skipped.line} if skipped.line else {})
        for skipped in report.skipped
    ]
    row["seconds"] = round(report.seconds, 3)
    return row


def article_json(article: Article) -> Json:
    """An article with all its metadata and its stored text."""
    row: Json = asdict(article)
    row["origin"] = str(article.origin)
    row["version"] = article.version
    return row


def status_json(status: ArchiveStatus) -> Json:
    """The state of the archive."""
    return asdict(status)
