"""Where concrete classes meet: settings in, an open archive or a finished indexing run out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from index import lexicon
from index.archive import AnswerSettings, Archive
from index.articles import ReadingLimits, read_articles
from index.backends.embedder_onnx import OnnxEmbedder
from index.backends.embedder_sentence_transformers import SentenceTransformerEmbedder
from index.backends.followups_onnx import OnnxFollowUpTagger
from index.backends.language import WordPieces
from index.backends.lexical_tantivy import FORMAT, TantivyLexical, TantivyLexicalWriter, content_words
from index.backends.models import read_model_folder, vouched
from index.backends.reader_onnx import OnnxSpanScorer
from index.backends.vectors_faiss import FaissVectors, FaissVectorsWriter
from index.build import build_index
from index.care import (
    BackupReport,
    Check,
    Finding,
    RestoreReport,
    State,
    back_up,
    bring_back,
    examine,
    opened_bundle,
    verified_bundle,
)
from index.conversation.understand import TaggedUnderstanding, Understands
from index.dates import instant
from index.errors import DatelineError, UsageError
from index.evaluate import (
    RankFusion,
    Readers,
    SentenceParagraphs,
    SimilarityReader,
    SpanParagraphs,
    Subject,
    VectorsAlone,
    WordsAlone,
)
from index.generations import Expectation, bytes_on_disk, current_generation, open_generation
from index.look import Live
from index.passages import PassageSettings, cut_passages
from index.protocols import Embedder, LexicalIndex, Reader, Report, VectorIndex
from index.read.evidence import EvidenceReader
from index.read.spans import SpanReader
from index.read.weights import read_evidence_weights, read_span_weights
from index.retrieve import ArchiveVocabulary, FusionSettings, Retriever, Retrieves
from index.settings import BUNDLED, ArchiveSettings
from index.store import StoreView
from index.types import Article, IndexReport, Passage, Skipped

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """The engines of one generation, as a retriever is made from them."""

    embedder: Embedder
    vectors: VectorIndex
    lexical: LexicalIndex
    store: StoreView


def open_with(settings: ArchiveSettings) -> Archive:
    """The archive that the settings name, opened for reading.

    Raises:
        IndexMissing: nothing has been indexed there yet.
        IndexMismatch: it was built with another format, embedder or passage settings.
        IndexDamaged: no generation passes its checks.
        ModelError: a model that the settings name can't be loaded.
    """
    embedder = make_embedder(settings)
    return _open(settings, embedder, make_reader(settings, embedder), _retriever, threshold=settings.threshold)


def open_subject(settings: ArchiveSettings) -> Subject:
    """The archive that the settings name with its baselines, for evaluation; raises what :func:`open_with` does."""
    embedder = make_embedder(settings)
    reader = make_reader(settings, embedder)

    def opened(
        reader: Reader = reader,
        retriever: Callable[[Engines], Retrieves] = _retriever,
        *,
        threshold: float | None = 0.0,
    ) -> Archive:
        return _open(settings, embedder, reader, retriever, threshold=threshold)

    archive = opened(threshold=settings.threshold)
    evidence = _evidence_reader(embedder)
    return Subject(
        archive=archive,
        forced=opened(),
        searches={
            "words alone": opened(retriever=_words_alone),
            "vectors alone": opened(retriever=_vectors_alone),
            "rank fusion": opened(retriever=lambda engines: RankFusion(_words_alone(engines), _vectors_alone(engines))),
        },
        asks={"untrained reader": opened(evidence), "best similarity": opened(SimilarityReader(embedder))},
        settings={
            "version": version("dateline"),
            "embedder": embedder.id,
            "reader": reader.id,
            "threshold": reader.default_threshold if settings.threshold is None else settings.threshold,
            "fingerprint": _fingerprint(PassageSettings()),
            "fusion": asdict(FusionSettings()),
            "articles": archive.status().articles,
            "passages": archive.status().passages,
        },
    )


def open_readers(settings: ArchiveSettings) -> Readers:
    """The bundled reader on paragraphs with its baselines, for evaluation.

    A paragraph is read by the first of its models: its sentences stand beside each other already.

    Raises:
        ModelError: a model can't be loaded.
    """
    embedder = make_embedder(settings)
    folder = bundled_model("reader")
    scorer, weights = OnnxSpanScorer(folder, threads=settings.threads), read_span_weights(folder)

    def cut(article: Article) -> list[Passage]:
        return cut_passages(article, embedder, PassageSettings())

    return Readers(
        reader=SpanParagraphs(scorer, cut),
        threshold=weights.null_threshold,
        beside={
            "untrained reader": SentenceParagraphs(_evidence_reader(embedder), cut),
            "best similarity": SentenceParagraphs(SimilarityReader(embedder), cut),
        },
        settings={"version": version("dateline"), "embedder": embedder.id, "reader": scorer.id},
    )


def _evidence_reader(embedder: Embedder) -> EvidenceReader:
    return EvidenceReader(
        embedder=embedder, terms=make_terms(), weights=read_evidence_weights(bundled_model("evidence"))
    )


def _retriever(engines: Engines) -> Retrieves:
    return Retriever(embedder=engines.embedder, vectors=engines.vectors, lexical=engines.lexical, sources=engines.store)


def _words_alone(engines: Engines) -> WordsAlone:
    return WordsAlone(engines.lexical)


def _vectors_alone(engines: Engines) -> VectorsAlone:
    return VectorsAlone(engines.embedder, engines.vectors)


def _open(
    settings: ArchiveSettings,
    embedder: Embedder,
    reader: Reader,
    retriever: Callable[[Engines], Retrieves],
    *,
    threshold: float | None,
) -> Archive:
    home = settings.data
    expected = Expectation(embedder=embedder.id, fingerprint=_fingerprint(PassageSettings()))
    is_word = WordPieces(bundled_model("minilm")).is_word

    def open_live() -> Live:
        opened = open_generation(home, expected)
        generation, passages = opened.generation, opened.generation.manifest.passages
        lexical = TantivyLexical(generation.lexical, analyse=lexicon.query_form, count=passages)
        engines = Engines(
            embedder=embedder,
            vectors=FaissVectors(generation.dense, dimensions=embedder.dimensions, count=passages),
            lexical=lexical,
            store=opened.store,
        )
        return Live(
            generation=generation.number,
            named=opened.named,
            store=opened.store,
            retriever=retriever(engines),
            vocabulary=lambda where: ArchiveVocabulary(
                lexical=lexical, texts=opened.store.readable, is_word=is_word, where=where
            ),
            embedder_id=embedder.id,
            warnings=opened.warnings,
        )

    return Archive(
        open_live=open_live,
        live_generation=lambda: current_generation(home),
        bytes_on_disk=lambda: bytes_on_disk(home),
        reader=reader,
        understands=make_understanding(settings),
        terms=make_terms(),
        settings=AnswerSettings(threshold=threshold),
    )


def reindex(
    settings: ArchiveSettings,
    articles: Sequence[Path],
    *,
    report: Report | None = None,
    force: bool = False,
    asked_by: str = "",
) -> IndexReport:
    """Brings the archive that the settings name up to date with the articles; see :func:`index.reindex`."""
    for path in articles:
        try:
            there = path.exists()
        except (OSError, ValueError) as error:  # no right to look, a name too long or with a NUL
            raise UsageError(f"can't look at {path} ({error}): give a folder or file of articles") from error
        if not there:
            raise UsageError(f"there is no {path}: give a folder or file of articles")
    limit = settings.max_file_mb * _MIB
    pieces = read_articles(
        articles,
        limits=ReadingLimits(document_bytes=limit, page_bytes=limit, json_bytes=limit, line_bytes=limit),
        now=dt.datetime.now(dt.UTC),
    )
    return _build(settings, pieces, report=report, force=force, asked_by=asked_by)


def back_up_with(settings: ArchiveSettings, target: Path) -> BackupReport:
    """Backs the archive that the settings name up; see :func:`index.care.back_up`."""
    return back_up(settings.data, target)


def restore_with(
    settings: ArchiveSettings, source: Path, *, replace_all: bool = False, report: Report | None = None
) -> RestoreReport:
    """Brings a backup back into the archive's home that the settings name; see :func:`index.care.bring_back`."""

    def publish(articles: Iterator[Article]) -> IndexReport:
        return _build(settings, articles, report=report, force=True, asked_by="dateline restore")

    with opened_bundle(source, settings.data.absolute()) as folder:
        return bring_back(verified_bundle(folder), settings.data, publish, replace_all=replace_all)


