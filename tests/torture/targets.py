"""The archive's parsers, each with what it is given and what must hold of what comes out."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from index.articles.compose import compose
from index.articles.decoding import decode_text
from index.articles.limits import ReadingLimits, UnfitError
from index.articles.lines import LineStream
from index.articles.markdown import markdown_fields
from index.articles.plain import plain_fields
from index.articles.records import json_objects, json_value, record_fields
from index.asking import inventory_of, latest_in, name_choices, overview_of
from index.asking.inventory import Inventory
from index.asking.when import take_out, when_in
from index.conversation.about import about_quotation
from index.conversation.assemble import AssemblySettings, pointed_at, rewrite, terms_of
from index.conversation.leaning import anchored
from index.conversation.topic import new_topic
from index.conversation.understand import said_before
from index.conversation.words import words
from index.dates import DateError, display_date, instant, parse_bound, parse_published, weekday_conflict
from index.errors import DatelineError, UsageError
from index.lexicon import index_form, query_form
from index.passages import PassageSettings, cut_passages
from index.protocols import FollowUpScores, SaidScores
from index.read.compose import CompositionSettings, choose_sentences, cite
from index.read.questions import bears, kind_of
from index.sentences import split_sentences
from index.types import Article, Hit, Origin, OverviewKind, ScoredSentence, Searched, Turn, Where
from index.wire import article_json, parse_row
from tests.fakes import ToyEmbedder
from tests.torture.mutation import Mutator

NOW: Final = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
LIMITS: Final = ReadingLimits(line_bytes=20_000)
FULL: Final = 100_000


class Broken(AssertionError):
    """A promise about what a parser gives was not kept."""


def must(holds: object, promise: str) -> None:
    """Holds, or it is lost."""
    if not holds:
        raise Broken(promise)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A parser under attack: makes an input, and looks at what becomes of it.

    ``refuses`` are the errors by which it may say no; ``full`` is how many inputs `make torture` tries, ``why_fewer``
    the reason where these are not 100,000.
    """

    name: str
    make: Callable[[Mutator], Any]
    check: Callable[[Any], None]
    refuses: tuple[type[Exception], ...] = ()
    full: int = FULL
    why_fewer: str = ""


STORY: Final = (
    "Bridge shut after storm\nBy Jane Doe\nPARIS, Wednesday, January 14th, 2026 (Reuters) — The bridge was shut at noon. "  # noqa: E501 - sample text
    "“Nobody was hurt,” Mayor Ida Brandt said.\n\nRepairs cost 2.4 million dollars.\nRead the Full Post Article at:\n"
    "[ https://news.example/a ]\n",
    "U.S. wants talks\nJerusalem, Jan. 3 - The US sent an envoy. He said: 'We wait.'\n• first\n• second\n",
    "A headline\n\nOne line without a full stop",
)
PROSE: Final = (
    "The U.S. envoy said on Friday, Jan. 9, that talks go on. “We wait,” he said. No. 5 is shut at 5 p.m. EST.",
    "Mr. Smith paid $2.4 million... Then what? Nothing!\nThe second paragraph, hard-wrapped,\ngoes on here. (See p. 3.)",  # noqa: E501 - sample text
    "1. First\n2. Second\n- third point\n\nhttps://news.example/a?b=c and a@b.example. It’s Britain’s N.H.S. that pays us.",  # noqa: E501 - sample text
)
QUESTIONS: Final = (
    "what did the mayor say yesterday?",
    "how many articles mention the bridge since 7 October 2025?",
    "and why?",
    "who said that?",
    "what's the latest on the ferry?",
    "what do you have on Ida Brandt from last week?",
    "show me articles about us aid",
    "when was that, since the meeting",
    "new topic: who runs the ferry?",
    "any news about Smith in the last two weeks?",
    "what else does the article say",
    "is that still true",
)
MARKDOWN: Final = (
    "---\ntitle: Bridge shut\noutlet: The Post\npublished: 2026-01-14\nauthors: [Jane Doe, Jon Roe]\n---\n\n# Bridge shut\n\n"  # noqa: E501 - sample text
    "It *was* **shut** [here](https://x.example). ![p](a.png)\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    '+++\ntitle = "T"\ndate = 2026-01-14\n+++\nText `code` <b>html</b>\n\n```\nfence\n```\n> quote\n> > deeper\n',
    "# Only a heading\n\nText below. <!-- hidden -->\n\n1) item\n   more\n",
)
PAGE: Final = (
    "<html lang=en><head><title>Bridge shut</title><meta property='article:published_time' content='2026-01-14'>"
    "<link rel=canonical href='https://news.example/a'><script type='application/ld+json'>"
    '{"@type":"NewsArticle","headline":"Bridge shut","datePublished":"2026-01-14T10:00:00Z","author":[{"name":"J"}],'
    '"publisher":{"name":"Post"},"articleBody":"It was shut. Nobody was hurt."}</script></head><body><h1>Bridge shut</h1>'  # noqa: E501 - sample text
    "<article><p>The bridge was shut at noon, and nobody was hurt, the mayor said on Friday.</p><p itemprop=author>J"
    "</p><time pubdate datetime='2026-01-14'>x</time></article></body></html>",
    "<!doctype html><meta charset=iso-8859-1><title>T</title><body><div><p>Short text of a page.<table><tr><td>1</table>",  # noqa: E501 - sample text
)
RECORD: Final[dict[str, object]] = {
    "id": "a-1",
    "title": "Bridge shut",
    "text": PROSE[0],
    "url": "https://news.example/a?utm_source=x#top",
    "published": "2026-01-14T10:00:00+02:00",
    "updated": "January 15, 2026",
    "outlet": "The Post",
    "author": ["Jane Doe"],
    "section": "News",
    "language": "en-GB",
}
ROW: Final[dict[str, object]] = {
    "id": 7,
    "question": "why?",
    "as_of": "2026-01-31",
    "since": "2026-01-01",
    "until": "2026-02-01T10:00Z",
    "outlet": ["The Post"],
    "anytime": True,
    "history": [
        {
            "question": "who?",
            "answer": "“He.” [1]",
            "standalone": "who?",
            "citations": [{"article_id": "a", "start": 0, "end": 5}],
        }
    ],
}
DATES: Final = (
    "2026-01-14",
    "2026-01-14T10:00:00+02:00",
    "Wednesday, January 14th, 2026",
    "14 Jan 2026 5:30 p.m. EST",
    "1768400000",
    "Wed, 14 Jan 2026 10:00:00 GMT",
    "13/01/2026",
    "20260114T101112Z",
    "2026 January 14",
    "Jan. 14, 2026 at 10:00",
)


