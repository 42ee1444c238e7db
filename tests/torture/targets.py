"""Every parser of the product."""

from __future__ import annotations

from typing import Final

from tests.torture import targets_articles, targets_asking, targets_bot

TARGETS: Final = (*targets_articles.TARGETS, *targets_asking.TARGETS, *targets_bot.TARGETS)
