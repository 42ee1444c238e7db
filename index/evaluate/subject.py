"""What is judged: an archive over a set's articles, and the baselines that stand beside it in the same run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from index.conversation.understand import Understood
from index.types import Hit, Reply, Turn, Where

Json = dict[str, object]


class Searches(Protocol):
    """Finds passages."""

    def search(self, query: str, k: int = 10, where: Where | None = None) -> list[Hit]:
        """The k best passages, best first."""
        ...


class Asks(Protocol):
    """Answers questions."""

    def ask(self, question: str, history: Sequence[Turn] = (), where: Where | None = None) -> Reply:
        """An answer, or that there is none."""
        ...


class ConversesAndSearches(Protocol):
    """Finds passages for a turn in its conversation, and makes a question of it."""

    def understand(self, question: str, history: Sequence[Turn] = ()) -> Understood:
        """The turn, understood; ``history`` is oldest first."""
        ...

    def search(self, query: str, k: int = 10, where: Where | None = None, history: Sequence[Turn] = ()) -> list[Hit]:
        """The k best passages, best first."""
        ...


class SearchesAndAsks(Searches, Asks, Protocol):
    """An archive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An archive to be judged.

    Attributes:
        archive: as users meet it.
        forced: the same archive with a threshold of 0, which quotes whenever it finds anything: it tells how well
            sentences are chosen apart from how well their choice is judged.
        searches: retrieval baselines by name.
        asks: answering baselines by name, with a threshold of 0 too.
        settings: what the archive was built and run with, recorded beside the figures; JSON values.
    """

    archive: SearchesAndAsks
    forced: Asks
    searches: Mapping[str, Searches] = field(default_factory=dict)
    asks: Mapping[str, Asks] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)
