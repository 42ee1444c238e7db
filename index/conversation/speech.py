"""Whether somebody says a sentence, and where it names who; by its verbs and quotation marks. Pure."""

from __future__ import annotations

import re
from typing import Final

_SPEECH: Final = re.compile(
    r"[“”\"„«»‘]|\b(?:said|says?|saying|t(?:old|ells?|elling)|according to|stated|add(?:s|ed|ing)|claimed|argue[sd]|"
    r"arguing|warn(?:s|ed|ing)|announce[sd]|insist(?:s|ed|ing)|explain(?:s|ed)|testifie[sd]|declare[sd]|replie[sd]|asked|"
    r"demanded|suggested|promise[sd]|vow(?:s|ed)|urge[sd]|admit(?:s|ted)|acknowledge[sd]|confirm(?:s|ed)|assert(?:s|ed)|"
    r"recall(?:s|ed)|remarked|tweeted|noted|stresse[sd]|conceded|denie[sd]|denying|wrote|writes|spoke|speaks)\b",
    re.IGNORECASE,
)
"""What tells that somebody says a sentence."""
_SAID: Final = r"(?:said|says|told|added|warned|announced|insisted|wrote|testified|argued|claimed|explained|stated)"
_NO_NAME: Final = r"(?!(?:he|she|it|they|we|i|you|who|but|and|that|this|nobody|everyone)\b)"
_NAME: Final = r"[A-Z][\w.’'-]+(?: [A-Z][\w.’'-]+){0,3}"
_WHO: Final = rf"(?i:{_NO_NAME})(?:(?:[Tt]he|[Aa]n?|[Tt]heir|[Ii]ts) (?:[\w’'-]+ ){{0,4}}[\w’'-]+|{_NAME})"
_SPEAKER: Final = re.compile(
    rf"\b[Aa]ccording to (?i:(?!him|her|them|it\b|wh))[^,.;“”\"]{{3,100}}"
    # "… the police said", "…, and Mayor Okerlund told the council"
    rf"|(?<=[,”\"] )(?:and |but )?(?P<before>{_WHO}) {_SAID}\b"
    # "…,” said Ada Lund", "…,” said a spokesman for the city"
    rf"|(?<=[,”\"] ){_SAID} (?i:{_NO_NAME})(?:[a-z’'-]+ ){{0,4}}(?:{_NAME}|[a-z]+)"
    # "Organizers said …", "Lucan Threlfall, the commissioner, told …"
    rf"|(?:^|(?<=[.!?”\"\n] ))(?P<opening>{_WHO})(?:, [^,.“”\"]{{3,60}},)? (?:have |has |had )?{_SAID}\b"
)


def is_said(sentences: str, before: str = "") -> bool:
    """Whether somebody says it: it holds a quotation mark or a verb of speech, or stands in a quotation.

    Args:
        sentences: whole sentences.
        before: what stands before them.
    """
    inside = before.count("“") > before.count("”") or before.count('"') % 2 == 1
    return inside or _SPEECH.search(sentences) is not None


def speaker_in(sentences: str) -> tuple[int, int] | None:
    """Where it names who says it, as offsets: *the police said*, *according to a summary*; None where it names nobody.

    *He said* names nobody.
    """
    found = _SPEAKER.search(sentences)
    return found.span() if found else None
