"""Unclear events: *when was the meeting?*, where the archive tells of two that have nothing in common. Pure.

Asking back must be rare and right, so all of this must hold: the question says *the* meeting and nothing that tells it
from others (no name, no number, no *of* or *between* behind it); the best sentences of different articles are about
equally good, and speak of a meeting themselves or below a headline that does; what the question says besides stands in
all of these articles or in none; and the articles are about different matters, since one event is told by many.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from index.dates import display_date, instant
from index.types import Choice, Hit, ScoredSentence

Terms = Callable[[str], list[str]]
"""The terms of a text as the archive looks them up, so that *strikes* is *strike*."""


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


NEAR: Final = 2.5
"""Most by which the best sentences of two articles may differ, in the reader's score (log-odds)."""
NEAR_BY_NAME: Final = 4.0
"""The same for a sentence that names the event: which of two the reader prefers is mostly a matter of wording."""
_MOST_CHOICES: Final = 4
_LONGEST: Final = 9
"""Words of a question; a longer one says which it means."""
_OTHER_MATTER: Final = 0.2
"""Most of the names of one article, or of the smaller number, that two articles about different matters share."""
_OTHER_OCCASION: Final = 0.5
"""The same, where both headlines name the event, share no other word, and are days apart."""
_ONE_EVENT: Final = dt.timedelta(days=3)
"""Within which two headlines may be about the same event."""
_FEWEST_NAMES: Final = 3
"""Names that an article must have, to tell what it is about."""
_HEADLINE: Final = 80
"""Characters of a headline that go into the question that a choice asks."""

