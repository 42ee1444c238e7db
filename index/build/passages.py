"""From staged articles to staged passages with their embeddings in the cache."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from index.build.clock import Ticker
from index.errors import ModelError
from index.protocols import Embedder
from index.store import StoreWriter
from index.store.cache import Unembedded
from index.store.staging import Staging
from index.types import Article, Passage

_log = logging.getLogger(__name__)

_ARTICLES_A_COMMIT = 256
_SWEEPS = 8
_FIRST_CHUNK = 32
_LARGEST_CHUNK = 1024
_CHUNK_SECONDS = 2.0
"""How much work a crash may cost, and how long a progress bar may stand still."""
_UNIT = 1e-2


def cut_articles(
    writer: StoreWriter,
    staging: Staging,
    cut: Callable[[Article], list[Passage]],
    *,
    everything: bool,
    tick: Ticker,
    at_step: Callable[[str], None],
) -> None:
    """Cuts the staged articles, or with ``everything`` all that the new generation has, into passages."""
    rows = staging.outdated(everything=everything)
    for first in range(0, len(rows), _ARTICLES_A_COMMIT):
        tick("cutting", first, len(rows))
        with writer.transaction():
            for row_id in rows[first : first + _ARTICLES_A_COMMIT]:
                article = staging.article(row_id)
                try:
                    staging.set_passages(row_id, article, cut(article))
                except Exception as error:
                    error.add_note(f"while cutting the article {article.id!r} from {article.origin} into passages")
                    raise
        at_step("cut")
    if rows:
        tick("cutting", len(rows), len(rows))


def embed_passages(
    writer: StoreWriter, staging: Staging, embedder: Embedder, *, tick: Ticker, at_step: Callable[[str], None]
) -> int:
    """Embeds the texts that the cache does not have, each once; returns how many there were.

    Every chunk is committed when it is done, so that a run that is stopped has wasted a few seconds at most.

    Raises:
        ModelError: the embedder returned something else than unit vectors.
    """
    cache = writer.cache(embedder.id)
    with writer.transaction():
        dropped = cache.drop_unsound(embedder.dimensions)
    if dropped:
        _log.warning("%d cached embeddings were damaged; what needs them is embedded anew", dropped)
    waiting = list(_in_sweeps(cache.unembedded(staging.number)))
    done, size = 0, _FIRST_CHUNK
    while done < len(waiting):
        tick("embedding", done, len(waiting))
        keys, texts = zip(*cache.texts(waiting[done : done + size]), strict=True)
        started = time.monotonic()
        vectors = embedder.embed_passages(texts)
        taken = time.monotonic() - started
        _check(vectors, (len(texts), embedder.dimensions), embedder.id)
        with writer.transaction():
            cache.put(keys, vectors)
        done += len(texts)
        at_step("embedded")
        if taken < _CHUNK_SECONDS / 2:
            size = min(size * 2, _LARGEST_CHUNK)
        elif taken > _CHUNK_SECONDS * 2:
            size = max(size // 2, _FIRST_CHUNK)
    if waiting:
        tick("embedding", done, done)
    return done


def _in_sweeps(texts: Sequence[Unembedded]) -> Iterator[int]:
    """The passages in runs of like length, for batches without padding, each sweep going from long to short.

    Several sweeps instead of one, because the time that is left can be told from the time taken only when what is
    left resembles what is done.
    """
    whole = len(texts) - len(texts) % _FIRST_CHUNK
    blocks = [texts[first : first + _FIRST_CHUNK] for first in range(0, whole, _FIRST_CHUNK)]
    for sweep in range(_SWEEPS):
        for block in blocks[sweep::_SWEEPS]:
            yield from (text.passage_id for text in block)
    yield from (text.passage_id for text in texts[whole:])


def _check(vectors: object, shape: tuple[int, int], embedder_id: str) -> None:
    if not isinstance(vectors, np.ndarray) or vectors.shape != shape:
        raise ModelError(f"the embedder {embedder_id} returned {getattr(vectors, 'shape', vectors)}, not {shape}")
    if not np.all(np.abs(np.linalg.norm(vectors, axis=1) - 1.0) < _UNIT):
        raise ModelError(
            f"the embedder {embedder_id} returned vectors that are not of unit length: its files are damaged"
        )
