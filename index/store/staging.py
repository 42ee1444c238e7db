"""Preparing a generation: what the input holds, beside what the generation before holds."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from index.errors import IndexDamaged
from index.store.rows import (
    Counts,
    LexicalPassage,
    folded,
    pack_offsets,
    published_at,
    text_hash,
    text_key,
)
from index.store.schema import visible
from index.store.soundness import Unsound, are_sentences, content_digest, sound_article, sound_passage
from index.types import Article, Origin, Passage, Skipped

_log = logging.getLogger(__name__)

_SEEN = """
DROP TABLE IF EXISTS temp.seen;
DROP TABLE IF EXISTS temp.seen_places;
CREATE TEMP TABLE seen (
    id TEXT PRIMARY KEY, text_key BLOB NOT NULL UNIQUE, copies INTEGER NOT NULL, path TEXT NOT NULL, line INTEGER
) STRICT, WITHOUT ROWID;
CREATE TEMP TABLE seen_places (
    article_id TEXT NOT NULL, rank INTEGER NOT NULL, path TEXT NOT NULL, line INTEGER, id TEXT NOT NULL,
    title TEXT NOT NULL, outlet TEXT, published TEXT, url TEXT, PRIMARY KEY (article_id, rank)
) STRICT, WITHOUT ROWID;
"""
_PLACE = "article_id, rank, path, line, id, title, outlet, published, url"
_MOVED = (
    "article_id IN (SELECT id FROM temp.seen) AND NOT EXISTS"  # noqa: S608  # constants
    f" (SELECT {_PLACE} FROM temp.seen_places s WHERE s.article_id = places.article_id AND s.rank = places.rank"
    f" INTERSECT SELECT {', '.join(f'places.{column}' for column in _PLACE.split(', '))})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An article of this input that was kept, and where it stands, in words."""

    id: str
    place: str


