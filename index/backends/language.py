"""Which strings are words of English: those that are a piece of the embedding model's vocabulary by themselves."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from index.backends.models import load_tokenizer, read_model_folder

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class WordPieces:
    """The whole words of a WordPiece vocabulary, some 24,000 of English. Safe to call from several threads."""

    def __init__(self, folder: Path) -> None:
        """The tokenizer loads at the first word.

        Raises:
            ModelError: The folder has no readable ``model.json``.
        """
        self._folder = read_model_folder(folder)
        self._loading = Lock()
        self._tokenizer: Tokenizer | None = None

    def is_word(self, word: str) -> bool:
        """Whether a string in lower case is one of them.

        Raises:
            ModelError: The tokenizer is missing, or not the one that was shipped.
        """
        with self._loading:
            if self._tokenizer is None:
                self._tokenizer = load_tokenizer(self._folder)
        return self._tokenizer.token_to_id(word) is not None
