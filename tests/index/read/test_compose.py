"""What is quoted: verbatim, best first, nothing twice, and able to stand alone."""

from __future__ import annotations

import itertools
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from index.read.compose import CompositionSettings, beside, choose_sentences, cite, overlap, standing_alone
from index.types import Hit, ScoredSentence

SETTINGS = CompositionSettings()


def words(text: str) -> list[str]:
    return text.lower().replace(".", "").split()


def article_hit(sentences: list[str], *, article: str = "a", start: int = 0, rank: int = 1) -> Hit:
    text, spans = "", []
    for sentence in sentences:
        text += " " if text else ""
        spans.append((start + len(text), start + len(text) + len(sentence)))
        text += sentence
    return Hit(
        rank=rank,
        score=1.0,
        passage_id=rank,
        article_id=article,
        title="T",
        outlet=None,
        published=None,
        url=None,
        start=start,
        end=start + len(text),
        text=text,
        sentences=tuple(spans),
    )


def scored(hit: Hit, number: int, score: float) -> ScoredSentence:
    start, end = hit.sentences[number]
    return ScoredSentence(hit=hit, start=start, end=end, score=score, highlight=(start, min(start + 3, end)))


def test_only_sentences_near_the_best_are_chosen() -> None:
    hit = article_hit(["Alpha one.", "Beta two.", "Gamma three."])
    ranked = [scored(hit, 0, 9.0), scored(hit, 2, 8.0), scored(hit, 1, 1.0)]
    assert [s.text for s in choose_sentences(ranked, SETTINGS, words)] == ["Alpha one.", "Gamma three."]


def test_another_article_may_be_further_behind_than_one_more_sentence_of_the_same() -> None:
    settings = CompositionSettings(margin=2.0, elsewhere=2.5)
    here = article_hit(["The police counted 2300 marchers.", "Buses ran late all day."])
    there = article_hit(["Organizers said 6000 people took part.", "Rain fell."], article="b", rank=2)
    ranked = [scored(here, 0, 9.0), scored(here, 1, 6.8), scored(there, 0, 6.7), scored(there, 1, 6.4)]
    assert choose_sentences(ranked, settings, words) == [ranked[0], ranked[2]]


def test_a_second_reading_decides_how_far_behind_a_sentence_may_be() -> None:
    settings = CompositionSettings(margin=2.0, elsewhere=2.5, confirmed=3.0, doubted=0.5)
    here = article_hit(["The boat sank.", "It had a leak.", "It was old.", "Ferries are late."])
    there = article_hit(["A hole let the sea in.", "Rain fell."], article="b", rank=2)

    def quoted(confirmed: bool | None, one: ScoredSentence) -> bool:  # noqa: FBT001 - three-valued
        best = replace(scored(here, 0, 9.0), confirmed=confirmed)
        return len(choose_sentences([best, replace(one, confirmed=confirmed)], settings, words)) == 2

    assert [quoted(c, scored(here, 1, 7.2)) for c in (None, True, False)] == [True, True, False]
    assert [quoted(c, scored(here, 1, 6.2)) for c in (None, True, False)] == [False, True, False]
    assert [quoted(c, scored(here, 1, 5.9)) for c in (None, True, False)] == [False, False, False]
    assert [quoted(c, scored(there, 0, 6.8)) for c in (None, True, False)] == [True, True, False]
    assert [quoted(c, scored(there, 0, 7.1)) for c in (None, True, False)] == [True, True, True]


def test_one_that_is_doubted_does_not_hide_a_confirmed_one_behind_it() -> None:
    hit = article_hit(["The boat sank.", "It was painted in May.", "It had a leak."])
    ranked = [
        replace(scored(hit, number, score), confirmed=confirmed)
        for number, score, confirmed in ((0, 9.0, True), (1, 7.2, False), (2, 6.5, True))
    ]
    assert choose_sentences(ranked, CompositionSettings(), words) == [ranked[0], ranked[2]]


def test_a_wire_story_in_two_outlets_is_quoted_once() -> None:
    one = article_hit(["Ships will plug into shore power by June."], article="a")
    two = article_hit(["Ships will plug into shore power by June, the port said."], article="b", rank=2)
    chosen = choose_sentences([scored(one, 0, 5.0), scored(two, 0, 4.9)], SETTINGS, words)
    assert [s.hit.article_id for s in chosen] == ["a"]


def test_disagreeing_outlets_are_both_quoted() -> None:
    one = article_hit(["About 2,300 people marched."], article="a")
    two = article_hit(["Organisers counted 6,000 on the streets."], article="b", rank=2)
    citations = cite(choose_sentences([scored(one, 0, 5.0), scored(two, 0, 4.0)], SETTINGS, words), SETTINGS)
    assert [(c.marker, c.article_id) for c in citations] == [(1, "a"), (2, "b")]


