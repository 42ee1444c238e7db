"""Time as the loopback Discord sees it, and snowflake ids made from it."""

from __future__ import annotations

import datetime as dt
import time

DISCORD_EPOCH_MS = 1_420_070_400_000


class Clock:
    """Real time plus an offset, so that a test can let a quarter of an hour pass at once."""

    def __init__(self) -> None:
        self._offset = 0.0

    def now(self) -> float:
        """Seconds since the Unix epoch."""
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Lets that much time pass for the server; the bot's own clock stands."""
        self._offset += seconds

    def iso(self) -> str:
        """Now, as Discord writes a timestamp."""
        return dt.datetime.fromtimestamp(self.now(), dt.UTC).isoformat()


class Snowflakes:
    """Ids that grow, and that carry the time of their making as Discord's do."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """A new id, larger than all before."""
        made = (int(self._clock.now() * 1000) - DISCORD_EPOCH_MS) << 22
        self._last = max(made, self._last + 1)
        return self._last
