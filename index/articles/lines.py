"""Lines of a plain or gzipped file, one at a time, in bounded memory, whatever the file does."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

from index.articles.limits import ReadingLimits, UnfitError

_GZIP_MAGIC: Final = b"\x1f\x8b"
_CHUNK: Final = 256 * 1024
# Longest first: the UTF-32 mark begins with the UTF-16 one.
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class LineStream:
    """Iterates over (line number from 1, line without its end, as UTF-8); None for a line above the limit.

    Whether the file is gzipped is told from its first bytes, not its name. UTF-16 and UTF-32 with a byte order mark are
    turned into UTF-8 on the way. A line that is too long is passed over, never held.
    """

    def __init__(self, file: BinaryIO, limits: ReadingLimits) -> None:
        self._file = file
        self._limits = limits
        self._expanded = 0
        self._fruitful = 0
        self._gzipped = False

    def found_article(self) -> None:
        """Tells that the lines so far have given an article: what expands without end never does."""
        self._fruitful = self._expanded

    def __iter__(self) -> Iterator[tuple[int, bytes | None]]:
        """Yields the lines.

        Raises:
            UnfitError: at the point where the rest can't be read; the lines before it were good.
            OSError: if the system won't read on.
        """
        number = 1
        pending = bytearray()
        too_long = False
        for chunk in self._decoded(self._chunks()):
            start = 0
            while (end := chunk.find(b"\n", start)) >= 0:
                too_long = too_long or len(pending) + end - start > self._limits.line_bytes
                yield number, None if too_long else bytes(pending + chunk[start:end])
                number, start, too_long = number + 1, end + 1, False
                pending.clear()
            if too_long or len(pending) + len(chunk) - start > self._limits.line_bytes:
                too_long = True
                pending.clear()
            else:
                pending += chunk[start:]
        if too_long or pending:
            yield number, None if too_long else bytes(pending)

    def _chunks(self) -> Iterator[bytes]:
        self._gzipped = self._file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        self._file.seek(0)
        # read1 hands over what came out before an error; read would lose it.
        source = gzip.GzipFile(fileobj=self._file) if self._gzipped else self._file
        while True:
            try:
                chunk = source.read1(_CHUNK) if isinstance(source, gzip.GzipFile) else source.read(_CHUNK)
            except EOFError:
                raise UnfitError("the gzip file breaks off; what came before is indexed") from None
            except (gzip.BadGzipFile, zlib.error) as error:
                raise UnfitError(f"the gzip file is damaged ({error}); what came before is indexed") from error
            if not chunk:
                return
            self._check_expansion()  # of the chunks before: whether this one holds an article is still to be seen
            self._expanded += len(chunk)
            yield chunk

    def _check_expansion(self) -> None:
        limits = self._limits
        if self._expanded > limits.expanded_bytes:
            raise UnfitError(f"it holds more than {_size(limits.expanded_bytes)}; the rest is not read")
        barren = self._expanded - self._fruitful > limits.barren_bytes
        if self._gzipped and barren and self._expanded > self._file.tell() * limits.expansion_ratio:
            raise UnfitError(
                f"the gzip file expands without end: {_size(limits.barren_bytes)} without an article, at more than "
                f"{limits.expansion_ratio} times its size; the rest is not read"
            )

    def _decoded(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        first = next(chunks, b"")
        # A gzip stream may hand over fewer bytes than a byte order mark has.
        while 0 < len(first) < len(codecs.BOM_UTF32_LE):
            more = next(chunks, b"")
            if not more:
                break
            first += more
        encoding = next((name for mark, name in _BYTE_ORDER_MARKS if first.startswith(mark)), None)
        if encoding is None:
            yield first.removeprefix(codecs.BOM_UTF8)
            yield from chunks
            return
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            yield decoder.decode(first).encode()
            for chunk in chunks:
                yield decoder.decode(chunk).encode()
            decoder.decode(b"", final=True)
        except UnicodeError as error:
            raise UnfitError(
                f"it begins as {encoding.upper()} and goes on as something else: save it as UTF-8"
            ) from error


def _size(count: int) -> str:
    mib = count / 1024 / 1024
    return f"{mib / 1024:.0f} GB" if mib >= 1024 else f"{mib:.0f} MB" if mib >= 1 else f"{count} bytes"  # noqa: PLR2004 -- 1024 MB are a GB
