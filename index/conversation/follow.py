"""How a turn is answered with what its conversation has quoted: what to ask, where to look, what is known already."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol

from index.conversation.about import About, about_quotation
from index.conversation.speech import is_said, speaker_in
from index.conversation.understand import Headline, Understands
from index.conversation.words import content_keys
from index.dates import instant
from index.types import Cited, Hit, Reading, ScoredSentence, Turn, Where

_EVIDENCE_TURNS = 2
"""Turns, counted back from the newest, whose articles stay candidates."""
_LOOK_PAST = 2
"""Turns without an answer that may stand between a question about a quotation and what it is about."""
_NEAREST = 2
"""Articles that stand for a turn whose answer quoted nothing that could be found."""
_MARKER = re.compile(r"(?<!\s)\s*\[\d+\]\s*$")
_SHORTEST_QUOTE = 20
"""Characters: shorter lines of an answer are no quotation worth looking for."""
_MOST_QUOTES = 50
"""Lines of an answer that are looked for; each costs a search."""
_ASKED_WORDS = 24
"""Words of a quotation that a question about it repeats."""
_MORE_SENTENCES = 3
_SAYS_LITTLE = 1
"""Content words of a turn that can't be found by itself: *how many patients?*."""
_CERTAIN = 0.99
"""The confidence of what the archive knows of a quotation by itself: its article, and how that goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A turn as it is to be answered.

    Attributes:
        standalone: the question to search with.
        bracketed: the form to read with; empty: ``standalone`` serves.
        follows: whether it goes on with the topic, so that it is read as a turn and not as a question by itself.
        also: other forms of the question to search with.
        pointed: the same with one name alone in its pronoun's place, to count by; empty: ``standalone`` serves.
        kept: passages that are candidates whatever the search finds.
        only: the only passages to look at, where the turn is about a quotation; None: all.
        where: the filters; narrower than the caller's where the turn asks for what is newer.
        reading: the answer, where it is known; none of its sentences: that there is no answer.
        spoken_of: ids of the articles that the conversation speaks of.
    """

    standalone: str
    bracketed: str = ""
    follows: bool = False
    also: tuple[str, ...] = ()
    pointed: str = ""
    kept: tuple[int, ...] = ()
    only: tuple[int, ...] | None = None
    where: Where | None = None
    reading: Reading | None = None
    spoken_of: frozenset[str] = frozenset()


class Passages(Protocol):
    """What following a conversation asks of the archive; the caller's filters hold for both."""

    def of_article(self, article_id: str) -> list[Hit]:
        """An article's passages in the order of the text; none for an unknown article."""
        ...

    def find(self, text: str) -> list[Hit]:
        """The passages nearest to a text, best first."""
        ...


def headlines(passages: Passages) -> Headline:
    """What tells the headlines of an archive's articles, and looks each up once."""
    return cache(lambda article_id: next((hit.title for hit in passages.of_article(article_id)), ""))


def follow(
    question: str, history: Sequence[Turn], where: Where | None, *, understands: Understands, passages: Passages
) -> Followed:
    """The turn in its conversation.

    Args:
        question: the turn, as typed.
        history: earlier turns, oldest first.
        where: the caller's filters.
        understands: makes the stand-alone form.
        passages: looks up what was quoted.
    """
    about = about_quotation(question) if history else None
    if about is not None:
        before, places = _last_quoted(history, passages)
        if places:
            return _about(about, question.strip(), places, passages, where) or _still(
                before, places, passages, where, understands
            )
    understood = understands.understand(question, history, headlines(passages))
    if not understood.follows:
        cited = frozenset(place.article_id for turn in history[-_EVIDENCE_TURNS:] for place in turn.cited)
        return Followed(standalone=understood.standalone, where=where, spoken_of=cited)
    articles = dict.fromkeys(
        article for turn in reversed(history[-_EVIDENCE_TURNS:]) for article in _articles(turn, passages)
    )
    kept = tuple(hit.passage_id for article in articles for hit in passages.of_article(article))
    return Followed(
        standalone=understood.standalone,
        bracketed=understood.bracketed,
        follows=True,
        also=_other_forms(question.strip(), history[-1]),
        pointed=understood.pointed,
        kept=kept,
        where=where,
        spoken_of=frozenset(articles),
    )


