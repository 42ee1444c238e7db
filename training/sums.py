"""What vouches for a shipped model's JSON files: `python -m training.sums` writes it anew for all of them.

Run it after a model's `model.json` or `reading.json` was written by anything else than this package's own commands.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from index.backends.models import SUMS

MODELS = Path(__file__).parents[1] / "index" / "models"


def write_sums(folder: Path) -> None:
    """Vouches for the JSON files of a model's folder as they are now."""
    names = sorted(path.name for path in folder.glob("*.json") if path.name != "tokenizer.json")
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    beside = folder / f"{SUMS}.part"
    beside.write_text("".join(lines), encoding="ascii")
    beside.replace(folder / SUMS)


if __name__ == "__main__":
    for shipped in sorted(MODELS.iterdir()):
        if shipped.is_dir():
            write_sums(shipped)
