"""The run over named sets: what is opened, what is refused, and what is said about it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from index.errors import UsageError
from index.evaluate import SETS, Subject, canard, cast, conversations, evaluate, inscit
from index.evaluate.rows import read_rows
from index.types import Progress
from tests.index.evaluate.sets_in_small import LaidDown, Openings, write_rows


@pytest.fixture
def sets_dir(tmp_path: Path) -> Path:
    write_rows(
        tmp_path / "multihop-rag" / "queries.jsonl",
        [{"id": "q1", "query": "one?", "type": "inference_query", "evidence": [{"fact": "alpha"}]}],
    )
    write_rows(tmp_path / "multihop-rag" / "articles.jsonl", [{"id": "mh1", "title": "T", "text": "alpha"}])
    write_rows(
        tmp_path / "newsconv" / "dev.questions.jsonl",
        [{"id": "1", "question": "a", "answerable": True, "article": 1, "spans": [[0, 5]], "also": []}],
    )
    write_rows(
        tmp_path / "clapnq" / "answerable.jsonl",
        [
            {
                "id": "1",
                "input": "q",
                "passages": [{"title": "T", "text": "One. Two."}],
                "output": [{"selected_sentences": ["Two."]}],
            }
        ],
    )
    write_rows(
        tmp_path / "clapnq" / "unanswerable.jsonl",
        [{"id": "2", "input": "q", "passages": [{"title": "T", "text": "One."}], "output": []}],
    )
    (tmp_path / "squad2").mkdir()
    row = {"id": "1", "title": "T", "question": "q", "context": "One.", "answers": ["One"]}
    with gzip.open(tmp_path / "squad2" / "dev.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    write_rows(
        tmp_path / conversations.CONVERSATIONS,
        [{"id": "c", "turns": [{"question": "a", "standalone": "a", "answerable": False}]}],
    )
    folder = tmp_path / "follow-ups" / "trec-cast"
    folder.mkdir(parents=True)
    turns = [{"number": 1, "raw_utterance": "a", "manual_rewritten_utterance": "a"}]
    for name in (cast.TOPICS_2019, cast.TOPICS_2020):
        (tmp_path / name).write_text(json.dumps([{"number": 31, "turn": turns}]), encoding="utf-8")
    (tmp_path / cast.RESOLVED_2019).write_text("31_1\ta\n", encoding="utf-8")
    evidence = {"passage_id": "p", "passage_text": "b", "passage_titles": []}
    dialogue = {"turns": [{"context": ["a"], "labels": [{"evidence": [evidence]}]}]}
    (tmp_path / inscit.ROWS).write_text(json.dumps({"d": dialogue}), encoding="utf-8")
    with gzip.open(tmp_path / canard.ROWS, "wt", encoding="utf-8") as lines:
        lines.write(json.dumps({"History": ["a", "b"], "Question": "c", "Rewrite": "c"}) + "\n")
    return tmp_path


def subject(_: Path) -> Subject:
    return Subject(archive=LaidDown(), forced=LaidDown(), searches={"words": LaidDown()})


def test_sets_over_the_same_articles_share_one_archive(sets_dir: Path) -> None:
    opened: list[Path] = []

    def open_subject(articles: Path) -> Subject:
        opened.append(articles)
        return subject(articles)

    figures = evaluate(["newsconv", "multihop", "newsconv"], sets_dir, Openings(subject=open_subject))
    assert list(figures) == ["newsconv", "multihop"]
    assert opened == [sets_dir / "multihop-rag" / "articles.jsonl"]


def test_an_unknown_set_is_refused_with_those_there_are(sets_dir: Path) -> None:
    everything = "multihop, newsconv, conversations, squad2, clapnq, canard, cast, inscit"
    with pytest.raises(UsageError, match=f"no set 'trec': choose from {everything}"):
        evaluate(["multihop", "trec"], sets_dir, Openings())
    with pytest.raises(UsageError, match="choose from"):
        evaluate([], sets_dir, Openings())


@pytest.mark.parametrize("name", ["multihop-rag/queries.jsonl", "multihop-rag/articles.jsonl"])
def test_a_missing_file_is_named_before_anything_is_indexed(sets_dir: Path, name: str) -> None:
    (sets_dir / name).unlink()
    with pytest.raises(UsageError, match=rf"{name}.*--sets"):
        evaluate(["multihop"], sets_dir, Openings())


@pytest.mark.parametrize("name", sorted(SETS))
def test_progress_ends_exactly_at_its_total(sets_dir: Path, name: str) -> None:
    steps: list[Progress] = []
    evaluate([name], sets_dir, Openings(subject=subject), report=steps.append)
    assert [step.done for step in steps] == list(range(1, len(steps) + 1))
    assert steps[-1].done == steps[-1].total
    assert {step.stage for step in steps} == {name}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b'{"id": 1}\n{broken\n', r"rows\.jsonl:2 is not JSON"),
        (b"[1]\n", r"rows\.jsonl:1 is not a JSON object"),
        (b"\n\n", "no rows"),
        (b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_a_broken_file_is_named_with_its_line(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "rows.jsonl").write_bytes(content)
    with pytest.raises(UsageError, match=complaint):
        read_rows(tmp_path, "rows.jsonl")


def test_a_file_that_calls_itself_gzip_and_is_not_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl.gz").write_bytes(b"not gzip")
    with pytest.raises(UsageError, match="can't be read"):
        read_rows(tmp_path, "rows.jsonl.gz")
