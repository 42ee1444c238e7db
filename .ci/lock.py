# ruff: noqa: INP001 - a script, not a module of a package
"""The runtime's dependencies with the hashes of their files for this platform, from the registry that pip uses.

`python .ci/lock.py > requirements.lock`, then `pip install --require-hashes -r requirements.lock`. Hashes are by
platform and Python version, so the list is made where it is used and not kept with the project.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def report() -> Mapping[str, Any]:
    """What pip would install for the project's dependencies as they are pinned; nothing is installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "report.json"
        order = [
            "install",
            "--dry-run",
            "--ignore-installed",
            "--quiet",
            "--only-binary",
            ":all:",
            "--report",
            str(told),
        ]
        order += ["--constraint", str(ROOT / "constraints.txt"), *project["dependencies"]]
        subprocess.run([sys.executable, "-m", "pip", *order], check=True)  # noqa: S603 - our own interpreter
        found: Mapping[str, Any] = json.loads(told.read_text(encoding="utf-8"))
        return found


def locked(found: Mapping[str, Any]) -> Iterator[str]:
    """A line for each distribution: name, version, hash."""
    for one in sorted(found["install"], key=lambda one: one["metadata"]["name"].lower()):
        digest = one["download_info"]["archive_info"]["hashes"]["sha256"]
        # A local version, such as torch's +cpu, is asked for as it is.
        yield f"{one['metadata']['name']}=={one['metadata']['version']} --hash=sha256:{digest}"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in locked(report()))
