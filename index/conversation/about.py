"""Follow-ups about a quotation itself rather than about the news: who said it, where it is from, what comes next."""

from __future__ import annotations

import re
from enum import StrEnum


class About(StrEnum):
    """What a follow-up wants of what was quoted last."""

    SPEAKER = "speaker"
    """Who said it."""
    SOURCE = "source"
    """Where and when it was published: the citation says so."""
    MORE = "more"
    """How the article goes on."""
    STILL = "still"
    """Whether anything newer says otherwise."""


_OPENING = r"^\W*(?:(?:and|but|so|ok(?:ay)?|wait|hm+|also|then|sorry|please|pls|thanks)\b[\s,]*)*"
_PIECE = r"(?:quote|quotation|article|story|piece|report|answer|one)"
_THIS = rf"(?:that|this|it|these|those|(?:the|this|that) {_PIECE})"
_END = r"(?:\s+(?:then|exactly|again|from|though|tho|please|pls|btw|anyway|by the way|actually|originally|first))*\W*$"


def _whole(*forms: str) -> re.Pattern[str]:
    return re.compile(_OPENING + "(?:" + "|".join(forms) + ")" + _END, re.IGNORECASE)


# A quotation says its own words, an article is written by somebody.
_ARTICLE = r"(?:the|this|that) (?:(?:whole|full|entire|original) )?(?:article|story|piece|report)"
_SPEAKER = _whole(
    rf"who(?:[’']?s| is| was)? (?:actually )?(?:said|says|say|saying|told|claims?|claimed|wrote|quoted) "
    rf"(?!{_ARTICLE})(?:{_THIS}|so)",
    r"says who",
    r"(?:according|acc) to (?:whom?|who)",
    r"who(?:[’']?s| is| was)? (?:being )?quoted(?: (?:here|there))?",
    r"who(?:[’']?s| is) (?:speaking|talking)(?: (?:here|there))?",
    r"whose words (?:are|were) (?:these|those|they)",
    rf"whose (?:words|quote|quotation) (?:is|are|was|were) {_THIS}",
    rf"who (?:is|was) it (?:that|who) (?:said|says|told|wrote) {_THIS}",
)
_SOURCE = _whole(
    r"(?:what(?:[’']?s| is| was|re| are) |which |give me |show me |got |do you have |any )?(?:the |your |a )?"
    r"(?:source|sources|link|url|outlet|date|citation|reference)(?: (?:for|of|on|to) " + _THIS + r")?",
    rf"(?:when|where) (?:was|is|were|did) {_THIS} (?:published|posted|printed|written|reported|dated)",
    # "It" came out and was released where a film or a report is talked about.
    rf"(?:when|where) (?:was|is|were|did) (?!it\b){_THIS} (?:released|come out|appear|run)",
    # "Where was that?" asks for the place where it happened.
    rf"where(?:[’']?s| is| does| did| do| was) (?:{_THIS}|you)(?: (?:come|get (?:it|that|this)))? from",
    r"where did you get (?:it|that|this)",
    rf"(?:from )?(?:which|what) (?:outlet|newspaper|paper|site|website|source|publication|article)"
    rf"(?: (?:is|was|did) {_THIS}(?: (?:published|in|from))?| (?:said|says|published|wrote|reported) {_THIS})?",
    rf"who (?:published|reported|wrote|printed|posted) {_THIS}",
    rf"how (?:old|recent|new) is {_THIS}",
    rf"(?:what|which) (?:date|day|year) (?:is|was) {_THIS} (?:published|posted|printed|written|reported)",
    rf"(?:what|which) (?:date|day|year) (?:is|was) (?:the|this|that) {_PIECE}",
    rf"(?:what|which) (?:date|day|year) (?:is|was) {_THIS}(?: {_PIECE})? from",
    r"source|sources|link|links|url",
    rf"who(?:[’']?s| is| was)? (?:wrote {_ARTICLE}|the (?:author|writer|journalist)(?: (?:of|behind) {_THIS})?)",
    r"(?:can|could|will|would) you (?:give|show|send|tell) me the (?:source|link|url|date)(?: (?:for|of|to) "
    + _THIS
    + r")?",
    rf"(?:where )?can i (?:read|see|find|get) (?:more|the rest|{_THIS}|{_ARTICLE})(?: (?:article|story|online|here))?",
    rf"(?:show|open|give) (?:me )?{_ARTICLE}",
    rf"(?:is|was) {_THIS} (?:recent|new|old)",
)
_MORE = _whole(
    r"(?:can you |could you |please )?(?:show|give|read|quote) (?:me |us )?(?:some )?more(?: (?:of|from|about) "
    + _THIS
    + r")?",
    rf"(?:can you |could you |please )?(?:tell me|say) (?:some )?more(?: (?:about|on) {_THIS})?",
    r"(?:(?:give|show|tell) me )?(?:some )?(?:more|further) details?(?: please)?",
    r"(?:read|show|give|tell) me the rest(?: of " + _THIS + r")?",
    r"(?:what|anything|something) else",
    r"more(?: (?:of|from) " + _THIS + r")?(?: please)?",
    r"(?:go|carry|read) on|continue|keep going|what(?:[’']?s| is) next|next",
    r"what else (?:does|did) (?:the (?:article|story|piece|report)|it|that article|this article) say",
    r"what (?:does|did) (?:the (?:article|story|piece|report)|it) say (?:next|after that|then)",
)
_STILL = _whole(
    r"(?:is|was|are) (?:that|this|it|these|those) (?:still|even)"
    r" (?:so|true|the case|current|valid|accurate|right|correct|up to date)",
    r"(?:is|are) (?:that|this|it|they|these|those) (?:up to date|outdated|out of date|current)",
    r"still (?:so|true|the case)",
    r"has (?:that|this|it|anything) changed(?: since(?: then)?)?",
    r"any(?:thing)? (?:newer|update|updates|news)(?: (?:on|about|since) " + _THIS + r")?(?: since)?",
    r"anything new(?:er)?(?: since)?",
    r"(?:has|have|is|are) there (?:been )?any(?:thing)? (?:newer|update|updates|news|changes?)(?: (?:on|to|about) "
    + _THIS
    + r")?(?: since)?",
)


def about_quotation(question: str) -> About | None:
    """What a turn wants of the quotation before it, or None where it asks about the news.

    The whole turn must be such a question: *who said that?* is, *who said that the ferry stops?* asks about the news.
    """
    for pattern, about in (
        (_SPEAKER, About.SPEAKER),
        (_SOURCE, About.SOURCE),
        (_MORE, About.MORE),
        (_STILL, About.STILL),
    ):
        if pattern.match(question):
            return about
    return None