def examine_with(settings: ArchiveSettings, checks: Sequence[Check] = ()) -> Iterator[Finding]:
    """Examines the archive that the settings name, the models, and what ``checks`` look at; reads only."""
    try:
        embedder = make_embedder(settings)
        expected = Expectation(embedder=embedder.id, fingerprint=_fingerprint(PassageSettings()))
    except DatelineError as error:
        yield Finding(what="embedder", state=State.BAD, detail=str(error), cure="see DATELINE_EMBEDDER")
        expected = None
    yield from examine(settings.data, expected, (_models, *checks))


def _models(_home: Path) -> Iterator[Finding]:
    """The models that come with the package, by the sha256 of their files."""
    for folder in sorted(Path(str(files("index") / "models")).iterdir()):
        if not (folder / "model.json").is_file():
            continue
        what = f"model {folder.name}"
        try:
            model = read_model_folder(folder)
            for name in model.checksums:
                model.verified(name)
        except DatelineError as error:
            yield Finding(what=what, state=State.BAD, detail=str(error), cure="reinstall the package")
        else:
            yield Finding(what=what, state=State.WELL, detail=f"{model.id}: {len(model.checksums)} files by sha256")


def _build(
    settings: ArchiveSettings,
    pieces: Iterable[Article | Skipped],
    *,
    report: Report | None,
    force: bool,
    asked_by: str,
) -> IndexReport:
    embedder = make_embedder(settings)
    passage_settings = PassageSettings()

    def cut(article: Article) -> list[Passage]:
        return cut_passages(article, embedder, passage_settings)

    def open_check(dense: Path, lexical: Path) -> tuple[int, int]:
        return (
            len(FaissVectors(dense, dimensions=embedder.dimensions)),
            len(TantivyLexical(lexical, analyse=lexicon.query_form)),
        )

    return build_index(
        settings.data,
        pieces,
        embedder=embedder,
        vectors=FaissVectorsWriter(threads=settings.threads),
        lexical=TantivyLexicalWriter(analyse=lexicon.index_form, instant=instant),
        cut=cut,
        fingerprint=_fingerprint(passage_settings),
        open_check=open_check,
        force=force,
        report=report,
        asked_by=asked_by,
    )


