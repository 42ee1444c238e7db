"""Questions about the archive itself: *what do you have on X?*, *how many articles mention Y?*, *what is new?* Pure.

Whole questions only, of a few fixed forms: taking an ordinary question (*how many stories does the tower have?*, *who
reports to the minister?*) for one of these would answer it with a list, which is worse than the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from index.asking.when import Span, take_out
from index.types import OverviewKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """A question about the archive: what it wants counted or listed, and about what; empty: about all of it.

    ``alone`` is the stand-alone form that names what it is about, where the question itself only points back.
    """

    kind: OverviewKind
    about: str = ""
    alone: str | None = None


_MOST_WORDS: Final = 8
_WHO_WORDS: Final = 5
"""Who reports on something with a longer name than this is asked of people, as in *who reports on the size of …*."""
_ARCHIVE: Final = r"(?:the|this|your) (?:archive|index|collection|database)"
_HERE: Final = rf"(?: (?:here|in here|(?:there )?in {_ARCHIVE}))?"
_ARTICLES: Final = r"(?:news )?(?:articles|stories|reports|pieces|items|texts|documents)"
_PLAIN: Final = r"(?:news )?(?:articles|stories)"
"""What is said to *mention* something here; reports and documents that do are mostly those in the news."""
_OUTLETS: Final = r"(?:news ?)?(?:outlets|papers|newspapers|sources|publications|publishers|media|magazines)"
_HAVE: Final = rf"(?:do you have|have you got|are in {_ARCHIVE}|does {_ARCHIVE} (?:have|hold|contain))"
_OWN: Final = r"(?:do you have|have you got|are there)"
_ON: Final = r"(?:on|about|concerning|regarding|mentioning|that mention|that are about)"
_MENTION: Final = r"(?:mention(?:s|ed)?|contain|name|refer to|talk about|are about|write about|report on|deal with)"
_NOW: Final = r"reports on|is reporting on|writes about|is writing about|has reported on|has written about"
_REPORT: Final = (
    rf"(?:{_NOW}|report on|reported on|are reporting on|have reported on|write about|wrote about|are writing about|"
    r"have written about|covers?|covered|(?:is|are) covering|mentions?|mentioned)"
)
_SOME: Final = rf"(?:anything|something|any (?:{_ARTICLES}|article|news)|{_ARTICLES})"
_SHOW: Final = r"(?:show|list|give|find)(?: me)?"
_NEW: Final = r"(?:new|latest|newest|most recent)"
_IS: Final = r"(?:'s|’s|s| is| was)"
_X: Final = r"(?P<about>[^?!;]+?)"

_FORMS: Final = {
    OverviewKind.COUNT: (
        rf"how many {_ARTICLES} (?:are there|{_HAVE}|do you hold|have you read){_HERE}",
        rf"how (?:big|large) is {_ARCHIVE}",
        rf"how many {_ARTICLES} {_OWN}{_HERE} {_ON} {_X}{_HERE}",
        rf"how many {_PLAIN}(?: here| in {_ARCHIVE})? {_MENTION} {_X}{_HERE}",
        rf"how many {_PLAIN} {_ON} {_X} {_OWN}{_HERE}",
        rf"(?:count(?: the| all)?|(?:what is |what's )?the number of|number of) {_PLAIN} {_ON} {_X}{_HERE}",
    ),
    OverviewKind.OUTLETS: (
        rf"(?:which|what) {_OUTLETS} (?:{_HAVE}|are there|do you (?:cover|read|use|quote)){_HERE}",
        rf"how many {_OUTLETS} (?:{_HAVE}|are there in {_ARCHIVE})",
        rf"(?:which|what) {_OUTLETS} {_REPORT} {_X}{_HERE}",
        rf"who (?:{_NOW}) {_X}{_HERE}",
    ),
    OverviewKind.ARTICLES: (
        rf"what (?:do you have|have you got|is in {_ARCHIVE}) {_ON} {_X}{_HERE}",
        rf"what does {_ARCHIVE} (?:have|hold|contain) {_ON} {_X}",
        rf"(?:do you have|have you got|is there|got) {_SOME}{_HERE} {_ON} {_X}{_HERE}",
        rf"{_SHOW}(?: all| every| any)?(?: the| your)? (?:{_ARTICLES}|article) {_ON} {_X}",
        rf"(?:which|what) {_ARTICLES} {_OWN}{_HERE} {_ON} {_X}{_HERE}",
        rf"(?:which|what) {_PLAIN} {_MENTION} {_X}{_HERE}",
        rf"what{_IS} new{_HERE}",
        rf"(?:is there )?(?:anything|something) new{_HERE}",
        rf"(?:what (?:are|were) the|{_SHOW} (?:the|your)) {_NEW} {_ARTICLES}{_HERE}",
        rf"(?:what|which) {_ARTICLES} (?:are|were|is) (?:new|published|there|from){_HERE}",
        rf"what (?:came in|was published|has come in|has been published|did you get){_HERE}",
    ),
}
_NEWS: Final = {
    OverviewKind.ARTICLES: (
        rf"(?:what{_IS} |{_SHOW} |tell me |get me )?(?:the )?{_NEW}(?: news| headlines)?{_HERE}",
        rf"(?:what (?:are|were) |{_SHOW} |tell me )(?:the |your )?(?:{_NEW} )?(?:news|headlines){_HERE}",
        rf"(?:what{_IS} )?in the news{_HERE}",
        rf"(?:is there )?any news{_HERE}",
    ),
}
"""Forms that ask for all news, unless something is talked about: then for what is new about that."""
_TIMED: Final = {
    OverviewKind.COUNT: (
        rf"how many {_ARTICLES} (?:were published|came in|appeared)(?: {_ON} {_X})?",
        rf"how many {_ARTICLES} are",
    ),
    OverviewKind.ARTICLES: (
        rf"what{_IS} new {_ON} {_X}",
        r"what(?: has|'s|’s)? happened",
        r"what (?:do you have|have you got)",
        rf"(?:{_SHOW} )?(?:(?:all|every|any) )?(?:(?:the|your) )?{_ARTICLES}{_HERE}",
        rf"(?:what|which) {_ARTICLES} (?:are|were|{_OWN}){_HERE}",
        rf"what (?:was|is) (?:in )?the news{_HERE}",
        rf"(?:(?:is|was) there )?(?:the |any )?(?:news|headlines)(?: from| of| for)?{_HERE}",
    ),
}
"""Forms that are ordinary questions but for the time that they name: *what's new about the iPhone?*"""
_LATEST: Final = (rf"(?:what{_IS}|give me|tell me) the {_NEW}(?: news| updates?)? (?:on|about|with|from) {_X}{_HERE}",)
"""Ordinary questions too, but where no sentence answers them the newest articles do."""


