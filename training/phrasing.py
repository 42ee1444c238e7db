"""Questions as people type them: no question mark, missing apostrophes, typos, short forms."""

from __future__ import annotations

import re
from random import Random

from training.draws import chance

_SHORT_FORMS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(rf"\b{long}\b", re.IGNORECASE), short)
    for long, short in (
        ("people", ("ppl",)),
        ("with", ("w/", "w")),
        ("without", ("w/o",)),
        ("because", ("bc", "cuz")),
        ("you", ("u",)),
        ("are", ("r",)),
        ("your", ("ur",)),
        ("and", ("&", "n")),
        ("government", ("govt", "gov")),
        ("president", ("pres", "prez")),
        ("percent", ("%", "pct")),
        ("percentage", ("%", "pct")),
        ("million", ("mil", "m")),
        ("billion", ("bn",)),
        ("between", ("btwn",)),
        ("about", ("abt",)),
        ("university", ("uni",)),
        ("company", ("co",)),
        ("number of", ("no. of", "# of")),
        ("before", ("b4",)),
        ("years", ("yrs",)),
        ("year", ("yr",)),
        ("the united states", ("the us", "the usa")),
        ("united states", ("us",)),
        ("united kingdom", ("uk",)),
        ("european union", ("eu",)),
        ("why did", ("how come",)),
        ("going to", ("gonna",)),
        ("want to", ("wanna",)),
        ("something", ("smth",)),
        ("information", ("info",)),
        ("approximately", ("approx", "about")),
    )
)
_CONTRACTIONS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"\b{long}\b", re.IGNORECASE), short)
    for long, short in (
        ("what is", "what's"),
        ("who is", "who's"),
        ("where is", "where's"),
        ("when is", "when's"),
        ("how is", "how's"),
        ("what are", "what're"),
        ("did not", "didn't"),
        ("does not", "doesn't"),
        ("do not", "don't"),
        ("is not", "isn't"),
        ("was not", "wasn't"),
        ("cannot", "can't"),
        ("would not", "wouldn't"),
    )
)
_OPENINGS = ("so ", "hey ", "ok so ", "do you know ", "anyone know ", "tell me ", "wait ", "um ", "and ", "pls ")
_NEIGHBOURS = {
    "a": "sqz", "b": "vng", "c": "xvd", "d": "sfe", "e": "wrd", "f": "dgr", "g": "fht", "h": "gjy", "i": "uok",
    "j": "hku", "k": "jli", "l": "kop", "m": "nj", "n": "bmh", "o": "ipl", "p": "ol", "q": "wa", "r": "etf",
    "s": "adw", "t": "ryg", "u": "yij", "v": "cbf", "w": "qes", "x": "zcs", "y": "tuh", "z": "xas",
}  # fmt: skip
_SHORTEST = 4  # shorter words become other words


def misspell(word: str, rng: Random) -> str:
    """One slip in `word`: a letter dropped, doubled, swapped or replaced by a neighbour on the keyboard."""
    if len(word) < _SHORTEST or not word.isalpha():
        return word
    at = rng.randrange(1, len(word) - 1)
    match rng.randrange(4):
        case 0:
            return word[:at] + word[at + 1 :]
        case 1:
            return word[:at] + word[at] + word[at:]
        case 2:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case _:
            near = _NEIGHBOURS.get(word[at].lower())
            return word if near is None else word[:at] + rng.choice(near) + word[at + 1 :]


def shortened(text: str, rng: Random) -> str:
    """`text` with some contractions and short forms."""
    if chance(0.35, rng):
        for pattern, short in _CONTRACTIONS:
            text = pattern.sub(short, text)
    if chance(0.4, rng):
        for pattern, forms in _SHORT_FORMS:
            if chance(0.6, rng):
                text = pattern.sub(rng.choice(forms), text)
    return text


def careless(text: str, rng: Random) -> str:
    """`text` without some of its marks and capitals. Capitals do not reach the model, whose vocabulary is uncased."""
    if chance(0.6, rng):
        text = text.rstrip("?!. ") or text
    if chance(0.4, rng):
        text = text.replace("'", "").replace("’", "") or text
    return text.lower() if chance(0.3, rng) else text


def slipped(text: str, rng: Random) -> str:
    """`text` with a typo or two in a quarter of all cases."""
    if not chance(0.25, rng):
        return text
    parts = text.split(" ")
    for _ in range(1 if chance(0.8, rng) else 2):
        at = rng.randrange(len(parts))
        parts[at] = misspell(parts[at], rng)
    return " ".join(parts)


def typed(question: str, rng: Random) -> str:
    """`question` as somebody might type it; about a third come back unchanged. Never empty for a question."""
    if chance(0.33, rng):
        return question
    text = careless(shortened(question.strip(), rng), rng)
    if chance(0.06, rng):
        text = rng.choice(_OPENINGS) + text
    return slipped(text, rng) or question
