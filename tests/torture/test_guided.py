"""Guidance by coverage: bytes decide what is tried, what a fuzzer writes is understood, and what it finds is told."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path

import pytest

from tests.torture import guided
from tests.torture.drawn import CHOOSES, IS_IT, Drawn, examples, given, kind_of
from tests.torture.guided import MISSING, chosen_from, replayed, row_of, told
from tests.torture.mutation import Mutator
from tests.torture.target import Target, must
from tests.torture.targets import TARGETS

LETTERS = Target(
    name="letters", make=lambda m: m.text(("abc", "xyz")), check=lambda text: must("!" not in text, "no !")
)
WELL = """INFO: Instrumenting index.dates
#2\tINITED cov: 84 ft: 84 corp: 1/1b exec/s: 0 rss: 90Mb
#56651\tDONE   cov: 133 ft: 410 corp: 53/1234b lim: 4096 exec/s: 5150 rss: 92Mb
Done 56651 runs in 11 second(s)
stat::number_of_executed_units: 56651
"""
ILL = """#2\tINITED cov: 84 ft: 84 corp: 1/1b exec/s: 0 rss: 90Mb

 === Uncaught Python exception: ===
Broken: a bound has a zone
Traceback (most recent call last):
==77== ERROR: libFuzzer: fuzz target exited
"""


def noise(seed: str, count: int) -> bytes:
    return random.Random(seed).randbytes(count)  # noqa: S311 - inputs to try, no secrets


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_any_bytes_are_an_input_and_the_same_bytes_the_same_one(target: Target) -> None:
    kind = kind_of(target)
    for data in (
        b"",
        b"\0",
        b"\1",
        *examples(target, kind, 6, count=3),
        *(noise(target.name, size) for size in range(1, 300, 60)),
    ):
        made = given(target, kind, data)
        assert type(made) is kind or isinstance(made, kind)
        assert made == given(target, kind, data)


def test_bytes_choose_what_the_mutator_does() -> None:
    made = {given(LETTERS, str, bytes([CHOOSES]) + noise(str(number), 64)) for number in range(99)}
    assert len(made) > 50


def test_bytes_are_the_text_itself_where_they_say_so() -> None:
    assert given(LETTERS, str, bytes([IS_IT]) + "é\ud800!".encode("utf-8", "surrogatepass")) == "é\ud800!"
    assert given(LETTERS, str, bytes([IS_IT]) + b"\xff!") == "\ufffd!"


def test_numbers_lie_in_their_ranges_and_end_with_the_bytes() -> None:
    drawn = Drawn(noise("1", 4_000))
    assert all(0 <= drawn.random() < 1 for _ in range(100))
    assert {drawn.randrange(5) for _ in range(300)} == set(range(5))
    assert all(drawn.getrandbits(9) < 512 for _ in range(100))
    spent = Drawn(b"")
    assert (spent.random(), spent.randint(3, 9), spent.choice("xyz"), spent.getrandbits(7)) == (0, 3, "x", 0)
    assert Mutator("", spent).text(("abc",)) is not None


def test_what_a_fuzzer_writes_is_understood() -> None:
    assert told(WELL) == guided.Told(tried=56_651, edges=133, kept=53, error="")
    assert told(ILL).error == "Broken: a bound has a zone"
    assert told("==1== ERROR: libFuzzer: timeout after 20 seconds\n").error == "timeout after 20 seconds"
    assert told("nothing at all").tried == 0


def test_what_was_found_and_how_it_ended_is_lost() -> None:
    row = row_of("letters", told(ILL), seconds=9, ended="ended with 77", inputs=[Path("build/guided/crash-1")])
    assert row.lost == (
        "Broken: a bound has a zone; have it again: "
        "python -m tests.torture.guided 'letters' --replay build/guided/crash-1",
    )
    assert row_of("letters", told(""), seconds=9, ended="ended with -9", inputs=[]).lost
    assert not row_of("letters", told(WELL), seconds=9, ended="", inputs=[]).lost


def test_a_process_that_fails_is_told(tmp_path: Path) -> None:
    row = guided.guided(LETTERS, seed=6, seconds=1, found=tmp_path)  # no parser of this name: the process can't begin
    assert row.tried == 0
    assert row.lost[0].startswith("ended with 1: ")
    assert "Error" in row.lost[0]
    assert "Error" in (tmp_path / "letters" / "log.txt").read_text("utf-8")


def test_an_input_that_was_kept_can_be_tried_again() -> None:
    replayed(LETTERS, bytes([IS_IT]) + b"well")
    with pytest.raises(AssertionError, match="no !"):
        replayed(LETTERS, bytes([IS_IT]) + b"ill!")


def test_without_the_fuzzer_its_error_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(SystemExit) as ended:
        guided.main(["dates"])
    assert ended.value.code == 2
    assert MISSING.split("`")[1] in capsys.readouterr().err


def test_parsers_are_chosen_by_their_names() -> None:
    assert [target.name for target in chosen_from(["decoding"])] == ["decoding"]
    assert len(chosen_from(["articles:"])) == 6
    assert chosen_from([]) == list(TARGETS)
    assert not chosen_from(["no such parser"])
