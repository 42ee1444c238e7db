"""Best passages by words: BM25 in tantivy, with filters inside the search.

Headline, outlet, day and text are one field: BM25 then weighs a word by how rare it is in all of them. Summed over
fields of their own it found less (MultiHop-RAG, 1,128 queries: MRR@10 .522, one field .575; bm25s at best .566).

Queries are built from terms, never parsed, so that quotes, colons and brackets mean nothing special. tantivy's BM25 has
k1 = 1.2 and b = 0.75 built in; what can be tuned is how much more a word counts in the headline or the outlet.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import IndexDamaged, refuse_scarcity
from index.protocols import LexicalRow
from index.types import Scored, Where, microseconds, name_key

if TYPE_CHECKING:
    import tantivy

_WRITER_BYTES = 64_000_000
"""What the writer may hold before it writes a segment; one thread, so that two runs give the same index."""
_TOKENIZER = "stemmed_english"
_LONGEST_WORD = 60
_ISO_DAY = len("2026-01-14")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_MAX_TERMS = 64
"""Different words of a query that are looked up: a pasted article must not become a thousand clauses."""


FORMAT = 1
"""Counts the forms that the folder has had; part of what tells an archive to build it anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldBoosts:
    """How much more a word counts, beside 1 for being there at all, where it stands in the headline or the outlet."""

    title: float = 0.0
    outlet: float = 0.3


class TantivyLexical:
    """A lexical index folder, opened for reading. Safe to search from several threads.

    An open index keeps working while its folder is replaced or removed, and takes no lock that a writer needs.
    """

    def __init__(
        self,
        folder: Path,
        *,
        analyse: Callable[[str], str],
        boosts: FieldBoosts | None = None,
        count: int | None = None,
    ) -> None:
        """Opens the folder; ``analyse`` is put before tokenising, the counterpart of the writer's.

        Raises:
            OutOfResources: The system gave no more memory or open files.
            IndexDamaged: The folder is missing, unreadable, or does not hold ``count`` passages.
        """
        import tantivy

        try:
            index, self._searcher = _opened(folder)
        except (ValueError, OSError) as error:
            refuse_scarcity(folder, error)
            raise IndexDamaged(_damaged(folder, "tantivy can't open it")) from error
        if count is not None and self._searcher.num_docs != count:
            raise IndexDamaged(_damaged(folder, f"it has {self._searcher.num_docs} passages, not {count}"))
        self._schema = index.schema
        try:
            tantivy.Query.term_query(self._schema, "text", "word", "freq")
        except ValueError as error:
            raise IndexDamaged(_damaged(folder, "another version of Dateline wrote it")) from error
        self._content_words = content_words()
        self._all_words = _analyzer().analyze
        self._analyse = analyse
        self._boosts = boosts or FieldBoosts()

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def search(self, query: str, k: int, where: Where | None = None) -> list[Scored]:
        """The k best passages that pass the filters, best first; an empty query has none."""
        words = self._words(query)
        if words is None or k <= 0 or not len(self):
            return []
        return self._run(words, self._filters(where) if where else [], min(k, len(self)))

    def scores(self, query: str, passage_ids: Sequence[int]) -> list[float]:
        """The score of each named passage, 0 where no word meets."""
        import tantivy

        words = self._words(query)
        if words is None or not passage_ids:
            return [0.0] * len(passage_ids)
        named = tantivy.Query.term_set_query(self._schema, "passage_id", sorted(set(passage_ids)))
        found = {hit.passage_id: hit.score for hit in self._run(words, [named], len(passage_ids))}
        return [found.get(passage_id, 0.0) for passage_id in passage_ids]

    def passages_with(self, words: Sequence[str]) -> list[int]:
        """For each word the number of passages that have it, however it is inflected; a stop word counts as well."""
        terms = [self._all_words(word) for word in words]
        return [min((self._searcher.doc_freq("text", term) for term in each), default=0) for each in terms]

    def _words(self, query: str) -> tantivy.Query | None:
        import tantivy

        written = self._analyse(query)
        # a question of nothing but stop words is answered by them
        words = self._content_words(written) or self._all_words(written)
        terms = list(dict.fromkeys(words))[:_MAX_TERMS]
        boosts = {"text": 1.0, "title": self._boosts.title, "outlet": self._boosts.outlet}
        clauses = []
        for field, boost in boosts.items():
            for term in terms if boost else ():
                clause = tantivy.Query.term_query(self._schema, field, term, "freq")
                clauses.append((tantivy.Occur.Should, tantivy.Query.boost_query(clause, boost)))
        return tantivy.Query.boolean_query(clauses) if clauses else None

    def _filters(self, where: Where) -> list[tantivy.Query]:
        import tantivy

        filters = []
        if where.since is not None or where.latest is not None:
            filters.append(
                tantivy.Query.range_query(
                    self._schema,
                    "published",
                    tantivy.FieldType.Integer,
                    None if where.since is None else microseconds(where.since),
                    None if where.latest is None else microseconds(where.latest),
                )
            )
        for field, names in (("outlet_key", where.outlets), ("section_key", where.sections)):
            if names:
                keys = sorted({name_key(name) for name in names})
                filters.append(tantivy.Query.term_set_query(self._schema, field, keys))
        return filters

    def _run(self, words: tantivy.Query, filters: Sequence[tantivy.Query], k: int) -> list[Scored]:
        import tantivy

        query = words
        if filters:
            # filters decide who may enter and add nothing to the score
            conditions = [(tantivy.Occur.Must, tantivy.Query.const_score_query(item, 0.0)) for item in filters]
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, words), *conditions])
        hits = self._searcher.search(query, k, count=False).hits
        ids = self._searcher.fast_field_values("passage_id", [address for _, address in hits])
        scored = [
            Scored(passage_id=int(passage_id or 0), score=float(score))
            for (score, _), passage_id in zip(hits, ids, strict=True)
        ]
        scored.sort(key=lambda hit: (-hit.score, hit.passage_id))
        return scored