def _compiled(forms: Mapping[OverviewKind, Sequence[str]]) -> tuple[tuple[OverviewKind, re.Pattern[str]], ...]:
    return tuple((kind, re.compile(form, re.IGNORECASE)) for kind, own in forms.items() for form in own)


_PATTERNS: Final = _compiled(_FORMS)
_TIMED_PATTERNS: Final = _compiled(_TIMED)
_NEWS_PATTERNS: Final = _compiled(_NEWS)
_LATEST_PATTERNS: Final = _compiled({OverviewKind.ARTICLES: _LATEST})
_POINTING: Final = re.compile(
    r"(?:it|its|him|her|hers|them|they|he|she|his|their|you|me|us|this|that|these|those|"
    r"the (?:same|other|latter|former))(?: (?:one|ones|too|as well))?|(?:this|that|these|those) .*",
    re.IGNORECASE,
)
_CLAUSE: Final = re.compile(
    r"\b(?:is|are|was|were|do|does|did|will|would|can|could|should|has|have|had|how|why|when|where|who|which|what|that|"
    r"because|if|than|or)\b",
    re.IGNORECASE,
)
_POLITE: Final = re.compile(
    r"^\W*(?:(?:please|hey|hi|hello|ok|okay|and|so|can you|could you|tell me|say)\b[\s,:]*)+"
    r"|[\s,]*\b(?:please|so far|at all|altogether|in total)\b\W*$",
    re.IGNORECASE,
)
_OF_THE_ARCHIVE: Final = re.compile(
    r"\b(?:articles|here|archive|index|collection|database|you|published)\b", re.IGNORECASE
)
"""One of these makes *how many are there?* one about the archive in a talk about something else."""
_MENTIONED: Final = re.compile(r"\b(?:mention|refer to|talk about|write about)", re.IGNORECASE)
_MARKS: Final = " \t\r\n?.!,:;\"'“”‘’«»()[]"
_LONGEST: Final = 300


