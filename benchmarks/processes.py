"""Other processes, timed from outside: wall and processor time, and the most memory they held."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One finished process. ``peak_mb`` is its largest resident set, in 10⁶ bytes."""

    seconds: float
    processor_seconds: float
    peak_mb: float
    output: str


_LAUNCHER = """
import json, os, sys, time
start = time.perf_counter()
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
numbers = [time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss]
with open(sys.argv[1], "w") as file:
    json.dump(numbers, file)
sys.exit(os.waitstatus_to_exitcode(status) and 1)
"""
"""A process inherits the peak of the one that started it, so that a small one has to do it."""


def run(command: Sequence[str]) -> Run:
    """Runs a command, given by its full path, to its end.

    Raises:
        SystemExit: It failed; the message holds what it said.
    """
    with tempfile.TemporaryDirectory() as folder:
        usage = Path(folder) / "usage.json"
        done = subprocess.run(  # noqa: S603  # the commands are our own
            [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(usage), *command],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)} failed: {done.stderr.strip()}")
        seconds, processor_seconds, peak = json.loads(usage.read_text(encoding="utf-8"))
    return Run(
        seconds=seconds,
        processor_seconds=processor_seconds,
        peak_mb=peak * _maxrss_bytes() / 1e6,
        output=done.stdout,
    )


def dateline(*arguments: str, data: Path) -> Run:
    """Runs the console script that is installed beside this Python, on an archive's home."""
    script = Path(sys.executable).with_name("dateline")
    return run([str(script), *arguments, "--data", str(data)])


def python(code: str) -> Run:
    """Runs a line of Python in a fresh process."""
    return run([sys.executable, "-c", code])


def _maxrss_bytes() -> int:
    """What ``ru_maxrss`` counts in: kilobytes on Linux, bytes on macOS."""
    return 1 if sys.platform == "darwin" else 1024
