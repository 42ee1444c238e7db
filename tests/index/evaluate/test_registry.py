"""The run over named sets: what is opened, what is refused, and what is said about it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from index.conversation.understand import RuledUnderstanding
from index.errors import UsageError
from index.evaluate import SETS, Json, Subject, canard, cast, conversations, evaluate, inscit
from index.evaluate.rows import read_rows
from index.types import Progress
from tests.index.evaluate.sets_in_small import LaidDown, passage, write_rows


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


def run(
    names: Sequence[str],
    sets_dir: Path,
    *,
    open_subject: Callable[[Path], Subject],
    report: Callable[[Progress], None] | None = None,
) -> dict[str, Json]:
    return evaluate(
        names,
        sets_dir,
        open_subject=open_subject,
        open_understanding=RuledUnderstanding,
        open_pool=lambda _, articles: Pool({"a": [passage(str(one["id"]), 0, str(one["text"])) for one in articles]}),
        report=report,
    )


class Pool(LaidDown, RuledUnderstanding):
    """Passages, and what understands turns by rule."""


def subject(_: Path) -> Subject:
    return Subject(archive=LaidDown(), forced=LaidDown(), searches={"words": LaidDown()})


def refuse(articles: Path) -> Subject:
    raise AssertionError(f"{articles} was opened")


def test_sets_over_the_same_articles_share_one_archive(sets_dir: Path) -> None:
    opened: list[Path] = []

    def open_subject(articles: Path) -> Subject:
        opened.append(articles)
        return subject(articles)

    figures = run(["newsconv", "multihop", "newsconv"], sets_dir, open_subject=open_subject)
    assert list(figures) == ["newsconv", "multihop"]
    assert opened == [sets_dir / "multihop-rag" / "articles.jsonl"]


def test_an_unknown_set_is_refused_with_those_there_are(sets_dir: Path) -> None:
    with pytest.raises(
        UsageError, match="no set 'trec': choose from multihop, conversations, newsconv, canard, cast, inscit"
    ):
        run(["multihop", "trec"], sets_dir, open_subject=refuse)
    with pytest.raises(UsageError, match="choose from"):
        run([], sets_dir, open_subject=refuse)


@pytest.mark.parametrize("name", ["multihop-rag/queries.jsonl", "multihop-rag/articles.jsonl"])
def test_a_missing_file_is_named_before_anything_is_indexed(sets_dir: Path, name: str) -> None:
    (sets_dir / name).unlink()
    with pytest.raises(UsageError, match=rf"{name}.*--sets"):
        run(["multihop"], sets_dir, open_subject=refuse)


@pytest.mark.parametrize("name", sorted(SETS))
def test_progress_ends_exactly_at_its_total(sets_dir: Path, name: str) -> None:
    steps: list[Progress] = []
    run([name], sets_dir, open_subject=subject, report=steps.append)
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
