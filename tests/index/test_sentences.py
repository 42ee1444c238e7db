"""Where sentences begin and end: a gold list of news cases, exact offsets on any text, linear time."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sentences import Span, split_sentences

SETS = Path(__file__).resolve().parents[3] / "shared" / "data"

# One case a line: ¦ marks a boundary, ¶ is a line break, and a blank line is a boundary too.
GOLD = """
U.S. Secretary of State Antony Blinken landed late on Tuesday. ¦He left on Wednesday.
He came home to the U.S. ¦The army had paid for his ticket.
He moved to the U.S. in 1999 and left for the U.K. in 2004.
The U.S. Senate voted on Monday. ¦The U.S. House did not.
The U.N. Security Council met. ¦It adjourned at 5 p.m. Monday.
The U.S. needs more time, the U.S.'s envoy said.
Mr. J. R. Smith resigned. ¦Mrs. A. B. Jones took over.
J.K. Rowling wrote it. ¦George R. R. Martin did not.
He finished No. 5 in the world. ¦No. 18 was his brother.
"I said no." ¦No one asked again.
The plan costs $3.5 million. ¦It was $2.1 billion in 2019.
It opens at 9 a.m. Monday and closes at 5 p.m. Friday.
It opened at 9 a.m. ¦The doors closed at noon.
It starts at 8 p.m. ET on Sunday.
"Go," he said. ¦"Now."
"Go now." ¦He went.
"Are you sure?" she asked. ¦"Yes!" he said.
“Are you sure?” she asked. ¦“Yes!” he said.
He called it “baseless.” ¦The court disagreed.
He called it "baseless." ¦The court disagreed.
“It did not happen overnight,” Dr. Malloch said. ¦“It took years.”
She asked: "Why?" ¦Nobody answered.
He said, "I will go. ¦I will not wait." ¦Then he left.
He waited ... and then left. ¦Nobody came.
"I don't know …" she said. ¦"Maybe."
We waited… ¦Nothing happened.
Yahoo! said on Monday it would cut jobs. ¦Shares rose.
The show Jeopardy! returns in May.
On Jan. 14 the talks began. ¦They ended on Feb. 3, 2026.
They met in Sept. and again in Oct. ¦No deal was made.
Use a filter, e.g. the date. ¦Do it, i.e. now.
Fruit, vegetables, etc. were sold. ¦Prices fell.
They sold fruit, vegetables, etc. ¦Prices fell.
She lives in St. Louis, Mo., near Ft. Worth Ave. ¦He does not.
Gov. Smith met Sen. Jones and Rep. Ann Lee. ¦Lt. Gov. Brown was absent.
Gen. Mark A. Milley, Sgt. Lorna Tibbet and Capt. Ray Doe testified.
Apple Inc. said it would pay. ¦Google Inc. did not.
He works at Apple Inc. ¦She works at Acme Corp. ¦They met at Foo Ltd. in June.
The talks failed; the war goes on. ¦Nobody won.
The deal was signed.¦The army left.
It closed at 3.5 percent.¦Analysts had expected 4.
Visit www.example.com/a.html?x=1. ¦Or mail jane.doe@example.com today.
See https://example.com/News.Today/index.html for more. ¦Thanks.
He has a Ph.D. in physics. ¦She has an M.D. and a B.A. from Yale.
Washington, D.C. is hot. ¦He flew to Washington, D.C. ¦It rained.
John F. Kennedy Jr. died in 1999. ¦Robert Downey Jr. won.
Vitamin C. ¦The doctor said so.
Smith v. Jones was decided in 1990. ¦Roe vs. Wade came first.
(He was late.) ¦She was not.
He was late (again). ¦She was not.
The firm (est. 1990) closed. ¦(It had no money.)
What?! ¦No way!!! ¦Really.
Markets¶¶The Dow rose 2 percent.¶¶Oil fell.
The cost has three parts:¶¦- $4.9 million for steel¶¦- $2.3 million for plates¶¦- $1.4 million for barges
1. Open the door. ¶¦2. Close the window.¶¦3. Leave.
Headline without a stop¶¶The story begins here. ¦It ends here.
1. Preheat the oven. ¦2. Mix the flour. ¦3. Bake.
The version is 2.0.1 and runs on Python 3.11. ¦It is fast.
He ran 10 km in 35 min. ¦She ran it in 34.
Prime Minister of the U.K. Rishi Sunak resigned. ¦He left.
It is the No. 1 seed. ¦Is it? ¦No. ¦It is not.
At 5 o'clock, Mr. Istvane said so, too. ¦"I put my torch on the steel and there was a line of rust," Mr. Istvane said.
The iPhone 15 Pro costs $999. ¦iPads cost less.
They lost 3-2. ¦2023 was a bad year.
The E.U. and the U.S. agreed. ¦NATO did not.
He lives at 5 Main St. ¦The house is white.
The so-called "Mr. Big" was arrested. ¦Police said so.
He beat Djokovic 6-4, 7-6 (7-5). ¦He was happy.
What did the C.I.A. know? ¦And the F.B.I.? ¦Nobody says.
The killing of George Floyd, et al. v. Smith, is cited.
今天天气很好。¦我们去公园。
She said ‘no.’ ¦He said ‘yes.’
“We won. ¦We really won,” he said. ¦“It is over.”
Photo: Jane Doe/AP¶¶The army left.
Ten years ago the dam broke.[1] ¦It was rebuilt.
"People are riding 14 kilometers to get 400 meters," Mr. Strake said. ¦"They should not be charged." ¦He left.
"""


def marked(case: str) -> tuple[str, list[Span]]:
    text, spans = "", list[Span]()
    for part in re.split(r"¦|(?<=\n)(?=\n)", case.replace("¶", "\n")):
        if part.strip():
            start = len(text) + len(part) - len(part.lstrip())
            spans.append((start, start + len(part.strip())))
        text += part
    return text, spans


@pytest.mark.parametrize("case", GOLD.strip().splitlines())
def test_news_sentences_begin_and_end_where_a_reader_says(case: str) -> None:
    text, expected = marked(case)
    assert [text[slice(*span)] for span in split_sentences(text)] == [text[slice(*span)] for span in expected]
    assert split_sentences(text) == expected


WRAPPED = """The company said its merger agreement with Piedmont provides
that the offer is not to be amended without the consent of
Piedmont and of every bank named in the filing. The offer was
made on Monday, the company said in a statement to the
exchange. It ends in April.
    Shares rose by
