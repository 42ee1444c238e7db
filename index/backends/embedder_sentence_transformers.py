"""Any sentence-transformers model, by name or path.

torch and sentence_transformers are imported, and weights loaded, at the first text to embed. What an index has to know
before that (id, dimensions, longest input) is read from the model's own JSON files.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from index.errors import ModelError
from index.protocols import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

_ID_DIGITS = 12
_BATCH = 32
_WEIGHTS = (".safetensors", ".bin", ".json", ".txt", ".model")
"""Endings of the files that decide what a vector is."""
_LFS_DIGITS = 64


class SentenceTransformerEmbedder:
    """An embedder over a sentence-transformers model. Code that comes with a model is never run."""

    def __init__(self, name_or_path: str, *, threads: int | None = None, device: str = "cpu") -> None:
        """A folder, or the name of a model in the Hugging Face cache or, with a network, on its hub.

        Raises:
            ModelError: There is no such model; the message says what can be done.
        """
        self._name = name_or_path
        self._threads = threads
        self._device = device
        self._loading = Lock()
        self._folder = _find(name_or_path)
        self._model: SentenceTransformer | None = None
        self._tokenizer: Tokenizer | None = None
        self._id: str | None = None

    @property
    def id(self) -> str:
        """The model's own name and a digest of its files."""
        if self._id is None:
            name = Path(self._name).resolve().name if Path(self._name).is_dir() else self._name
            self._id = f"{name}@{_digest(self._folder)}"
        return self._id

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        size = _pooled_size(self._folder)
        return size if size is not None else int(self._load().get_embedding_dimension() or 0)

    @property
    def max_tokens(self) -> int:
        """The longest input in tokens, special ones included; what is longer is truncated."""
        size = _json(self._folder / "sentence_bert_config.json").get("max_seq_length")
        return size if isinstance(size, int) else int(self._load().get_max_seq_length() or 0)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text, without the special ones and without truncation."""
        encodings = self._load_tokenizer().encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding.ids) for encoding in encodings]

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions, with the model's own prompt for queries where it has one."""
        return self._embed(texts, query=True)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, with the model's own prompt for documents where it has one."""
        return self._embed(texts, query=False)

    def _embed(self, texts: Sequence[str], *, query: bool) -> Vectors:
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        model = self._load()
        encode = model.encode_query if query else model.encode_document
        # the library sorts by length before it batches
        vectors = encode(
            list(texts),
            batch_size=_BATCH,
            show_progress_bar=False,
            convert_to_numpy=True,
            normalize_embeddings=True,
        )
        return np.asarray(vectors, dtype=np.float32)

    def _load(self) -> SentenceTransformer:
        with self._loading:
            if self._model is None:
                self._model = _load_model(self._name, self._folder, self._device, self._threads)
            return self._model

    def _load_tokenizer(self) -> Tokenizer:
        with self._loading:
            if self._tokenizer is None:
                self._tokenizer = _load_tokenizer(self._folder)
            return self._tokenizer


def _find(name_or_path: str) -> Path:
    """The model's folder: the path itself, the cached snapshot, or a fresh download."""
    path = Path(name_or_path).expanduser()
    if path.is_dir():
        return path
    if path.is_absolute() or name_or_path.startswith((".", "~")):
        raise ModelError(f"there is no folder {name_or_path}: give a sentence-transformers folder, or a model's name")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    repository = name_or_path if "/" in name_or_path else f"sentence-transformers/{name_or_path}"
    try:
        return Path(snapshot_download(repository, local_files_only=True))
    except LocalEntryNotFoundError:
        pass
    except ValueError as error:
        raise ModelError(f"{name_or_path} is neither a folder nor a model's name") from error
    try:
        skipped = ["onnx/*", "openvino/*", "*.h5", "*.msgpack", "*.ot", "*.py"]
        return Path(snapshot_download(repository, ignore_patterns=skipped))
    except Exception as error:  # the hub raises errors of several libraries
        raise ModelError(
            f"the model {name_or_path} is not on this machine and can't be fetched ({_first_line(error)}): "
            "check the name and the network, or give a folder"
        ) from error


def _load_model(name: str, folder: Path, device: str, threads: int | None) -> SentenceTransformer:
    # before torch starts its threads: spinning ones take the other core away from whoever needs it
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar
    except ImportError as error:
        raise ModelError(f"the model {name} needs sentence-transformers: pip install sentence-transformers") from error
    if threads is not None:
        torch.set_num_threads(threads)
    # the entry point shows progress, and only on a terminal
    disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it without types
    try:
        return SentenceTransformer(
            os.fspath(folder),
            device=device,
            local_files_only=True,
            trust_remote_code=False,
        )
    except Exception as error:  # whatever the libraries below raise, the model can't be used
        raise ModelError(
            f"the model {name} can't be loaded ({_first_line(error)}): give a complete sentence-transformers folder"
        ) from error


def _load_tokenizer(folder: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    files = [file for file in (folder / "tokenizer.json", folder / "0_Transformer/tokenizer.json") if file.is_file()]
    if not files:
        raise ModelError(f"{folder} has no tokenizer.json: save the model once with a current sentence-transformers")
    tokenizer = Tokenizer.from_file(os.fspath(files[0]))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _digest(folder: Path) -> str:
    """Twelve hex digits over the names and contents of all files that decide what a vector is."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in _WEIGHTS:
            total.update(f"{path.relative_to(folder).as_posix()}:{_file_digest(path)}\n".encode())
    return total.hexdigest()[:_ID_DIGITS]


def _file_digest(path: Path) -> str:
    """The sha256 of a file; the hub's cache names large files by it, so that they need not be read."""
    stored = path.resolve().name
    if path.is_symlink() and len(stored) == _LFS_DIGITS and set(stored) <= set("0123456789abcdef"):
        return stored
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pooled_size(folder: Path) -> int | None:
    """The vector's length where pooling alone decides it; None where it takes the model to know."""
    modules = _json_list(folder / "modules.json")
    kinds = [str(module.get("type", "")).rsplit(".", 1)[-1] for module in modules]
    settings = _json(folder / "config_sentence_transformers.json")
    if kinds[:2] != ["Transformer", "Pooling"] or set(kinds[2:]) - {"Normalize"} or settings.get("truncate_dim"):
        return None
    pooling = _json(folder / str(modules[1].get("path", "")) / "config.json")
    modes = [name for name, on in pooling.items() if name.startswith("pooling_mode_") and on is True]
    size = pooling.get("word_embedding_dimension", pooling.get("embedding_dimension"))
    return size if isinstance(size, int) and len(modes) <= 1 else None


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _json_list(path: Path) -> list[dict[str, Any]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [item for item in content if isinstance(item, dict)] if isinstance(content, list) else []


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
