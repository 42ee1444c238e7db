"""Risk and coverage as a picture: one curve for each reader that has one, and the same file for the same figures."""

from __future__ import annotations

from pathlib import Path

from index.evaluate import curves, draw
from index.evaluate.subject import Json

FIGURES: Json = {
    "n": 2,
    "answers": {"risk_coverage": [[0.9, 0.5, 0.0], [0.1, 1.0, 0.5]]},
    "baselines": {"words": {"MRR@10": 0.1}, "similarity": {"answers": {"risk_coverage": [[0.9, 1.0, 0.5]]}}},
    "settings": {"risk_coverage": [[0, 0, 0]]},
}


def test_each_reader_with_a_curve_has_its_points() -> None:
    assert curves(FIGURES) == {"dateline": [(0.5, 0.0), (1.0, 0.5)], "similarity": [(1.0, 0.5)]}
    assert curves({"n": 1}) == {}


def test_the_same_figures_give_the_same_picture(tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg"):
        draw("set", curves(FIGURES), tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert b"<svg" in (tmp_path / "one.svg").read_bytes()