def _other_forms(question: str, before: Turn) -> tuple[str, ...]:
    """The turn as typed, and if it says next to nothing, with the question before it.

    A rewrite may put the wrong words into a turn, or none; what it then misses is found by what was typed.
    """
    if len(content_keys(question)) > _SAYS_LITTLE:
        return (question,)
    return question, f"{question} {before.standalone or before.question}"


def _last_quoted(history: Sequence[Turn], passages: Passages) -> tuple[Sequence[Turn], tuple[Cited, ...]]:
    """The conversation up to its last quotations, and where these stand; turns without an answer are looked past.

    Whoever asks *when was that published?* below *not in this archive* means what was quoted before. An answer in
    other words than an article's ends the search.
    """
    for end in range(len(history), max(0, len(history) - _LOOK_PAST) - 1, -1):
        last = history[end - 1] if end else None
        if last is None:
            break
        places = last.cited or cited_places(last.answer, passages.find)
        if places or any(len(_unmarked(line)) >= _SHORTEST_QUOTE for line in last.answer.splitlines()):
            return history[:end], places
    return history, ()


def cited_places(answer: str, find: Callable[[str], list[Hit]]) -> tuple[Cited, ...]:
    """Where the quotations of an answer's text stand: lines with or without their markers, found verbatim or not."""
    places: list[Cited] = []
    for line in answer.splitlines()[:_MOST_QUOTES]:
        quote = _unmarked(line)
        if len(quote) < _SHORTEST_QUOTE:
            continue
        for hit in find(quote):
            at = hit.text.find(quote)
            if at >= 0:
                start = hit.start + at
                places.append(Cited(article_id=hit.article_id, start=start, end=start + len(quote)))
                break
    return tuple(places)


def _unmarked(line: str) -> str:
    return _MARKER.sub("", line).strip()


def _articles(turn: Turn, passages: Passages) -> list[str]:
    """The articles that an earlier turn was about: those quoted, else those nearest to what was said."""
    if turn.cited:
        return [place.article_id for place in turn.cited]
    quote = _MARKER.sub("", turn.answer.strip().partition("\n")[0])
    near = passages.find(quote or turn.standalone or turn.question)
    quoted = [hit.article_id for hit in near if len(quote) >= _SHORTEST_QUOTE and quote in hit.text]
    return quoted[:1] or list(dict.fromkeys(hit.article_id for hit in near))[:_NEAREST]


def _about(
    about: About, question: str, places: Sequence[Cited], passages: Passages, where: Where | None
) -> Followed | None:
    """The turn about what was quoted; None where it asks for something newer."""
    place = places[0]
    around = passages.of_article(place.article_id)
    match about:
        case About.SOURCE:
            sentences = [found for one in places if (found := _quoted(one, passages.of_article(one.article_id)))]
            return _known(question, sentences, where)
        case About.MORE:
            return _known(question, _next_sentences(place, around), where)
        case About.SPEAKER:
            # Of the first quotation alone: who said the next one is not who said this.
            naming = _naming(place, passages)
            if naming is not None:
                return _known(question, [naming], where)
            quoted = _quoted(place, around)
            near = tuple(hit.passage_id for hit in around if hit.start < place.end and place.start < hit.end)
            if quoted is not None and not _is_said(quoted):
                # Narrated: whoever is named there did not say it.
                return Followed(
                    standalone=question, only=near, where=where, reading=Reading(sentences=(), confidence=0.0)
                )
            said = " ".join(_from_what_is_said(quoted).split()[:_ASKED_WORDS]) if quoted else question
            return Followed(standalone=f"who said “{said}”?", only=near, where=where)
        case About.STILL:
            return None


