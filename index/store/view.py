"""The reading side of the database: one generation, as it stands, from any thread."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import chain, groupby
from pathlib import Path
from types import TracebackType
from typing import Self

from index.errors import ArchiveError, ArticleMissing, IndexDamaged
from index.store.rows import (
    Counts,
    GenerationRow,
    Place,
    Run,
    Source,
    StoredPassage,
    folded,
    published_at,
)
from index.store.schema import DATABASE, database_error, open_to_read, unsound, visible
from index.store.soundness import Unsound, content_digest, sound_article, sound_passage
from index.types import Article, Skipped, Where, microseconds

_PASSAGE_IDS_A_QUERY = 500
"""Below SQLite's oldest limit on parameters (999)."""
_ARTICLES_A_QUERY = 200
"""Texts that are read in one go while others wait for the connection."""
_PLACE = tuple(column.name for column in fields(Place))


class StoreView:
    """Reads the articles and passages of one generation.

    Holds one read-only connection behind a lock, so that any number of threads may call it: queries take
    milliseconds, and on a small machine there is nothing to win by running them side by side. What a newer
    generation adds or removes does not show. The connection closes with the view.
    """

    def __init__(self, home: Path, generation: int) -> None:
        """Opens the database in ``home``.

        Raises:
            IndexMissing: there is no database.
            IndexMismatch: it is of another version of this program.
            IndexDamaged: it can't be read, or knows nothing of this generation.
        """
        self._path = home / DATABASE
        self._generation = generation
        self._lock = threading.Lock()
        self._reading = open_to_read(home)
        try:
            self._row = self._find_row()
        except ArchiveError:
            self.close()
            raise

    @property
    def generation(self) -> int:
        """The generation that is read."""
        return self._generation

    @property
    def row(self) -> GenerationRow:
        """What the database remembers of this generation."""
        return self._row

    def close(self) -> None:
        """Closes the connection; the view can't be used any more."""
        with self._lock:
            self._reading.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def article(self, article_id: str) -> Article:
        """An article with its stored text.

        Raises:
            ArticleMissing: this generation has no article with this id.
            IndexDamaged: the article is not the one that was stored.
        """
        rows = self._fetch(
            f"SELECT a.*, p.path, p.line FROM articles a"  # noqa: S608  # the condition is a constant of ours
            f" LEFT JOIN places p ON p.article_id = a.id AND p.rank = 0 AND {visible('p')}"
            f" WHERE a.id = :id AND {visible('a')}",
            {"id": article_id},
        )
        if not rows:
            raise ArticleMissing(f"no article has the id {article_id!r}: `dateline search` lists ids with its hits")
        return self._sound(rows[0])

    def passages(self, passage_ids: Sequence[int]) -> dict[int, StoredPassage]:
        """The named passages by id, each proven to be what was stored; ids not of this generation are left out.

        Raises:
            IndexDamaged: a passage, or its article, is not the one that was stored.
        """
        found: dict[int, StoredPassage] = {}
        for first in range(0, len(passage_ids), _PASSAGE_IDS_A_QUERY):
            rows = self._named(
                "p.passage_id, p.article_row, p.start, p.stop, p.header, p.sentences, p.text_hash",
                passage_ids[first : first + _PASSAGE_IDS_A_QUERY],
            )
            rows.sort(key=lambda row: row["article_row"])
            for article_row, group in groupby(rows, key=lambda row: row["article_row"]):
                article = self._sound_row(article_row)
                try:
                    found.update((row["passage_id"], sound_passage(row, article)) for row in group)
                except Unsound as cause:
                    raise unsound(self._path, cause) from cause
        return found

    def quotable(self, passage_ids: Sequence[int]) -> dict[int, StoredPassage]:
        """What :meth:`passages` returns, of passages that this generation has to have.

        Raises:
            IndexDamaged: a passage is gone, or it or its article is not the one that was stored.
        """
        found = self.passages(passage_ids)
        gone = next((one for one in passage_ids if one not in found), None)
        if gone is not None:
            raise unsound(self._path, f"passage {gone} of generation {self._generation} is gone")
        return found

    def readable(self, passage_ids: Sequence[int]) -> list[str]:
        """The texts of the named passages behind their headers, in any order; raises what :meth:`quotable` does."""
        return [f"{passage.header}\n{passage.text}" for passage in self.quotable(passage_ids).values()]

    def sources(self, passage_ids: Sequence[int]) -> dict[int, Source]:
        """Outlet and date of the named passages by id, to rank by; nothing is proven, and no text is read."""
        rows = chain.from_iterable(
            self._named("p.passage_id, a.outlet, a.published", passage_ids[first : first + _PASSAGE_IDS_A_QUERY])
            for first in range(0, len(passage_ids), _PASSAGE_IDS_A_QUERY)
        )
        return {
            row["passage_id"]: Source(outlet=_text(row["outlet"]), published=_text(row["published"])) for row in rows
        }

    def check_content(self) -> None:
        """Compares the articles that are visible, by id and version, with what was published; reads no text.

        Raises:
            IndexDamaged: an article has come, gone or changed since.
        """
        rows = self._fetch(f"SELECT a.id, a.version FROM articles a WHERE {visible('a')} ORDER BY a.id")  # noqa: S608  # constants of ours
        if content_digest((str(row["id"]), str(row["version"])) for row in rows) != self._row.digest:
            raise unsound(self._path, f"its articles are not those of generation {self._generation}")

    def passages_of(self, article_id: str) -> list[int]:
        """The passages of an article in the order of its text; none for an id that this generation does not have."""
        rows = self._fetch(
            f"SELECT p.passage_id FROM articles a JOIN passages p ON p.article_row = a.row_id"  # noqa: S608  # constants of ours
            f" WHERE a.id = :id AND {visible('a')} AND {visible('p')} ORDER BY p.start",
            {"id": article_id},
        )
        return [row["passage_id"] for row in rows]

    def allowed_passages(self, where: Where | None, *, without: Collection[str] = ()) -> list[int] | None:
        """The passages of the articles that pass the filters, in ascending order; None when nothing is filtered.

        ``without`` are ids of articles that do not pass either.
        """
        if not where and not without:
            return None
        condition, parameters = _filter(where or Where())
        rows = self._fetch(
            f"SELECT p.passage_id FROM articles a JOIN passages p ON p.article_row = a.row_id"  # noqa: S608  # constants of ours
            f" WHERE {visible('a')} AND {visible('p')} AND {condition}"
            f" AND a.id NOT IN (SELECT value FROM json_each(:without)) ORDER BY p.passage_id",
            {**parameters, "without": json.dumps(sorted(without))},
        )
        return [row["passage_id"] for row in rows]

    def counts(self, where: Where | None = None) -> Counts:
        """How many articles and passages there are, or pass the filters."""
        if not where:
            return Counts(articles=self._row.articles, passages=self._row.passages)
        condition, parameters = _filter(where)
        (row,) = self._fetch(
            f"SELECT count(DISTINCT a.row_id) AS articles, count(p.passage_id) AS passages FROM articles a"  # noqa: S608  # constants of ours
            f" LEFT JOIN passages p ON p.article_row = a.row_id AND {visible('p')}"
            f" WHERE {visible('a')} AND {condition}",
            parameters,
        )
        return Counts(articles=row["articles"], passages=row["passages"])

    def span(self, where: Where | None = None) -> tuple[str | None, str | None]:
        """The earliest and latest publication, as the sources wrote them; None where no article has a date."""
        condition, parameters = _filter(where or Where())
        ends = [
            self._fetch(
                f"SELECT a.id, a.published, a.instant FROM articles a"  # noqa: S608  # constants of ours
                f" WHERE {visible('a')} AND a.instant IS NOT NULL AND {condition}"
                f" ORDER BY a.instant {direction}, a.row_id LIMIT 1",
                parameters,
            )
            for direction in ("ASC", "DESC")
        ]
        for row in chain.from_iterable(ends):
            self._dated(row)
        earliest, latest = ([row["published"] for row in rows] for rows in ends)
        return (earliest[0] if earliest else None), (latest[0] if latest else None)

    def outlets(self) -> list[tuple[str, int]]:
        """Every outlet in its commonest spelling, with its number of articles; most first."""
        rows = self._fetch(
            f"SELECT a.outlet_key AS key, a.outlet, count(*) AS articles FROM articles a"  # noqa: S608  # constants of ours
            f" WHERE {visible('a')} AND a.outlet_key IS NOT NULL GROUP BY a.outlet_key, a.outlet"
            f" ORDER BY articles DESC, a.outlet",
        )
        spelling: dict[str, str] = {}
        articles: Counter[str] = Counter()
        for row in rows:
            if _folded(row["outlet"]) != row["key"]:
                raise unsound(self._path, f"the outlet {row['outlet']!r} is not what was stored")
            spelling.setdefault(row["key"], row["outlet"])
            articles[row["key"]] += row["articles"]
        return sorted(((spelling[key], count) for key, count in articles.items()), key=lambda pair: (-pair[1], pair[0]))

    def headlines(self, contains: str = "", limit: int = 25) -> list[tuple[str, str, str | None, str | None]]:
        """(article id, title, outlet, published) of headlines with all these words or parts of words, newest first."""
        words = (folded(contains) or "").split()
        condition = " AND ".join([visible("a"), *(f"instr(a.title_key, :w{number})" for number in range(len(words)))])
        rows = self._fetch(
            f"SELECT a.id, a.title, a.title_key, a.outlet, a.published, a.instant FROM articles a WHERE {condition}"  # noqa: S608  # placeholders and constants of ours
            f" ORDER BY a.instant DESC, a.row_id LIMIT :limit",
            {"limit": max(0, limit)} | {f"w{number}": word for number, word in enumerate(words)},
        )
        for row in rows:
            self._dated(row)
            if _folded(row["title"]) != row["title_key"]:
                raise unsound(self._path, f"the headline of article {row['id']!r} is not what was stored")
        return [(row["id"], row["title"], _text(row["outlet"]), row["published"]) for row in rows]

    def listing(self, where: Where | None = None) -> Iterator[Article]:
        """Every article that passes the filters, newest first and those without a date last; read a few at a time.

        Raises:
            IndexDamaged: an article is not the one that was stored.
        """
        condition, parameters = _filter(where or Where())
        rows = self._fetch(
            f"SELECT a.row_id FROM articles a WHERE {visible('a')} AND {condition}"  # noqa: S608  # constants of ours
            f" ORDER BY a.instant DESC, a.row_id",
            parameters,
        )
        for first in range(0, len(rows), _ARTICLES_A_QUERY):
            ids = [row["row_id"] for row in rows[first : first + _ARTICLES_A_QUERY]]
            found = self._fetch(
                f"SELECT a.*, '' AS path, NULL AS line FROM articles a WHERE a.row_id IN ({','.join(map(str, ids))})"  # noqa: S608  # numbers
            )
            by_id = {row["row_id"]: row for row in found}
            yield from (self._sound(by_id[row_id]) for row_id in ids if row_id in by_id)

    def places(self, article_id: str) -> tuple[Place, ...]:
        """Where an article's text stands in the input: the place it was read from, then its duplicates."""
        rows = self._fetch(
            f"SELECT {', '.join(_PLACE)} FROM places p WHERE p.article_id = :id AND {visible('p')} ORDER BY p.rank",  # noqa: S608  # constants
            {"id": article_id},
        )
        return tuple(Place(**row) for row in rows)

    def last_run(self) -> Run | None:
        """The latest run that left this generation live, or an earlier one."""
        rows = self._fetch("SELECT * FROM runs WHERE generation <= :generation ORDER BY run DESC LIMIT 1")
        if not rows:
            return None
        columns = dict(rows[0])
        try:
            number = columns.pop("run")
            skipped = tuple(Skipped(**entry) for entry in json.loads(columns.pop("skipped")))
            return Run(skipped=skipped, settings=json.loads(columns.pop("settings")), **columns)
        except (TypeError, ValueError, RecursionError) as error:
            raise unsound(self._path, f"the record of run {number} is not what was stored") from error

    def indexed_at(self) -> str | None:
        """When the input was last compared with this generation (ISO 8601, UTC)."""
        run = self.last_run()
        return run.finished_at if run else None

    def _named(self, columns: str, passage_ids: Sequence[int]) -> list[sqlite3.Row]:
        """Columns of the passages ``p`` with these ids, and of their articles ``a``."""
        marks = ",".join(f":p{number}" for number in range(len(passage_ids)))
        return self._fetch(
            f"SELECT {columns} FROM passages p LEFT JOIN articles a ON a.row_id = p.article_row"  # noqa: S608  # placeholders and constants of ours
            f" WHERE p.passage_id IN ({marks}) AND {visible('p')}",
            {f"p{number}": passage_id for number, passage_id in enumerate(passage_ids)},
        )

    def _sound_row(self, article_row: int) -> Article:
        rows = self._fetch(
            f"SELECT a.*, '' AS path, NULL AS line FROM articles a WHERE a.row_id = :row AND {visible('a')}",  # noqa: S608  # constants of ours
            {"row": article_row},
        )
        if not rows:
            raise unsound(self._path, f"an article of generation {self._generation} is gone")
        return self._sound(rows[0])

    def _sound(self, row: sqlite3.Row) -> Article:
        try:
            return sound_article(row)
        except Unsound as cause:
            raise unsound(self._path, cause) from cause

    def _dated(self, row: sqlite3.Row) -> None:
        """Proves that a row's date is the one that was stored."""
        try:
            sound = published_at(row["published"]) == row["instant"]
        except (TypeError, ValueError, AttributeError, OverflowError):
            sound = False
        if not sound:
            raise unsound(self._path, f"the date of article {row['id']!r} is not what was stored")

    def _find_row(self) -> GenerationRow:
        rows = self._fetch("SELECT * FROM generations WHERE number = :generation")
        if not rows:
            raise IndexDamaged(
                f"{self._path} knows nothing of generation {self._generation}: run `dateline index --articles …`"
            )
        return GenerationRow(**rows[0])

    def _fetch(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[sqlite3.Row]:
        values = {"generation": self._generation, **(parameters or {})}
        try:
            with self._lock:
                return self._read(sql, values)
        except sqlite3.DatabaseError as error:
            raise database_error(self._path, error) from error

    def _read(self, sql: str, values: Mapping[str, object]) -> list[sqlite3.Row]:
        rows, error = list[sqlite3.Row](), None
        try:
            rows = self._reading.connection.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as trouble:
            error = trouble
        if self._reading.moved(self._path):
            again = open_to_read(self._path.parent)
            self._reading.connection.close()
            self._reading = again
            return self._read(sql, values)
        if error is not None:
            raise error
        return rows


def _folded(name: object) -> str | None:
    return folded(name) if isinstance(name, str) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _filter(where: Where) -> tuple[str, dict[str, object]]:
    """The SQL condition on articles ``a`` that ``where`` means, and its parameters."""
    conditions = ["1"]
    parameters: dict[str, object] = {}
    if where.since is not None:
        conditions.append("a.instant >= :since")
        parameters["since"] = microseconds(where.since)
    if where.latest is not None:
        conditions.append("a.instant <= :latest")
        parameters["latest"] = microseconds(where.latest)
    for column, names in (("outlet_key", where.outlets), ("section_key", where.sections)):
        if names:
            conditions.append(f"a.{column} IN ({','.join(f':{column}{number}' for number in range(len(names)))})")
            parameters.update((f"{column}{number}", folded(name)) for number, name in enumerate(names))
    return " AND ".join(conditions), parameters