def make_embedder(settings: ArchiveSettings) -> Embedder:
    """The embedder that the settings name; its weights load when they are needed."""
    if settings.embedder == BUNDLED:
        return OnnxEmbedder(bundled_model("minilm"), threads=settings.threads)
    return SentenceTransformerEmbedder(settings.embedder, threads=settings.threads)


def make_reader(settings: ArchiveSettings, embedder: Embedder) -> Reader:
    """The reader that the settings name.

    Raises:
        UsageError: there is no reader of this name.
    """
    match settings.reader:
        case "bundled":
            scorer, shortlist_scorer = make_scorers(settings.threads)
            return SpanReader(
                scorer=scorer,
                shortlist_scorer=shortlist_scorer,
                weights=read_span_weights(bundled_model("reader")),
                terms=make_terms(),
            )
        case "evidence":
            return _evidence_reader(embedder)
        case other:
            raise UsageError(f"there is no reader {other!r}: set DATELINE_READER to bundled or evidence")


def make_scorers(threads: int) -> tuple[OnnxSpanScorer, OnnxSpanScorer]:
    """The bundled span models: what reads every passage, and the larger one that reads the shortlist.

    The first reads so many passages at once as there are threads, each on one; the second has all threads for its one
    passage. Their weights load when they are needed.

    Raises:
        ModelError: a model isn't the one that was shipped.
    """
    second = OnnxSpanScorer(bundled_model("shortlist"), threads=1, intra_op_threads=threads)
    return OnnxSpanScorer(bundled_model("reader"), threads=threads, then=second), second


def make_understanding(settings: ArchiveSettings) -> Understands:
    """What makes a question of a turn in its conversation; its weights load at the first turn with a history."""
    return TaggedUnderstanding(OnnxFollowUpTagger(bundled_model("followups"), threads=settings.threads))


def make_terms() -> Callable[[str], list[str]]:
    """Words as the lexical index sees them, without stop words: what sentences are compared by."""
    words = content_words()
    return lambda text: words(lexicon.query_form(text))


def bundled_model(name: str) -> Path:
    """The folder of a model that comes with the package.

    Raises:
        ModelError: its description or its fitted weights are not those that were shipped.
    """
    return vouched(Path(str(files("index") / "models" / name)))


def _fingerprint(settings: PassageSettings) -> str:
    return f"{settings.fingerprint}+{lexicon.FINGERPRINT}+tantivy-{FORMAT}"
