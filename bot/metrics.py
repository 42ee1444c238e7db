"""Prometheus metrics, in a registry of their own."""

from __future__ import annotations

import asyncio
import statistics
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

_RECENT: Final = 200
_PERCENT: Final = 95


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long the latest answers took, in seconds.

    ``median`` and ``p95`` go from the question to the delivered answer; ``retrieve`` and ``read`` are the medians of
    what the archive needed for that, without the wait in line.
    """

    answers: int
    median: float
    p95: float
    retrieve: float
    read: float


class Metrics:
    """What the bot counts and times. Seconds and bytes, as Prometheus wants them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.questions = Counter(
            "dateline_questions", "Questions by way in and outcome", ["way", "outcome"], registry=self.registry
        )
        self.seconds = Histogram(
            "dateline_answer_seconds",
            "From the question to the delivered answer",
            registry=self.registry,
            buckets=(0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64),
        )
        self._recent: deque[tuple[float, float, float]] = deque(maxlen=_RECENT)
        self.tasks = Gauge("dateline_tasks", "Tasks of the event loop that are not done", registry=self.registry)
        self.waiting = Gauge("dateline_questions_waiting", "Questions in line", registry=self.registry)
        self.refusals = Counter("dateline_refusals", "Questions turned away", ["why"], registry=self.registry)
        self.errors = Counter("dateline_errors", "Unexpected errors", registry=self.registry)
        self.feedback = Counter("dateline_feedback", "Feedback", ["helpful"], registry=self.registry)
        self.disconnects = Counter("dateline_gateway_disconnects", "Lost gateway connections", registry=self.registry)

    def answered(self, seconds: float, timing_ms: Mapping[str, float]) -> None:
        """Notes an answer: seconds from the question to its delivery, and the archive's milliseconds by stage."""
        self.seconds.observe(seconds)
        self._recent.append((seconds, timing_ms.get("retrieve", 0.0) / 1000, timing_ms.get("read", 0.0) / 1000))

    def latency(self) -> Latency | None:
        """The latest answers' times; None before the first since the start."""
        if not self._recent:
            return None
        whole, retrieve, read = (sorted(column) for column in zip(*self._recent, strict=True))
        return Latency(
            answers=len(whole),
            median=statistics.median(whole),
            p95=whole[(len(whole) * _PERCENT - 1) // 100],
            retrieve=statistics.median(retrieve),
            read=statistics.median(read),
        )

    def count_tasks(self) -> int:
        """Tasks of the running event loop that are not done; the gauge has it too."""
        count = len(asyncio.all_tasks())
        self.tasks.set(count)
        return count

    def resident_bytes(self) -> int:
        """Memory that the process holds now; 0 where the system doesn't tell."""
        return int(self.registry.get_sample_value("process_resident_memory_bytes") or 0)
