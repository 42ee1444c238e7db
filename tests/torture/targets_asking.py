"""The parsers of questions and of text: times, follow-ups, sentences, passages, quotations, counts, rows of a batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import numpy as np

from index.asking import inventory_of, latest_in, name_choices, overview_of
from index.asking.inventory import Inventory
from index.asking.when import take_out, when_in
from index.conversation.about import about_quotation
from index.conversation.assemble import AssemblySettings, pointed_at, rewrite, terms_of
from index.conversation.leaning import anchored
from index.conversation.topic import new_topic
from index.conversation.understand import said_before
from index.conversation.words import words
from index.errors import UsageError
from index.lexicon import index_form, query_form
from index.passages import PassageSettings, cut_passages
from index.protocols import FollowUpScores, SaidScores
from index.read.compose import CompositionSettings, beside, choose_sentences, cite
from index.read.questions import bears, kind_of
from index.sentences import split_sentences
from index.types import Article, Hit, Origin, OverviewKind, ScoredSentence, Searched, Turn, Where
from index.wire import parse_row
from tests.fakes import ToyEmbedder
from tests.torture.samples import PROSE, QUESTIONS, ROW, STORY
from tests.torture.target import NOW, Target, must


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
    for citation in cite(chosen, settings, beside(chosen, ranked, settings, str.split)):
        must(citation.quote == texts[citation.article_id][citation.start : citation.end], "a quotation is a slice")
        must(0 < len(citation.quote) <= settings.max_quote, "a quotation has its length")
        if citation.highlight is not None:
            must(0 <= citation.highlight[0] <= citation.highlight[1] <= len(citation.quote), "its mark lies inside")
    name_choices(given[0], ranked)


SEARCHED: Final = Searched(
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
            searched=SEARCHED,
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
    ),
    Target(name="overview", make=lambda m: (m.text(("the bridge", "Ida Brandt")), m.text(PROSE)), check=_overview),
    Target(name="batch rows", make=lambda m: m.json(ROW), check=_row, refuses=(UsageError,)),
)
