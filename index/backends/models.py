"""What every bundled model needs: its ``model.json``, its checksums, its tokenizer and its onnxruntime session."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from index.errors import ModelError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

_ID_DIGITS = 12
SUMS = "SHA256SUMS"
"""Vouches for a folder's JSON files, which vouch for the rest; `sha256sum -c` reads it too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFolder:
    """A model's folder as its ``model.json`` describes it; nothing else has been read yet."""

    path: Path
    name: str
    checksums: Mapping[str, str]
    """The sha256 of each file, hex, by file name."""
    settings: Mapping[str, Any]
    """All of ``model.json``."""

    @property
    def id(self) -> str:
        """The name with a digest of all checksums: equal ids mean equal files."""
        listing = "".join(f"{name}:{digest}\n" for name, digest in sorted(self.checksums.items()))
        return f"{self.name}@{hashlib.sha256(listing.encode()).hexdigest()[:_ID_DIGITS]}"

    def number(self, setting: str) -> int:
        """A setting that has to be a whole number.

        Raises:
            ModelError: It is missing or something else.
        """
        value = self.settings.get(setting)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ModelError(f"{self.path}/model.json does not give {setting}: restore the folder from the package")
        return value

    def verified(self, file: str) -> bytes:
        """The content of one of the model's files.

        Raises:
            ModelError: The file is missing, or is not the one that ``model.json`` names.
        """
        try:
            content = (self.path / file).read_bytes()
        except OSError as error:
            raise ModelError(f"the model file {self.path / file} can't be read: reinstall the package") from error
        if hashlib.sha256(content).hexdigest() != self.checksums.get(file):
            raise ModelError(f"the model file {self.path / file} is not the one in model.json: reinstall the package")
        return content


def read_model_folder(path: Path) -> ModelFolder:
    """Reads ``model.json``: ``{"name", "files": {file: {"sha256"}}, …}``.

    Raises:
        ModelError: The file is missing or has another form.
    """
    try:
        settings = json.loads((path / "model.json").read_text(encoding="utf-8"))
        checksums = {file: entry["sha256"] for file, entry in settings["files"].items()}
        return ModelFolder(path=path, name=settings["name"], checksums=checksums, settings=settings)
    except OSError as error:
        raise ModelError(f"there is no model in {path}: reinstall the package") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(f"{path}/model.json can't be understood: reinstall the package") from error


def vouched(folder: Path) -> Path:
    """The folder of a model that comes with the package, its JSON files checked against its ``SHA256SUMS``.

    Weights and tokenizer are checked against ``model.json`` when they are loaded: hashing them takes its time.

    Raises:
        ModelError: A file is missing, isn't the one that was shipped, or nothing vouches for it.
    """
    try:
        lines = (folder / SUMS).read_bytes().decode("ascii").removesuffix("\n").split("\n")
        sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
        # The tokenizer is large, and model.json has its sum.
        found = {path.name for path in folder.glob("*.json")} - {"tokenizer.json"}
        for name in sorted(found | set(sums)):
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != sums.get(name):
                raise ModelError(f"the model file {folder / name} is not the one in {SUMS}: reinstall the package")
    except (OSError, ValueError) as error:
        raise ModelError(f"the model in {folder} can't be checked ({SUMS}): reinstall the package") from error
    return folder


def load_tokenizer(folder: ModelFolder) -> Tokenizer:
    """The model's tokenizer, neither padding nor truncating."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_buffer(folder.verified("tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def load_session(folder: ModelFolder, *, threads: int = 1) -> InferenceSession:
    """An onnxruntime session on the CPU whose idle threads sleep.

    With one thread everything runs in the thread that calls, and several threads may call at once.

    Raises:
        ModelError: A file fails its check, or onnxruntime can't run it.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # spinning threads take the second core away from whoever else needs it
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    content = folder.verified("model.onnx")
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions share no base class but this
        raise ModelError(f"onnxruntime can't run {folder.path / 'model.onnx'}: {error}") from error


@contextmanager
def recipe_of(folder: ModelFolder) -> Iterator[Mapping[str, Any]]:
    """How a model was trained to be fed: ``input`` of its ``model.json``.

    Raises:
        ModelError: It is missing, or lacks what is read from it inside the block.
    """
    try:
        yield folder.settings["input"]
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{folder.path}/model.json does not say how to feed the model: reinstall the package"
        ) from error


class LazyModel:
    """A model's tokenizer and session, loaded at the first use. Safe to call from several threads."""

    def __init__(self, folder: ModelFolder, *, threads: int = 1) -> None:
        self._folder = folder
        self._threads = threads
        self._loading = Lock()
        self._loaded: tuple[Tokenizer, InferenceSession] | None = None
        self._begun = False

    def load_soon(self) -> None:
        """Begins to load in a thread of its own, for who will need it in a moment; what goes wrong is told then."""
        if not self._begun:
            self._begun = True
            Thread(target=self._tried, name="load", daemon=True).start()

    def _tried(self) -> None:
        with suppress(ModelError):
            self.load()

    def load(self) -> tuple[Tokenizer, InferenceSession]:
        """Both.

        Raises:
            ModelError: A file fails its check, or onnxruntime can't run it.
        """
        with self._loading:
            if self._loaded is None:
                tokenizer = load_tokenizer(self._folder)
                # The marks between the model's inputs are set by number; "[SEP]" in an article is text.
                tokenizer.encode_special_tokens = True
                self._loaded = tokenizer, load_session(self._folder, threads=self._threads)
            return self._loaded
