"""A small archive of which every word is known, and a witness who reads all of it and compares."""

from __future__ import annotations

import datetime as dt
import os
import pickle
import random
import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.archive import AnswerSettings, Archive
from index.backends.vectors_faiss import FaissVectors
from index.bootstrap import make_terms, make_understanding
from index.care import Finding, examine, is_well
from index.errors import DatelineError
from index.evaluate import SimilarityReader
from index.generations import bytes_on_disk, current_generation, open_generation
from index.look import Live
from index.retrieve import ArchiveVocabulary, Retriever
from index.settings import load_settings
from index.types import Article, Where
from tests.fakes import ToyEmbedder
from tests.index.build.indexing import article, expectation, index, open_lexical

_OUTLETS = ("The Ledger", "Harbour Dispatch", "Night Wire")
_CURE = re.compile(
    r"dateline (?:index|restore|doctor)|move it away|put .* back|put the file|see that|try again|in the way"
)
Edition = Mapping[str, Article]


def edition(number: int) -> Edition:
    """The articles of one day: some as ever, some changed, some gone, some new."""
    dice = random.Random(number)  # noqa: S311  # no secret
    articles = {}
    for place in range(14):
        name = f"a{place}"
        if number and dice.random() < 0.1:
            continue
        version = number if dice.random() < 0.3 else 0
        text = " ".join(f"Berth {place} took {line} ships on day {version} of the strike." for line in range(9))
        articles[name] = article(
            name,
            f"{text}\n\nThe café’s owner — number {place} — said “never”.",
            title=f"Berth {place} in the strike",
            outlet=_OUTLETS[place % 3],
            published=f"2026-01-{place + 1:02d}T06:00:00+00:00",
            section="Harbour",
            url=f"https://news.example/berth/{place}",
        )
    return articles


def publish(home: Path, number: int) -> int:
    """Indexes an edition; returns the generation."""
    return index(home, edition(number).values(), force=True).generation


