"""What a question looks like from outside: its clauses, and how many words in it carry meaning. Pure."""

from __future__ import annotations

import re
from typing import Final


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_WORD: Final = re.compile(r"\w+(?:['’]\w+)*")  # the apostrophe that phones type
_BREAK: Final = re.compile(r"[,;:?!]\s|[,;:?!]$|\b(?:and|but|while|whereas)\b", re.IGNORECASE)

_FUNCTION_WORDS: Final = _words(
    """
    a about above after again against all also although am among an and another any anyone anything are around as at be
    became because become been before being below between both but by can cannot could despite did do does doing done
    down during each either else even ever every everyone everything few for from further get gets getting give given
    got had has have having he hence her here hers herself him himself his how however i if in indeed instead into is it
    its itself just least less made make many may me might mine more most much must my myself neither never no nobody
    none nor not nothing now of off often on once one only onto or other others our ours ourselves out over own per
    perhaps please put quite rather really same say says see seem seemed seems several she should since so some someone
    something somewhere still such than that the their theirs them themselves then there therefore these they this those
    though through throughout thus to together too toward towards under unless until up upon very via was we well were
    what whatever when whenever where whereas wherever whether which while who whoever whole whom whose why will with
    within without would yet you your yours yourself yourselves
    """
)
"""English words that say how a question is put, not what it is about."""


def content_words(question: str) -> tuple[str, ...]:
    """The different words that carry meaning, folded, in order of appearance.

    What is written in capitals carries meaning whatever it spells: *US*, *WHO*, *IT*.
    """
    found: dict[str, None] = {}
    shouted = question.isupper()
    for match in _WORD.finditer(question):
        word = match[0]
        acronym = len(word) > 1 and word.isupper() and not shouted
        if acronym or word.casefold() not in _FUNCTION_WORDS:
            found.setdefault(word.casefold())
    return tuple(found)


def clauses(question: str, limit: int) -> tuple[str, ...]:
    """The parts of a question that can be looked up by themselves, in order; none where there is only one.

    A question of several parts is answered in several places, and each of them matches one part well and the whole
    badly. Parts end at punctuation and at *and*, *but*, *while*, *whereas*; those without content words are dropped. Of
    more than ``limit`` parts, those with the most content words stay.
    """
    parts: list[tuple[str, int]] = []
    for part in _BREAK.split(question):
        size = len(content_words(part))
        if size:
            parts.append((part.strip(), size))
    if len(parts) < 2:  # noqa: PLR2004  # one part is the question itself
        return ()
    longest = sorted(range(len(parts)), key=lambda i: (-parts[i][1], i))[:limit]
    return tuple(parts[i][0] for i in sorted(longest))
