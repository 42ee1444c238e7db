"""Index runs for tests: real FAISS and tantivy files, a toy embedder, and a cutter that a reader can check by eye."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from index import generations
from index.backends.lexical_tantivy import TantivyLexical, TantivyLexicalWriter
from index.backends.vectors_faiss import FaissVectors, FaissVectorsWriter
from index.build import build_index
from index.dates import instant
from index.protocols import Embedder, LexicalIndexWriter, LexicalRow, Report, VectorIndexWriter
from index.store import StoreView
from index.types import Article, IndexReport, Origin, Passage, Skipped, Where
from tests.fakes import ToyEmbedder

OUTLET = "The Ledger"
FINGERPRINT = "two sentences"
_SENTENCE = re.compile(r"\S[^.]*\.?")


def article(article_id: str, text: str | None = None, **fields: str | None) -> Article:
    """An article from a file of its own, with a text of its own unless one is given."""
    line = fields.pop("line", None)
    return Article(
        id=article_id,
        title=fields.pop("title", None) or f"Headline of {article_id}",
        text=text if text is not None else f"This is about {article_id}. It has two sentences. Or three.",
        origin=Origin(path=fields.pop("path", None) or f"in/{article_id}.txt", line=int(line) if line else None),
        **{"outlet": OUTLET, **fields},
    )


def passage_ids(store: StoreView) -> list[int]:
    """Every passage of a generation; its articles all have outlets."""
    return store.allowed_passages(Where(outlets=tuple(outlet for outlet, _ in store.outlets()))) or []


def cut(source: Article) -> list[Passage]:
    """Passages of two sentences, without overlap; a sentence ends with a full stop."""
    sentences = [match.span() for match in _SENTENCE.finditer(source.text)]
    windows = [sentences[first : first + 2] for first in range(0, len(sentences), 2)]
    return [
        Passage(
            start=window[0][0],
            end=window[-1][1],
            text=source.text[window[0][0] : window[-1][1]],
            header=f"{source.title}, {source.outlet}",
            sentences=tuple(window),
        )
        for window in windows
    ]


def lexical_writer() -> TantivyLexicalWriter:
    return TantivyLexicalWriter(analyse=str, instant=instant)


def open_lexical(folder: Path) -> TantivyLexical:
    return TantivyLexical(folder, analyse=str)


class JsonWords:
    """A lexical index in one JSON file, for tests that publish hundreds of times."""

    def write(self, folder: Path, rows: Iterable[LexicalRow]) -> int:
        texts = {row.passage_id: row.text for row in rows}
        (folder / "words.json").write_text(json.dumps(texts), "utf-8")
        return len(texts)


def index(
    home: Path,
    articles: Iterable[Article | Skipped],
    *,
    embedder: Embedder | None = None,
    vectors: VectorIndexWriter | None = None,
    lexical: LexicalIndexWriter | None = None,
    cutter: Callable[[Article], list[Passage]] = cut,
    fingerprint: str = FINGERPRINT,
    force: bool = False,
    report: Report | None = None,
    at_step: Callable[[str], None] = lambda _step: None,
    open_check: Callable[[Path, Path], tuple[int, int]] | None = None,
    asked_by: str = "a test",
) -> IndexReport:
    """A run of the indexer with real files, where nothing else is given."""
    chosen = embedder or ToyEmbedder()

    def opened(dense: Path, folder: Path) -> tuple[int, int]:
        return len(FaissVectors(dense, dimensions=chosen.dimensions)), len(open_lexical(folder))

    return build_index(
        home,
        articles,
        embedder=chosen,
        vectors=vectors or FaissVectorsWriter(),
        lexical=lexical or lexical_writer(),
        cut=cutter,
        fingerprint=fingerprint,
        open_check=open_check or opened,
        force=force,
        report=report,
        asked_by=asked_by,
        at_step=at_step,
    )


def expectation(embedder: Embedder | None = None) -> generations.Expectation:
    return generations.Expectation(embedder=(embedder or ToyEmbedder()).id, fingerprint=FINGERPRINT)


def open_live(home: Path) -> generations.OpenedGeneration:
    return generations.open_generation(home, expectation())


def articles_of(store: StoreView) -> dict[str, Article]:
    """Every article of a generation by id."""
    return {article_id: store.article(article_id) for article_id, *_ in store.headlines(limit=1_000_000)}


def visible(home: Path) -> dict[str, str]:
    """The versions of the live generation's articles, by id."""
    with open_live(home).store as store:
        return {article_id: found.version for article_id, found in articles_of(store).items()}


def versions(articles: Iterable[Article]) -> dict[str, str]:
    return {source.id: source.version for source in articles}
