"""What the system ran out of is recognised, whoever says so and how."""

from __future__ import annotations

import errno
import os
import sqlite3

import pytest

from index.errors import ModelError, scarcity


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.EMFILE, os.strerror(errno.EMFILE)), "too many files are open: allow more"),
        (ValueError("io_error: Custom { kind: TooManyOpenFiles, error"), "too many files are open"),
        (MemoryError(), "memory ran out: free some"),
        (RuntimeError("Exception during loading: std::bad_alloc"), "memory ran out"),
        (ImportError("libopenblas.so: failed to map segment from shared object"), "memory ran out"),
        (RuntimeError("can't start new thread"), "no thread could be started"),
        (sqlite3.OperationalError("database or disk is full"), "no space is left on the device: make room"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "no space is left"),
    ],
)
def test_what_ran_out_is_named_with_the_cure_also_behind_another_error(error: Exception, said: str) -> None:
    outer = ModelError("there is no model: reinstall the package")
    outer.__cause__ = error
    for one in (error, outer):
        found = scarcity(one)
        assert found is not None
        assert found.startswith(said)


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "Permission denied"), ValueError("no"), None])
def test_other_errors_are_no_scarcity(error: Exception | None) -> None:
    assert scarcity(error) is None
