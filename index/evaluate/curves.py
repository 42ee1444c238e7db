"""Risk–coverage curves as a picture: what share is answered, and what share of the answers is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from index.evaluate.subject import Json

_POINTS: Final = "risk_coverage"
_SIZE: Final = (6.4, 4.0)
_PAIR: Final = 3


def curves(figures: Json) -> dict[str, list[tuple[float, float]]]:
    """(coverage, risk) points by reader of one set's figures; empty where the set has none."""
    found = {"dateline": _points(figures)}
    baselines = figures.get("baselines")
    for name, other in baselines.items() if isinstance(baselines, dict) else ():
        found[str(name)] = _points(other) if isinstance(other, dict) else []
    return {name: points for name, points in found.items() if points}


def draw(name: str, found: Mapping[str, list[tuple[float, float]]], path: Path) -> None:
    """Writes the curves of one set; the file's ending says in which format (svg, png, pdf)."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.subplots()
    for reader, points in found.items():
        coverage, risk = zip(*points, strict=True)
        axes.step((0.0, *coverage), (risk[0], *risk), where="pre", label=reader)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="share of questions answered", title=f"{name}: risk and coverage")
    axes.set_ylabel("share of these whose first citation is wrong")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    # Without a date and with fixed ids the same figures give the same file.
    with rc_context({"svg.hashsalt": name}):
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _points(figures: Json) -> list[tuple[float, float]]:
    """The first curve among a reader's figures, however deep it stands."""
    return next(_curves(figures), [])


def _curves(figures: Json) -> Iterator[list[tuple[float, float]]]:
    for key, value in figures.items():
        if key == _POINTS and isinstance(value, list):
            yield [(float(one[1]), float(one[2])) for one in value if len(one) == _PAIR]
        elif isinstance(value, dict) and key not in {"baselines", "settings"}:
            yield from _curves(value)
