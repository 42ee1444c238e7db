"""SQLite: articles, passages and the cache of embeddings; the source of truth that generations are derived from."""

from index.store.rows import Counts, GenerationRow, LexicalPassage, Place, Run, StoredPassage
from index.store.schema import DATABASE
from index.store.view import StoreView
from index.store.writer import StoreWriter

__all__ = [
    "DATABASE",
    "Counts",
    "GenerationRow",
    "LexicalPassage",
    "Place",
    "Run",
    "StoreView",
    "StoreWriter",
    "StoredPassage",
]