def _fields_hold(fields: Any) -> None:  # noqa: ANN401 - what a parser gave
    composed = compose(fields, origin=Origin(path="a"), place_id="a", now=NOW, limits=LIMITS)
    article_holds(composed.article)


def article_holds(article: Article) -> None:
    """An article can be stored, dated and shown."""
    must(article.id and article.title and article.text.strip(), "an article has id, title and text")
    must("\x00" not in article.text + article.title + article.id, "no NUL gets in")
    for field in (article.title, article.outlet, article.author, article.section, article.place, article.id):
        must(field is None or not any(c < " " or "\x7f" <= c < "\xa0" for c in field), "a line has no controls")
    for date in (article.published, article.updated):
        if date is not None:
            must(instant(date) <= NOW + dt.timedelta(days=1), "no date lies in the future")
            display_date(date)
    must(article.url is None or article.url.lower().startswith(("http://", "https://")), "a link is a web address")
    json.dumps(article_json(article)).encode()
    article.text.encode()


def _lines(data: bytes) -> None:
    for number, line in LineStream(io.BytesIO(data), LIMITS):
        must(number >= 1 and (line is None or len(line) <= LIMITS.line_bytes), "lines are counted and bounded")
        if line is None or not line.strip():
            continue
        try:
            fields = record_fields(json_value(line))
            article = compose(fields, origin=Origin(path="a"), place_id="a", now=NOW, limits=LIMITS).article
        except UnfitError as error:
            must(len(str(error)) < 300, f"a reason is short, not {error!s:.80}")
            continue
        article_holds(article)
        must(article.text == fields["text"], "a JSON text is stored as it stands")


def _json(data: bytes) -> None:
    for _, value in json_objects(data):
        _fields_hold(record_fields(value))


def _decoding(given: tuple[bytes, str | None]) -> None:
    text = decode_text(given[0], declared=given[1])
    must(text.strip() and "\x00" not in text and "\r" not in text, "decoded text has no NUL and plain line ends")
    text.encode()


def _page(data: bytes) -> None:
    from index.articles.page_metadata import page_metadata  # lxml is loaded where pages are
    from index.articles.webpage import _parsed

    page = page_metadata(_parsed(decode_text(data)))
    must(all(isinstance(value, str) and value for value in page.fields.values()), "metadata is text")


def _whole_page(data: bytes) -> None:
    from index.articles.webpage import webpage_fields  # as above

    _fields_hold(webpage_fields(data))


def _date(text: str) -> None:
    weekday_conflict(text)
    for end in (False, True):
        try:
            bound = parse_bound(text, end=end)
        except DatelineError:
            continue
        must(bound.tzinfo is not None, "a bound has a zone")
    iso = parse_published(text)
    if iso is not None:
        must(parse_published(iso) == iso, f"reading what was written gives the same, not {parse_published(iso)}")
        must(1400 < instant(iso).year < 2300, "a year has news")
        display_date(iso)


