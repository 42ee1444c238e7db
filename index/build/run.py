"""One indexing run, from the input to the live generation."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

from index.build import folders
from index.build.clock import Ticker, utc_now
from index.build.intake import Intake, take_in
from index.build.lock import indexing_lock
from index.build.passages import cut_articles, embed_passages
from index.build.publish import OpenCheck, publish, write_files
from index.build.recovery import collect, find_base, undo
from index.build.trouble import database_trouble, file_trouble
from index.protocols import Embedder, LexicalIndexWriter, Report, VectorIndexWriter
from index.store import GenerationRow, Run, StoreWriter
from index.types import Article, IndexReport, Passage, Skipped


def _no_step(_step: str) -> None:
    """Nobody watches."""


def build_index(
    home: Path,
    articles: Iterable[Article | Skipped],
    *,
    embedder: Embedder,
    vectors: VectorIndexWriter,
    lexical: LexicalIndexWriter,
    cut: Callable[[Article], list[Passage]],
    fingerprint: str,
    open_check: OpenCheck,
    force: bool = False,
    report: Report | None = None,
    asked_by: str = "",
    at_step: Callable[[str], None] = _no_step,
) -> IndexReport:
    """Makes the archive in ``home`` have exactly the articles of the input, and publishes that as a new generation.

    Nothing is written, and no model loaded, when nothing changed. An interrupted run, for whatever reason, leaves the
    generation before live; its embeddings are found in the cache by the next one.

    Args:
        home: the archive's folder; made if it is not there.
        articles: all of the input, read once, in order. Of two articles with the same id, or with the same text but
            for white space, the first is kept, and the other listed as skipped. An article whose file or line could
            not be read this time stays as it was.
        embedder: asked only for texts that it has not embedded before.
        vectors: writes the vector index.
        lexical: writes the lexical index.
        cut: cuts an article into passages.
        fingerprint: names everything that decides what ``cut`` and ``lexical`` make of an article; when it changes,
            everything is cut and indexed anew.
        open_check: opens the new files before they are published.
        force: accept a run that removes more than half of the articles, and let articles go that could not be read.
        report: gets progress; what it raises ends the run.
        asked_by: who wants this, for others who find the archive busy.
        at_step: is told every step; for tests that stop a run there.

    Raises:
        IndexBusy: another indexer is at work.
        IndexMissing: the input has no article.
        RemovalRefused: the run would remove more than half of more than ten articles, or all.
        IndexMismatch: the database is of another version of this program.
        IndexDamaged: the database can't be read.
        ArchiveError: the disk is full, or something else is wrong with the storage.
    """
    started, started_at = time.monotonic(), utc_now()
    tick = Ticker(report)
    with file_trouble(home):
        folders.make_home(home)
    with indexing_lock(home, asked_by), database_trouble(home), closing(StoreWriter(home)) as writer:
        at_step("locked")
        base = find_base(home, writer)
        at_step("recovered")
        staging = writer.staging(base.next_number, base.number)
        try:
            intake = take_in(
                writer, staging, articles, base_articles=base.articles, force=force, tick=tick, at_step=at_step
            )
            at_step("staged")
            settings = {"embedder": embedder.id, "fingerprint": fingerprint, "asked_by": asked_by}
            if intake.nothing_changed and base.row and base.serves(embedder.id, fingerprint):
                run = _run(intake, base.row, embedded=0, started=started, started_at=started_at, settings=settings)
                with writer.transaction():
                    staging.note_places(moved_only=True)
                    writer.record(run)
                return _report(run, intake, started)
            with writer.transaction():
                staging.note_places(moved_only=False)
            recut = base.row is None or base.row.fingerprint != fingerprint or not base.sound
            cut_articles(writer, staging, cut, everything=recut, tick=tick, at_step=at_step)
            embedded = embed_passages(writer, staging, embedder, tick=tick, at_step=at_step)
            counts = staging.counts()
            row = GenerationRow(
                number=staging.number,
                embedder=embedder.id,
                fingerprint=fingerprint,
                articles=counts.articles,
                passages=counts.passages,
                digest=staging.digest(),
                created_at=utc_now(),
            )
            folder = write_files(
                home,
                writer,
                staging,
                embedder=embedder,
                vectors=vectors,
                lexical=lexical,
                open_check=open_check,
                passages=counts.passages,
                tick=tick,
                at_step=at_step,
            )
            run = _run(intake, row, embedded=embedded, started=started, started_at=started_at, settings=settings)
            publish(home, writer, folder, row, run, at_step=at_step)
        except BaseException:
            undo(home, writer, base)
            raise
        collect(home, writer, row.number)
        at_step("collected")
        return _report(run, intake, started)


def _run(
    intake: Intake, row: GenerationRow, *, embedded: int, started: float, started_at: str, settings: dict[str, str]
) -> Run:
    return Run(
        generation=row.number,
        started_at=started_at,
        finished_at=utc_now(),
        seconds=round(time.monotonic() - started, 3),
        articles=row.articles,
        added=intake.added,
        changed=intake.changed,
        removed=intake.removed,
        unchanged=intake.unchanged,
        passages=row.passages,
        embedded=embedded,
        skipped_count=len(intake.skipped),
        skipped=intake.skipped,
        settings=settings,
    )


def _report(run: Run, intake: Intake, started: float) -> IndexReport:
    return IndexReport(
        generation=run.generation,
        articles=run.articles,
        added=run.added,
        changed=run.changed,
        removed=run.removed,
        unchanged=run.unchanged,
        skipped=intake.skipped,
        passages=run.passages,
        embedded=run.embedded,
        seconds=round(time.monotonic() - started, 3),
    )
