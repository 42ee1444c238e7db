"""SQLite: articles, passages and the cache of embeddings; the source of truth that generations are derived from."""

from index.store.copying import copy_database, take_embeddings
from index.store.inspection import Content, Inspection
from index.store.rows import Counts, GenerationRow, LexicalPassage, Place, Run, StoredPassage
from index.store.schema import DATABASE, database_files
from index.store.view import StoreView
from index.store.writer import StoreWriter

__all__ = [
    "DATABASE",
    "Content",
    "Counts",
    "GenerationRow",
    "Inspection",
    "LexicalPassage",
    "Place",
    "Run",
    "StoreView",
    "StoreWriter",
    "StoredPassage",
    "copy_database",
    "database_files",
    "take_embeddings",
]
