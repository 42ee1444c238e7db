"""Words of a question as terms: where they stand, the form in which they are compared, and which say nothing alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"\w+(?:[-./]\w+)*|(?<=\w)['’]s\b")
_SHORTEST_PLURAL = 4


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTION_WORDS = _listed(
    """
    a an the this that these those there here it its itself he him his himself she her hers herself they them their
    theirs themselves we us our ours you your yours u ur i me my mine myself one ones who whom whose which what when
    where why how whats whos wheres hows whys whens is are am was were be been being do does did doing done have has
    had having will would shall should can could may might must ought gonna wanna isnt arent wasnt werent dont
    doesnt didnt hasnt havent hadnt wont wouldnt cant couldnt shouldnt s t d ll re ve m don doesn didn isn aren wasn
    weren hasn haven hadn won wouldn couldn shouldn and or but nor so if then than because cause cuz bc as while
    although though tho of in on at to from by with without w for about into onto over under after before during
    since until till between among against through per via up down out off not no yes any some all both each either
    neither few more most much many other others another else such same own only just also too very really even
    still again ever never already yet now ok okay please pls hey well lol btw anyway besides aside addition like
    way thing things something anything everything someone anyone everyone somebody anybody everybody lot kind sort
    """
)
"""Lower case. Words that carry grammar, point, or ask; a question made of them alone names nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word with its place: character offsets into the text it was found in."""

    text: str
    start: int
    end: int

    @property
    def key(self) -> str:
        """The form in which words are compared: lower case, without a plural's s."""
        lowered = self.text.casefold()
        if len(lowered) >= _SHORTEST_PLURAL and lowered.endswith("s") and not lowered.endswith("ss"):
            return lowered[:-1]
        return lowered

    @property
    def says(self) -> bool:
        """Whether the word says something by itself."""
        lowered = self.text.casefold()
        if lowered in {"'s", "’s"}:
            return False
        # "US" and "WHO" are names, "us" and "who" are not.
        return lowered not in FUNCTION_WORDS or (len(self.text) > 1 and self.text.isupper())


def words(text: str) -> list[Word]:
    """The words of a text in order; a possessive 's is a word of its own, punctuation is none."""
    return [Word(text=found[0], start=found.start(), end=found.end()) for found in _WORD.finditer(text)]


def content_keys(text: str) -> set[str]:
    """The compared forms of the words that say something."""
    return {word.key for word in words(text) if word.says}
