"""The line that retrieval puts before a passage, invented: encyclopedia paragraphs have neither outlet nor date."""

from __future__ import annotations

from random import Random

from index.dates import MONTH_NAMES
from training.draws import chance

_FIRST = (
    "Daily", "Evening", "Morning", "National", "Metro", "Coastal", "Northern", "Southern", "Capital", "Global",
    "Harbour", "Valley", "Union", "Central", "Pacific", "Atlantic", "Lakeside", "Prairie",
)  # fmt: skip
_SECOND = (
    "Courier", "Herald", "Gazette", "Tribune", "Post", "Journal", "Dispatch", "Ledger", "Observer", "Standard",
    "Wire", "Chronicle", "Review", "Sentinel", "Bulletin", "Examiner", "Report", "Times",
)  # fmt: skip
_SITES = ("TechBeat", "The Sideline", "MarketLine", "Sportsdesk", "Newsroom24", "Science Weekly", "The Hill Report")


def invent_outlet(rng: Random) -> str:
    """A newspaper or site that sounds real and is none of the sets' names."""
    if chance(0.3, rng):
        return rng.choice(_SITES)
    article = "The " if chance(0.5, rng) else ""
    return f"{article}{rng.choice(_FIRST)} {rng.choice(_SECOND)}"


def invent_date(rng: Random) -> str:
    """A date between 2005 and 2026 in one of the usual forms, ISO most often."""
    year, month, day = rng.randrange(2005, 2027), rng.randrange(1, 13), rng.randrange(1, 29)
    name = MONTH_NAMES[month - 1]
    forms = (
        f"{year}-{month:02d}-{day:02d}",
        f"{day} {name} {year}",
        f"{name} {day}, {year}",
        f"{name[:3]} {day}, {year}",
    )
    return rng.choices(forms, weights=(8, 6, 3, 3))[0]


def join_header(*, headline: str, outlet: str, date: str) -> str:
    """`{headline} — {outlet}, {date}`, leaving out what is empty; the form the reader's model card promises."""
    source = ", ".join(part for part in (outlet, date) if part)
    return " — ".join(part for part in (headline.strip(), source) if part)


def invent_header(*, title: str, neighbour: str, rng: Random) -> str:
    """A header for a paragraph, or an empty one for two in five.

    `neighbour` is another sentence of the same article: a part of it makes a headline as long as news has them, so
    that the reader meets headers that speak of the matter and still may not be answered from.
    """
    if not chance(0.6, rng):
        return ""
    headline = title
    if neighbour and chance(0.4, rng):
        words = neighbour.split()[: rng.randrange(5, 13)]
        headline = f"{title}: {' '.join(words)}" if title and chance(0.6, rng) else " ".join(words)
    return join_header(
        headline=headline,
        outlet=invent_outlet(rng) if chance(0.9, rng) else "",
        date=invent_date(rng) if chance(0.85, rng) else "",
    )
