"""JSON-lines files of any size, plain and gzipped: bounded memory, bombs, breakage."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.articles.limits import ReadingLimits, UnfitError
from index.articles.lines import LineStream
from tests.index.articles.reading_fakes import json_lines, read, written

RECORDS = [{"id": str(number), "title": f"Title {number}", "text": f"Text {number}."} for number in range(50)]
MIB = 1024 * 1024


@given(
    lines=st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b""))),
    limit=st.integers(1, 30),
    gzipped=st.booleans(),
)
def test_lines_come_with_their_numbers_and_long_ones_as_none(*, lines: list[bytes], limit: int, gzipped: bool) -> None:
    content = b"".join(line + b"\n" for line in lines)
    if content.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\x1f\x8b", b"\x00\x00\xfe\xff")):
        return
    stream = LineStream(io.BytesIO(gzip.compress(content) if gzipped else content), ReadingLimits(line_bytes=limit))
    assert list(stream) == [
        (number, line if len(line) <= limit else None) for number, line in enumerate(lines, start=1)
    ]


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"\xff\xfe", b"\x1f\x8b\x08\x00", b"\xfe\xff", b"\xff\xfe\x00\x00"])
)
def test_any_bytes_end_in_lines_or_a_reason(data: bytes, start: bytes) -> None:
    try:
        for number, line in LineStream(io.BytesIO(start + data), ReadingLimits(line_bytes=50)):
            assert number
            assert line is None or len(line) <= 50
    except UnfitError as error:
        assert str(error)  # noqa: PT017 -- either outcome is right, a different exception is not


def test_the_first_bytes_tell_gzip_and_not_the_name(tmp_path: Path) -> None:
    written(tmp_path / "a.jsonl", gzip.compress(json_lines(RECORDS)))
    written(tmp_path / "b.jsonl.gz", json_lines(RECORDS))
    written(tmp_path / "c.ndjson.gz", gzip.compress(json_lines(RECORDS[:20])) + gzip.compress(json_lines(RECORDS[20:])))
    articles, skipped = read(tmp_path)
    assert len(articles) == 3 * len(RECORDS)
    assert not skipped


@pytest.mark.parametrize("cut", [20, 60, 300])
def test_a_gzip_that_breaks_off_gives_what_came_before(tmp_path: Path, cut: int) -> None:
    compressor = zlib.compressobj(wbits=31)
    content = b"".join(
        compressor.compress(json_lines([record])) + compressor.flush(zlib.Z_SYNC_FLUSH) for record in RECORDS
    )
    whole = content + compressor.flush()
    articles, skipped = read(written(tmp_path / "a.jsonl.gz", whole[:cut]))
    assert len(articles) == whole[:cut].count(b"\x00\x00\xff\xff")
    assert skipped[-1].reason == "the gzip file breaks off; what came before is indexed"
    assert skipped[-1].line == len(articles) + 1


def test_damaged_gzip_is_reported(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(json_lines(RECORDS)))
    data[-6] ^= 0xFF
    articles, skipped = read(written(tmp_path / "a.jsonl.gz", bytes(data)))
    assert len(articles) == len(RECORDS)
    assert "the gzip file is damaged (CRC check failed" in skipped[0].reason
    articles, skipped = read(written(tmp_path / "b.jsonl.gz", gzip.compress(json_lines(RECORDS)) + b"garbage"))
    assert len(articles) == len(RECORDS)
    assert "the gzip file is damaged" in skipped[0].reason


@pytest.mark.parametrize("filler", [b"x", b"\x00", b"x" * 1000 + b"\n"])
def test_a_gzip_that_expands_without_end_is_given_up(tmp_path: Path, filler: bytes) -> None:
    bomb = gzip.compress(json_lines(RECORDS) + filler * (24 * MIB // len(filler)), compresslevel=1)
    limits = ReadingLimits(barren_bytes=4 * MIB, expansion_ratio=50, line_bytes=MIB, reports_per_file=10)
    articles, skipped = read(written(tmp_path / "a.jsonl.gz", bomb), limits=limits)
    assert len(articles) == len(RECORDS)
    assert len(skipped) <= 12
    assert any("the gzip file expands without end: 4 MB without an article" in piece.reason for piece in skipped)


@pytest.mark.parametrize("filler", [b"{}\n", b"\n"])
def test_lines_that_never_give_an_article_are_given_up(tmp_path: Path, filler: bytes) -> None:
    limits = ReadingLimits(bad_lines_in_a_row=2000, reports_per_file=10)
    articles, skipped = read(written(tmp_path / "a.jsonl", json_lines(RECORDS) + filler * MIB), limits=limits)
    assert len(articles) == len(RECORDS)
    assert len(skipped) <= 12
    assert any(piece.reason == "there is no article in 2,000 lines; the rest is not read" for piece in skipped)


def test_a_gzip_of_articles_may_expand_as_it_likes_up_to_the_limit(tmp_path: Path) -> None:
    same = gzip.compress(json_lines(RECORDS[:1]) * 20_000, compresslevel=9)
    limits = ReadingLimits(barren_bytes=1000, expansion_ratio=2)
    assert len(read(written(tmp_path / "a.jsonl.gz", same), limits=limits)[0]) == 20_000
    articles, skipped = read(tmp_path / "a.jsonl.gz", limits=ReadingLimits(expanded_bytes=MIB // 2))
    assert 0 < len(articles) < 20_000
    assert "it holds more than" in skipped[0].reason


def test_a_line_above_the_limit_is_skipped_and_the_next_is_read(tmp_path: Path) -> None:
    long = {**RECORDS[0], "text": "x" * 5000}
    articles, skipped = read(
        written(tmp_path / "a.jsonl", json_lines([RECORDS[1], long, RECORDS[2]])), limits=ReadingLimits(line_bytes=1000)
    )
    assert [article.id for article in articles] == ["1", "2"]
    assert (skipped[0].line, skipped[0].reason) == (2, "the line is longer than 1,000 bytes")


def test_a_file_of_bad_lines_does_not_flood_the_summary(tmp_path: Path) -> None:
    _, skipped = read(written(tmp_path / "a.jsonl", b"no json\n" * 5000), limits=ReadingLimits(reports_per_file=100))
    assert len(skipped) == 101
    assert skipped[-1].reason == "4,900 more lines of this file were skipped or remarked on"


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_an_empty_file_is_reported(tmp_path: Path, name: str) -> None:
    for content in (b"", gzip.compress(b"")):
        assert [piece.reason for piece in read(written(tmp_path / name, content))[1]] == ["the file is empty"]


MEASURE = """
import datetime as dt, resource, sys
from pathlib import Path
from index.articles import read_articles
from index.types import Article
now = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
list(read_articles([Path(sys.argv[1])], now=now))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
articles = sum(isinstance(piece, Article) for piece in read_articles([Path(sys.argv[2])], now=now))
print(articles, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_200_megabytes_in_a_gzip_are_read_in_little_memory(tmp_path: Path) -> None:
    small = written(tmp_path / "small.jsonl", json_lines(RECORDS))
    large = tmp_path / "large.jsonl.gz"
    paragraph = json.dumps("The bridge was shut at noon, and nobody was hurt, the mayor said. " * 300)
    with gzip.open(large, "wb", compresslevel=1) as file:
        for number in range(10_000):
            file.write(f'{{"id": "{number}", "title": "T", "text": {paragraph}}}\n'.encode())
        file.write(b"x" * 60 * MIB)
    size = large.stat().st_size
    assert size < 10 * MIB
    command = [sys.executable, "-c", MEASURE, str(small), str(large)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)  # noqa: S603 -- our own interpreter and script
    articles, kilobytes = map(int, printed.stdout.split())
    assert articles == 10_000
    assert kilobytes < 64 * 1024
