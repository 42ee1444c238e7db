"""The table of SECURITY.md: rows go into their places, and a loss is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture import table
from tests.torture.__main__ import main as torture
from tests.torture.__main__ import parse
from tests.torture.report import Plan, Row
from tests.torture.table import BEGIN, END, Run, merged, parsed, renewed, shown

OLD = Run(seed="6", month="November 2026", commit="commit not kept")
NEW = Run(seed="7", month="December 2026", commit="commit abc123456 with changes", asked="scale 0.1, thorough")


def line(attack: str, *, group: str = "fuzzing", run: Run = OLD, **given: object) -> table.Line:
    given = {"tried": 3, "held": "3 taken", **given}
    row = Row(attack=attack, **given)  # type: ignore[arg-type]  # what a test gives
    return table.read(table.written(group, row, run))


def page(*lines: table.Line) -> str:
    return f"# Before\n\n{BEGIN}\n{shown(lines)}\n{END}\n\nAfter.\n"


def test_a_row_takes_the_place_of_the_one_before_it_and_tells_its_run() -> None:
    old = [line("a"), line("b"), line("c", group="supply")]
    text = renewed(page(*old), [line("b", run=NEW, tried=100_000), line("d", run=NEW)])
    assert text.startswith("# Before\n")
    assert text.endswith("\nAfter.\n")
    assert f"- run 1: {OLD}\n- run 2: {NEW}\n" in text
    assert "| fuzzing | b | 100,000 | 0 | 3 taken | 2 |" in text
    assert [one.attack for one in parsed(text.partition(BEGIN)[2].partition(END)[0])] == ["a", "b", "d", "c"]


def test_of_two_rows_of_one_attack_the_later_stands_and_a_run_without_rows_is_gone() -> None:
    text = renewed(page(line("a")), [line("a", run=NEW, tried=1), line("a", run=NEW, tried=2)])
    assert "| a | 2 |" in text
    assert "| a | 1 |" not in text
    assert str(OLD) not in text


def test_what_was_lost_is_shown_and_is_the_exit_status(tmp_path: Path) -> None:
    rows, target = tmp_path / "rows.jsonl", tmp_path / "PAGE.md"
    lost = tuple(f"input {number}: KeyError: <b>|`x`\n\x1b[2J{'y' * 900}" for number in range(5))
    rows.write_text(table.written("fuzzing", Row(attack="a", tried=9, held="4 taken", lost=lost), NEW) + "\n")
    target.write_text(page(line("a"), line("b")), "utf-8")
    assert table.main([str(rows), "--page", str(target)]) == 1
    (shown_line,) = [one for one in target.read_text("utf-8").splitlines() if one.startswith("| fuzzing | a |")]
    assert "| 9 | **5** | **lost:** input 0: KeyError: \\<b\\>\\|\\`x\\`" in shown_line
    assert "and 2 more. Else: 4 taken" in shown_line
    assert "\x1b" not in shown_line
    assert len(shown_line) < 1_000
    # The loss stays until a row takes its place, however often the table is made again.
    rows.write_text(table.written("fuzzing", Row(attack="b", tried=1, held="well"), NEW) + "\n")
    assert table.main([str(rows), "--page", str(target)]) == 1
    rows.write_text(table.written("fuzzing", Row(attack="a", tried=1, held="well"), NEW) + "\n")
    assert table.main([str(rows), "--page", str(target)]) == 0


def test_what_was_left_out_does_not_hide_what_was_tried() -> None:
    left_out = line("a", run=NEW, tried=0, held="", left_out="no sets")
    assert merged([line("a")], [left_out])[0].run == OLD
    assert merged([], [left_out])[0].held == "left out: no sets"
    assert merged([left_out], [line("a")])[0].run == OLD


def test_the_page_of_the_project_can_be_renewed_without_a_change() -> None:
    text = (table.ROOT / "SECURITY.md").read_text("utf-8")
    assert renewed(text, []) == text
    assert {one.group for one in parsed(text.partition(BEGIN)[2].partition(END)[0])} == set(table.GROUPS)


@pytest.mark.parametrize("broken", ["", BEGIN, f"{BEGIN}\n| a | b |\n{END}"])
def test_a_page_without_the_table_is_left_alone(broken: str, tmp_path: Path) -> None:
    rows, target = tmp_path / "rows.jsonl", tmp_path / "PAGE.md"
    rows.write_text(table.written("fuzzing", Row(attack="a", tried=1), NEW))
    target.write_text(broken)
    with pytest.raises(SystemExit) as told:
        table.main([str(rows), "--page", str(target)])
    assert told.value.code == 2
    assert target.read_text() == broken


def test_rows_are_written_as_they_come_and_only_those_asked_for(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    given = ["fuzzing", "--only", "dates", "--only", "form", "--scale", "0.0003", "--seed", "3", "--rows", str(rows)]
    assert torture(given) == 0
    lines = [table.read(one) for one in rows.read_text("utf-8").splitlines()]
    assert [one.attack for one in lines] == ["dates: nearly right input", "bot: forms: nearly right input"]
    assert lines[0].run.seed == "3"
    assert lines[0].run.asked == "scale 0.0003"
    assert torture(["fuzzing", "--only", "no such row"]) == 2


def test_a_choice_of_rows_is_for_fuzzing_alone() -> None:
    with pytest.raises(SystemExit):
        parse(["access", "--only", "dates"])
    assert parse(["--thorough"]).thorough
    assert not Plan(scale=1, seed=1, folder=Path(), only=("dates",)).asks_for("sentences: nearly right input")
