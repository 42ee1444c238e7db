"""The values that flow through the archive: Article → Passage → Hit → Answer | NoAnswer.

All offsets are character offsets (Python string indices) into ``Article.text``, half open, and every
``text``/``quote`` equals ``article.text[start:end]``. Scores are higher-is-better. Dates travel as the
ISO 8601 text that the source gave (a plain date stays a plain date), so that a rendering never shifts a day;
:mod:`index.dates` turns them into instants for comparing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from index.types.articles import Article, Origin, Passage, Skipped
from index.types.filters import Where, microseconds, name_key
from index.types.reports import ArchiveStatus, IndexReport, Progress

__all__ = [
    "LISTED",
    "Answer",
    "ArchiveStatus",
    "Article",
    "Choice",
    "Citation",
    "Cited",
    "Hit",
    "IndexReport",
    "Manner",
    "NoAnswer",
    "NoAnswerReason",
    "Origin",
    "Overview",
    "OverviewKind",
    "Passage",
    "Period",
    "Progress",
    "Reading",
    "Reply",
    "Scored",
    "ScoredSentence",
    "Searched",
    "Skipped",
    "Turn",
    "Where",
    "microseconds",
    "name_key",
    "turn_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A passage id with one engine's score."""

    passage_id: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A retrieved passage with its article's metadata. ``dense`` is a cosine, ``lexical`` a raw BM25 score."""

    rank: int
    score: float
    passage_id: int
    article_id: str
    title: str
    outlet: str | None
    published: str | None
    url: str | None
    start: int
    end: int
    text: str
    header: str = ""
    sentences: tuple[tuple[int, int], ...] = ()
    dense: float = 0.0
    lexical: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredSentence:
    """A sentence of a hit as a candidate answer; offsets into the article's text.

    ``score`` orders the candidates of one question. ``highlight`` is the short answer inside the sentence, as
    offsets into the article's text too, where the reader marks one. ``confirmed`` says whether a second reading of the
    best beside each other takes it for an answer: False also for what was not among them, None where there was none.
    """

    hit: Hit
    start: int
    end: int
    score: float
    highlight: tuple[int, int] | None = None
    confirmed: bool | None = None

    @property
    def text(self) -> str:
        """The sentence, verbatim."""
        return self.hit.text[self.start - self.hit.start : self.end - self.hit.start]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reader made of the hits: sentences best first, and the probability that they answer at all."""

    sentences: tuple[ScoredSentence, ...]
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """Where an earlier answer was quoted from: an article, and offsets into its text."""

    article_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """An earlier question of the conversation with the answer it got.

    ``cited`` are the places of the answer's quotations in their order, where they are known; left out, they are looked
    for by the answer's text. ``standalone`` is the question as it was understood, where that is known.
    """

    question: str
    answer: str = ""
    cited: tuple[Cited, ...] = ()
    standalone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A verbatim quotation. ``highlight`` is the short answer inside ``quote`` (offsets into the quote)."""

    marker: int
    article_id: str
    title: str
    outlet: str | None
    published: str | None
    url: str | None
    start: int
    end: int
    quote: str
    highlight: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a question is to be taken.

    ``time_words``: words such as *yesterday* become filters. ``ask_back``: a question that can be read in two ways is
    asked back. ``week_begins``: the weekday on which the asker's weeks begin, Monday being 0.
    """

    time_words: bool = True
    ask_back: bool = True
    week_begins: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days of publication that a question names in words; ISO text, inclusive, None for an open end.

    ``words`` are the question's own. ``kept`` is False where nothing from these days answered well enough and the
    answer is from the whole archive. ``event`` is the headline by which an event such as *the meeting* was dated.
    """

    words: str
    since: str | None
    until: str | None
    kept: bool = True
    event: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A reading of an unclear question: what it is called, what to tell it by, and the question that it means.

    A person is called by name and told by a headline, an event by a headline and told by its outlet and day.
    """

    label: str
    hint: str
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """The receipt: what was searched to find (or not to find) an answer. Dates are ISO text.

    ``period`` is what the question's words for a time came to, and ``newest_first`` that they asked for the latest.
    ``behind_days`` is set where a question asks about now: how many days the archive's newest article lies back.
    """

    generation: int
    articles: int
    earliest: str | None
    latest: str | None
    newest_match: str | None
    where: Where
    period: Period | None = None
    newest_first: bool = False
    behind_days: int | None = None


class NoAnswerReason(StrEnum):
    """Why there is no answer."""

    EMPTY = "empty"
    """Nothing in the archive passes the filters."""
    NOTHING_SIMILAR = "nothing_similar"
    """No passage resembles the question."""
    NOT_CONVINCING = "not_convincing"
    """There are passages near the question, but none that answers it well enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One to three verbatim quotations, best first. ``confidence`` is a calibrated probability, 0 to 1.

    Where the question can be read in several ways about equally well, ``choices`` are those readings, and whoever can
    ask back does so instead of showing the quotations, which answer the likeliest of them. ``differing``: the markers
    of quotations that give different answers; whoever shows them says so.
    """

    question: str
    standalone: str
    text: str
    confidence: float
    citations: tuple[Citation, ...]
    passages: tuple[Hit, ...]
    searched: Searched
    timing_ms: Mapping[str, float] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    differing: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """The archive does not answer. ``passages`` are the nearest, for their headlines; not an answer."""

    question: str
    standalone: str
    reason: NoAnswerReason
    confidence: float
    passages: tuple[Hit, ...]
    searched: Searched
    timing_ms: Mapping[str, float] = field(default_factory=dict)


class OverviewKind(StrEnum):
    """What a question about the archive itself wants to know."""

    COUNT = "count"
    """How many articles there are, or contain some words."""
    ARTICLES = "articles"
    """Which articles there are, or contain some words, newest first."""
    OUTLETS = "outlets"
    """Which outlets there are, or report on something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The answer to a question about the archive itself: counted, not read.

    Args:
        words: what was counted: articles that contain all of these; empty for all articles.
        whole: whether the words stand together, as they were asked, in each of the articles; if False they are all
            in it, anywhere.
        articles: how many articles there are of that kind.
        outlets: the outlets of these articles with how many are theirs, most first.
        citations: from the newest articles, one quotation each: the first sentence that holds the words, or the first
            of all. At most ``LISTED`` of them, so fewer than ``articles`` where there are more.
        text: the count in a sentence.
    """

    question: str
    standalone: str
    kind: OverviewKind
    text: str
    words: tuple[str, ...]
    whole: bool
    articles: int
    outlets: tuple[tuple[str, int], ...]
    citations: tuple[Citation, ...]
    searched: Searched
    passages: tuple[Hit, ...] = ()
    confidence: float = 1.0
    timing_ms: Mapping[str, float] = field(default_factory=dict)


LISTED = 50
"""Most articles that an overview quotes from."""

Reply = Answer | NoAnswer | Overview


def turn_of(reply: Reply) -> Turn:
    """A reply as the next question's history holds it."""
    if isinstance(reply, NoAnswer):
        return Turn(question=reply.question, standalone=reply.standalone)
    places = tuple(Cited(article_id=c.article_id, start=c.start, end=c.end) for c in reply.citations)
    return Turn(question=reply.question, answer=reply.text, cited=places, standalone=reply.standalone)