def inventory_in(question: str, *, timed: bool = False) -> Inventory | None:
    """What a question wants to know about the archive; None for a question about the news.

    Args:
        question: without the words for a time.
        timed: whether it had such words.
    """
    return _matched(question, (*_PATTERNS, *_NEWS_PATTERNS, *(_TIMED_PATTERNS if timed else ())), timed=timed)


def latest_in(question: str) -> Inventory | None:
    """What *what's the latest on X?* is about, to be listed where no sentence answers it."""
    return _matched(question, _LATEST_PATTERNS, timed=False)


def _matched(
    question: str, patterns: Sequence[tuple[OverviewKind, re.Pattern[str]]], *, timed: bool
) -> Inventory | None:
    if len(question) > _LONGEST:
        return None
    text = _POLITE.sub("", " ".join(question.split())).strip(_MARKS)
    for kind, pattern in patterns:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        about = (match.groupdict().get("about") or "").strip(_MARKS)
        if "about" not in pattern.groupindex or (not about and timed):
            return Inventory(kind=kind)
        most = _WHO_WORDS if kind is OverviewKind.OUTLETS else _MOST_WORDS
        if _is_subject(about) and len(about.split()) <= most:
            return Inventory(kind=kind, about=about)
    return None


def none_is_an_answer(asked: Inventory, typed: str) -> bool:
    """Whether *none* answers a question about the archive: it wants a number, and certainly one of articles.

    *How many articles mention Atlantis?* does; *how many items are there on the menu?* may ask about the news, and
    whoever asks *what do you have on dragons?* is helped more by what comes near.
    """
    said = any(pattern.search(typed) for pattern in (_OF_THE_ARCHIVE, _MENTIONED))
    return asked.kind is OverviewKind.COUNT and said


def points_back(question: str) -> bool:
    """Whether a question about the archive names its subject by a pronoun: *what else do you have on him?*."""
    text = " ".join(question.replace(" else ", " ").split()).strip(_MARKS)
    for _, pattern in _PATTERNS:
        match = pattern.fullmatch(text)
        if match is not None and "about" in pattern.groupindex and _POINTING.fullmatch(match["about"].strip(_MARKS)):
            return True
    return False


def _is_subject(about: str) -> bool:
    """A few words that name something; no clause, no choice of two things, and nothing that only points back."""
    return (
        any(character.isalnum() for character in about)
        and _POINTING.fullmatch(about) is None
        and _CLAUSE.search(about) is None
    )


def inventory_of(typed: str, alone: str, span: Span | None, *, in_talk: bool = False) -> Inventory | None:
    """What a turn wants to know about the archive: as typed, or stand-alone where it points back.

    Args:
        typed: the turn.
        alone: its stand-alone form.
        span: its words for a time.
        in_talk: whether something was talked about before, of which *how many stories are there?* may ask as well.
    """
    bare = take_out(typed, span) if span else typed
    found = inventory_in(bare, timed=span is not None)
    if found is None and alone != typed.strip() and points_back(bare):
        found = inventory_in(take_out(alone, span) if span else alone, timed=span is not None)
        return replace(found, alone=alone) if found is not None else None
    if in_talk and _OF_THE_ARCHIVE.search(bare) is None:
        if found == Inventory(kind=OverviewKind.COUNT):
            return None
        if span is None and found is not None and _matched(bare, _NEWS_PATTERNS, timed=False) is not None:
            return None
    return found
