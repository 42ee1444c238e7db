"""From the input to staged articles: what is new, changed, removed, unchanged, twice, or could not be read."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from index.build.clock import Ticker
from index.errors import IndexMissing, RemovalRefused
from index.store import StoreWriter
from index.store.rows import published_at
from index.store.staging import Staging, key_of
from index.types import Article, Origin, Skipped

_BATCH = 256
_BATCH_CHARACTERS = 4_000_000
_TRIVIAL = 10
"""An archive of so few articles may change altogether without anyone having made a mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What the input holds against the generation before. ``retained`` could not be read and stay as they were."""

    added: int
    changed: int
    removed: int
    unchanged: int
    retained: int
    skipped: tuple[Skipped, ...]

    @property
    def nothing_changed(self) -> bool:
        """The articles are what they were."""
        return not (self.added or self.changed or self.removed)


def take_in(
    writer: StoreWriter,
    staging: Staging,
    articles: Iterable[Article | Skipped],
    *,
    base_articles: int,
    force: bool,
    tick: Ticker,
    at_step: Callable[[str], None],
) -> Intake:
    """Stages what differs, in batches, so that memory does not grow with the input.

    An article that is missing from the input only because its file or line could not be read this time stays in
    the archive, unless ``force`` is given.

    Raises:
        IndexMissing: the input has no article at all.
        RemovalRefused: more than half of the articles would go, or all, and ``force`` was not given.
    """
    counts = dict.fromkeys(("added", "changed", "unchanged"), 0)
    skipped: list[Skipped] = []
    unreadable: list[Skipped] = []
    read = 0
    staging.start()
    # Reading a piece may take long (a slow parser, a slow disk): the database is held only while rows are written.
    for batch in _batches(articles, tick):
        with writer.transaction():
            for piece in batch:
                if isinstance(piece, Skipped):
                    unreadable.append(piece)
                    skipped.append(piece)
                elif isinstance(verdict := _stage(staging, piece), Skipped):
                    skipped.append(verdict)
                else:
                    counts[verdict] += 1
        read += len(batch)
        at_step("batch")
    tick("reading", read, read)
    if not sum(counts.values()):
        raise _nothing_read(base_articles, skipped)
    missing = staging.missing()
    unread = {} if force else staging.unread(missing, unreadable)
    removed = [article_id for article_id in missing if article_id not in unread]
    if base_articles > _TRIVIAL and len(removed) * 2 > base_articles and not force:
        raise RemovalRefused(
            f"this would remove {len(removed)} of {base_articles} articles: check --articles, or add --force"
        )
    with writer.transaction():
        staging.remove(removed)
    return Intake(
        added=counts["added"],
        changed=counts["changed"],
        removed=len(removed),
        unchanged=counts["unchanged"] + len(unread),
        retained=len(unread),
        skipped=_with_retained(skipped, unread),
    )


def _batches(articles: Iterable[Article | Skipped], tick: Ticker) -> Iterator[list[Article | Skipped]]:
    batch: list[Article | Skipped] = []
    characters = 0
    for number, piece in enumerate(articles):
        tick("reading", number)
        batch.append(_storable(piece))
        characters += len(piece.text) if isinstance(piece, Article) else 0
        if len(batch) >= _BATCH or characters >= _BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _stage(staging: Staging, article: Article) -> Literal["added", "changed", "unchanged"] | Skipped:
    key = key_of(article)
    if twin := staging.kept_with_text(key):
        staging.note_copy(twin.id, article)
        return _skip(article, f"same text as {twin.id} ({twin.place})")
    if namesake := staging.kept_with_id(article.id):
        return _skip(article, f"the id {article.id} was already read from {namesake.place}")
    staging.keep(article, key)
    before = staging.base_version(article.id)
    if before == article.version:
        return "unchanged"
    staging.add(article, key)
    return "added" if before is None else "changed"


def _storable(piece: Article | Skipped) -> Article | Skipped:
    """The piece, or why it can't be stored, whatever its parser let through."""
    if isinstance(piece, Skipped):
        return piece
    values = [getattr(piece, field.name) for field in dataclasses.fields(piece)]
    texts = [piece.origin.path, *(value for value in values if isinstance(value, str))]
    try:
        for text in texts:
            text.encode()
        published_at(piece.published)
    except UnicodeEncodeError as error:
        return _skip(piece, f"broken character (half of a surrogate pair) at offset {error.start}")
    except (ValueError, OverflowError):
        return _skip(piece, f"impossible date {piece.published!r}")
    return _skip(piece, "NUL character") if any("\0" in text for text in texts) else piece


def _skip(article: Article, reason: str) -> Skipped:
    return Skipped(path=article.origin.path, line=article.origin.line, reason=reason)


def _with_retained(skipped: Sequence[Skipped], unread: Mapping[str, Origin]) -> tuple[Skipped, ...]:
    """The skipped pieces, and with those that stand for articles of the archive that these stay."""
    stays = Counter(unread.values())
    told = []
    for piece in skipped:
        kept = stays.pop(Origin(path=piece.path, line=piece.line), 0)
        told.append(dataclasses.replace(piece, reason=f"{piece.reason}; {_stay(kept)}") if kept else piece)
    return tuple(told)


def _stay(kept: int) -> str:
    return f"its {kept} articles stay as they were" if kept > 1 else "its article stays as it was"


def _nothing_read(base_articles: int, skipped: Sequence[Skipped]) -> IndexMissing | RemovalRefused:
    first = skipped[0] if skipped else None
    why = f" ({len(skipped)} skipped; {Origin(path=first.path, line=first.line)}: {first.reason})" if first else ""
    if base_articles:
        return RemovalRefused(f"the input has no article{why}, the archive has {base_articles}: check --articles")
    return IndexMissing(f"the input has no article{why}: check --articles")
