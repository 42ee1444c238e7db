"""The real archive as the desk sees it: what an indexing process says, and what it means when it says nothing."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from bot.newsroom import ArchiveNewsroom
from index.errors import DatelineError, OutOfResources


@pytest.mark.parametrize(
    ("script", "kind", "told"),
    [
        (f"kill -{signal.SIGKILL} $$", DatelineError, "ended by SIGKILL.*out of memory.*run it again"),
        ('printf \'{"progress": {"sta\'; kill -9 $$', DatelineError, "ended by SIGKILL"),
        ("echo a library speaks; exit 3", DatelineError, "ended with code 3.*run it again"),
        (
            'echo \'{"error": "OutOfResources", "message": "memory ran out: free some"}\'; exit 1',
            OutOfResources,
            "memory ran out: free some",
        ),
    ],
)
def test_how_an_indexing_process_ended_is_told_with_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, kind: type[DatelineError], told: str
) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(kind, match=told):
        ArchiveNewsroom(tmp_path, tmp_path).reindex(lambda _: None, force=False, asked_by="a test")
