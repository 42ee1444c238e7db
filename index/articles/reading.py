"""Files and folders → a stream of articles and of what was skipped, with reasons. Nothing ends the run."""

from __future__ import annotations

import datetime as dt
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from index.articles.compose import compose
from index.articles.decoding import decode_text
from index.articles.limits import ReadingLimits, UnfitError
from index.articles.lines import LineStream
from index.articles.markdown import markdown_fields
from index.articles.plain import plain_fields
from index.articles.records import json_objects, json_value, record_fields
from index.articles.walking import Found, found_files, unreadable
from index.types import Article, Origin, Skipped


def _webpage_fields(data: bytes) -> Mapping[str, object]:
    from index.articles.webpage import webpage_fields  # lxml and trafilatura, only for pages

    return webpage_fields(data)


_LINE_FORMATS: Final = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
_DOCUMENT_FORMATS: Final[Mapping[str, Callable[[bytes], Mapping[str, object]]]] = {
    ".txt": lambda data: plain_fields(decode_text(data)),
    ".md": lambda data: markdown_fields(decode_text(data)),
    ".markdown": lambda data: markdown_fields(decode_text(data)),
    ".html": _webpage_fields,
    ".htm": _webpage_fields,
}
_PAGES: Final = (".html", ".htm")
_DEFAULT_LIMITS: Final = ReadingLimits()


def read_articles(
    paths: Sequence[Path], *, limits: ReadingLimits = _DEFAULT_LIMITS, now: dt.datetime
) -> Iterator[Article | Skipped]:
    """Every article in the files and folders, in a fixed order, read as the caller goes along.

    A Skipped names the path as given, the line in a JSON-lines file, and the reason. It can also remark on an article
    that is yielded as well, such as one whose date is ambiguous and left out; the reason then says "indexed". Articles
    with the same id or text come through as often as they are found.

    Args:
        paths: files and folders, read in this order; a folder's files in the order of their names.
        limits: how much to take in.
        now: the time of the run, with a time zone. An article dated more than a day later is skipped.
    """
    run = _Run(limits=limits, now=now)
    for found in found_files(paths):
        if isinstance(found, Skipped):
            yield found
        else:
            yield from run.read(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    limits: ReadingLimits
    now: dt.datetime

    def read(self, found: Found) -> Iterator[Article | Skipped]:
        """All of one file; whatever goes wrong with it is its own trouble."""
        name = found.path.name.lower()
        suffix = found.path.suffix.lower()
        try:
            if name.endswith(_LINE_FORMATS):
                yield from self._lines(found)
            elif suffix == ".json":
                data = self._whole(found.path, self.limits.json_bytes)
                for number, value in json_objects(data):
                    yield from self._item(value, found, number)
            elif suffix in _DOCUMENT_FORMATS:
                most = self.limits.page_bytes if suffix in _PAGES else self.limits.document_bytes
                fields = _DOCUMENT_FORMATS[suffix](self._whole(found.path, most))
                yield from self._article(fields, Origin(path=found.shown), found.shown)
            else:
                raise UnfitError("not an article format: those are .txt, .md, .html, .json, .jsonl and .jsonl.gz")  # noqa: TRY301 -- reported like every other reason
        except UnfitError as error:
            yield Skipped(path=found.shown, reason=str(error))
        except OSError as error:
            yield Skipped(path=found.shown, reason=unreadable(error))

    def _article(self, fields: Mapping[str, object], origin: Origin, place_id: str) -> Iterator[Article | Skipped]:
        composed = compose(fields, origin=origin, place_id=place_id, now=self.now, limits=self.limits)
        yield composed.article
        for remark in composed.remarks:
            yield Skipped(path=origin.path, line=origin.line, reason=remark)

    def _item(self, value: object, found: Found, number: int | None) -> Iterator[Article | Skipped]:
        place_id = found.shown if number is None else f"{found.shown}#{number}"
        try:
            yield from self._article(record_fields(value), Origin(path=found.shown), place_id)
        except UnfitError as error:
            where = "" if number is None else f"item {number}: "
            yield Skipped(path=found.shown, reason=f"{where}{error}")

    def _lines(self, found: Found) -> Iterator[Article | Skipped]:
        reports = unreported = number = fruitful = 0
        with _opened(found.path) as file:
            stream = LineStream(file, self.limits)
            try:
                for number, line in stream:
                    if number - fruitful > self.limits.bad_lines_in_a_row:
                        raise UnfitError(  # noqa: TRY301 -- as above
                            f"there is no article in {self.limits.bad_lines_in_a_row:,} lines; the rest is not read"
                        )
                    if line is not None and not line.strip():
                        continue
                    for piece in self._line(line, Origin(path=found.shown, line=number)):
                        if isinstance(piece, Article):
                            stream.found_article()
                            fruitful = number
                        elif reports >= self.limits.reports_per_file:
                            unreported += 1
                            continue
                        else:
                            reports += 1
                        yield piece
            except UnfitError as error:
                yield Skipped(path=found.shown, line=number + 1, reason=str(error))
                number += 1
        if unreported:
            yield Skipped(
                path=found.shown, reason=f"{unreported:,} more lines of this file were skipped or remarked on"
            )
        if not number:
            yield Skipped(path=found.shown, reason="the file is empty")

    def _line(self, line: bytes | None, origin: Origin) -> Iterator[Article | Skipped]:
        try:
            if line is None:
                raise UnfitError(f"the line is longer than {self.limits.line_bytes:,} bytes")  # noqa: TRY301 -- as above
            if b"\x00" in line:
                raise UnfitError("the line holds NUL bytes")  # noqa: TRY301 -- as above
            yield from self._article(record_fields(json_value(line)), origin, str(origin))
        except UnfitError as error:
            yield Skipped(path=origin.path, line=origin.line, reason=str(error))

    def _whole(self, path: Path, most: int) -> bytes:
        with _opened(path) as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise UnfitError(f"the file is larger than {most:,} bytes")
        if not data.strip():
            raise UnfitError("the file is empty")
        return data


def _opened(path: Path) -> BinaryIO:
    """The file, opened without waiting: a pipe that took a file's place would keep the run hanging."""
    file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0)))  # noqa: SIM115 -- Path.open takes no opener, and the caller closes it
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise UnfitError("not a regular file, but a pipe, a socket or a device")
    return file
