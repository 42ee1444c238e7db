"""The command line's contracts: forms, streams, exit codes. The real console script, as a child process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from index import reindex
from tests.index.asking.two_of_a_kind import write_articles

DATELINE = Path(sysconfig.get_path("scripts")) / "dateline"
HIT_KEYS = {
    "rank", "score", "passage_id", "article_id", "title", "outlet", "published", "url", "start", "end", "text",
}  # fmt: skip


def dateline(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # the project's own script
        [DATELINE, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        env={**os.environ, "COLUMNS": "120", **environment},
    )


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_index_json_form_and_an_unchanged_second_run(tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "a.txt").write_text("Bridge closes\n\nThe bridge closed on Monday.\n", "utf-8")
    (articles / "b.jsonl").write_text('{"title": "T", "text": "Ferries run."}\n{broken\n', "utf-8")
    (articles / "c.txt").write_bytes(b"")
    run = ["index", "--articles", str(articles), "--data", str(tmp_path / "data"), "--json"]
    (first,) = lines(dateline(*run))
    assert set(first) >= {
        "generation", "articles", "added", "changed", "removed", "unchanged", "skipped", "passages", "seconds",
    }  # fmt: skip
    assert (first["articles"], first["added"], first["unchanged"]) == (2, 2, 0)
    places = {(Path(item["path"]).name, item.get("line")) for item in first["skipped"]}
    assert places == {("b.jsonl", 2), ("c.txt", None)}
    assert all(item["reason"] for item in first["skipped"])
    (second,) = lines(dateline(*run))
    assert (second["generation"], second["unchanged"], second["added"]) == (first["generation"], 2, 0)


def test_several_paths_may_follow_one_option(tmp_path: Path) -> None:
    paths = []
    for name in ("one", "two"):
        paths.append(tmp_path / f"{name}.txt")
        paths[-1].write_text(f"Headline {name}\n\nThe text of {name}.\n", "utf-8")
    done = dateline("index", "--articles", *map(str, paths), "--data", str(tmp_path / "data"), "--json")
    assert lines(done)[0]["articles"] == 2


def test_search_json_form(sample_home: Path) -> None:
    (found,) = lines(dateline("search", "bridge repair", "-k", "3", "--json", "--data", str(sample_home)))
    assert found["query"] == "bridge repair"
    assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3]
    assert all(set(hit) == HIT_KEYS for hit in found["hits"])


def test_ask_json_form(sample_home: Path) -> None:
    (reply,) = lines(dateline("ask", "what does the US want from Israel?", "--json", "--data", str(sample_home)))
    assert reply["status"] == "answered"
    assert 0 <= reply["confidence"] <= 1
    citation = reply["citations"][0]
    assert set(citation) >= {
        "marker", "article_id", "title", "outlet", "published", "url", "start", "end", "quote",
    }  # fmt: skip
    (article,) = lines(dateline("show", citation["article_id"], "--json", "--data", str(sample_home)))
    assert article["text"][citation["start"] : citation["end"]] == citation["quote"]
    assert {"retrieve", "read", "total"} <= set(reply["timing_ms"])
    assert all(set(hit) == HIT_KEYS for hit in reply["passages"])


def test_a_batch_answers_in_order_with_its_own_filters(sample_home: Path) -> None:
    rows: list[dict[str, object]] = [
        {"id": "a", "question": "how do i center a div in css"},
        {
            "id": 2,
            "question": "why did it stop?",
            "history": [{"question": "who founded the Night Ferry?", "answer": ""}],
        },
        {"question": "what did the bridge repair cost?", "as_of": "2026-02-05"},
    ]
    batch = "\n".join(map(json.dumps, rows))
    replies = lines(dateline("ask", "--batch", "-", "--data", str(sample_home), stdin=batch))
    assert [reply["id"] for reply in replies] == ["a", 2, None]
    assert replies[0]["status"] == "no_answer"
    assert replies[0]["citations"] == []
    assert replies[1]["standalone"] == "why did Night Ferry stop?"
    assert all(hit["published"][:10] <= "2026-02-05" for hit in replies[2]["passages"])


def test_a_question_with_an_unpaired_surrogate_comes_back_as_it_was(sample_home: Path) -> None:
    (reply,) = lines(dateline("ask", "--batch", "-", "--data", str(sample_home), stdin='{"question": "b\\ud800?"}'))
    assert reply["question"] == "b\ud800?"


def test_a_bad_line_of_a_batch_keeps_its_place_and_fails_the_run(sample_home: Path, tmp_path: Path) -> None:
    batch = tmp_path / "batch.jsonl"
    batch.write_text('{"id": 1, "query": "bridge"}\nnot json\n{"id": 3, "query": 7}\n{"id": 4, "query": "ferry"}\n')
    done = dateline("search", "--batch", str(batch), "--data", str(sample_home))
    assert done.returncode == 1
    assert [row["id"] for row in lines(done)] == [1, None, 3, 4]
    assert "line 2" in lines(done)[1]["error"]
    assert done.stderr.startswith("error: 2 lines of")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("ask",), 2, "give either QUESTION or --batch"),
        (("ask", "x", "--since", "2026-02-30"), 2, "2026-02-30"),
        (("ask", "x", "--batch", "-"), 2, "give either"),
        (("ask", "--batch", "no/such/file"), 2, "can't read no/such/file"),
        (("search", "x", "-k", "0"), 2, "-k"),
        (("show", "no-such-id"), 1, "no-such-id"),
        (("eval", "no-such-set"), 2, "no-such-set"),
        (("index", "--articles", "no/such/folder"), 2, "no/such/folder"),
        (("index", "--articles", "a" * 300), 2, "can't look at"),
    ],
)
def test_errors_name_the_cause_on_standard_error(
    sample_home: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = dateline(*arguments, "--data", str(sample_home))
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_no_archive_is_one_line_with_the_cure(tmp_path: Path) -> None:
    done = dateline("ask", "anything?", "--data", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "dateline index --articles" in done.stderr


def test_a_bad_setting_names_its_variable(sample_home: Path) -> None:
    done = dateline("ask", "x", "--data", str(sample_home), DATELINE_THREADS="many")
    assert done.returncode == 2
    assert "DATELINE_THREADS" in done.stderr


def test_plain_output_has_no_escape_codes_and_names_the_source(sample_home: Path) -> None:
    done = dateline("ask", "what does the US want from Israel?", "--data", str(sample_home))
    assert "\x1b" not in done.stdout + done.stderr
    assert "The Jerusalem Post Blogs, 14 January 2026" in done.stdout
    assert "searched 16 articles" in done.stdout


def test_doctor_backup_and_restore_forms(sample_home: Path, tmp_path: Path) -> None:
    (told,) = lines(dateline("doctor", "--json", "--data", str(sample_home)))
    assert told["well"] is True
    assert {"archive.sqlite3", "model reader", "bot.sqlite3"} <= {one["what"] for one in told["findings"]}
    (made,) = lines(dateline("backup", str(tmp_path / "b.tar"), "--json", "--data", str(sample_home)))
    assert (made["articles"], made["files_beside"]) == (16, [])
    new = str(tmp_path / "new")
    (back,) = lines(dateline("restore", str(tmp_path / "b.tar"), "--json", "--data", new))
    assert (back["articles"], back["added"], back["set_aside"]) == (16, 16, [])
    refused = dateline("restore", str(tmp_path / "b.tar"), "--data", new)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "add --replace" in refused.stderr
    (tmp_path / "new" / "CURRENT").unlink()
    bad = dateline("doctor", "--data", new)
    assert bad.returncode == 1
    assert "CURRENT" in bad.stdout
    assert "dateline index" in bad.stdout
    assert dateline("backup", new, "--data", new).returncode == 2


def test_status_forms(sample_home: Path) -> None:
    (status,) = lines(dateline("status", "--json", "--data", str(sample_home)))
    assert status["articles"] == 16
    assert status["bytes_on_disk"] > 0
    assert "16" in dateline("status", "--data", str(sample_home)).stdout


def test_chat_keeps_the_thread_and_forgets_on_new(sample_home: Path) -> None:
    turns = "who founded the Night Ferry?\nwhy did it stop?\n/new\nwhy?\n"
    done = dateline("chat", "--data", str(sample_home), stdin=turns)
    assert done.returncode == 0
    assert done.stdout.count("understood as: why did Night Ferry stop?") == 1
    assert "understood as: who founded the Night Ferry? why?" not in done.stdout


def test_chat_takes_days_off_again_and_starts_a_new_topic_by_word(sample_home: Path) -> None:
    turns = "what is new since Friday?\n/anytime\nnew topic\nwhy?\n"
    done = dateline("chat", "--data", str(sample_home), "--as-of", "2026-03-22", stdin=turns)
    assert done.returncode == 0
    assert "for “since Friday”" in done.stdout
    assert done.stdout.count("“since Friday”") == 1
    assert "understood as" not in done.stdout
    assert "New topic." in done.stderr


def test_chat_takes_a_new_topic_with_its_question(sample_home: Path) -> None:
    turns = "who founded the Night Ferry?\nnew topic: why did it stop?\n"
    done = dateline("chat", "--data", str(sample_home), stdin=turns)
    assert done.returncode == 0
    assert "understood as" not in done.stdout
    assert done.stdout.count("searched 16 articles") == 2


def test_chat_asks_which_match_is_meant_and_takes_the_number(tmp_path: Path) -> None:
    reindex(tmp_path / "data", [write_articles(tmp_path / "articles")])
    done = dateline("chat", "--data", str(tmp_path / "data"), stdin="who won the match?\n1\nwho stopped 41 shots?\n")
    assert done.returncode == 0
    _, _, shown = " ".join(done.stdout.split()).partition("Which one do you mean?")
    asked, _, chosen = shown.partition("two readings are about equally likely")
    assert "Costa Deportes, 3 May 2026" in asked
    first = asked.partition("1. ")[2].partition(" — ")[0]
    assert first in chosen
    assert "Which one" not in chosen


def test_a_question_about_the_archive_is_counted_in_json_too(sample_home: Path) -> None:
    arguments = ["how many articles mention Malloch in February?", "--as-of", "2026-03-22", "--data", str(sample_home)]
    (row,) = lines(dateline("ask", *arguments, "--json"))
    assert (row["status"], row["overview"]["articles"], row["overview"]["kind"]) == ("answered", 4, "count")
    assert row["answer"].startswith("4 articles contain “Malloch”")
    assert len(row["citations"]) == 4
    assert row["searched"]["filters"]["since"] == "2026-02-01T00:00:00+00:00"
    assert row["searched"]["period"]["words"] == "in February"
    (anytime,) = lines(dateline("ask", *arguments, "--json", "--anytime"))
    assert anytime["searched"]["period"] is None


def test_a_batch_row_may_take_days_off(sample_home: Path) -> None:
    rows = [
        {"id": 1, "question": "what is new since Friday?", "as_of": "2026-03-22"},
        {"id": 2, "question": "what is new since Friday?", "as_of": "2026-03-22", "anytime": True},
        {"id": 3, "question": "what is new?", "anytime": "yes"},
    ]
    done = dateline("ask", "--batch", "-", "--data", str(sample_home), stdin="\n".join(map(json.dumps, rows)))
    first, second, third = lines(done)
    assert (first["overview"]["articles"], first["choices"]) == (1, [])
    assert second["overview"]["articles"] == 16
    assert "neither true nor false" in third["error"]


@pytest.mark.parametrize("what", ["search bridge -k 50", "search bridge -k 50 --json", "search --batch batch.jsonl"])
def test_output_into_a_closed_pipe_is_no_failure(sample_home: Path, tmp_path: Path, what: str) -> None:
    (tmp_path / "batch.jsonl").write_text('{"query": "bridge"}\n' * 50, "utf-8")
    command = f"'{DATELINE}' {what} --data '{sample_home}' | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, cwd=tmp_path)  # noqa: S603, S607  # our own script
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("what", "code", "said"),
    [
        ("ask --batch - <&-", 2, "standard input is closed"),
        ("chat <&-", 2, "standard input is closed"),
        ("ask x >&-", 2, "standard output is closed"),
        ("ask x --json >/dev/full", 1, "no space left"),
    ],
)
def test_streams_that_are_closed_or_full_are_one_line(sample_home: Path, what: str, code: int, said: str) -> None:
    command, _, redirection = what.rpartition(" ")
    line = f"'{DATELINE}' {command} --data '{sample_home}' {redirection}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)  # noqa: S603, S607  # our own script
    assert done.returncode == code
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_settings_file_that_is_no_text_is_one_line(sample_home: Path, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"DATELINE_THREADS=\xff\xfe")
    done = subprocess.run(  # noqa: S603  # the project's own script
        [DATELINE, "status", "--data", sample_home], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: .env can't be read")
    assert done.stderr.count("\n") == 1


def test_help_loads_neither_settings_nor_numpy_and_asking_no_torch(sample_home: Path) -> None:
    def loaded(*arguments: str) -> set[str]:
        code = (
            "import sys; from index.cli import main\n"
            "try: main()\n"
            "finally: print('loaded', *{n.partition('.')[0] for n in sys.modules}, file=sys.stderr)"
        )
        done = subprocess.run(  # noqa: S603  # our own code
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0
        return set(done.stderr.split("loaded ")[1].split())

    assert not loaded("ask", "--help") & {"numpy", "pydantic_settings", "torch", "onnxruntime", "discord"}
    asking = loaded("ask", "who founded the Night Ferry?", "--data", str(sample_home))
    assert not asking & {"torch", "sentence_transformers", "transformers", "discord", "trafilatura"}
