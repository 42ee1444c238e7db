"""What an examination finds: one line for each thing that was looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class State(StrEnum):
    """How a thing is: as it should be, worth knowing, or in need of what the finding says to do."""

    WELL = "well"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was looked at, how it is, in which words, and what to do about it."""

    what: str
    state: State
    detail: str = ""
    cure: str = ""


Check = Callable[[Path], Iterable[Finding]]
"""Examines what lies in an archive's home, reading only. Packages beside this one bring theirs for what they keep."""


def is_well(findings: Iterable[Finding]) -> bool:
    """Whether nothing needs doing."""
    return all(finding.state is not State.BAD for finding in findings)
