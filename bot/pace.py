"""How fast people may ask, and that nothing is answered twice; in memory, monotonic seconds."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable

_MINUTE = 60.0
_FORGET_ABOVE = 10_000
_TURNED_AWAY = 1_000


class Cooldowns:
    """At most so many questions in any minute, for each key."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._asked: OrderedDict[int, deque[float]] = OrderedDict()

    def wait(self, key: int) -> float:
        """Seconds until this key may ask again; 0 if it may now."""
        asked = self._asked.get(key)
        if asked is None:
            return 0.0
        now = self._clock()
        while asked and now - asked[0] >= _MINUTE:
            asked.popleft()
        return 0.0 if len(asked) < self._per_minute else _MINUTE - (now - asked[0])

    def count(self, key: int) -> None:
        """Notes a question."""
        self._asked.setdefault(key, deque()).append(self._clock())
        self._asked.move_to_end(key)
        while len(self._asked) > _FORGET_ABOVE:
            self._asked.popitem(last=False)


class TurnedAway:
    """Messages that asked and got no answer: a hash of their text, and the reply that said why, if any.

    Whoever mends such a message within a minute is answered, in that reply's place.
    """

    def __init__(self) -> None:
        self._messages: OrderedDict[int, tuple[int, int | None]] = OrderedDict()

    def note(self, message_id: int, content: str, reply_id: int | None) -> None:
        """Notes one."""
        self._messages[message_id] = (hash(content), reply_id)
        self._messages.move_to_end(message_id)
        while len(self._messages) > _TURNED_AWAY:
            self._messages.popitem(last=False)

    def __contains__(self, message_id: int) -> bool:
        return message_id in self._messages

    def is_mended(self, message_id: int, content: str) -> bool:
        """Whether a message that was turned away has another text now: Discord also tells of link previews as edits."""
        noted = self._messages.get(message_id)
        return noted is not None and noted[0] != hash(content)

    def take(self, message_id: int) -> int | None:
        """The reply's id; afterwards nothing is noted about the message."""
        return self._messages.pop(message_id, (0, None))[1]


class Seen:
    """Ids that were dealt with lately: Discord repeats events after a resume."""

    def __init__(self) -> None:
        self._ids: OrderedDict[int, None] = OrderedDict()

    def first(self, event_id: int) -> bool:
        """Whether this id is new; notes it."""
        if event_id in self._ids:
            return False
        self._ids[event_id] = None
        while len(self._ids) > _FORGET_ABOVE:
            self._ids.popitem(last=False)
        return True