def _spans_hold(text: str, spans: Sequence[tuple[int, int]]) -> None:
    end_before = 0
    for start, end in spans:
        must(end_before <= start < end <= len(text), "sentences are in order and inside the text")
        must(not text[start].isspace() and not text[end - 1].isspace(), "a sentence begins and ends visibly")
        must(not text[end_before:start].strip(), "nothing visible lies between sentences")
        end_before = end
    must(not text[end_before:].strip(), "nothing visible is left after the last sentence")


def _sentences(text: str) -> None:
    _spans_hold(text, split_sentences(text))


_TOY: Final = ToyEmbedder()


def _passages(text: str) -> None:
    article = Article(id="a", title=text[:40] or "t", text=text, origin=Origin(path="a"), published="2026-01-14")
    settings = PassageSettings(max_tokens=24)
    for passage in cut_passages(article, _TOY, settings):
        must(passage.text == text[passage.start : passage.end], "a passage is a slice")
        must(_TOY.count_tokens([passage.embedded_text])[0] + 2 <= settings.max_tokens, "a passage fits its window")
        must(all(passage.start <= s < e <= passage.end for s, e in passage.sentences), "its sentences lie inside")


def _lexicon(text: str) -> None:
    once = index_form(text)
    must(len(once) <= 12 * len(text) + 12, "indexed text grows by a bound")
    query_form(text)


def _when(text: str) -> None:
    said = when_in(text, today=NOW.date(), newest=dt.date(2026, 2, 10))
    if said.span is not None:
        span = said.span.lagging
        must(said.span.words in text, "a time is named in the question's own words")
        must(not (span.since and span.until) or span.since <= span.until, "a span ends after it begins")
        must(len(take_out(text, said.span)) <= len(text) + 1, "taking words out adds none")


def _questions(text: str) -> None:
    kind = kind_of(text)
    bears(kind, text)
    when = when_in(text, today=NOW.date()).span
    for asked in (
        inventory_of(text, text, when),
        latest_in(text),
        inventory_of(text, f"{text} Ida", when, in_talk=True),
    ):
        must(asked is None or asked.about == asked.about.strip(), "what is asked about is trimmed")
    about_quotation(text)
    rest, begins = new_topic(text)
    must(rest == text or begins, "only a new topic loses its opening")


def _talk(given: tuple[str, str, str, int]) -> None:
    question, earlier, answer, seed = given
    history = (Turn(question=earlier, answer=answer), Turn(question=answer, answer=earlier))
    anchored(question, history)
    said = [text for text, _ in said_before(history)]
    random = np.random.default_rng(seed)
    asked = [(word.start, word.end) for word in words(question)] or [(0, 0)]
    each = []
    for text in said:
        own = np.array([(word.start, word.end) for word in words(text)] or [(0, 0)], dtype=np.int64)
        slots = random.random((len(own), len(asked) + 2), dtype=np.float32)
        each.append(SaidScores(offsets=own, slots=slots / slots.sum(axis=1, keepdims=True)))
    scores = FollowUpScores(
        offsets=np.array(asked, dtype=np.int64),
        drops=random.random(len(asked), dtype=np.float32),
        leans=0.9,
        same=0.9,
        said=tuple(each),
    )
    settings = AssemblySettings()
    terms = terms_of(question, said, scores, settings)
    for term in terms:
        must(any(term.text in text for text in said), "no words are invented")
    rewrite(question, terms, scores, settings)
    pointed_at(question, terms, scores, settings)


def hit_of(text: str, number: int = 1) -> Hit:
    """A text as one passage of an article of its own, with its sentences."""
    return Hit(
        rank=number,
        score=1.0,
        passage_id=number,
        article_id=f"a{number}",
        title="T",
        outlet=f"Outlet {number}",
        published=f"2026-01-{number:02d}",
        url=None,
        start=0,
        end=len(text),
        text=text,
        sentences=tuple(split_sentences(text)),
    )


def _composing(given: tuple[str, str, int]) -> None:
    random = np.random.default_rng(given[2])
    ranked = []
    for number, text in enumerate(given[:2], start=1):
        hit = hit_of(text, number)
        for start, end in hit.sentences:
            first = start + int(random.integers(0, end - start))
            mark = (first, min(end, first + 9))
            ranked.append(ScoredSentence(hit=hit, start=start, end=end, score=float(random.normal()), highlight=mark))
    ranked.sort(key=lambda one: -one.score)
    settings = CompositionSettings(max_quote=60)
    chosen = choose_sentences(ranked, settings, str.split, one_answer=bool(given[2] % 2))
    texts = {f"a{number}": text for number, text in enumerate(given[:2], start=1)}
    for citation in cite(chosen, settings):
        must(citation.quote == texts[citation.article_id][citation.start : citation.end], "a quotation is a slice")
        must(0 < len(citation.quote) <= settings.max_quote, "a quotation has its length")
        if citation.highlight is not None:
            must(0 <= citation.highlight[0] <= citation.highlight[1] <= len(citation.quote), "its mark lies inside")
    name_choices(given[0], ranked)