def test_a_sentence_that_leans_back_brings_the_one_before() -> None:
    hit = article_hit(["Mayor Okerlund resigned.", "He blamed the council."])
    assert standing_alone(scored(hit, 1, 1.0), 700) == (hit.start, hit.end)
    assert standing_alone(scored(hit, 0, 1.0), 700) == hit.sentences[0]


def test_a_quote_never_grows_beyond_its_limit() -> None:
    hit = article_hit(["A" * 600 + ".", "He blamed " + "b" * 200 + "."])
    assert standing_alone(scored(hit, 1, 1.0), 700) == hit.sentences[1]


def test_neighbours_become_one_quotation() -> None:
    hit = article_hit(["Aid must rise.", "Civilians must be safe.", "Talks go on."], start=50)
    citations = cite([scored(hit, 1, 2.0), scored(hit, 0, 1.0)], SETTINGS)
    assert [c.quote for c in citations] == ["Aid must rise. Civilians must be safe."]
    assert citations[0].highlight is not None
    assert citations[0].quote[slice(*citations[0].highlight)] == "Civ"


def test_a_sentence_between_two_quotations_joins_all_three() -> None:
    hit = article_hit(["Aid must rise.", "Civilians must be safe.", "Talks go on."])
    (citation,) = cite([scored(hit, 2, 3.0), scored(hit, 0, 2.0), scored(hit, 1, 1.0)], SETTINGS)
    assert citation.quote == hit.text
    assert citation.highlight == (39, 42)


def test_what_stands_beside_a_quotation_is_quoted_along_if_it_is_near_the_best() -> None:
    hit = article_hit(["The bridge is closed.", "A crack was found.", "Ferries run.", "Buses wait."])
    other = article_hit(["A crack in the hull was found."], article="b", rank=2)
    ranked = [scored(hit, 0, 9.0), scored(hit, 1, 6.5), scored(other, 0, 6.1), scored(hit, 2, 6.0), scored(hit, 3, 5.0)]
    along = beside(ranked[:1], ranked, SETTINGS, words)
    assert along == [ranked[1]]
    (citation,) = cite(ranked[:1], SETTINGS, along)
    assert citation.quote == "The bridge is closed. A crack was found."
    assert citation.highlight == (0, 3)
    assert beside(ranked[:1], [ranked[0], scored(hit, 1, 5.9)], SETTINGS, words) == []
    assert beside([], ranked, SETTINGS, words) == []


def test_what_says_the_same_again_is_not_quoted_along() -> None:
    hit = article_hit(["The old bridge is closed.", "The old bridge is closed today."])
    ranked = [scored(hit, 0, 9.0), scored(hit, 1, 8.9)]
    assert beside(ranked[:1], ranked, SETTINGS, words) == []


def test_what_is_quoted_along_makes_no_two_quotations_one() -> None:
    hit = article_hit(["It spoke of 12 victims.", "Rescuers dug all night.", "The toll is at 15 dead."])
    ranked = [scored(hit, 0, 9.0), scored(hit, 2, 8.5), scored(hit, 1, 7.0)]
    assert [c.quote for c in cite(ranked[:2], SETTINGS, ranked[2:])] == [
        "It spoke of 12 victims.",
        "The toll is at 15 dead.",
    ]


def test_a_quotation_that_stands_alone_does_not_begin_with_one_that_does_not() -> None:
    hit = article_hit(["Beta " + "b" * 400 + ".", "He refused it.", "Gamma " + "c" * 400 + "."])
    (citation,) = cite([scored(hit, 2, 9.0)], SETTINGS, [scored(hit, 1, 8.0)])
    assert (citation.start, citation.end) == hit.sentences[2]


def test_what_stands_beside_a_long_quotation_is_no_quotation_of_its_own() -> None:
    hit = article_hit(["Beta " + "b" * 400 + ".", "Gamma " + "c" * 400 + "."])
    ranked = [scored(hit, 0, 9.0), scored(hit, 1, 8.9)]
    assert beside(ranked[:1], ranked, SETTINGS, words) == []
    assert [(c.start, c.end) for c in cite(ranked[:1], SETTINGS, ranked)] == [hit.sentences[0]]


def test_what_a_sentence_grew_by_is_not_quoted_twice() -> None:
    hit = article_hit(["Beta " + "b" * 300 + ".", "He " + "c" * 300 + ".", "She " + "d" * 300 + "."])
    first, second = cite([scored(hit, 1, 2.0), scored(hit, 2, 1.0)], SETTINGS)
    assert (first.start, first.end) == (hit.start, hit.sentences[1][1])
    assert (second.start, second.end) == hit.sentences[2]


