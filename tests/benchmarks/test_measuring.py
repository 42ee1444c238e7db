"""The benchmarks measure what they say: another process's own time and memory, and the work of the model."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from benchmarks.embedding import _operations
from benchmarks.processes import python, run


def test_a_run_reports_its_own_memory_and_not_its_parents() -> None:
    ballast = np.ones(40_000_000)  # 320 MB here
    small, large = python("print('small')"), python("b = bytes(range(256)) * 400_000; print('large')")
    assert ballast[0] == 1
    assert small.output == "small\n"
    assert small.peak_mb < 100
    assert 100 < large.peak_mb - small.peak_mb < 150


def test_a_run_reports_the_time_it_took() -> None:
    timed = python("import time; time.sleep(0.3)")
    assert timed.seconds >= 0.3
    assert timed.processor_seconds < 0.3


def test_a_run_that_fails_ends_the_benchmark_with_what_it_said() -> None:
    with pytest.raises(SystemExit, match="no luck"):
        run([sys.executable, "-c", "import sys; sys.exit('no luck')"])


def test_the_model_costs_21_million_operations_a_token() -> None:
    assert _operations(1) / 1e6 == pytest.approx(21.2, abs=0.1)
    assert _operations(256) / 256 / 1e6 == pytest.approx(23.6, abs=0.1)
