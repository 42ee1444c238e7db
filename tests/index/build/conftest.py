"""These tests are about what runs do, not about disks: flushing, which takes most of their time, is left out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _no_flushing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "flushes" not in request.fixturenames:
        monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


@pytest.fixture
def flushes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Flushes and renames in the order in which they happen: `flush NAME` and `rename NAME`."""
    log: list[str] = []
    flush, replace, rename = os.fsync, os.replace, os.rename

    def note_flush(descriptor: int) -> None:
        flush(descriptor)
        log.append(f"flush {Path(f'/proc/self/fd/{descriptor}').readlink()}")

    def note_replace(source: str, target: str) -> None:
        replace(source, target)
        log.append(f"rename {target}")

    def note_rename(source: str, target: str) -> None:
        rename(source, target)
        log.append(f"rename {target}")

    monkeypatch.setattr(os, "fsync", note_flush)
    monkeypatch.setattr(os, "replace", note_replace)
    monkeypatch.setattr(os, "rename", note_rename)
    return log
