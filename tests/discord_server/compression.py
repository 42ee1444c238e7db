"""The gateway's transport compressions: one stream a connection, flushed after every payload."""

from __future__ import annotations

import zlib
from typing import Protocol

import zstandard


class Stream(Protocol):
    """Compresses one payload after another into a single stream."""

    def pack(self, payload: bytes) -> bytes:
        """The bytes that carry this payload, complete."""
        ...


class ZlibStream:
    """``compress=zlib-stream``: a sync flush, so each message ends with 00 00 FF FF."""

    def __init__(self) -> None:
        self._compressor = zlib.compressobj()

    def pack(self, payload: bytes) -> bytes:
        """See :class:`Stream`."""
        return self._compressor.compress(payload) + self._compressor.flush(zlib.Z_SYNC_FLUSH)


class ZstdStream:
    """``compress=zstd-stream``: a block flush."""

    def __init__(self) -> None:
        self._compressor = zstandard.ZstdCompressor().compressobj()

    def pack(self, payload: bytes) -> bytes:
        """See :class:`Stream`."""
        return self._compressor.compress(payload) + self._compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)


def stream_for(name: str | None) -> Stream | None:
    """The stream for a ``compress`` query parameter; None when absent."""
    match name:
        case None:
            return None
        case "zlib-stream":
            return ZlibStream()
        case "zstd-stream":
            return ZstdStream()
        case _:
            raise ValueError(f"unknown compression {name}")
