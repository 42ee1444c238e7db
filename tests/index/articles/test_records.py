"""JSON and JSON-lines articles: text as it stands, and one reason for each bad line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.index.articles.reading_fakes import json_lines, read, read_one, reason, written

GOOD = {"title": "Title", "text": "The text.", "id": "a"}
STORED = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1).filter(str.strip)


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(STORED, min_size=1, max_size=5),
    escaped=st.booleans(),
    name=st.sampled_from(["a.jsonl", "a.json", "a.jsonl.gz"]),
)
def test_text_is_stored_to_the_character(
    tmp_path_factory: pytest.TempPathFactory, *, texts: list[str], escaped: bool, name: str
) -> None:
    path = tmp_path_factory.mktemp("texts") / name
    records = [{**GOOD, "id": str(number), "text": text} for number, text in enumerate(texts)]
    if name == "a.json":
        content = json.dumps(records, ensure_ascii=escaped).encode()
    else:
        content = "".join(json.dumps(record, ensure_ascii=escaped) + "\n" for record in records).encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    articles, skipped = read(path)
    assert [article.text for article in articles] == texts
    assert not skipped


def test_all_fields_are_taken_and_the_line_is_remembered(tmp_path: Path) -> None:
    record = {
        "id": 7,
        "title": " A\n title ",
        "text": " Text \r\n",
        "url": " https://x.com/a ",
        "outlet": "O",
        "author": ["A", "B"],
        "published": "2026-01-14",
        "updated": "2026-01-15T08:00:00Z",
        "section": "S",
        "language": "en",
        "extra": {"x": [1]},
    }
    article = read_one(written(tmp_path / "a.jsonl", b"\n\n" + json_lines([record])))
    assert (article.id, article.title, article.text) == ("7", "A title", " Text \r\n")
    assert (article.url, article.outlet, article.author, article.section) == ("https://x.com/a", "O", "A, B", "S")
    assert (article.published, article.updated) == ("2026-01-14", "2026-01-15T08:00:00+00:00")
    assert str(article.origin) == f"{(tmp_path / 'a.jsonl').as_posix()}:3"


def test_bad_lines_are_skipped_where_they_stand_and_the_others_read(tmp_path: Path) -> None:
    bad: dict[bytes, str] = {
        b'{"title": "T", "text": ': "it is not valid JSON",
        b"plain words": "it is not valid JSON",
        b'{"title": "T", "text": "x"} {"title": "U"}': "more than one value (column 29); it goes on after its end",
        b"[1, 2]": "it is a list, not an object with title and text",
        b'"text"': "it is text, not an object",
        b"null": "it is null, not an object",
        b'{"title": ["T"], "text": "x"}': "its title is a list, not text",
        b'{"title": "T", "text": 5}': "its text is a number, not text",
        b'{"title": "T", "text": {"a": 1}}': "its text is an object, not text",
        b'{"title": "T", "text": "x", "outlet": true}': "its outlet is true or false, not text",
        b'{"title": "T", "text": "x", "published": ["2026"]}': "its published is a list, not a date",
        b'{"title": "T", "text": "x", "id": 1.5}': "its id is a number, not text",
        b'{"text": "x"}': "it has no title",
        b'{"title": " ", "text": "x"}': "it has no title",
        b'{"title": "T"}': "it has no text",
        b'{"title": "T", "text": " \\n "}': "its text is empty",
        b'{"title": "T", "text": null}': "it has no text",
        b'{"title": "T", "text": "x", "published": "2026-02-30"}': "its date is impossible: 2026-02-30 is a day",
        b'{"title": "T", "text": "x", "published": "2027-01-01"}': "its date, 2027-01-01, is in the future",
        b'{"title": "T", "text": "x", "updated": "2027-01-01"}': "its updated date, 2027-01-01, is in the future",
        b'{"title": "T", "text": "a\\ud800b"}': "its text holds half a character (\\ud800)",
        b'{"title": "T\\udc00", "text": "x"}': "its title holds half a character (\\udc00)",
        b'{"title": "T", "text": "a\\u0000b"}': "its text holds a NUL character",
        b'{"title": "T", "text": "a\x00b"}': "the line holds NUL bytes",
        b'{"title": "T", "text": "caf\xe9"}': "it is not UTF-8 (at byte 28)",
        b'{"title": "T", "title": "U", "text": "x"}': "it gives 'title' twice",
        b'{"title": "T", "text": "x", "id": "a\\u0007"}': "its id holds control characters",
        b'{"title": "T", "text": "x", "id": "' + b"i" * 600 + b'"}': "its id has 600 characters; the most is 500",
        b'{"title": "' + b"t" * 1500 + b'", "text": "x"}': "its title has 1,500 characters",
        b'{"title": "T", "text": "x", "n": ' + b"1" * 6000 + b"}": "it holds a number of thousands of digits",
        b'{"a":' * 100_000: "it is nested too deeply to be an article",
        b"[" * 100_000: "it is nested too deeply to be an article",
        b"\x80\x81\xff\xfe": "it is not UTF-8 (at byte 1)",
    }
    good = json.dumps(GOOD).encode()
    path = written(tmp_path / "a.jsonl", b"".join(good + b"\n" + line + b"\r\n" for line in bad))
    articles, skipped = read(path)
    assert len(articles) == len(bad)
    assert [piece.line for piece in skipped] == list(range(2, 2 * len(bad) + 1, 2))
    for piece, (line, why) in zip(skipped, bad.items(), strict=True):
        assert why in piece.reason, line[:60]


def test_a_json_file_holds_one_article_or_a_list(tmp_path: Path) -> None:
    assert read_one(written(tmp_path / "a.json", json.dumps({"title": "T", "text": "x"}))).id.endswith("/a.json")
    records = [{"title": "T", "text": "x"}, 5, {"title": "U", "text": "y"}]
    articles, skipped = read(written(tmp_path / "b.json", json.dumps(records)))
    assert [article.id.rpartition("/")[2] for article in articles] == ["b.json#1", "b.json#3"]
    assert [piece.reason for piece in skipped] == ["item 2: it is a number, not an object with title and text"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"[]", "its list is empty"),
        (b"{", "it is not valid JSON"),
        (b'{"title": "T", "text": "x"}\n{"title": "U", "text": "y"}', "one object a line belongs in a .jsonl file"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"title": "caf\xe9", "text": "x"}', "it is not UTF-8"),
        (b"\x00" * 50, "it holds NUL bytes"),
    ],
)
def test_a_broken_json_file_is_skipped_with_its_reason(tmp_path: Path, content: bytes, why: str) -> None:
    assert why in reason(written(tmp_path / "a.json", content))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_other_unicode_encodings_with_their_mark_are_read(tmp_path: Path, encoding: str, name: str) -> None:
    content = json.dumps({**GOOD, "text": "“café” \U0001f600"}, ensure_ascii=False).encode(encoding)
    assert read_one(written(tmp_path / name, content)).text == "“café” \U0001f600"


def test_nan_is_a_missing_value(tmp_path: Path) -> None:
    article = read_one(written(tmp_path / "a.jsonl", b'{"title": "T", "text": "x", "author": NaN, "published": NaN}'))
    assert (article.author, article.published) == (None, None)


def test_what_is_unclear_is_left_out_and_remarked_on(tmp_path: Path) -> None:
    record = {**GOOD, "published": "03/04/2026", "updated": "soon", "url": "javascript:alert(1)"}
    articles, skipped = read(written(tmp_path / "a.jsonl", json_lines([record])))
    assert (articles[0].published, articles[0].updated, articles[0].url) == (None, None, None)
    assert [piece.line for piece in skipped] == [1, 1, 1]
    assert all("indexed without" in piece.reason for piece in skipped)