3 percent."""


def test_a_hard_wrapped_sentence_runs_over_its_line_breaks() -> None:
    found = [" ".join(WRAPPED[slice(*span)].split()) for span in split_sentences(WRAPPED)]
    assert found[0].startswith("The company said")
    assert found[0].endswith("in the filing.")
    assert found[1] == "The offer was made on Monday, the company said in a statement to the exchange."
    assert found[2] == "It ends in April."


@pytest.mark.parametrize(
    "text",
    [
        "Markets\nThe Dow rose 2 percent.\nOil fell.",
        "apples\npears\nplums",
        "- one thing\n- another thing\n- a third",
        "First paragraph without a stop\r\nSecond paragraph",
        "A line\u2028Another line\x85A third",
    ],
)
def test_lines_of_unwrapped_text_are_sentences_of_their_own(text: str) -> None:
    assert [text[slice(*span)] for span in split_sentences(text)] == [line.strip() for line in text.splitlines()]


def test_an_unbalanced_quotation_mark_does_not_swallow_the_sentences_after_it() -> None:
    text = 'He called it a "win. She disagreed. They left. Nobody spoke again.'
    assert len(split_sentences(text)) == 4


def test_abbreviations_of_the_articles_language_are_known() -> None:
    text = "El Sr. García llegó ayer. Se fue hoy."
    assert [text[slice(*span)] for span in split_sentences(text, "es")] == ["El Sr. García llegó ayer.", "Se fue hoy."]


def test_an_unknown_language_is_split_all_the_same() -> None:
    assert split_sentences("One here. Two there.", "xx") == [(0, 9), (10, 20)]


PIECES = st.sampled_from(
    [
        *("U.S.", "Mr.", "a.m.", "Monday", "He", "said", "no", "etc", "Yahoo!", "3.5", "x" * 70, "ß", "é", "today"),
        *(" ", "  ", "\n", "\n\n", "\r\n", "\t", "- ", "1. ", "• ", "[1]", "http://a.b/C.D", "j@d.com", "。", "😀"),
        *".!?…\"“”‘’'()<>",
        *map(chr, (0x00, 0x1C, 0x0301, 0x200B, 0x2028, 0xFEFF, 0xD800)),
    ]
)
TEXTS = st.one_of(
    st.text(),
    st.lists(PIECES, max_size=60).map("".join),
    st.lists(PIECES, max_size=60).map(" ".join),
    st.tuples(st.lists(PIECES, max_size=5).map(" ".join), st.integers(1, 9000)).map(lambda pair: pair[0] * pair[1]),
).map(lambda text: text[:30_000])


@given(TEXTS)
def test_sentences_are_ordered_trimmed_and_cover_every_visible_character(text: str) -> None:
    covered, end_before = 0, 0
    for start, end in split_sentences(text):
        assert end_before <= start < end
        assert text[start:end] == text[start:end].strip()
        assert not text[end_before:start].strip()
        end_before = end
        covered += end - start
    assert not text[end_before:].strip()


@given(TEXTS, TEXTS)
def test_a_blank_line_always_ends_a_sentence(before: str, after: str) -> None:
    text = f"{before}\n\n{after}"
    assert not any(start < len(before) and end > len(before) + 2 for start, end in split_sentences(text))


@pytest.mark.parametrize(
    "unit",
    [
        *("word ", "x", ".", ". ", "'", '"', "“", "(", "[", "<", '?" ', '. "', "A. ", "a.B", "1. ", "ab.Cd", "\n"),
        *("ab\n", "- a\n", "a@b.c ", "http://a.b/ ", "。", " ", "• ", "e.g. ", "me. A", "US. A"),
    ],
)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    def seconds(size: int) -> float:
        text = (unit * size)[:size]
        began = time.process_time()
        split_sentences(text)
        return time.process_time() - began

    seconds(1000)
    assert seconds(100_000) < 20 * max(seconds(25_000), 0.01)


def rows(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        pytest.skip(f"{path.name} is not here; it belongs to the evaluation sets")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_sentences_that_people_marked_begin_and_end_where_ours_do() -> None:
    articles = {row["id"]: row["text"] for row in rows(SETS / "multihop-rag" / "articles.jsonl")}
    marked_spans = set[tuple[str, int, int]]()
    for query in rows(SETS / "multihop-rag" / "queries.jsonl"):
        for evidence in query["evidence"]:
            start = articles[evidence["article"]].find(evidence["fact"].strip())
            marked_spans.add((evidence["article"], start, start + len(evidence["fact"].strip())))
    conversations = rows(SETS / "newsconv" / "dev.conversations.jsonl")
    turns = rows(SETS / "newsconv" / "dev.questions.jsonl") + [turn for row in conversations for turn in row["turns"]]
    for turn in turns:
        marked_spans |= {(f"mh{turn['article']:03d}", *span) for span in turn["spans"]}
        marked_spans |= {(f"mh{number:03d}", start, end) for number, start, end in turn["also"]}
    ours = {key: split_sentences(articles[key]) for key in {key for key, _, _ in marked_spans}}
    starts = {(key, start) for key, spans in ours.items() for start, _ in spans}
    ends = {(key, end) for key, spans in ours.items() for _, end in spans}
    met = sum((key, start) in starts and (key, end) in ends for key, start, end in marked_spans)
    assert met >= 0.99 * len(marked_spans)
