"""A turn that begins a new topic: *new topic*, *new topic: who runs the ferry?*. Pure."""

from __future__ import annotations

import re
from typing import Final

_NEW_TOPIC: Final = re.compile(r"(?:new topic|neues thema|/new)\s*(?:[.!]*$|[:,–—-]+\s*)", re.IGNORECASE)


def new_topic(question: str) -> tuple[str, bool]:
    """The question without a leading *new topic*, and whether it had one; also *new topic* alone."""
    match = _NEW_TOPIC.match(question)
    return (question[match.end() :].strip(), True) if match else (question, False)
