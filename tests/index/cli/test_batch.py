"""Batches: whatever a line holds, its answer stands in its place."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.cli.batch import run_batch
from index.cli.console import OutputClosed, open_streams
from index.errors import DatelineError, IndexDamaged, UsageError
from index.types import Where
from index.wire import BatchRow, Json


def echo(row: BatchRow) -> Json:
    return {"id": row.id, "query": row.text}


def run(content: bytes, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[list[dict[str, Any]], str]:
    """(the answers, the error at the end or nothing)."""
    path = folder / "batch.jsonl"
    path.write_bytes(content)
    capsys.readouterr()
    said = ""
    try:
        run_batch(str(path), field="query", default=Where(), answer=echo, streams=open_streams(colour=False))
    except DatelineError as error:
        said = str(error)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()], said


def test_an_empty_batch_has_no_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(b"", tmp_path, capsys) == ([], "")
    assert run(b"\n  \r\n", tmp_path, capsys) == ([], "")


def test_a_file_from_windows_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers, said = run(
        b'\xef\xbb\xbf{"id": 1, "query": "a"}\r\n\r\n{"id": 2, "query": "b\\r\\n"}\r\n', tmp_path, capsys
    )
    assert (answers, said) == ([{"id": 1, "query": "a"}, {"id": 2, "query": "b\r\n"}], "")


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[" * 100_000,
        b'{"id": ' + b"1" * 5000 + b', "query": "x"}',
        b'{"id": NaN, "query": "x"}',
        b"\xff\xfe{",
        b"\x00",
        b'{"query": "x", "since": "tomorrow"}',
    ],
    ids=["broken", "deep", "long number", "NaN", "bytes", "NUL", "date"],
)
def test_a_bad_line_is_answered_in_its_place(line: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers, said = run(b'{"id": 1, "query": "a"}\n' + line + b'\n{"id": 3, "query": "b"}', tmp_path, capsys)
    assert [answer["id"] for answer in answers] == [1, None, 3]
    assert answers[1]["status"] == "error"
    assert answers[1]["error"].startswith("line 2: ")
    assert said.startswith("1 line of")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(query=st.text())
def test_any_text_comes_back_on_one_line_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], query: str
) -> None:
    answers, said = run(json.dumps({"query": query}).encode() + b"\n", tmp_path, capsys)
    assert (answers, said) == ([{"id": None, "query": query}], "")


def test_json_on_a_terminal_drives_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    open_streams(colour=False).json({"text": "\x1b[2J \x9b2J \u202e \u2028 \x7f \U000e0041 é"})
    out = capsys.readouterr().out
    assert json.loads(out) == {"text": "\x1b[2J \x9b2J \u202e \u2028 \x7f \U000e0041 é"}
    assert out.rstrip("\n").isprintable()
    assert "é" in out


def test_a_failure_of_the_archive_ends_the_batch(tmp_path: Path) -> None:
    (tmp_path / "batch.jsonl").write_text('{"query": "a"}\n', "utf-8")

    def fail(_row: BatchRow) -> Json:
        raise IndexDamaged("it broke")

    with pytest.raises(IndexDamaged, match="it broke"):
        run_batch(
            str(tmp_path / "batch.jsonl"),
            field="query",
            default=Where(),
            answer=fail,
            streams=open_streams(colour=False),
        )


def test_an_output_that_closed_is_not_taken_for_an_input_that_can_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "batch.jsonl").write_text('{"query": "a"}\n', "utf-8")

    class Closed(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    streams = open_streams(colour=False)
    monkeypatch.setattr("sys.stdout", Closed())
    with pytest.raises(OutputClosed):
        run_batch(str(tmp_path / "batch.jsonl"), field="query", default=Where(), answer=echo, streams=streams)


@pytest.mark.parametrize("name", ["no/such", ".", "x" * 300, "a\x00b"])
def test_a_source_that_can_not_be_read_is_named(name: str) -> None:
    with pytest.raises(UsageError, match="can't read"):
        run_batch(name, field="query", default=Where(), answer=echo, streams=open_streams(colour=False))


def test_a_closed_input_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(UsageError, match="standard input is closed"):
        run_batch("-", field="query", default=Where(), answer=echo, streams=open_streams(colour=False))
