"""Indexing: what changed → passages → embeddings → a new generation, published atomically."""

from index.build.publish import OpenCheck
from index.build.run import build_index

__all__ = ["OpenCheck", "build_index"]