def test_of_an_overlong_sentence_the_words_around_the_highlight_are_quoted() -> None:
    hit = article_hit(["word " * 400 + "answer" + " word" * 400 + "."])
    start = hit.text.index("answer")
    sentence = ScoredSentence(hit=hit, start=hit.start, end=hit.end, score=1.0, highlight=(start, start + 6))
    (citation,) = cite([sentence], SETTINGS)
    assert len(citation.quote) <= SETTINGS.max_quote
    assert citation.quote.split(" ") == ["word"] * (n := citation.quote.split().index("answer")) + ["answer"] + [
        "word"
    ] * (len(citation.quote.split()) - n - 1)
    assert citation.highlight is not None
    assert citation.quote[slice(*citation.highlight)] == "answer"


@given(
    texts=st.lists(st.text(alphabet="abc .éü", min_size=1, max_size=12).filter(str.strip), min_size=1, max_size=8),
    leaning=st.sets(st.integers(0, 7)),
    start=st.integers(0, 500),
    picks=st.lists(st.integers(0, 7), min_size=1, max_size=8, unique=True),
    max_quote=st.integers(1, 60),
)
def test_every_citation_is_an_exact_slice_of_bounded_length_with_its_highlight_inside_and_nothing_is_twice(
    texts: list[str], leaning: set[int], start: int, picks: list[int], max_quote: int
) -> None:
    hit = article_hit([f"He {text}" if i in leaning else text for i, text in enumerate(texts)], start=start)
    ranked = [scored(hit, number, 1.0) for number in picks if number < len(texts)]
    chosen = ranked[: (len(ranked) + 1) // 2]
    settings = CompositionSettings(max_quote=max_quote)
    citations = cite(chosen, settings, ranked)
    assert len(citations) == len(cite(chosen, settings))
    assert [citation.marker for citation in citations] == list(range(1, len(citations) + 1))
    for citation in citations:
        assert citation.quote
        assert len(citation.quote) <= max_quote
        assert hit.text[citation.start - start : citation.end - start] == citation.quote
        assert citation.highlight is not None
        assert 0 <= citation.highlight[0] <= citation.highlight[1] <= len(citation.quote)
    places = sorted((citation.start, citation.end) for citation in citations)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(places))


def test_overlap_of_empty_sets() -> None:
    assert overlap(set(), set()) == 1.0
    assert overlap(set(), {"a"}) == 0.0
    assert overlap({"a"}, {"a", "b"}) == 1.0


def value(hit: Hit, number: int, score: float, short: str) -> ScoredSentence:
    """A sentence whose short answer is marked."""
    start, end = hit.sentences[number]
    at = start + hit.text[start - hit.start : end - hit.start].index(short)
    return ScoredSentence(hit=hit, start=start, end=end, score=score, highlight=(at, at + len(short)))


def test_sentences_alike_but_for_their_answer_are_quoted_both() -> None:
    here = article_hit(["General Bryan was born on February 8, 1900 in Ohio."])
    there = article_hit(["General Bryan was born on July 15, 1905 in Ohio."], article="b", rank=2)
    again = article_hit(["General Bryan was born on February 8, 1900 in Ohio."], article="c", rank=3)
    ranked = [
        value(here, 0, 9.0, "February 8, 1900"),
        value(again, 0, 8.9, "February 8, 1900"),
        value(there, 0, 8.0, "July 15, 1905"),
    ]
    assert choose_sentences(ranked, SETTINGS, words) == [ranked[0], ranked[2]]


def test_another_articles_other_answer_has_a_place_though_it_is_further_behind() -> None:
    here = article_hit(["The march drew 2300 people.", "It began at noon.", "Rain fell on it."])
    there = article_hit(["Organizers counted 6000 marchers."], article="b", rank=2)
    ranked = [
        value(here, 0, 9.0, "2300"),
        value(here, 1, 8.5, "noon"),
        value(here, 2, 8.0, "Rain"),
        value(there, 0, 5.5, "6000"),
    ]
    assert choose_sentences(ranked, SETTINGS, words) == [ranked[0], ranked[1], ranked[3]]
    far = [*ranked[:3], value(there, 0, 4.5, "6000")]
    assert choose_sentences(far, SETTINGS, words) == ranked[:3]


def test_other_words_are_another_answer_only_where_a_question_has_one() -> None:
    here = article_hit(["Bethany sang it first."])
    there = article_hit(["The band credits Lennon."], article="b", rank=2)
    ranked = [value(here, 0, 9.0, "Bethany"), value(there, 0, 5.5, "Lennon")]
    assert choose_sentences(ranked, SETTINGS, words) == ranked[:1]
    assert choose_sentences(ranked, SETTINGS, words, one_answer=True) == ranked
