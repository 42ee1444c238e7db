"""The machine: what it is, and how many multiplications a second it was seen to do."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

_SIZE = 1536
_ROUNDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Its processor, and the best rate of a square matrix product, in 10⁹ operations a second of one core.

    A multiplication and the addition of its product count as two operations. The time is the processor's, not the
    clock's: other work on the machine then takes little from the rate.
    """

    processor: str
    cores: int
    vnni: bool
    load: float
    fp32_gflops: float
    int8_gops: float


def measure_machine() -> Machine:
    """Describes this machine; takes a few seconds."""
    cores = len(os.sched_getaffinity(0))
    described = _processor()
    load = os.getloadavg()[0]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    random = np.random.default_rng(0)
    left, right = (random.normal(size=(_SIZE, _SIZE)).astype(np.float32) for _ in range(2))
    torch_left, torch_right = torch.from_numpy(left), torch.from_numpy(right)
    codes = torch.randint(-127, 127, (_SIZE, _SIZE), dtype=torch.int8)
    fp32 = max(_rate(lambda: left @ right), _rate(lambda: torch_left @ torch_right))
    int8 = _rate(lambda: torch._int_mm(codes, codes))  # noqa: SLF001  # torch's one 8-bit product, undocumented
    torch.set_num_threads(threads)
    return Machine(
        processor=described.get("model name", "unknown"),
        cores=cores,
        vnni="vnni" in described.get("flags", ""),
        load=load,
        fp32_gflops=fp32,
        int8_gops=int8,
    )


def _processor() -> dict[str, str]:
    """The first processor's entries in /proc/cpuinfo; empty where there is no such file."""
    try:
        first = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n", 1)[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _rate(product: Callable[[], object]) -> float:
    """The best of several rounds: other work can only slow a round down."""
    product()
    best = float("inf")
    for _ in range(_ROUNDS):
        start = time.process_time()
        product()
        best = min(best, time.process_time() - start)
    return 2 * _SIZE**3 / best / 1e9