class Staging:
    """Generation ``number`` in preparation, on the indexer's connection.

    What the input held is collected in temporary tables on disk, so that memory does not grow with the input.
    The caller wraps calls that write into transactions.
    """

    def __init__(self, connection: sqlite3.Connection, *, number: int, base: int) -> None:
        self._connection = connection
        self._number = number
        self._base = base

    @property
    def number(self) -> int:
        """The generation that is being prepared."""
        return self._number

    def start(self) -> None:
        """Empties the lists of what was seen."""
        self._connection.executescript(_SEEN)

    def kept_with_text(self, key: bytes) -> Kept | None:
        """The article of this input that was kept with the same text."""
        return self._kept("text_key = ?", key)

    def kept_with_id(self, article_id: str) -> Kept | None:
        """The article of this input that was kept with the same id."""
        return self._kept("id = ?", article_id)

    def base_version(self, article_id: str) -> str | None:
        """The version of an article in the generation before; empty, and so unlike any, where the article is damaged.

        It is proven by its hash, and its passages by theirs: what is damaged counts as changed, and is stored anew.
        """
        row = self._connection.execute(
            f"SELECT a.*, '' AS path, NULL AS line FROM articles a WHERE a.id = :id AND {visible('a')}",  # noqa: S608  # constants
            {"id": article_id, "generation": self._base},
        ).fetchone()
        if row is None:
            return None
        passages = self._connection.execute(
            f"SELECT p.* FROM passages p WHERE p.article_row = :row AND {visible('p')}",  # noqa: S608  # constants
            {"row": row["row_id"], "generation": self._base},
        )
        try:
            article = sound_article(row)
            if row["text_key"] != text_key(article.text):
                raise Unsound(f"the key of article {article_id!r} is not what was stored")  # noqa: TRY301  # one warning for all
            for passage in passages:
                sound_passage(passage, article)
        except Unsound as cause:
            _log.warning("%s; it is stored anew", cause)
            return ""
        return article.version

    def keep(self, article: Article, key: bytes) -> None:
        """Notes an article of the input as kept."""
        self._connection.execute(
            "INSERT INTO temp.seen (id, text_key, copies, path, line) VALUES (?, ?, 0, ?, ?)",
            (article.id, key, article.origin.path, article.origin.line),
        )
        self._note_place(article.id, 0, article)

    def note_copy(self, kept_id: str, copy: Article) -> None:
        """Notes another place in the input where the text of a kept article stands."""
        self._connection.execute("UPDATE temp.seen SET copies = copies + 1 WHERE id = ?", (kept_id,))
        (rank,) = self._connection.execute("SELECT copies FROM temp.seen WHERE id = ?", (kept_id,)).fetchone()
        self._note_place(kept_id, rank, copy)

    def add(self, article: Article, key: bytes) -> None:
        """Stages an article that is new or changed.

        Raises:
            ValueError: the publication date can't be read, or the text can't be stored.
        """
        fields = {
            "id": article.id,
            "version": article.version,
            "text_key": key,
            "added_in": self._number,
            "instant": published_at(article.published),
            "title_key": folded(article.title),
            "outlet_key": folded(article.outlet),
            "section_key": folded(article.section),
            "title": article.title,
            "outlet": article.outlet,
            "author": article.author,
            "published": article.published,
            "updated": article.updated,
            "section": article.section,
            "url": article.url,
            "language": article.language,
            "place": article.place,
            "text": article.text,
        }
        self._connection.execute(
            "UPDATE articles SET removed_in = ? WHERE id = ? AND removed_in IS NULL", (self._number, article.id)
        )
        names = ", ".join(fields)
        marks = ", ".join(f":{name}" for name in fields)
        self._connection.execute(f"INSERT INTO articles ({names}) VALUES ({marks})", fields)  # noqa: S608  # field names of ours

    def missing(self) -> list[str]:
        """The ids of the generation before that the input does not have."""
        rows = self._connection.execute(
            f"SELECT a.id FROM articles a WHERE {visible('a')}"  # noqa: S608  # constants
            " AND NOT EXISTS (SELECT 1 FROM temp.seen s WHERE s.id = a.id) ORDER BY a.row_id",
            {"generation": self._base},
        )
        return [row["id"] for row in rows]

    def unread(self, article_ids: Sequence[str], skipped: Sequence[Skipped]) -> dict[str, Origin]:
        """Which of the missing articles stood in a piece of input that was skipped: id to the path (and line) skipped.

        An article whose text the input has under another id is not among them.
        """
        pieces = {(piece.path, piece.line) for piece in skipped}
        found: dict[str, Origin] = {}
        for article_id in article_ids:
            places = self._connection.execute(
                f"SELECT p.path, p.line FROM places p WHERE p.article_id = :id AND {visible('p')} AND NOT EXISTS"  # noqa: S608  # constants
                " (SELECT 1 FROM temp.seen s JOIN articles a ON a.text_key = s.text_key"
                f" WHERE a.id = :id AND {visible('a')}) ORDER BY p.rank",
                {"id": article_id, "generation": self._base},
            ).fetchall()
            # A skipped line, a skipped file, or a folder above it that could not be listed.
            origins = [
                (path, line)
                for place, number in places
                for path, line in ((place, number), (place, None), *((str(up), None) for up in PurePath(place).parents))
            ]
            skipped_origin = next((origin for origin in origins if origin in pieces), None)
            if skipped_origin:
                found[article_id] = Origin(path=skipped_origin[0], line=skipped_origin[1])
        return found

    def remove(self, article_ids: Sequence[str]) -> None:
        """Stages the removal of articles, and ends the passages of all that were removed or replaced."""
        for table, column in (("articles", "id"), ("places", "article_id")):
            self._connection.executemany(
                f"UPDATE {table} SET removed_in = ? WHERE {column} = ? AND removed_in IS NULL",  # noqa: S608  # constants
                [(self._number, article_id) for article_id in article_ids],
            )
        self._connection.execute(
            "UPDATE passages SET removed_in = :number WHERE removed_in IS NULL AND article_row IN"
            " (SELECT row_id FROM articles WHERE removed_in = :number)",
            {"number": self._number},
        )

    def note_places(self, *, moved_only: bool) -> None:
        """Writes down where the input has its articles; touches nothing where that is as it was.

        With ``moved_only``, when nothing else has changed, that is a correction of the generation before.
        """
        generation = {"generation": self._base if moved_only else self._number}
        execute = self._connection.execute
        execute(f"DELETE FROM places WHERE added_in = :generation AND {_MOVED}", generation)  # noqa: S608  # constants
        execute(f"UPDATE places SET removed_in = :generation WHERE removed_in IS NULL AND {_MOVED}", generation)  # noqa: S608  # constants
        execute(
            f"INSERT INTO places ({_PLACE}, added_in) SELECT {_PLACE}, :generation FROM"  # noqa: S608  # constants
            f" (SELECT {_PLACE} FROM temp.seen_places EXCEPT SELECT {_PLACE} FROM places WHERE removed_in IS NULL)",
            generation,
        )

    def outdated(self, *, everything: bool) -> list[int]:
        """The rows of articles to cut into passages: the new ones, or all."""
        condition = "" if everything else " AND a.added_in = :generation"
        rows = self._connection.execute(
            f"SELECT a.row_id FROM articles a WHERE {visible('a')}{condition} ORDER BY a.row_id",  # noqa: S608  # constants
            {"generation": self._number},
        )
        return [row["row_id"] for row in rows]

    def article(self, row_id: int) -> Article:
        """A stored article by its row.

        Raises:
            IndexDamaged: it is not what was stored, and stayed only because its file could not be read this time.
        """
        row = self._connection.execute(
            "SELECT a.*, p.path, p.line FROM articles a"  # noqa: S608  # constants
            f" LEFT JOIN places p ON p.article_id = a.id AND p.rank = 0 AND {visible('p')} WHERE a.row_id = :row",
            {"row": row_id, "generation": self._number},
        ).fetchone()
        try:
            return sound_article(row)
        except Unsound as cause:
            raise IndexDamaged(
                f"{cause}, and what it was read from could not be read this time: see that it can, or add --force to"
                " let the article go"
            ) from cause

    def set_passages(self, row_id: int, article: Article, passages: Sequence[Passage]) -> None:
        """Stages the passages of an article instead of those that it had.

        Raises:
            ValueError: a passage is not the slice of the text that it claims to be, or its sentences do not fill it.
        """
        for passage in passages:
            if article.text[passage.start : passage.end] != passage.text or not are_sentences(passage, article.text):
                raise ValueError(
                    f"passage {passage.start}:{passage.end} of {article.id!r} is not a slice of its article's text"
                )
        self._connection.execute(
            "UPDATE passages SET removed_in = ? WHERE article_row = ? AND removed_in IS NULL", (self._number, row_id)
        )
        self._connection.executemany(
            "INSERT INTO passages (article_row, added_in, start, stop, header, sentences, text_hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    row_id,
                    self._number,
                    passage.start,
                    passage.end,
                    passage.header,
                    pack_offsets(passage.start, passage.sentences),
                    text_hash(passage.embedded_text),
                )
                for passage in passages
            ],
        )

    def counts(self) -> Counts:
        """Articles and passages of the generation in preparation."""
        (row,) = self._connection.execute(
            f"SELECT (SELECT count(*) FROM articles a WHERE {visible('a')}) AS articles,"  # noqa: S608  # constants
            f" (SELECT count(*) FROM passages p WHERE {visible('p')}) AS passages",
            {"generation": self._number},
        )
        return Counts(articles=row["articles"], passages=row["passages"])

    def digest(self) -> str:
        """Hex sha256 over the (article id, version) pairs of the generation in preparation."""
        rows = self._connection.execute(
            f"SELECT a.id, a.version FROM articles a WHERE {visible('a')} ORDER BY a.id",  # noqa: S608  # constants
            {"generation": self._number},
        )
        return content_digest(tuple(row) for row in rows)

    def lexical_rows(self) -> Iterator[LexicalPassage]:
        """Every passage of the generation in preparation, for the lexical index, in the order of their ids."""
        for row in self._connection.execute(
            f"SELECT p.passage_id, p.header, a.title, a.outlet, a.section, a.published,"  # noqa: S608  # constants
            f" substr(a.text, p.start + 1, p.stop - p.start) AS text"
            f" FROM passages p JOIN articles a ON a.row_id = p.article_row WHERE {visible('p')} ORDER BY p.passage_id",
            {"generation": self._number},
        ):
            yield LexicalPassage(**row)

    def _kept(self, condition: str, value: object) -> Kept | None:
        row = self._connection.execute(
            f"SELECT id, path, line FROM temp.seen WHERE {condition}",  # noqa: S608  # conditions of ours
            (value,),
        ).fetchone()
        return Kept(id=row["id"], place=str(Origin(path=row["path"], line=row["line"]))) if row else None

    def _note_place(self, article_id: str, rank: int, article: Article) -> None:
        self._connection.execute(
            "INSERT INTO temp.seen_places (article_id, rank, path, line, id, title, outlet, published, url)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                article_id,
                rank,
                article.origin.path,
                article.origin.line,
                article.id,
                article.title,
                article.outlet,
                article.published,
                article.url,
            ),
        )


def key_of(article: Article) -> bytes:
    """Equal for articles whose texts differ in white space only."""
    return text_key(article.text)
