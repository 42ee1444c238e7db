"""Whether stored rows are what was written: an article carries a hash of its content, a passage one of its text.

SQLite checks the structure of its pages but not what stands in them. A bit that flipped inside a text, a date or an
offset would otherwise go out as a quotation.
"""

from __future__ import annotations

import hashlib
import sqlite3
import struct
from collections.abc import Iterable, Sequence
from itertools import pairwise

from index.store.rows import StoredPassage, folded, published_at, text_hash, unpack_offsets
from index.types import Article, Origin, Passage

_UNREADABLE = (TypeError, ValueError, AttributeError, OverflowError)
"""What a value of another kind than was written raises where it is used."""


class Unsound(Exception):
    """A row is not what was stored; the message names it."""


def article_of(row: sqlite3.Row) -> Article:
    """The article of a row of ``articles`` joined with the ``path`` and ``line`` of its place, unchecked."""
    return Article(
        id=row["id"],
        title=row["title"],
        text=row["text"],
        origin=Origin(path=row["path"] or "", line=row["line"]),
        outlet=row["outlet"],
        author=row["author"],
        published=row["published"],
        updated=row["updated"],
        section=row["section"],
        url=row["url"],
        language=row["language"],
        place=row["place"],
    )


def sound_article(row: sqlite3.Row) -> Article:
    """The article of such a row, compared with its hash; so are the columns that it is found and filtered by.

    Takes about as long as reading the text does.

    Raises:
        Unsound: it is not what was stored.
    """
    try:
        article = article_of(row)
        sound = article.version == row["version"] and isinstance(article.origin.path, str) and _derived(row, article)
    except _UNREADABLE:
        sound = False
    if not sound:
        raise Unsound(f"article {row['id']!r} is not what was stored")
    return article


def sound_passage(row: sqlite3.Row, article: Article) -> StoredPassage:
    """The passage of a row of ``passages``, compared with the hash of what was embedded.

    Sentences are compared with the text: they fill the passage, and nothing but white space is between them.

    Raises:
        Unsound: it is not what was stored.
    """
    start, stop = row["start"], row["stop"]
    try:
        text = article.text[start:stop]
        sentences = unpack_offsets(start, row["sentences"])
        passage = Passage(start=start, end=stop, text=text, header=row["header"], sentences=sentences)
        sound = (
            0 <= start < stop <= len(article.text)
            and text_hash(passage.embedded_text) == row["text_hash"]
            and are_sentences(passage, article.text)
        )
    except (*_UNREADABLE, struct.error):
        sound = False
    if not sound:
        raise Unsound(f"passage {row['passage_id']} of article {article.id!r} is not what was stored")
    return StoredPassage(
        passage_id=row["passage_id"],
        article_id=article.id,
        title=article.title,
        outlet=article.outlet,
        published=article.published,
        url=article.url,
        section=article.section,
        start=start,
        end=stop,
        text=text,
        header=passage.header,
        sentences=sentences,
    )


def are_sentences(passage: Passage, text: str) -> bool:
    """Whether a passage's sentences fill it, in order, with nothing but white space between them."""
    spans = passage.sentences
    return (
        bool(spans)
        and (spans[0][0], spans[-1][1]) == (passage.start, passage.end)
        and all(start < end for start, end in spans)
        and all(end <= start and not text[end:start].strip() for (_, end), (start, _) in pairwise(spans))
    )


def content_digest(pairs: Iterable[Sequence[str]]) -> str:
    """Hex sha256 over (article id, version) pairs in the order of the ids: what a generation holds, in one line."""
    digest = hashlib.sha256()
    for article_id, version in pairs:
        digest.update(f"{article_id}\0{version}\n".encode())
    return digest.hexdigest()


def _derived(row: sqlite3.Row, article: Article) -> bool:
    return (row["instant"], row["title_key"], row["outlet_key"], row["section_key"]) == (
        published_at(article.published),
        folded(article.title),
        folded(article.outlet),
        folded(article.section),
    )
