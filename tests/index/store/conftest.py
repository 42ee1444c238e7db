"""These tests are about what is stored, not about disks: flushing, which takes most of their time, is left out."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _no_flushing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)
