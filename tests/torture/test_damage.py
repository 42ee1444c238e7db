"""A little of every damage holds, and the checker sees what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.store import view
from index.store.soundness import article_of
from tests.torture.damage import attacks, texts_flipped
from tests.torture.report import Plan
from tests.torture.shelf import Shelf


def test_a_little_of_every_damage_holds(tmp_path: Path) -> None:
    rows = list(attacks(Plan(scale=0.01, seed=5, folder=tmp_path)))
    assert [row.attack for row in rows if row.lost] == []
    assert all(row.tried or row.left_out for row in rows)
    assert len(rows) == 9


def test_a_text_that_is_not_proven_is_seen_to_be_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(scale=0.01, seed=5, folder=tmp_path)
    shelf = Shelf(plan.folder)
    monkeypatch.setattr(view, "sound_article", article_of)
    row = texts_flipped(plan, shelf)
    assert len(row.lost) >= row.tried == 2
    assert any("has changed" in lost for lost in row.lost)
