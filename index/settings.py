"""The archive's settings, from the environment (``DATELINE_*``) and ``.env``; made and checked in entry points."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from index.errors import UsageError

BUNDLED = "bundled"
"""Names the models that come with the package."""


class ArchiveSettings(BaseSettings):
    """Everything about an archive that can be set. Frozen: made once in an entry point and passed in."""

    model_config = SettingsConfigDict(
        env_prefix="DATELINE_",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    data: Annotated[Path, Field(description="the archive's home")] = Path("data")
    articles: Annotated[Path, Field(description="folder that the bot and `make ask` index")] = Path("articles")
    embedder: Annotated[
        str, Field(description="`bundled` (all-MiniLM-L6-v2, int8), or any sentence-transformers model by name or path")
    ] = BUNDLED
    reader: Annotated[str, Field(description="`bundled` (the trained span reader), or `evidence` (untrained)")] = (
        BUNDLED
    )
    threads: Annotated[int, Field(ge=1, le=256, description="threads that the models may use")] = 2
    threshold: Annotated[
        float | None,
        Field(ge=0.0, le=1.0, description="least confidence that is answered; unset: the reader's own default"),
    ] = None
    max_file_mb: Annotated[
        int, Field(ge=1, description="a larger article file is skipped (JSON-lines: a larger line)")
    ] = 64


def load_settings(**given: object) -> ArchiveSettings:
    """Settings from the environment, with what the caller gave (None: not given) above it.

    Raises:
        UsageError: a setting has an impossible value; the message names each variable.
    """
    try:
        return ArchiveSettings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]  # values are checked by pydantic
    except ValidationError as error:
        problems = "; ".join(
            f"DATELINE_{'_'.join(str(part) for part in problem['loc']).upper()}: {problem['msg'].lower()}"
            for problem in error.errors()
        )
        raise UsageError(f"settings can't be used: {problems}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f".env can't be read ({error}): save it as UTF-8 text, or move it away") from error
