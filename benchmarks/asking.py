"""How often words of a question are taken for a time, for a question about the archive, or for an unclear name.

``python -m benchmarks.asking --sets DIR [--data HOME] [--today 2023-12-31]`` prints, as JSON lines, each question of
the sets (laid out as ``dateline eval`` has them) that is taken so, then the counts by set. With the archive's home,
each question of newsconv, and those of MultiHop-RAG that name a time, is also asked with and without what its words
for a time do: ``same`` false tells that the first quotation is another, ``choices`` that the archive asks back.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from index import Answer, Archive, Manner, Overview, Reply, Where, open_archive
from index.asking import inventory_of, when_in

CHECKED = ("newsconv", "conversations", "stand-alone")
"""The sets of which every question is asked."""


def questions(sets: Path) -> Iterator[tuple[str, str]]:
    """(set, question)."""
    for row in _rows(sets / "newsconv" / "dev.questions.jsonl"):
        yield "newsconv", str(row["question"])
    for row in _rows(sets / "newsconv" / "dev.conversations.jsonl"):
        for turn in row["turns"]:
            yield "conversations", str(turn["question"])
            yield "stand-alone", str(turn["standalone"])
    for row in _rows(sets / "multihop-rag" / "queries.jsonl"):
        yield "multihop", str(row["query"])
    for name, path in (("squad2", "squad2/dev.jsonl.gz"), ("reader's training", "train/reader.jsonl.gz")):
        for row in _rows(sets / path):
            yield name, str(row["question"])


def taken(question: str, today: dt.date) -> dict[str, object]:
    """What the words of a question are taken for; empty for a question about the news at any time."""
    said = when_in(question, today=today)
    asked = inventory_of(question, question, said.span)
    return {
        **({"time": said.span.words} if said.span else {}),
        **({"latest": True} if said.newest_first else {}),
        **({"archive": asked.kind.value} if asked else {}),
    }


def compared(archive: Archive, question: str, today: dt.date) -> dict[str, object]:
    """The question with and without its words for a time; whether the archive asks back."""
    where = Where(as_of=dt.datetime.combine(today, dt.time.max, dt.UTC))
    with_words = archive.ask(question, where=where)
    plain = archive.ask(question, where=where, manner=Manner(time_words=False))
    choices = with_words.choices if isinstance(with_words, Answer) else ()
    return {
        "same": _first(with_words) == _first(plain),
        "kept": bool(with_words.searched.period and with_words.searched.period.kept),
        **({"choices": [choice.label for choice in choices]} if choices else {}),
    }


def _first(reply: Reply) -> tuple[str, int] | str:
    if isinstance(reply, (Answer, Overview)) and reply.citations:
        return reply.citations[0].article_id, reply.citations[0].start
    return type(reply).__name__


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines)


def main(arguments: Sequence[str]) -> int:
    """Prints what is taken, and the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--today", type=dt.date.fromisoformat, default=dt.datetime.now(dt.UTC).date())
    given = parser.parse_args(arguments)
    archive = open_archive(given.data) if given.data else None
    counts: dict[str, Counter[str]] = {}
    for name, question in questions(given.sets):
        found = taken(question, given.today)
        asks = archive is not None and (name in CHECKED or (found and name == "multihop"))
        if archive is not None and asks:
            found |= {
                key: value for key, value in compared(archive, question, given.today).items() if value is not True
            }
        own = counts.setdefault(name, Counter())
        own["questions"] += 1
        own.update(key for key, value in found.items() if key != "kept" and (key != "same" or not value))
        if found.keys() - {"kept"}:
            sys.stdout.write(json.dumps({"set": name, "question": question, **found}, ensure_ascii=False) + "\n")
    sys.stdout.write(json.dumps(counts) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
