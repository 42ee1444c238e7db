"""Prometheus metrics, in a registry of their own."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector


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
        self.waiting = Gauge("dateline_questions_waiting", "Questions in line", registry=self.registry)
        self.refusals = Counter("dateline_refusals", "Questions turned away", ["why"], registry=self.registry)
        self.errors = Counter("dateline_errors", "Unexpected errors", registry=self.registry)
        self.feedback = Counter("dateline_feedback", "Feedback", ["helpful"], registry=self.registry)
        self.disconnects = Counter("dateline_gateway_disconnects", "Lost gateway connections", registry=self.registry)

    def resident_bytes(self) -> int:
        """Memory that the process holds now; 0 where the system doesn't tell."""
        return int(self.registry.get_sample_value("process_resident_memory_bytes") or 0)
