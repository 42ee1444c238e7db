"""What the child processes of these tests do: index, hold the lock, read, or run out of disk."""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np

from index.backends.vectors_faiss import FaissVectors
from index.errors import DatelineError
from index.generations import current_generation
from index.protocols import Vectors
from index.types import Article
from tests.index.build.indexing import article, articles_of, index, open_lexical, open_live, passage_ids

ARTICLES = 40


def processes(*modules: str) -> ForkServerContext:
    """Makes child processes that have everything imported, and ``modules``, so that a kill costs no start-up."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.durability.indexer", "faiss", "tantivy", *modules])
    return context


def edition(seed: int) -> list[Article]:
    """The input as of one day: most articles as ever, some new, some changed, some gone, one of them twice."""
    dice = random.Random(seed)  # noqa: S311  # no secret
    articles = []
    for number in range(ARTICLES):
        fate = dice.random() if seed else 1.0
        if fate > 0.1:
            version = dice.randrange(1000) if fate < 0.3 else 0
            text = " ".join(f"Sentence {place} of {number} says {version}." for place in range(14))
            articles.append(article(f"a{number}", text))
    articles += [article(f"new{seed}-{number}") for number in range(dice.randrange(1, 9))]
    return [*articles, article("copy", articles[3].text)]


def kept(seed: int) -> dict[str, str]:
    """The versions that the archive has of an edition, by id."""
    return {source.id: source.version for source in edition(seed) if source.id != "copy"}


def run_edition(
    home: Path,
    seed: int,
    die_at: tuple[str, int] | None = None,
    pace: float = 0.0,
    told: Connection | None = None,
) -> None:
    """Indexes an edition; dies like by ``kill -9`` when a step is reached for the nth time. ``told`` hears of each."""
    reached: Counter[str] = Counter()

    def at_step(step: str) -> None:
        reached[step] += 1
        if told is not None:
            told.send_bytes(step.encode())
        if die_at == (step, reached[step]):
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(pace)

    index(home, edition(seed), at_step=at_step)


def run_out_of_disk(home: Path, seed: int, step: str, limit: int, outcome: Connection) -> None:
    """Indexes an edition when from a step on no file may grow beyond ``limit`` bytes; sends the error, or None."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def at_step(reached: str) -> None:
        if reached == step:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    try:
        index(home, edition(seed), at_step=at_step)
    except DatelineError as error:
        outcome.send(f"{type(error).__name__}: {error}")
    else:
        outcome.send(None)


def hold_lock(home: Path, ready: Connection) -> None:
    """Starts to index, and never gets beyond the first step."""

    def at_step(_step: str) -> None:
        ready.send(os.getpid())
        time.sleep(600)

    index(home, edition(0), at_step=at_step, asked_by="the editor")


def read_on_request(home: Path, requests: Connection) -> None:
    """Answers every message with the generation and the articles that it reads, as an archive in a bot would."""
    opened = open_live(home)
    while requests.recv():
        if current_generation(home) != opened.named:
            opened = open_live(home)
        versions = {article_id: found.version for article_id, found in articles_of(opened.store).items()}
        requests.send((opened.generation.number, versions))


def read_without_rights(home: Path, outcome: Connection) -> None:
    """Reads the articles of an archive that its process may not write to, and opens its indexes."""
    if os.geteuid() == 0:
        os.setuid(65534)
    opened = open_live(home)
    versions = {article_id: found.version for article_id, found in articles_of(opened.store).items()}
    passages = opened.generation.manifest.passages
    assert len(FaissVectors(opened.generation.dense, dimensions=64)) == passages
    assert len(open_lexical(opened.generation.lexical)) == passages
    outcome.send((opened.generation.number, versions, opened.warnings))


def fail_to_read(home: Path, outcome: Connection) -> None:
    """Tries to open an archive whose database its process may not read, and tells how that ends."""
    if os.geteuid() == 0:
        os.setuid(65534)
    try:
        open_live(home)
        outcome.send("opened")
    except DatelineError as error:
        outcome.send(f"{type(error).__name__}: {error}")


def checked_versions(home: Path) -> tuple[int, dict[str, str], tuple[str, ...]]:
    """Opens an archive as a reader does and proves that its parts agree: (generation, versions by id, warnings)."""
    opened = open_live(home)
    with opened.store as store:
        articles = articles_of(store)
        ids = passage_ids(store)
        passages = store.passages(ids)
        assert len(passages) == len(ids) == opened.generation.manifest.passages
        assert all(articles[p.article_id].text[p.start : p.end] == p.text for p in passages.values())
        vectors = FaissVectors(opened.generation.dense, dimensions=64, count=len(ids))
        assert vectors.scores(_unit(), ids) != [-1.0] * len(ids)
        lexical = open_lexical(opened.generation.lexical)
        assert len(lexical) == len(ids)
        best = lexical.search("Headline of a7", 1)[0].passage_id
        assert passages[best].article_id == "a7" or "a7" not in articles
        versions = {article_id: found.version for article_id, found in articles.items()}
        return opened.generation.number, versions, opened.warnings


def _unit() -> Vectors:
    vector: Vectors = np.eye(1, 64, dtype=np.float32)[0]
    return vector


@contextmanager
def child(context: ForkServerContext, target: object, *args: object) -> Iterator[BaseProcess]:
    """A child process that does not outlive the block."""
    process = context.Process(target=target, args=args)  # type: ignore[arg-type]  # any function of this module
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()
