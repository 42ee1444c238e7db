"""`python -m tests.torture.guided [NAME…]`: the parsers of `fuzzing` under guidance by coverage, with atheris.

Blind mutation tries what somebody thought of; a guided fuzzer keeps each input that reached new code and goes on from
there. Its bytes are the mutator's choices or, where a parser takes text or bytes, the input itself. Each parser has a
process of its own. An input that breaks a promise is kept, and `--replay` tries it again, without atheris.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tests.torture.drawn import given, kind_of
from tests.torture.report import Plan, Row
from tests.torture.table import ROOT, run_of, written
from tests.torture.target import Target
from tests.torture.targets import TARGETS

MISSING: Final = "atheris is not installed: run `pip install -c constraints.txt -e '.[fuzz]'`, or try `fuzzing` instead"
_LONGEST: Final = 4_096
"""Bytes of an input."""
_SLOW: Final = 20
"""Seconds after which an input hangs."""
_MEMORY: Final = 4_096
"""MiB that a process may take."""
_START: Final = 120
"""Seconds that a process may take beside its time: it imports, instruments, and ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a fuzzer's process wrote: inputs tried, edges of code reached, inputs kept, and the error that ended it."""

    tried: int
    edges: int
    kept: int
    error: str


def told(log: str) -> Told:
    """Reads what libFuzzer and atheris write."""
    tried = [int(one) for one in re.findall(r"stat::number_of_executed_units:\s*(\d+)|^#(\d+)\s", log, re.MULTILINE)
             for one in one if one]  # fmt: skip
    states = re.findall(r"^#\d+\s.*?cov: (\d+).*?corp: (\d+)/", log, re.MULTILINE)
    error = re.search(r"=== Uncaught Python exception: ===\n(.+)", log) or re.search(r"ERROR: libFuzzer: (.+)", log)
    edges, kept = states[-1] if states else (0, 0)
    # A process that can't begin ends with Python's own word.
    word = error[1] if error else log.strip().rpartition("\n")[2] if "Traceback (most" in log else ""
    return Told(tried=max(tried, default=0), edges=int(edges), kept=int(kept), error=word)


def guided(target: Target, *, seed: int, seconds: int, found: Path) -> Row:
    """Tries a parser for so many seconds; an input that ends it is left in a folder of ``found``."""
    kept = found / re.sub(r"\W+", "-", target.name)
    kept.mkdir(parents=True, exist_ok=True)
    before = set(kept.iterdir())
    with tempfile.TemporaryDirectory(prefix="torture-guided-") as corpus:
        options = (f"-max_total_time={seconds}", f"-max_len={_LONGEST}", f"-timeout={_SLOW}",
                   f"-rss_limit_mb={_MEMORY}", f"-artifact_prefix={kept}/", "-print_final_stats=1")  # fmt: skip
        order = [sys.executable, "-m", "tests.torture.guided_child", target.name, str(seed), corpus, *options]
        ended, log = _run(order, seconds + _START)
    (kept / "log.txt").write_text(log, "utf-8")
    inputs = sorted(path for path in set(kept.iterdir()) - before if path.name != "log.txt")
    return row_of(target.name, told(log), seconds=seconds, ended=ended, inputs=inputs)


def row_of(name: str, said: Told, *, seconds: int, ended: str, inputs: Sequence[Path]) -> Row:
    """The line of the table: what was kept, or how the process ended though time was not up, is lost."""
    lost = [
        f"{said.error or ended}; have it again: python -m tests.torture.guided '{name}' --replay {path}"
        for path in inputs
    ]
    if ended and not lost:
        lost = [f"{ended}: {said.error or 'it did not say why'}"]
    return Row(
        attack=f"{name}: guided by coverage",
        tried=said.tried,
        held=f"in {seconds} s {said.edges:,} edges of code reached, {said.kept:,} inputs kept as new",
        lost=tuple(lost),
    )


def _run(order: Sequence[str], most: float) -> tuple[str, str]:
    """How a process ended where that was not well, and all that it wrote: libFuzzer beside what atheris prints."""
    try:
        done = subprocess.run(order, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,  # noqa: S603 - our own
                              timeout=most, check=False)  # fmt: skip
    except subprocess.TimeoutExpired as error:
        return f"still running after {most:.0f} s", (error.stdout or b"").decode("utf-8", "replace")
    return f"ended with {done.returncode}" if done.returncode else "", done.stdout.decode("utf-8", "replace")


def replayed(target: Target, data: bytes) -> None:
    """Tries an input that was kept.

    Raises:
        Exception: whatever ended the parser.
    """
    with contextlib.suppress(*target.refuses):
        target.check(given(target, kind_of(target), data))


def chosen_from(names: Sequence[str]) -> list[Target]:
    """The parsers with one of these in their name, or named so to the letter; all where none is named."""
    exact = [target for target in TARGETS if target.name in names]
    return exact or [one for one in TARGETS if not names or any(part in one.name for part in names)]


def main(arguments: list[str] | None = None) -> int:
    """Runs the parsers that were named; 1 if a promise was broken, 2 where it can't be tried."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.guided", description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of parsers' names; all when none is given")
    parser.add_argument("--seconds", type=int, default=60, help="for each parser")
    parser.add_argument("--seed", type=int, default=None, help="of the fuzzer; the clock's when not given")
    parser.add_argument("--found", type=Path, default=Path("build/guided"), help="folder for what broke a promise")
    parser.add_argument("--rows", type=Path, help="a file to add the rows to, for `python -m tests.torture.table`")
    parser.add_argument("--replay", type=Path, help="an input that was kept: try it on the one parser that is named")
    chosen = parser.parse_args(arguments)
    targets = chosen_from(chosen.names)
    if not targets or (chosen.replay and len(targets) > 1):
        parser.error(f"name {'one' if chosen.replay else 'some'} of: {'; '.join(target.name for target in TARGETS)}")
    if chosen.replay:
        replayed(targets[0], chosen.replay.read_bytes())
        sys.stdout.write("it holds\n")
        return 0
    if importlib.util.find_spec("atheris") is None:
        parser.error(MISSING)
    seed = chosen.seed if chosen.seed is not None else int(time.time())
    run = replace(run_of(Plan(scale=1, seed=seed, folder=Path())), asked=f"{chosen.seconds} s for each parser")
    lost = 0
    for target in targets:
        row = guided(target, seed=seed, seconds=chosen.seconds, found=chosen.found.resolve())
        lost += len(row.lost)
        sys.stdout.write(f"{row.attack}: {row.tried:,} tried, {len(row.lost)} lost. {row.held}\n")
        sys.stdout.writelines(f"  lost: {one}\n" for one in row.lost)
        sys.stdout.flush()
        if chosen.rows:
            with chosen.rows.open("a", encoding="utf-8") as file:
                file.write(f"{written('fuzzing', row, run)}\n")
    return int(lost > 0)


if __name__ == "__main__":
    sys.exit(main())