def _still(
    history: Sequence[Turn],
    places: Sequence[Cited],
    passages: Passages,
    where: Where | None,
    understands: Understands,
) -> Followed:
    """The last question, asked again of what was published after its answer."""
    *before, last = history
    asked = last.standalone or understands.understand(last.question, before, headlines(passages)).standalone
    around = passages.of_article(places[0].article_id)
    published = next((hit.published for hit in around if hit.published), None)
    return Followed(standalone=asked, where=_newer_than(published, where))


def _known(question: str, sentences: Sequence[ScoredSentence], where: Where | None) -> Followed:
    confidence = _CERTAIN if sentences else 0.0
    return Followed(
        standalone=question, where=where, reading=Reading(sentences=tuple(sentences), confidence=confidence)
    )


def _newer_than(published: str | None, where: Where | None) -> Where | None:
    if published is None:
        return where
    moment = instant(published) + dt.timedelta(days=1) if len(published) == len("2023-01-01") else instant(published)
    since = moment + dt.timedelta(microseconds=1)
    base = where or Where()
    return replace(base, since=since if base.since is None else max(since, base.since))


def _quoted(place: Cited, around: Sequence[Hit]) -> ScoredSentence | None:
    """The place as a sentence of the passage that holds most of it."""
    holders = [hit for hit in around if hit.start < place.end and place.start < hit.end]
    if not holders:
        return None
    hit = max(holders, key=lambda h: min(h.end, place.end) - max(h.start, place.start))
    return ScoredSentence(hit=hit, start=max(hit.start, place.start), end=min(hit.end, place.end), score=0.0)


def _naming(place: Cited, passages: Passages) -> ScoredSentence | None:
    """The place, where it tells by itself who says it, with those words marked."""
    quoted = _quoted(place, passages.of_article(place.article_id))
    named = speaker_in(quoted.text) if quoted else None
    if quoted is None or named is None:
        return None
    return replace(quoted, highlight=(quoted.start + named[0], quoted.start + named[1]))


def _is_said(quoted: ScoredSentence) -> bool:
    """Whether somebody says it: its sentences hold a quotation mark or a verb of speech, or stand in a quotation."""
    hit = quoted.hit
    spans = [span for span in hit.sentences if span[0] < quoted.end and quoted.start < span[1]]
    start = min((span[0] for span in spans), default=quoted.start) - hit.start
    end = max((span[1] for span in spans), default=quoted.end) - hit.start
    return is_said(hit.text[start:end], hit.text[:start])


def _from_what_is_said(quoted: ScoredSentence) -> str:
    """The place's words from its first sentence on that somebody says; all of them where none is."""
    hit = quoted.hit
    for start, end in (span for span in hit.sentences if quoted.start <= span[0] < quoted.end):
        if is_said(hit.text[start - hit.start : end - hit.start], hit.text[: start - hit.start]):
            return hit.text[start - hit.start : quoted.end - hit.start]
    return quoted.text


def _next_sentences(place: Cited, around: Sequence[Hit]) -> list[ScoredSentence]:
    """The sentences after a place; at an article's end those before it."""
    spans: dict[tuple[int, int], Hit] = {}
    for hit in around:
        for span in hit.sentences or ((hit.start, hit.end),):
            spans.setdefault(span, hit)
    ordered = sorted(spans)
    following = [span for span in ordered if span[0] >= place.end][:_MORE_SENTENCES]
    chosen = following or [span for span in ordered if span[1] <= place.start][-_MORE_SENTENCES:]
    # One passage must hold them all, so that they make one quotation.
    holder = next((hit for hit in around if chosen and hit.start <= chosen[0][0] and chosen[-1][1] <= hit.end), None)
    return [ScoredSentence(hit=holder or spans[span], start=span[0], end=span[1], score=0.0) for span in chosen]