_EVENTS: Final = _words(
    """
    meeting summit conference talks vote ballot referendum election debate hearing trial verdict ruling lawsuit case
    court judge jury tribunal inquiry investigation strike protest march rally demonstration riot attack shooting
    stabbing bombing explosion blast fire crash collision accident derailment storm flood earthquake landslide outage
    spill robbery theft murder match game final semifinal race tournament concert festival ceremony funeral wedding
    merger takeover deal agreement treaty launch auction award prize exhibition film movie book show council committee
    board commission parliament senate mayor coach captain suspect defendant victim victims driver pilot
    """
)
_FORM: Final = re.compile(
    rf"\bthe (?:(?:last|latest|recent|whole|actual) )?(?P<event>{'|'.join(sorted(_EVENTS, key=len, reverse=True))})\b"
    r"(?!['’-]|\s+(?:of|in|with|between|on|about|at|for|against|over|from|to|near|by|that|which|who|whose|where|"
    r"behind|involving|called|named)\b)(?P<next>\s+[^\W\d_]+)?",
    re.IGNORECASE,
)
_MAY_FOLLOW: Final = _words(
    """
    is was are were be been do did does has had have will would can could should may might must and or but then now
    say says said tell told find found decide decided rule ruled order ordered think want wants start started begin
    began end ended last lasted happen happened take took held hold cost worth win won lose lost go went get got die
    died cause caused open opened close closed finish finished agree agreed again yet so after before when while
    """
)
"""What follows *the strike* where it is no part of a longer name, such as *the strike fund*."""
_SAYS_LITTLE: Final = _words(
    """
    a an the what when where who whom whose why how which that this there it they them did do does is was are were be
    been has have had will would can could should in on at to of for from by with about after before during since and
    or so then now much many long big large old people person time day year start begin began end last happen say said
    tell told decide decided rule ruled find found order ordered win won lose lost die died dead kill killed hurt
    injured wound wounded cause caused take took took place place held hold go went get got worth cost open close
    vote voted agree agreed say think want score scored file filed report result outcome reason finally exactly
    """
)
_NO_NAMES: Final = _words(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
    october november december mr mrs ms dr
    """
)
_WORD: Final = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_NAME: Final = re.compile(r"(?<![.!?:] )(?<![“”\"\n])\b[A-Z][^\W\d_]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Telling:
    """An article that tells of such an event.

    ``names`` are those in what was read of it, ``headline`` its headline's terms without the event's, ``asked`` what it
    holds of the question's other terms.
    """

    sentence: ScoredSentence
    names: frozenset[str]
    headline: frozenset[str]
    in_headline: bool
    asked: frozenset[str]

    @property
    def hit(self) -> Hit:
        """Where it stands."""
        return self.sentence.hit


def event_choices(
    question: str, ranked: Sequence[ScoredSentence], terms: Terms, spoken_of: Collection[str] = ()
) -> tuple[Choice, ...]:
    """The events that a question may mean, likeliest first; none where it is clear.

    Args:
        question: stand-alone.
        ranked: the reader's sentences, best first.
        terms: of a text.
        spoken_of: ids of articles that the conversation has quoted, of which it then speaks.
    """
    events = _bare_events(question)
    if not ranked or not events:
        return ()
    near = list(_tellings(question, events, ranked, terms))
    best = ranked[0]
    if _tell(best.text, events, terms) and all(one.hit.article_id != best.hit.article_id for one in near):
        # The best is of such an event itself, and not one of those to choose from.
        return ()
    apart: list[_Telling] = []
    for one in near:
        if all(_is_another(one, other) for other in apart):
            apart.append(one)
    if len(apart) < 2 or any(one.hit.article_id in spoken_of for one in near):  # noqa: PLR2004 - two make a choice
        return ()
    if len({one.asked for one in apart}) > 1:
        # What else the question says is in some of them alone: those are meant.
        return ()
    return tuple(_choice(question, one) for one in apart[:_MOST_CHOICES])


def _bare_events(question: str) -> frozenset[str]:
    """The events that a question calls *the* one; none where anything in it may tell which."""
    words = _WORD.findall(question)
    if len(words) > _LONGEST or any(any(c.isdigit() for c in word) for word in words):
        return frozenset()
    if any(word[0].isupper() for word in words[1:]) and not question.isupper():
        return frozenset()
    found = set()
    for match in _FORM.finditer(question):
        following = (match["next"] or "").strip().lower()
        if not following or following in _MAY_FOLLOW:
            found.add(match["event"].lower())
    return frozenset(found)


def _tellings(
    question: str, events: frozenset[str], ranked: Sequence[ScoredSentence], terms: Terms
) -> Iterator[_Telling]:
    """The articles whose best sentence is near the best of all and that tell of all these events, best first."""
    wanted = frozenset(term for event in events for term in terms(event))
    said = frozenset(terms(" ".join(word for word in _WORD.findall(question) if word.lower() not in _SAYS_LITTLE)))
    said -= wanted
    texts: dict[str, dict[int, Hit]] = {}
    for sentence in ranked:
        texts.setdefault(sentence.hit.article_id, {})[sentence.hit.start] = sentence.hit
    seen: set[str] = set()
    for sentence in ranked:
        hit = sentence.hit
        behind = ranked[0].score - sentence.score
        if behind > NEAR_BY_NAME:
            return
        if hit.article_id in seen:
            continue
        headline = _headline(hit, terms)
        read = " ".join(one.text for one in texts[hit.article_id].values())
        # What an article is about it calls "the meeting" at some point, or its headline does.
        is_of_it = wanted <= headline or all(
            re.search(rf"\bthe (?:[^\W\d_]+ )?{event}\b", read, re.IGNORECASE) for event in events
        )
        if not is_of_it or (behind > NEAR and not _tell(sentence.text, events, terms)):
            continue
        seen.add(hit.article_id)
        yield _Telling(
            sentence=sentence,
            names=frozenset(name.casefold() for name in _NAME.findall(read) if name.casefold() not in _NO_NAMES),
            headline=headline - wanted,
            in_headline=wanted <= headline,
            asked=said & (headline | frozenset(terms(read))),
        )


def _tell(text: str, events: Collection[str], terms: Terms) -> bool:
    """Whether a text names all of the events."""
    return frozenset(term for event in events for term in terms(event)) <= frozenset(terms(text))


def _is_another(one: _Telling, other: _Telling) -> bool:
    """Whether two articles tell of different events, as far as their names, headlines and days show."""
    fewest = min(len(one.names), len(other.names))
    if fewest < _FEWEST_NAMES or one.headline & other.headline:
        return False
    shared = len(one.names & other.names) / fewest
    occasions = one.in_headline and other.in_headline and _days_apart(one.hit, other.hit)
    return shared <= (_OTHER_OCCASION if occasions else _OTHER_MATTER)


def _headline(hit: Hit, terms: Terms) -> frozenset[str]:
    """The terms of a headline that say something."""
    return frozenset(terms(" ".join(word for word in _WORD.findall(hit.title) if word.lower() not in _SAYS_LITTLE)))


def _days_apart(one: Hit, other: Hit) -> bool:
    if not one.published or not other.published:
        return False
    return abs(instant(one.published) - instant(other.published)) > _ONE_EVENT


def _choice(question: str, one: _Telling) -> Choice:
    """A reading: the question with the headline and the day of the article that tells of it."""
    hit = one.hit
    day = display_date(hit.published) if hit.published else ""
    title = hit.title if len(hit.title) <= _HEADLINE else hit.title[:_HEADLINE].rpartition(" ")[0]
    told = ", ".join(filter(None, (title.rstrip(" ?!.,;:"), day)))
    return Choice(
        label=hit.title,
        hint=", ".join(filter(None, (hit.outlet, day))),
        question=f"{question.rstrip(' ?!.')} ({told})?",
    )