class TantivyLexicalWriter:
    """Writes a lexical index folder."""

    def __init__(self, *, analyse: Callable[[str], str], instant: Callable[[str], dt.datetime | None]) -> None:
        """``analyse`` is put before tokenising; ``instant`` turns a date into a moment, None if it can't."""
        self._analyse = analyse
        self._instant = instant

    def write(self, folder: Path, rows: Iterable[LexicalRow]) -> int:
        """Writes a new index into an empty folder, synced to disk; returns how many passages."""
        import tantivy

        schema = _schema()
        index = tantivy.Index(schema, os.fspath(folder), reuse=False)
        index.register_tokenizer(_TOKENIZER, _analyzer())
        writer = index.writer(heap_size=_WRITER_BYTES, num_threads=1)
        count = 0
        for row in rows:
            writer.add_document(tantivy.Document.from_dict(self._fields(row), schema))
            count += 1
        writer.commit()
        writer.wait_merging_threads()
        _sync(folder)
        return count

    def _fields(self, row: LexicalRow) -> dict[str, object]:
        fields: dict[str, object] = {
            "passage_id": row.passage_id,
            "title": self._analyse(row.title),
            "outlet": self._analyse(row.outlet or ""),
            "text": self._analyse(f"{row.title}\n{row.outlet or ''}\n{_day(row.published)}\n{row.text}"),
            "outlet_key": name_key(row.outlet or ""),
            "section_key": name_key(row.section or ""),
        }
        published = self._instant(row.published) if row.published else None
        if published is not None:
            fields["published"] = microseconds(published)
        return fields


def _schema() -> tantivy.Schema:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("passage_id", indexed=True, fast=True)
    for field in ("text", "title", "outlet"):
        builder.add_text_field(field, tokenizer_name=_TOKENIZER, index_option="freq")
    builder.add_integer_field("published", indexed=True, fast=True)
    for field in ("outlet_key", "section_key"):
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    return builder.build()


def content_words() -> Callable[[str], list[str]]:
    """Splits a text into the words that the index sees, stemmed, in order, without English stop words."""
    return _analyzer(stop_words=False).analyze


def _analyzer(*, stop_words: bool = True) -> tantivy.TextAnalyzer:
    import tantivy

    builder = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(_LONGEST_WORD))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
    )
    if not stop_words:
        builder = builder.filter(tantivy.Filter.stopword("english"))
    return builder.filter(tantivy.Filter.stemmer("english")).build()


def _day(published: str | None) -> str:
    """The day in the words of a question, ``14 January 2026``; what is not a date has none."""
    try:
        day = dt.date.fromisoformat((published or "")[:_ISO_DAY])
    except ValueError:
        return ""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _opened(folder: Path) -> tuple[tantivy.Index, tantivy.Searcher]:
    """The index with its files mapped.

    tantivy makes a lock file while it opens: where the folder can't be written to, in a folder of links beside.
    """
    import tantivy

    try:
        index = tantivy.Index.open(os.fspath(folder))
        index.config_reader(reload_policy="manual")
        return index, index.searcher()
    except (ValueError, OSError):
        if os.access(folder, os.W_OK):
            raise
    with tempfile.TemporaryDirectory(prefix="dateline-") as beside:
        for path in folder.iterdir():
            if path.suffix != ".lock":
                (Path(beside) / path.name).symlink_to(path.absolute())
        index = tantivy.Index.open(beside)
        index.config_reader(reload_policy="manual")
        return index, index.searcher()


def _sync(folder: Path) -> None:
    """Files first, then the folder that names them."""
    for path in [*sorted(folder.iterdir()), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _damaged(folder: Path, why: str) -> str:
    return f"the lexical index {folder} is damaged ({why}): run `dateline index` to build it anew"
