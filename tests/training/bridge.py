"""A question on a short text with sentences that confuse, for the tests of what is made of such rows."""

from __future__ import annotations

from training.news import SOURCE
from training.rows import Row

TEXT = "Rain fell all day. The mayor wants a new bridge by May. The old one is shut. Nobody minds. Ferries run."
RESTATES = "What the mayor of Lund wants has been the talk of the quay."
BESIDE = "The mayor of Osk wants a tunnel."
AT = TEXT.index("a new bridge")
ROW = Row(
    source=SOURCE,
    title="Bridge",
    question="What does the mayor want?",
    context=TEXT,
    spans=((AT, AT + len("a new bridge")),),
    distractors=(RESTATES, BESIDE),
    plain=("A bridge is what the mayor of Lund wants.", (0, 8)),
)


def answers(row: Row) -> list[str]:
    """The answers of a row, as they stand in its text."""
    return [row.context[a:b] for a, b in row.spans]
