"""Whatever happens to the input, and wherever a run stops, the archive has the articles that a simple model has."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np
from hypothesis import HealthCheck, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from index.errors import IndexMissing, RemovalRefused
from index.generations import current_generation
from index.types import Article, Skipped
from tests.fakes import MemoryVectorsWriter
from tests.index.build.indexing import JsonWords, article, articles_of, cut, index, open_live, passage_ids

_IDS = [f"id{number}" for number in range(8)]
_TEXTS = [f"Story {number} begins. It goes on. It ends." for number in range(8)]
_FILES = [f"in/f{number:02d}.txt" for number in range(14)]
_STEPS = ["batch", "staged", "cut", "embedded", "vectors", "lexical", "sealed", "recorded", "moved in", "published"]


class _Stop(BaseException):
    """Ends a run like a signal does."""


def _stop_at(step: str | None) -> Callable[[str], None]:
    def at_step(reached: str) -> None:
        if reached == step:
            raise _Stop

    return at_step


class ArchiveMachine(RuleBasedStateMachine):
    """Edits a folder of article files, and indexes it now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp())
        self.files: dict[str, Article] = {}
        self.broken: set[str] = set()
        self.archive: dict[str, Article] = {}
        self.places: dict[str, list[str]] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.home)

    @initialize()
    def a_dozen(self) -> None:
        for number, path in enumerate(_FILES[:12]):
            self.files[path] = article(f"start{number}", path=path)
        self.run(force=False, stop=None, hard=False)

    @rule(
        path=strategies.sampled_from(_FILES),
        article_id=strategies.sampled_from(_IDS),
        text=strategies.sampled_from(_TEXTS),
    )
    def write(self, path: str, article_id: str, text: str) -> None:
        self.files[path] = article(article_id, text, path=path)

    @rule(paths=strategies.sets(strategies.sampled_from(_FILES), max_size=4))
    def delete(self, paths: set[str]) -> None:
        for path in paths:
            self.files.pop(path, None)

    @rule(paths=strategies.sets(strategies.sampled_from(_FILES), max_size=3))
    def break_reading_of(self, paths: set[str]) -> None:
        self.broken = paths

    @rule(force=strategies.booleans(), stop=strategies.sampled_from([None, None, *_STEPS]), hard=strategies.booleans())
    def run(self, *, force: bool, stop: str | None, hard: bool) -> None:
        """Indexes; ``stop`` ends the run at a step, and a ``hard`` stop leaves it no time to clean up."""
        pieces = [
            Skipped(path=path, reason="unreadable") if path in self.broken else source
            for path, source in sorted(self.files.items())
        ]
        expected = self._expected(pieces, force=force)
        before = current_generation(self.home)
        try:
            with mock.patch("index.build.run.undo") if hard else contextlib.nullcontext():
                report = index(
                    self.home,
                    pieces,
                    vectors=MemoryVectorsWriter(),
                    lexical=JsonWords(),
                    open_check=_count,
                    force=force,
                    at_step=_stop_at(stop),
                )
        except _Stop:
            if current_generation(self.home) == before:
                return
        except (IndexMissing, RemovalRefused):
            assert expected is None
            return
        else:
            assert expected is not None
            assert report.articles == len(expected[0])
            assert report.added == len(expected[0].keys() - self.archive.keys())
            assert report.removed == len(self.archive.keys() - expected[0].keys())
            assert report.added + report.changed + report.unchanged == report.articles
        assert expected is not None
        self.archive, self.places = expected

    @invariant()
    def the_archive_has_what_the_model_has(self) -> None:
        if not self.archive:
            return
        opened = open_live(self.home)
        with opened.store as store:
            assert articles_of(store) == self.archive
            ids = passage_ids(store)
            passages = store.passages(ids)
            assert sorted((p.article_id, p.start, p.end, p.text) for p in passages.values()) == sorted(
                (source.id, p.start, p.end, p.text) for source in self.archive.values() for p in cut(source)
            )
            with np.load(opened.generation.dense) as stored:
                assert sorted(stored["ids"].tolist()) == sorted(ids)

    def _expected(
        self, pieces: list[Article | Skipped], *, force: bool
    ) -> tuple[dict[str, Article], dict[str, list[str]]] | None:
        """The articles and their places after a run; None when it is to be refused."""
        kept: dict[str, Article] = {}
        places: dict[str, list[str]] = {}
        skipped = {piece.path for piece in pieces if isinstance(piece, Skipped)}
        for piece in pieces:
            if isinstance(piece, Skipped):
                continue
            twin = next((other for other in kept.values() if other.text == piece.text), None)
            if twin:
                places[twin.id].append(piece.origin.path)
            elif piece.id not in kept:
                kept[piece.id] = piece
                places[piece.id] = [piece.origin.path]
        if not kept:
            return None
        texts = {source.text for source in kept.values()}
        for article_id, source in self.archive.items():
            unread = skipped.intersection(self.places[article_id])
            if article_id not in kept and unread and not force and source.text not in texts:
                kept[article_id] = source
                places[article_id] = self.places[article_id]
        gone = len(self.archive.keys() - kept.keys())
        if len(self.archive) > 10 and gone * 2 > len(self.archive) and not force:
            return None
        return kept, places


def _count(dense: Path, lexical: Path) -> tuple[int, int]:
    with np.load(dense) as stored:
        return len(stored["ids"]), len(json.loads((lexical / "words.json").read_text("utf-8")))


TestArchive = ArchiveMachine.TestCase
TestArchive.settings = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
