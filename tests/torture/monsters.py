"""Named monsters: each once brought some program down; through files, and the whole path where it goes."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from typing import Final

from index import Archive, Turn
from index.articles import ReadingLimits, read_articles
from index.bootstrap import open_with, reindex
from index.settings import ArchiveSettings
from index.types import Article
from tests.torture.mutation import HOMOGLYPHS, ZALGO
from tests.torture.report import Plan, Row
from tests.torture.target import NOW
from tests.torture.targets_articles import article_holds

READ: Final = "named monsters, read"
ASKED: Final = "monsters asked about, and monstrous questions"
_SECONDS: Final = 10.0
"""CPU time that a monster of a megabyte may take to be read."""
_LIMITS: Final = ReadingLimits(barren_bytes=4_000_000)
_MIB: Final = 1_000_000


def _line(**fields: object) -> bytes:
    return json.dumps({"title": "T", "text": "x", "id": "m", **fields}).encode() + b"\n"


def monsters() -> dict[str, tuple[str, bytes]]:
    """By name: a file's name and what is in it."""
    deep = 100_000
    whole = {
        "text of 10 MB": "word " * (10 * _MIB // 5),
        "10,000 sentences without a full stop": "a sentence without an end " * 10_000,
        "zalgo": ("The " + ZALGO + " bridge. ") * 9_000,
        "one letter with a megabyte of accents": "a" + "\u0301\u0327" * 400_000,
        "homoglyphs": (HOMOGLYPHS + ". ") * 9_000,
        "right-to-left overrides": "\u202egnp.exe\u202c is here. " * 40_000,
        "controls": "".join(map(chr, range(1, 32))) * 20_000 + " x",
        "one word of a megabyte": "a" * _MIB,
        "white space": "PARIS" + " " * (_MIB - 9) + "x",
    }
    plain = {
        "a dateline of blanks": "Head\n\nParis" + " " * _MIB + "x",
        "a closing of blanks": "Head\n\nRead the full" + " " * _MIB + "x",
        "quotes": "Head\n\n" + '"' * _MIB,
        "stops": "Head\n\n" + "." * _MIB,
        "brackets": "Head\n\n" + "([<{" * (_MIB // 4),
        "contact of blanks": "Head\n\n" + ("link:" + " " * 1_900 + "x\n") * 500,
    }
    markdown = {
        "quotes in quotes": "# T\n\n" + "> " * deep + "x",
        "lists in lists": "# T\n\n" + "- " * deep + "x",
        "links": "# T\n\n" + "[a](" * deep,
        "emphasis": "# T\n\n" + "*a_" * deep,
        "YAML in YAML": "---\ntitle: T\nx: " + "[" * deep + "\n---\nx",
        "YAML's laughs": "---\ntitle: T\na: &a [x]\n"
        + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(900))
        + "---\nx",
        "TOML's dots": '+++\ntitle = "T"\n' + "a." * 30_000 + "b = 1\n+++\nx",
    }
    pages = {
        "elements in elements": "<div>" * deep + "x",
        "tables in tables": "<table><tr><td>" * 20_000,
        "entities": "<p>" + "&amp;" * 200_000,
        "attributes": "<p " + " ".join(f"a{n}=b" for n in range(60_000)) + ">x",
        "a comment without an end": "<!--" + "x" * _MIB,
    }
    return {
        **{name: ("a.jsonl", _line(text=text)) for name, text in whole.items()},
        **{name: ("a.txt", text.encode()) for name, text in plain.items()},
        **{name: ("a.md", text.encode()) for name, text in markdown.items()},
        **{name: ("a.html", f"<title>T</title><body>{text}".encode()) for name, text in pages.items()},
        "lists of JSON in lists": ("a.jsonl", b'{"title":' + b"[" * deep + b"\n" + _line()),
        "objects of JSON in objects": ("a.json", b'{"a":' * deep),
        "a number of a million digits": ("a.jsonl", b'{"title":' + b"1" * _MIB + b"}\n"),
        "an unpaired surrogate": ("a.jsonl", _line(text="x\ud800y", title="\udfff")),
        "NUL": ("a.jsonl", _line(text="x\x00y")),
        "an address of accents": ("a.jsonl", _line(url="https://a" + "\u0301\u0327" * 400_000 + ".example/")),
        "a date of a megabyte": ("a.jsonl", _line(published="Monday, " + "January " * 120_000)),
        "a gzip bomb": ("a.jsonl.gz", gzip.compress(bytes(20 * _MIB), 6)),
        "a gzip bomb of lines": ("a.jsonl.gz", gzip.compress(_line() + b"{}\n" * 3 * _MIB, 6)),
        "a gzip bomb in a gzip bomb": ("a.jsonl.gz", gzip.compress(gzip.compress(bytes(20 * _MIB), 6), 6)),
    }


def read_monsters(plan: Plan) -> Row:
    """Each as a file that is read: an article that holds, or a reason, in time."""
    lost = []
    articles = skipped = 0
    slowest = (0.0, "")
    chosen = (
        list(monsters().items())[:: max(1, round(0.25 / plan.scale))] if plan.scale < 0.25 else list(monsters().items())
    )
    for number, (name, (file, data)) in enumerate(chosen):
        folder = plan.folder / f"monster-{number}"
        folder.mkdir()
        (folder / file).write_bytes(data)
        began = time.process_time()
        try:
            for piece in read_articles([folder / file], limits=_LIMITS, now=NOW):
                if isinstance(piece, Article):
                    article_holds(piece)
                    articles += 1
                else:
                    skipped += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not end a run
            lost.append(f"{name}: {type(error).__name__}: {error!s:.200}")
        spent = time.process_time() - began
        slowest = max(slowest, (spent, name))
        if spent > _SECONDS:
            lost.append(f"{name}: {spent:.1f} s of CPU")
    return Row(
        attack=READ,
        tried=len(chosen),
        lost=tuple(lost),
        held=f"{articles} articles, {skipped} reasons; slowest {slowest[0]:.1f} s ({slowest[1]})",
    )


def ask_monsters(plan: Plan) -> Row:
    """The monsters that fit an article, indexed with the bundled models and asked about, and monstrous questions."""
    home = plan.folder / "whole-path"
    home.mkdir()
    size = plan.times(100_000, least=4_000)
    texts = [text * (size // len(text)) for text in ("word " * 9, ZALGO, HOMOGLYPHS, "\u202egnp.exe ", "a", "no stop ")]
    lines = [
        json.dumps({"id": str(n), "title": f"T{n}", "text": f"The tower is {n}3 metres high. {t}"})
        for n, t in enumerate(texts)
    ]
    (home / "a.jsonl").write_text("\n".join(lines), "utf-8")
    settings = ArchiveSettings(data=home / "data", threads=1)
    reindex(settings, [home / "a.jsonl"])
    archive = open_with(settings)
    lost = list(_questions(archive))
    return Row(
        attack=ASKED,
        tried=len(_QUESTIONS),
        lost=tuple(lost),
        held=f"{len(texts)} articles of {size:,} characters indexed, each question answered in time",
    )


_QUESTIONS: Final[tuple[tuple[str, tuple[Turn, ...]], ...]] = (
    ("how high is the tower?", ()),
    ("how high is " + ZALGO * 200, ()),
    ("a" * _MIB, ()),
    (" " * _MIB, ()),
    ("\ud800 high?", ()),
    ("\u202ehow high?", ()),
    ("since the " * 300, ()),
    ("the latest " + " " * 1_900 + "x", ()),
    ("?" * 2_000 + "x", ()),
    ("", ()),
    ("why?", (Turn(question="a" * _MIB, answer=" " * _MIB + "x", standalone="b" * _MIB),)),
    ("a" * 1_990, (Turn(question="how high is the tower?", answer="It is 3 metres high. [1]"),)),
    ("who said that?", (Turn(question="high?", answer="The tower is not as high as that one is.\n" * 20_000),)),
    ("and him?", tuple(Turn(question=f"who is {n}?", answer="\udfff") for n in range(5_000))),
)


def _questions(archive: Archive) -> Iterator[str]:
    for question, history in _QUESTIONS:
        began = time.process_time()
        try:
            archive.ask(question, history)
        except Exception as error:  # noqa: BLE001 - a question is answered or refused, whatever it is
            yield f"{question!a:.60} after {len(history)} turns: {type(error).__name__}: {error!s:.200}"
        if (spent := time.process_time() - began) > _SECONDS:
            yield f"{question!a:.60} after {len(history)} turns: {spent:.1f} s of CPU"
