"""Rate limits by route, and faults that a test orders."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Bucket:
    """A fixed window of requests."""

    limit: int
    window: float
    started: float = 0.0
    used: int = 0


class RateLimits:
    """A bucket for each route and major parameter, fifty requests a second over all.

    The figures are a test's choice, since Discord publishes none.
    """

    def __init__(self, limit: int = 30, window: float = 1.0) -> None:
        self.limit = limit
        self.window = window
        self.exceeded = 0
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def take(self, route: str, major: str) -> tuple[bool, dict[str, str], float]:
        """Counts a request: whether it may pass, its headers, and seconds until the window ends."""
        now = time.monotonic()
        bucket = self._buckets.setdefault((route, major), Bucket(self.limit, self.window))
        if now - bucket.started >= bucket.window:
            bucket.started, bucket.used = now, 0
        bucket.used += 1
        allowed = bucket.used <= bucket.limit
        if not allowed:
            self.exceeded += 1
        left = max(0.0, bucket.window - (now - bucket.started))
        headers = {
            "X-RateLimit-Limit": str(bucket.limit),
            "X-RateLimit-Remaining": str(max(0, bucket.limit - bucket.used)),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": hashlib.blake2s(route.encode(), digest_size=8).hexdigest(),
        }
        return allowed, headers, left


@dataclass(slots=True, kw_only=True)
class Fault:
    """A failure for the next ``times`` requests that match: a status, or a closed socket when status is None.

    With ``lost_answer`` the request takes effect, and only its answer is lost.
    """

    method: str
    path: re.Pattern[str]
    status: int | None
    times: int = 1
    code: int = 0
    retry_after: float = 0.05
    lost_answer: bool = False


@dataclass(slots=True)
class Faults:
    """The failures that a test has ordered."""

    ordered: list[Fault] = field(default_factory=list)

    def order(
        self, method: str, path: str, status: int | None, *, times: int = 1, code: int = 0, lost_answer: bool = False
    ) -> Fault:
        """Orders a failure for requests whose path matches the regular expression anywhere."""
        fault = Fault(
            method=method, path=re.compile(path), status=status, times=times, code=code, lost_answer=lost_answer
        )
        self.ordered.append(fault)
        return fault

    def next(self, method: str, path: str) -> Fault | None:
        """The failure for this request, if one is ordered."""
        for fault in self.ordered:
            if fault.times > 0 and fault.method == method and fault.path.search(path):
                fault.times -= 1
                return fault
        return None
