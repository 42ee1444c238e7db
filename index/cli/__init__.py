"""The ``dateline`` command: the only place that prints."""

from index.cli.app import main

__all__ = ["main"]
