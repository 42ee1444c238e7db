"""What newspapers put around a story: the dateline before its first words, the by-line, the closing link."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from index.dates import DATE_PATTERN, YEARLESS_PATTERN

# White space is taken possessively (`\s*+`) all through: where two runs of it meet, giving back would take for ever.
_AGENCY: Final = r"\(\s*+(?P<agency{n}>[^\W\d_][^()\n]{{1,39}}?)\s*+\)"
_NO_WEEKDAY: Final = r"(?!(?i:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[.,]))"
_PLACE: Final = _NO_WEEKDAY + r"(?P<place>[^\W\d_][^\d\n()–—:;!?\"“”]{1,59}?)"
# A date may be followed by any of these, or stand on a line of its own; without one, only a free-standing dash will do.
_AFTER_DATE: Final = r"(?:[,.]?\s*+(?:—|–|--|-|:)\s*+|[,.]?[ \t]*+(?:\n|$))"
_DASH: Final = r"(?:\s*+(?:—|--)\s*+|\s++[-–]\s++)"

_DATED: Final = re.compile(
    rf"(?:{_PLACE}(?:\s*+,)?\s++)?(?:{_AGENCY.format(n=1)}(?:\s*+,)?\s*+)?"
    rf"(?i:(?P<date>{DATE_PATTERN})|(?P<yearless>{YEARLESS_PATTERN}))"
    rf"(?:(?:\s*+,)?\s*+{_AGENCY.format(n=2)})?{_AFTER_DATE}"
)
_UNDATED: Final = re.compile(
    rf"(?:{_PLACE}(?:\s*+,)?)?(?:\s*+{_AGENCY.format(n=1)})?{_DASH}(?=[\"“‘'(\[]*[^\W_])(?![\"“‘'(\[]*[a-zß-ÿ])"
)
_NEWS_AGENCIES: Final = frozenset(
    (
        "reuters", "ap", "afp", "upi", "dpa", "efe", "ansa", "tass", "xinhua", "kyodo", "pti", "ani", "ips", "bbc",
        "bloomberg", "associated press", "the associated press", "thomson reuters foundation", "agence france-presse",
    )
)  # fmt: skip
_PARTICLES: Final = frozenset(
    (
        "of", "the", "and", "de", "la", "le", "las", "los", "el", "al", "del", "da", "do", "dos", "du", "di", "des",
        "sur", "upon", "am", "an", "der", "den", "in",
    )
)  # fmt: skip
# Words that open a sentence or a label, and no place.
_NOT_PLACES: Final = frozenset(
    (
        "on", "in", "at", "by", "since", "after", "before", "until", "from", "between", "the", "a", "an", "this",
        "that", "it", "as", "for", "published", "updated", "posted", "date", "last", "breaking", "update", "exclusive",
        "live", "watch", "opinion", "analysis", "correction", "comment", "editorial", "factbox", "interview",
        "review", "note", "fiction", "advertisement", "sponsored", "video", "photos", "gallery", "read",
    )
)  # fmt: skip
_MOST_WORDS_IN_A_PLACE: Final = 7

_BYLINE: Final = re.compile(r"(?:By|BY):?[ \t]+(?P<author>[^\W\d_][^\d\n:;!?()\"“”]{2,80})[ \t]*")
_CLOSING: Final = re.compile(
    r"^[ \t>*_]*+Read (?:the )?(?:full|original|complete|entire|whole)\b[ \t]*+(?P<outlet>[^\n\[\]]{0,120}?)[ \t]*+"
    r"\b(?:article|story|report|post|piece)[ \t]++(?:at|on|here)\b[ \t]*+:?[ \t*_]*+(?:\n[ \t]*+){0,3}"
    r"(?:\[[ \t]*+(?P<bracketed>[^\s\]]*+)[ \t]*+\](?:\([^)\n]*+\))?|<?(?P<bare>https?://[^\s>]++)>?)?[ \t*_]*+$",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dateline:
    """Where and when a story was filed, as written; ``has_year`` tells whether ``date`` is complete."""

    place: str | None = None
    agency: str | None = None
    date: str | None = None
    has_year: bool = False


def take_dateline(text: str) -> tuple[Dateline, str]:
    """The dateline at the start of a text, and the text without it; the text stays as it is where there is none."""
    start = len(text) - len(text.lstrip())
    match = _DATED.match(text, start)
    if match and (match["place"] is None or _is_place(match["place"])) and (match["date"] or _is_filed(match)):
        found = Dateline(
            place=_tidy(match["place"]),
            agency=_tidy(match["agency1"] or match["agency2"]),
            date=match["date"] or match["yearless"],
            has_year=match["date"] is not None,
        )
        return found, text[match.end() :].lstrip()
    match = _UNDATED.match(text, start)
    if match and _is_undated_dateline(match["place"], match["agency1"]):
        return Dateline(place=_tidy(match["place"]), agency=_tidy(match["agency1"])), text[match.end() :].lstrip()
    return Dateline(), text


def take_byline(text: str) -> tuple[str | None, str]:
    """The author of a line such as *By Jane Doe* at the start, and the text without that line."""
    line, _, rest = text.lstrip().partition("\n")
    match = _BYLINE.fullmatch(line)
    if match is None or not rest.strip():
        return None, text
    author = match["author"].strip()
    names = [
        word for word in re.split(r"[\s,&|·/-]+", author) if word.lower() not in _PARTICLES | {"with", "van", "von"}
    ]
    ends_a_sentence = author.endswith(".") and not re.search(r"\b(?:[A-Z]|Jr|Sr)\.$", author)
    if ends_a_sentence or not all(word[:1].isupper() or not word for word in names):
        return None, text
    return author.rstrip(" ,"), rest.lstrip()


def take_closing(text: str) -> tuple[str | None, str | None, str]:
    """Outlet and link of a closing *Read the Full … Article at: [ link ]*, and the text without it.

    Wherever it stands, it goes: it must not become a passage. Of several the last one counts.
    """
    outlet = url = None
    for match in _CLOSING.finditer(text):
        outlet = _tidy(match["outlet"])
        url = match["bracketed"] or match["bare"] or None
    return outlet, url, _CLOSING.sub("", text)


def _is_filed(match: re.Match[str]) -> bool:
    """Whether a date without a year belongs to a dateline, not to a sentence such as *May 3: the bridge closes*."""
    return match["place"] is not None and bool(re.search(r"[-–—]", match[0][match.end("yearless") - match.start() :]))


def _is_undated_dateline(place: str | None, agency: str | None) -> bool:
    known = agency is not None and agency.lower() in _NEWS_AGENCIES
    if place is None:
        return known
    town = place.split(",")[0]
    return _is_place(place) and (known or (town.isupper() and len(town) > 2))  # noqa: PLR2004 -- UK, EU and UN speak


def _is_place(text: str) -> bool:
    words = text.replace(",", " ").split()
    if not words or len(words) > _MOST_WORDS_IN_A_PLACE or words[0].lower() in _NOT_PLACES:
        return False
    return all(word[0].isupper() or word.lower() in _PARTICLES or "-" in word for word in words)


def _tidy(text: str | None) -> str | None:
    return " ".join(text.split()).strip(" ,-–—") or None if text else None
