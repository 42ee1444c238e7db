"""How much the reading of articles may take in, and the error for a piece of input that is no article."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingLimits:
    """Bounds on files, lines and fields, in bytes unless said otherwise.

    ``document_bytes`` bounds a .txt or .md file, ``page_bytes`` a .html and ``json_bytes`` a .json one, all read whole;
    ``line_bytes`` one line of a JSON-lines file, which is never held whole. ``expanded_bytes`` bounds what comes out
    of one JSON-lines file, and a gzip that has given ``barren_bytes`` without one article, at more than
    ``expansion_ratio`` times its own size, is taken for a bomb: news text shrinks to a third or a tenth, and the most
    that gzip can do is 1032.
    """

    document_bytes: int = 4 * _MIB
    page_bytes: int = 16 * _MIB
    json_bytes: int = 64 * _MIB
    line_bytes: int = 16 * _MIB
    expanded_bytes: int = 64 * 1024 * _MIB
    barren_bytes: int = 64 * _MIB
    expansion_ratio: int = 200
    text_characters: int = 1_000_000
    """The longest text of one article; a novel has about half of it."""
    title_characters: int = 1_000
    field_characters: int = 500
    """The longest outlet, author, section and id."""
    bad_lines_in_a_row: int = 100_000
    """After so many lines without an article, blank ones included, the rest of a JSON-lines file is given up."""
    reports_per_file: int = 1_000
    """Bad lines of one file that are reported one by one; the others are counted."""


class UnfitError(Exception):
    """A piece of input can't become an article; the message is the reason that a moderator reads."""