def open_toy(home: Path) -> Archive:
    """The archive in ``home`` with real engines and a toy embedder, which answers whatever it finds."""
    embedder = ToyEmbedder()

    def open_live() -> Live:
        opened = open_generation(home, expectation(embedder))
        count = opened.generation.manifest.passages
        lexical = open_lexical(opened.generation.lexical)
        return Live(
            generation=opened.generation.number,
            named=opened.named,
            store=opened.store,
            retriever=Retriever(
                embedder=embedder,
                vectors=FaissVectors(opened.generation.dense, dimensions=embedder.dimensions, count=count),
                lexical=lexical,
                sources=opened.store,
            ),
            vocabulary=lambda where: ArchiveVocabulary(
                lexical=lexical, texts=opened.store.readable, is_word=lambda _: False, where=where
            ),
            embedder_id=embedder.id,
            warnings=opened.warnings,
        )

    return Archive(
        open_live=open_live,
        live_generation=lambda: current_generation(home),
        bytes_on_disk=lambda: bytes_on_disk(home),
        reader=SimilarityReader(embedder),
        understands=make_understanding(load_settings()),
        terms=make_terms(),
        settings=AnswerSettings(threshold=0.0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Testimony:
    """What a witness saw of an archive.

    ``served`` is the generation, None where it could not be opened; ``refusals`` are errors that name cause and cure;
    ``lost`` is everything that must not be.
    """

    served: int | None
    warned: bool
    refusals: tuple[str, ...]
    lost: tuple[str, ...]
    complaints: tuple[str, ...]
    """What `dateline doctor` found bad."""

    @property
    def all_well(self) -> bool:
        """Everything could be read, was right, and was from what should be live."""
        return not (self.warned or self.refusals or self.lost) and self.served is not None


def read_and_compare(home: Path, truth: Mapping[int, Edition]) -> Testimony:
    """Reads everything there is in every way there is, and compares it with the edition of that generation."""
    witness = _Witness()
    archive: Archive | None = witness.attempt("opening", lambda: open_toy(home))
    served, warnings = None, ()
    if archive is not None:
        warnings = archive.warnings()
        status = witness.attempt("status", archive.status)
        served = status.generation if status else archive._live.generation
        known = truth.get(served, {})
        if not known:
            witness.lost.append(f"generation {served} serves, which nobody published")
        for step in (_read_every_article, _search, _ask, _list_outlets):
            witness.attempt(step.__name__, lambda step=step: step(archive, known))
    findings: list[Finding] = witness.attempt("doctor", lambda: list(examine(home, expectation()))) or []
    complaints = tuple(f"{one.what}: {one.detail}" for one in findings if not is_well([one]))
    if (warnings or witness.refusals) and not complaints:
        witness.lost.append(f"the doctor sees nothing, but: {(*warnings, *witness.refusals)}")
    return Testimony(
        served=served,
        warned=bool(warnings),
        refusals=tuple(witness.refusals),
        lost=tuple(witness.lost),
        complaints=complaints,
    )


class _Witness:
    """Notes what can't be read, and what must not be."""

    def __init__(self) -> None:
        self.refusals: list[str] = []
        self.lost: list[str] = []

    def attempt(self, what: str, step: Callable[[], Any]) -> Any:  # noqa: ANN401  # whatever the step returns
        try:
            return step()
        except DatelineError as error:
            self.refusals.append(f"{what}: {error}")
            if not _CURE.search(str(error)):
                self.lost.append(f"{what}: no cure in {str(error)!r}")
        except AssertionError as error:
            self.lost.append(f"{what}: {error}")
        except Exception as error:  # noqa: BLE001  # any other is the crash that is looked for
            place = traceback.format_exc().splitlines()[-3].strip()
            self.lost.append(f"{what}: {type(error).__name__}: {error}; {place}")
        return None


def _read_every_article(archive: Archive, known: Edition) -> None:
    listed = {article_id for article_id, *_ in archive.headlines(limit=1000)}
    if listed != set(known):
        raise AssertionError(f"articles {sorted(listed ^ set(known))} come or go")
    for article_id, source in known.items():
        if archive.article(article_id).version != source.version:
            raise AssertionError(f"article {article_id} has changed")


def _search(archive: Archive, known: Edition) -> None:
    for where in (None, Where(outlets=("Night Wire",)), Where(as_of=dt.datetime(2026, 1, 9, tzinfo=dt.UTC))):
        for hit in archive.search("café owner berth 5 strike", 20, where):
            _proves(known, hit.article_id, (hit.start, hit.end, hit.text), hit)
            if where and where.as_of and hit.published and hit.published > "2026-01-10":
                raise AssertionError(f"{hit.article_id} was published later than asked for")


def _ask(archive: Archive, known: Edition) -> None:
    for question in (
        "How many ships did berth 3 take?",
        "What did the owner of the café say?",
        "How many articles about the strike are there?",
    ):
        for citation in getattr(archive.ask(question), "citations", ()):
            _proves(known, citation.article_id, (citation.start, citation.end, citation.quote), citation)


def _list_outlets(archive: Archive, known: Edition) -> None:
    wrong = {outlet for outlet, _ in archive.outlets()} - {source.outlet for source in known.values()}
    if wrong:
        raise AssertionError(f"outlets {wrong} are nobody's")


def _proves(known: Edition, article_id: str, slice_: tuple[int, int, str], shown: Any) -> None:  # noqa: ANN401  # a hit or a citation
    source = known.get(article_id)
    if source is None:
        raise AssertionError(f"there is no {article_id}")
    start, end, text = slice_
    if source.text[start:end] != text:
        raise AssertionError(f"wrong quotation of {article_id}[{start}:{end}]: {text!r}")
    if (shown.title, shown.outlet, shown.published, shown.url) != (
        source.title,
        source.outlet,
        source.published,
        source.url,
    ):
        raise AssertionError(f"{article_id} is quoted with another headline, outlet, date or link")


def in_a_child(work: Callable[[], Any], *, as_nobody: bool = False) -> Any:  # noqa: ANN401  # whatever the work returns
    """Does something in a forked process; what it returns, or a text that begins with "died" where it died."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reading)
            os.fsync = lambda _descriptor: None  # type: ignore[assignment]  # this is not about flushing
            if as_nobody:
                os.setgid(65534)
                os.setuid(65534)
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(work(), pipe)
        except BaseException:  # noqa: BLE001  # tells the parent by its exit code
            traceback.print_exc()
            os._exit(3)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        content = pipe.read()
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return pickle.loads(content) if code == 0 else f"died with code {code}"  # noqa: S301  # our own child's
