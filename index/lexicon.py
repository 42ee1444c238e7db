"""The form in which text and questions meet in the lexical index: one token for a state or body, however it is written.

Applied before the engine's own tokenizer, which splits at what is not a letter or digit, lowers, folds and stems.
Indexed text keeps its words and gains tokens; a question names the token. "US", "U.S.", "USA" and "the United States"
meet in ``usa``, which the pronoun *us* is not. Pure functions that take time linear in the text.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

FINGERPRINT: Final = "lexicon-2"
"""Names these rules; change it with them, so that archives index their text anew."""


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_STATES: Final = {
    "united states of america": "usa",
    "united states": "usa",
    "united kingdom": "uk",
    "european union": "eu",
    "united nations": "un",
    "united arab emirates": "uae",
}
"""Full names that say no more than their token, so that a question needs the token alone."""

_NAMES: Final = {
    **_STATES,
    "great britain": "uk",
    "britain": "uk",
    "central intelligence agency": "cia",
    "department of justice": "doj",
    "european central bank": "ecb",
    "federal bureau of investigation": "fbi",
    "federal trade commission": "ftc",
    "food and drug administration": "fda",
    "international atomic energy agency": "iaea",
    "international court of justice": "icj",
    "international criminal court": "icc",
    "international monetary fund": "imf",
    "israel defence forces": "idf",
    "israel defense forces": "idf",
    "justice department": "doj",
    "national health service": "nhs",
    "north atlantic treaty organisation": "nato",
    "north atlantic treaty organization": "nato",
    "securities and exchange commission": "sec",
    "world health organisation": "worldhealthorganization",
    "world health organization": "worldhealthorganization",
    "world trade organisation": "wto",
    "world trade organization": "wto",
}

_WORDLIKE: Final = {"us": "usa", "who": "worldhealthorganization"}
"""Acronyms that are words in lower case, and the token that stands for them."""

_NAME: Final = re.compile(
    r"\b(" + "|".join(name.replace(" ", r"\s{1,3}") for name in sorted(_NAMES, key=len, reverse=True)) + r")\b",
    re.IGNORECASE,
)
_DOTTED: Final = re.compile(r"(?<![\w.@/])[^\W\d_](?:\.\s?[^\W\d_](?=\.)|\.[^\W\d_](?!\w)){1,9}\.?")
_ACRONYM: Final = re.compile(r"(?<![\w.@/])(?:US|WHO)(?![\w@])")
_LOWER: Final = re.compile(r"(?<![\w.@/])(?:us|the\s{1,3}who)(?![\w@])(?!\.\w)", re.IGNORECASE)
_POSSESSIVE: Final = re.compile(r"(?<=\w)['’‘ʼ＇`´]s\b", re.IGNORECASE)  # noqa: RUF001 - the ways to type an apostrophe
_APOSTROPHE: Final = re.compile(r"(?<=\w)['’‘ʼ＇`´](?=\w)")  # noqa: RUF001 - as above
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\u0300-\u036f]")
_WORD: Final = re.compile(r"\w+")
_NEAR: Final = 48
"""How far around an acronym its neighbours are looked for, in characters."""

_BEFORE_A_STATE: Final = _words(
    """
    the in inside outside within across throughout versus vs anti pro non former
    """
)
_BEFORE_A_SUBJECT: Final = _words(
    """
    does do did will would can could should may might must has is was are were why when where how what which whose
    if whether because than
    """
)
_PRONOUNS: Final = _words(
    """
    them they you me him her we i
    """
)
_ENDS_A_CLAUSE: Final = _words(
    """
    all and any at both by for from if in into now of off on or out so than that to too up when while with
    """
)
_AFTER_A_STATE: Final = _words(
    """
    administration agencies agency aid air airlines airstrike airstrikes allies ambassador army authorities
    backed base based bank banks bombers bond bonds border capitol carrier census central chamber china citizen
    citizens coast companies company congress consulate constitution court customs debt deficit defence defense
    delegation democracy department diplomat diplomats dollar dollars economy election elections embassy energy
    envoy equities exports federal fed federation firms flag forces foreign fund government grand gross growth gun
    hostage hostages house immigration imports inflation influence intelligence interest interests invasion iran
    israel jobs judge justice launched law lawmaker lawmakers led market markets marine marines marshals media
    military national navy nuclear officer officials official oil open passport policy politics population postal
    presence president presidential prosecutors recession regulators relations representative sanction sanctions
    secretary security senate senator senators service shutdown soccer soldier soldiers special state states stock
    stocks strategy strike strikes supreme supports tariff tariffs tax team territory treasury troops trade
    unemployment veto visa voters vote warship warships weapons women womens
    """
)


def index_form(text: str) -> str:
    """Text as it is indexed: its words, and behind a name or acronym the token that stands for it.

    Idempotent, and at most 12 times as long as the text.
    """
    text = _join_dots(_folded(text))
    text = _ACRONYM.sub(_indexed_acronym, text)
    return _plain_apostrophes(_NAME.sub(_named, text))


def query_form(text: str) -> str:
    """A question as it is looked up. Lower case is what people type: *us* is the country where grammar says so."""
    text = _join_dots(_folded(text))
    shouted = text.isupper()
    text = _LOWER.sub(lambda match: _asked_word(match, shouted=shouted), text)
    if not shouted:
        text = _ACRONYM.sub(lambda match: _WORDLIKE[match[0].lower()], text)
    return _plain_apostrophes(_NAME.sub(_asked_name, text))


def _folded(text: str) -> str:
    """Without accents and invisible characters; composed, because the engine folds only composed letters."""
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", unicodedata.normalize("NFD", text)))


def _join_dots(text: str) -> str:
    """``N.H.S.`` → ``NHS``; a dotted acronym is no word, so ``u.s.`` is the country in any case."""

    def joined(match: re.Match[str]) -> str:
        letters = "".join(character for character in match[0] if character.isalpha())
        return _WORDLIKE.get(letters.lower(), letters)

    return _DOTTED.sub(joined, text)


def _plain_apostrophes(text: str) -> str:
    """``Israel's`` → ``Israel``, ``don't`` → ``dont``: otherwise the engine makes words of *s* and *t*."""
    return _APOSTROPHE.sub("", _POSSESSIVE.sub("", text))


def _indexed_acronym(match: re.Match[str]) -> str:
    """The token; in a line of capitals the word as well, because there it may be a pronoun."""
    token = _WORDLIKE[match[0].lower()]
    return f"{match[0].lower()} {token}" if _is_shouted(match) else token


def _is_shouted(match: re.Match[str]) -> bool:
    """Whether the words around are in capitals too."""
    text, start, end = match.string, match.start(), match.end()
    around = _WORD.findall(text[max(0, start - _NEAR) : start])[-3:] + _WORD.findall(text[end : end + _NEAR])[:3]
    letters = [word for word in around if word.isalpha() and len(word) > 1]
    return len(letters) > 1 and all(word.isupper() for word in letters)


def _token(match: re.Match[str]) -> str:
    return _NAMES[" ".join(match[1].lower().split())]


def _named(match: re.Match[str]) -> str:
    """The name and its token, unless the token is there already."""
    token = _token(match)
    following = _WORD.search(match.string, match.end(), match.end() + len(token) + 1)
    return match[0] if following and following[0] == token else f"{match[0]} {token}"


def _asked_name(match: re.Match[str]) -> str:
    name = " ".join(match[1].lower().split())
    return _STATES[name] if name in _STATES else _named(match)


def _asked_word(match: re.Match[str], *, shouted: bool) -> str:
    word = match[0]
    if word.isupper() and not shouted:
        return word
    if len(word) > len("us"):
        return f"who {_WORDLIKE['who']}"
    return _WORDLIKE["us"] if _is_state(match) else word


def _is_state(match: re.Match[str]) -> bool:
    """Whether *us* in a question is the country, told by its neighbours; a pronoun when they don't tell."""
    text, start, end = match.string, match.start(), match.end()
    before = [word.lower() for word in _WORD.findall(text[max(0, start - _NEAR) : start])[-2:]]
    after = [word.lower() for word in _WORD.findall(text[end : end + _NEAR])[:2]]
    previous, following = before[-1] if before else "", after[0] if after else ""
    second = after[1] if len(after) > 1 else ""
    if (not before and not after) or text[end : end + 1] == "-" or text[start - 1 : start] == "-":
        return True
    if following in {"and", "or"}:
        return bool(second) and second not in _PRONOUNS | _ENDS_A_CLAUSE
    if previous in {"and", "or"}:
        return len(before) > 1 and before[0] not in _PRONOUNS
    subject = not previous or previous in _BEFORE_A_SUBJECT
    return (
        previous in _BEFORE_A_STATE
        or following in _AFTER_A_STATE
        or (subject and bool(following) and following not in _ENDS_A_CLAUSE)
    )
