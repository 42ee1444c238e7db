"""What is tantivy's own: folders that are damaged or replaced, stems, weights of fields, and the caller's analysis."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import tantivy

from index import lexicon
from index.backends.lexical_tantivy import FieldBoosts, TantivyLexical, TantivyLexicalWriter, content_words
from index.dates import instant
from index.errors import IndexDamaged


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    passage_id: int
    text: str
    title: str = ""
    outlet: str | None = None
    section: str | None = None
    published: str | None = None


def write(folder: Path, rows: Sequence[Row], analyse: Callable[[str], str] = str) -> Path:
    folder.mkdir()
    assert TantivyLexicalWriter(analyse=analyse, instant=instant).write(folder, rows) == len(rows)
    return folder


def numbered(count: int) -> list[Row]:
    return [Row(passage_id=i, text=f"number {i} of the harbour list, item {i % 7}") for i in range(count)]


def ids(index: TantivyLexical, query: str) -> list[int]:
    return [hit.passage_id for hit in index.search(query, 10)]


def test_words_meet_by_their_stem_and_without_accents(tmp_path: Path) -> None:
    rows = [Row(passage_id=1, text="The café's engineers were repairing bridges.")]
    index = TantivyLexical(write(tmp_path / "i", rows), analyse=str)
    for query in ("bridge", "repaired", "CAFE", "engineer"):
        assert ids(index, query) == [1]


def test_text_and_question_meet_in_the_forms_of_the_lexicon(tmp_path: Path) -> None:
    rows = [
        Row(passage_id=1, text="The U.S. asked Israel for more aid."),
        Row(passage_id=2, text="They told us about the ferry."),
        Row(passage_id=3, text="The United States voted."),
    ]
    index = TantivyLexical(write(tmp_path / "i", rows, lexicon.index_form), analyse=lexicon.query_form)
    assert set(ids(index, "US")) == {1, 3}
    assert set(ids(index, "United States")) == {1, 3}
    assert 2 not in ids(index, "what does the US want from Israel?")[:1]


def test_the_weight_of_a_field_decides(tmp_path: Path) -> None:
    rows = [
        Row(passage_id=1, title="Ferry", text="Nothing else of note was said in the port today."),
        Row(passage_id=2, title="Weather", text="The ferry, a ferry, and the old ferry."),
    ]
    folder = write(tmp_path / "i", rows)
    assert ids(TantivyLexical(folder, analyse=str, boosts=FieldBoosts(title=5.0)), "ferry")[0] == 1
    assert ids(TantivyLexical(folder, analyse=str, boosts=FieldBoosts(title=0.0)), "ferry")[0] == 2


def test_the_day_of_publication_is_searched_as_people_write_it(tmp_path: Path) -> None:
    rows = [
        Row(passage_id=1, text="A bridge closed.", published="2026-02-14T23:30:00-08:00"),
        Row(passage_id=2, text="A bridge closed.", published="2026-03-01"),
        Row(passage_id=3, text="A bridge closed."),
    ]
    index = TantivyLexical(write(tmp_path / "i", rows), analyse=str)
    assert ids(index, "the bridge on February 14, 2026")[0] == 1
    assert ids(index, "in march") == [2]


def test_stop_words_find_nothing_beside_other_words_and_something_alone(tmp_path: Path) -> None:
    rows = [Row(passage_id=1, text="To be or not to be."), Row(passage_id=2, text="Harbour news.")]
    index = TantivyLexical(write(tmp_path / "i", rows), analyse=str)
    assert ids(index, "not the harbour") == [2]
    assert ids(index, "to be or not") == [1]


def test_a_folder_that_is_missing_empty_or_damaged_is_reported(tmp_path: Path) -> None:
    with pytest.raises(IndexDamaged, match="dateline index"):
        TantivyLexical(tmp_path / "none", analyse=str)
    (tmp_path / "empty").mkdir()
    with pytest.raises(IndexDamaged):
        TantivyLexical(tmp_path / "empty", analyse=str)
    folder = write(tmp_path / "i", numbered(50))
    with pytest.raises(IndexDamaged, match="50 passages, not 51"):
        TantivyLexical(folder, analyse=str, count=51)


def test_an_index_of_another_form_is_reported(tmp_path: Path) -> None:
    schema = tantivy.SchemaBuilder().add_text_field("body").build()
    tantivy.Index(schema, str(tmp_path)).writer(num_threads=1).commit()
    with pytest.raises(IndexDamaged, match="another version"):
        TantivyLexical(tmp_path, analyse=str)


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.95])
def test_a_folder_with_any_file_cut_short_is_damaged_or_whole(tmp_path: Path, kept: float) -> None:
    folder = write(tmp_path / "i", numbered(200))
    damaged = 0
    for name in sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")):
        copy = tmp_path / f"copy-{name}"
        shutil.copytree(folder, copy)
        content = (copy / name).read_bytes()
        (copy / name).write_bytes(content[: int(len(content) * kept)])
        try:
            index = TantivyLexical(copy, analyse=str)
        except IndexDamaged:
            damaged += 1
        else:
            assert len(index) == 200
    assert damaged >= 5


def test_an_open_index_goes_on_while_its_folder_is_removed(tmp_path: Path) -> None:
    folder = write(tmp_path / "i", numbered(300))
    index = TantivyLexical(folder, analyse=str)
    before = index.search("harbour item 3", 10)
    shutil.rmtree(folder)
    write(tmp_path / "other", numbered(5)).rename(folder)
    assert index.search("harbour item 3", 10) == before
    assert index.scores("number 123", [123])[0] > 0


def test_an_index_opens_while_a_writer_holds_its_lock(tmp_path: Path) -> None:
    folder = write(tmp_path / "i", numbered(3))
    writer = tantivy.Index.open(str(folder)).writer(num_threads=1)
    assert len(TantivyLexical(folder, analyse=str)) == 3
    writer.rollback()


def test_two_runs_give_the_same_hits_and_scores(tmp_path: Path) -> None:
    first = TantivyLexical(write(tmp_path / "a", numbered(2000)), analyse=str)
    second = TantivyLexical(write(tmp_path / "b", numbered(2000)), analyse=str)
    for query in ("harbour", "item 3", "number 1999 list"):
        assert first.search(query, 25) == second.search(query, 25)


def test_a_pasted_article_is_a_query_like_any_other(tmp_path: Path) -> None:
    index = TantivyLexical(write(tmp_path / "i", numbered(50)), analyse=str)
    assert index.search("the harbour " * 20 + " ".join(f"word{i}" for i in range(50_000)), 5)


def test_content_words_are_stems_without_stop_words() -> None:
    words = content_words()
    assert words("The bridges in it are closed by the Engineers") == ["bridg", "close", "engin"]


def test_importing_the_engines_loads_none_of_them() -> None:
    code = (
        "import sys, index, index.bootstrap\n"
        "heavy = {'torch', 'faiss', 'tantivy', 'onnxruntime', 'tokenizers', 'sentence_transformers', 'transformers'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603  # our own code
    assert done.stdout.strip() == "[]"