_SEARCHED: Final = Searched(
    generation=1, articles=2, earliest="2026-01-01", latest="2026-01-14", newest_match=None, where=Where()
)


def _overview(given: tuple[str, str]) -> None:
    about, text = given
    article = Article(
        id="a", title=text[:30] or "t", text=text, origin=Origin(path="a"), outlet="O", published="2026-01-14"
    )
    for kind in OverviewKind:
        reply = overview_of(
            Inventory(kind=kind, about=about),
            lambda: [article, article],
            question=about,
            searched=_SEARCHED,
            sentences=split_sentences,
        )
        must(reply.articles in {0, 2}, "two equal articles count alike")
        for citation in reply.citations:
            must(citation.quote == text[citation.start : citation.end], "a quotation is a slice")


def _row(line: bytes) -> None:
    from index.cli.batch import _decoded  # typer is loaded where the command line is

    row = parse_row(_decoded(line.decode("utf-8", "replace")), field="question", default=Where())
    must(isinstance(row.text, str), "a row has its text")
    must(all(place.start <= place.end for turn in row.history for place in turn.cited), "places are in order")
    must(all(b is None or b.tzinfo for b in (row.where.as_of, row.where.since, row.where.until)), "bounds have zones")


TARGETS: Final = (
    Target(
        name="articles: JSON lines",
        check=_lines,
        refuses=(UnfitError,),
        make=lambda m: b"\n".join(m.json(RECORD) for _ in range(m.random.randint(1, 2))),
    ),
    Target(name="articles: JSON files", make=lambda m: m.json([RECORD, RECORD]), check=_json, refuses=(UnfitError,)),
    Target(
        name="articles: plain",
        make=lambda m: m.text(STORY),
        refuses=(UnfitError,),
        check=lambda text: _fields_hold(plain_fields(text)),
    ),
    Target(
        name="articles: Markdown",
        make=lambda m: m.text(MARKDOWN),
        refuses=(UnfitError,),
        check=lambda text: _fields_hold(markdown_fields(text)),
    ),
    Target(
        name="articles: a page's metadata",
        make=lambda m: m.data([page.encode() for page in PAGE]),
        check=_page,
        refuses=(UnfitError,),
    ),
    Target(
        name="articles: whole pages",
        make=lambda m: m.data([page.encode() for page in PAGE]),
        check=_whole_page,
        refuses=(UnfitError,),
        full=4_000,
        why_fewer="trafilatura takes some 10 ms a page",
    ),
    Target(
        name="decoding",
        refuses=(UnfitError,),
        check=_decoding,
        make=lambda m: (
            m.text(PROSE).encode(m.random.choice(("utf-8", "utf-16", "cp1252", "utf-8", "mac_roman")), "replace"),
            m.random.choice((None, None, "latin-1", "base64", "utf-7", "x" * 40, "undefined", "idna")),
        ),
    ),
    Target(
        name="decoding: bytes",
        refuses=(UnfitError,),
        full=10_000,
        check=lambda data: _decoding((data, None)),
        make=lambda m: m.data([text.encode() for text in PROSE]),
        why_fewer="detecting an encoding takes milliseconds",
    ),
    Target(name="dates", make=lambda m: m.text(DATES), check=_date, refuses=(DateError,)),
    Target(name="time words", make=lambda m: m.text(QUESTIONS), check=_when),
    Target(name="questions", make=lambda m: m.text(QUESTIONS), check=_questions),
    Target(
        name="conversations",
        check=_talk,
        make=lambda m: (m.text(QUESTIONS), m.text(QUESTIONS), m.text(PROSE), m.random.randrange(9)),
        full=25_000,
        why_fewer="a tagger's scores are drawn for each word, which takes 2 ms",
    ),
    Target(name="lexicon", make=lambda m: m.text((*PROSE, *QUESTIONS)), check=_lexicon),
    Target(name="sentences", make=lambda m: m.text((*PROSE, *STORY)), check=_sentences),
    Target(name="passages", make=lambda m: m.text((*PROSE, *STORY)), check=_passages),
    Target(
        name="quotations",
        make=lambda m: (m.text(PROSE), m.text(PROSE), m.random.randrange(999)),
        check=_composing,
        full=50_000,
        why_fewer="two articles are cut, scored and quoted for each",
    ),
    Target(name="overview", make=lambda m: (m.text(("the bridge", "Ida Brandt")), m.text(PROSE)), check=_overview),
    Target(name="batch rows", make=lambda m: m.json(ROW), check=_row, refuses=(UsageError,)),
)
