"""Counting: exact, over whole words, with quotations that are slices of the articles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from index.asking.inventory import Inventory
from index.asking.overview import fold, overview_of, pattern_of
from index.sentences import split_sentences
from index.types import LISTED, Article, Origin, Overview, OverviewKind, Searched, Where

SEARCHED = Searched(generation=1, articles=0, earliest=None, latest=None, newest_match=None, where=Where())


def article(number: int, text: str, title: str = "Untitled", outlet: str | None = "The Ledger") -> Article:
    return Article(
        id=f"a{number}",
        title=title,
        text=text,
        origin=Origin(path="x"),
        outlet=outlet,
        published=f"2026-02-{number:02d}",
    )


SHELF = [
    article(9, "Rain fell. Dr. Ingrid Malloch’s report came out on Monday.", outlet="Dispatch"),
    article(8, "The bridge is shut. The report\nby Malloch is late."),
    article(7, "Özil scored. The ferries run.", title="Ferry service"),
    article(6, "Mallochs are not people."),
]


def ask(kind: OverviewKind, about: str = "", shelf: Sequence[Article] = SHELF) -> Overview:
    load: Callable[[], Iterable[Article]] = lambda: iter(shelf)  # noqa: E731 - typed
    return overview_of(
        Inventory(kind=kind, about=about), load, question="q", searched=SEARCHED, sentences=split_sentences
    )


def test_whole_words_count_with_case_accents_and_possessives_aside() -> None:
    assert ask(OverviewKind.COUNT, "malloch").articles == 2
    assert ask(OverviewKind.COUNT, "Ozil").articles == 1
    assert ask(OverviewKind.COUNT, "ferry").articles == 1
    assert ask(OverviewKind.COUNT, "zebra").articles == 0


def test_words_count_together_and_else_apart_and_it_is_told_which() -> None:
    together = ask(OverviewKind.COUNT, "the report by Malloch")
    assert (together.articles, together.whole, together.words) == (1, True, ("report by Malloch",))
    apart = ask(OverviewKind.COUNT, "Malloch Monday report")
    assert (apart.articles, apart.whole, apart.words) == (1, False, ("Malloch", "Monday", "report"))


def test_the_list_quotes_the_first_sentence_with_the_words_newest_first() -> None:
    found = ask(OverviewKind.ARTICLES, "Malloch")
    assert [one.article_id for one in found.citations] == ["a9", "a8"]
    assert found.citations[0].quote == "Dr. Ingrid Malloch’s report came out on Monday."
    assert found.text == "2 articles contain “Malloch”, published 8 February 2026 to 9 February 2026."


def test_the_march_is_no_month() -> None:
    shelf = [
        article(9, "It reopens on March 20."),
        article(8, "In March, and on 8 March, and by the 9th March, it rained."),
        article(7, "About 2,300 took part.", title="2,300 March for Buses"),
        article(6, "The march began at ten."),
    ]
    assert [one.article_id for one in ask(OverviewKind.ARTICLES, "the march", shelf).citations] == ["a7", "a6"]
    assert ask(OverviewKind.COUNT, "March", shelf).articles == 4
    assert ask(OverviewKind.COUNT, "march on", [article(5, "They march on Monday.")]).articles == 1


def test_outlets_are_counted_by_their_articles() -> None:
    assert ask(OverviewKind.OUTLETS).outlets == (("The Ledger", 3), ("Dispatch", 1))
    assert ask(OverviewKind.OUTLETS, "Malloch").outlets == (("Dispatch", 1), ("The Ledger", 1))


def test_a_long_list_is_cut_and_its_count_is_not() -> None:
    shelf = [article(1 + n % 28, "The bridge is shut.") for n in range(LISTED + 5)]
    found = ask(OverviewKind.ARTICLES, "bridge", shelf)
    assert (found.articles, len(found.citations)) == (LISTED + 5, LISTED)


texts = st.text(st.characters(codec="utf-8"), max_size=80) | st.sampled_from(["İstanbul is far. Go.", "ﬁne ǰ straße."])


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=4), texts)
def test_every_quotation_is_a_slice_and_the_count_is_that_of_the_words(rows: list[tuple[str, str]], about: str) -> None:
    shelf = [article(1 + n, text, title) for n, (title, text) in enumerate(rows)]
    found = ask(OverviewKind.ARTICLES, about, shelf)
    for one in found.citations:
        text = next(article.text for article in shelf if article.id == one.article_id)
        assert text[one.start : one.end] == one.quote
    if found.words and found.whole:
        pattern = pattern_of(found.words[0])
        right = [a for a in shelf if pattern.search(fold(a.text)) or pattern.search(fold(a.title))]
        assert found.articles == len(right)
