"""Articles counted and listed: those that contain some words, exactly, by reading them all."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from index.asking.inventory import Inventory
from index.dates import display_date, instant
from index.types import LISTED, Citation, Overview, OverviewKind, Searched


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_WORD: Final = re.compile(r"\w+(?:[’'.-]\w+)*")
_ARTICLE: Final = re.compile(r"^(?:the|a|an|any|all)\s+(?=\w)", re.IGNORECASE)
_SMALL_WORDS: Final = _words(
    """
    a an and at by for from in of on or the to with
    """
)
_MARCH: Final = "march"
"""A *march* asked for in small letters is none that a text has as a month; *March* is counted however it is meant."""
_NO_MONTH: Final = (
    r"(?<!\bin )(?<!\bof )(?<!\bby )(?<!\bsince )(?<!\buntil )(?<!\bfrom )(?<!\bearly )(?<!\blate )(?<!\bmid-)"
    r"(?<!\blast )(?<!\bnext )(?<!\b\d )(?<!\b\d\d )(?<!\d(?:st|nd|rd|th) )"
)
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_QUOTED: Final = 400
"""Most characters of a quotation in a list."""


class ListedArticle(Protocol):
    """An article as it is looked through."""

    @property
    def id(self) -> str: ...  # noqa: D102 - a field
    @property
    def title(self) -> str: ...  # noqa: D102 - a field
    @property
    def text(self) -> str: ...  # noqa: D102 - a field
    @property
    def outlet(self) -> str | None: ...  # noqa: D102 - a field
    @property
    def published(self) -> str | None: ...  # noqa: D102 - a field
    @property
    def url(self) -> str | None: ...  # noqa: D102 - a field


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    article: ListedArticle
    at: int
    """Where the words stand in its text; 0 where they stand in the headline alone, or none were asked for."""


def overview_of(
    asked: Inventory,
    articles: Callable[[], Iterable[ListedArticle]],
    *,
    question: str,
    searched: Searched,
    sentences: Callable[[str], Sequence[tuple[int, int]]],
) -> Overview:
    """Counts and lists.

    An article counts when its headline or text contains the words that were asked for, as whole words and without
    regard to case, accents and ``'s``: together, as they were written, or, if no article has them so, all of them
    anywhere.

    Args:
        asked: what is to be counted.
        articles: reads all articles that pass the filters, newest first.
        question: as typed.
        searched: the receipt.
        sentences: cuts a text into sentences, as offsets.
    """
    phrase = _ARTICLE.sub("", asked.about)
    found, whole = list(_holding(articles(), (phrase,) if phrase else ())), True
    words = (phrase,) if phrase else ()
    parts = tuple(dict.fromkeys(word for word in _WORD.findall(phrase) if word.casefold() not in _SMALL_WORDS))
    if not found and len(parts) > 1:
        words, whole = parts, False
        found = list(_holding(articles(), parts))
    outlets = Counter(one.article.outlet for one in found if one.article.outlet)
    ranked = tuple(sorted(outlets.items(), key=lambda pair: (-pair[1], pair[0])))
    listed = () if asked.kind is not OverviewKind.ARTICLES and not words else found[:LISTED]
    return Overview(
        question=question,
        standalone=asked.alone or question.strip(),
        kind=asked.kind,
        text=_sentence(asked.kind, words, found, ranked, whole=whole, of_a_time=searched.period is not None),
        words=words,
        whole=whole,
        articles=len(found),
        outlets=ranked,
        citations=tuple(_citation(one, number, sentences) for number, one in enumerate(listed, start=1)),
        searched=searched,
    )


def pattern_of(words: str) -> re.Pattern[str]:
    """Finds the words in folded text, together and whole; what stands between two of them may be any white space."""
    parts = [re.escape(part) for part in fold(words).split()]
    before, after = (_NO_MONTH, r"(?!\.? \d)") if words == _MARCH else ("", "")
    return re.compile(r"(?<!\w)" + before + r"\s+".join(parts) + r"(?!\w)" + after)


def fold(text: str) -> str:
    """Lower case without accents and with plain apostrophes, of the same length where that can be."""
    plain = text.replace("’", "'").replace("‘", "'").lower()
    return _NOT_ASCII.sub(lambda match: _unaccented(match[0]), plain)


def _unaccented(character: str) -> str:
    base = unicodedata.normalize("NFD", character)[0]
    return base if not unicodedata.combining(base) else character


def _holding(articles: Iterable[ListedArticle], words: Sequence[str]) -> Iterable[_Found]:
    patterns = [pattern_of(word) for word in words]
    for article in articles:
        title, text = fold(article.title), fold(article.text)
        if all(pattern.search(text) or pattern.search(title) for pattern in patterns):
            first = min((match.start() for p in patterns if (match := p.search(text))), default=0)
            # Lower-casing a few letters makes two of one; then the place is not known exactly.
            yield _Found(article=article, at=first if len(text) == len(article.text) else 0)


def _citation(found: _Found, number: int, sentences: Callable[[str], Sequence[tuple[int, int]]]) -> Citation:
    article = found.article
    cut = sentences(article.text)
    start, end = next(((s, e) for s, e in cut if s <= found.at < e), cut[0] if cut else (0, len(article.text)))
    end = min(end, start + _QUOTED)
    return Citation(
        marker=number,
        article_id=article.id,
        title=article.title,
        outlet=article.outlet,
        published=article.published,
        url=article.url,
        start=start,
        end=end,
        quote=article.text[start:end],
    )


def _sentence(
    kind: OverviewKind,
    words: Sequence[str],
    found: Sequence[_Found],
    outlets: Sequence[tuple[str, int]],
    *,
    whole: bool,
    of_a_time: bool,
) -> str:
    count = "No article" if not found else "1 article" if len(found) == 1 else f"{len(found):,} articles"
    quoted = [f"“{word}”" for word in words]
    named = " and ".join(filter(None, (", ".join(quoted[:-1]), *quoted[-1:])))
    if words:
        how = "" if whole else "the words "
        if not found and of_a_time:
            count = "No article from that time"
        text = f"{count} {'contain' if len(found) > 1 else 'contains'} {how}{named}"
    else:
        text = f"{count} {'are' if len(found) > 1 else 'is'} {'from that time' if of_a_time else 'in the archive'}"
    days = sorted((one.article.published for one in found if one.article.published), key=instant)
    if days:
        first, last = display_date(days[0]), display_date(days[-1])
        text += f", published {first if first == last else f'{first} to {last}'}"
    if kind is OverviewKind.OUTLETS and outlets:
        text += ": " + ", ".join(f"{name} ({number:,})" for name, number in outlets)
    return text + "."
