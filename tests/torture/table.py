"""`python -m tests.torture.table ROWS.jsonl…`: puts rows of `--rows` files into the table of SECURITY.md.

The table stands between two markers, with the runs that its rows are from above it. A row takes the place of the one of
the same group and attack; the later file or line wins. One that was left out takes the place of none that was tried.
Losses are shown, and make the exit status 1.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tests.torture.report import Plan, Row

ROOT: Final = Path(__file__).parents[2]
GROUPS: Final = ("crashes", "disk", "damage", "resources", "fuzzing", "articles", "access", "secrets", "supply")
BEGIN: Final = "<!-- torture: begin (python -m tests.torture.table) -->"
END: Final = "<!-- torture: end -->"
_HEAD: Final = (
    "| group | fault or attack | tried | lost | how it held | run |",
    "| --- | --- | ---: | ---: | --- | --- |",
)
_SHOWN: Final = 3
"""Losses of a row that are shown in words; of the others, how many."""
_LONGEST: Final = 200
"""Characters of a loss in the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What rows are from: the seed, the month, the commit, and what else was asked for, all as they are shown."""

    seed: str
    month: str
    commit: str
    asked: str = ""

    def __str__(self) -> str:
        return f"seed {self.seed}, {self.month}, {self.commit}{f', {self.asked}' if self.asked else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of the table, as the cells that are shown, and the run that it is from."""

    group: str
    attack: str
    tried: str
    lost: str
    held: str
    run: Run

    @property
    def left_out(self) -> bool:
        """Whether it was not tried at all."""
        return self.tried == "0" and self.lost == "0"


def run_of(plan: Plan) -> Run:
    """What this run is, now; the commit is that of the working tree, which may have been changed since."""
    asked = [f"scale {plan.scale:g}"] if plan.scale != 1 else []
    return Run(
        seed=str(plan.seed),
        month=f"{dt.datetime.now(tz=dt.UTC):%B %Y}",
        commit=commit_of(ROOT),
        asked=", ".join([*asked, *(["thorough"] if plan.thorough else [])]),
    )


def commit_of(folder: Path) -> str:
    """The commit that is checked out, and whether files that it knows were changed; in words where there is none."""
    try:
        told = [
            subprocess.run(["git", *order], cwd=folder, capture_output=True, text=True, check=True).stdout  # noqa: S603, S607 - the developer's own git
            for order in (["rev-parse", "--short=9", "HEAD"], ["status", "--porcelain", "--untracked-files=no"])
        ]
    except (OSError, subprocess.CalledProcessError):
        return "commit not known"
    return f"commit {told[0].strip()}{' with changes' if told[1].strip() else ''}"


def written(group: str, row: Row, run: Run) -> str:
    """A row as a line of a rows file, without its end."""
    return json.dumps({"group": group, **asdict(row), "run": asdict(run)}, ensure_ascii=False)


def read(text: str) -> Line:
    """A line of a rows file as one of the table.

    Raises:
        ValueError: it is none.
    """
    try:
        value = json.loads(text)
        group, run = value.pop("group"), Run(**value.pop("run"))
        row = Row(**{**value, "lost": tuple(value["lost"])})
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"no row of `python -m tests.torture --rows`: {text:.80}") from error
    return line_of(group, row, run)


def line_of(group: str, row: Row, run: Run) -> Line:
    """A row as it is shown: what was lost before how the rest held."""
    held = cell(f"left out: {row.left_out}" if row.left_out else row.held)
    if row.lost:
        shown = [f"{one[:_LONGEST]}…" if len(one) > _LONGEST else one for one in row.lost[:_SHOWN]]
        more = [f"and {len(row.lost) - _SHOWN:,} more"] if len(row.lost) > _SHOWN else []
        held = f"**lost:** {'; '.join([*map(_literal, shown), *more])}. Else: {held}"
    lost = f"**{len(row.lost):,}**" if row.lost else "0"
    return Line(group=group, attack=cell(row.attack), tried=f"{row.tried:,}", lost=lost, held=held, run=run)


def cell(text: str) -> str:
    """Text that stays in its cell."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split()).replace("|", "\\|")


def _literal(text: str) -> str:
    """Text of an input, which may be mark-up, shown as it is."""
    return re.sub(r"([\\`*_{}\[\]<>#&~])", r"\\\1", cell(text).replace("\\|", "|")).replace("|", "\\|")


def merged(lines: Sequence[Line], new: Iterable[Line]) -> list[Line]:
    """The table's lines with new ones in their places; what it did not have comes after the others of its group."""
    found = {(line.group, line.attack): line for line in lines}
    for line in new:
        before = found.get((line.group, line.attack))
        if before is None or before.left_out or not line.left_out:
            found[line.group, line.attack] = line
    order = {group: number for number, group in enumerate(GROUPS)}
    return sorted(found.values(), key=lambda line: order.get(line.group, len(order)))


def shown(lines: Sequence[Line]) -> str:
    """The runs, then the table, with each run's number in the last column."""
    numbers = {run: number for number, run in enumerate(dict.fromkeys(line.run for line in lines), start=1)}
    runs = [f"- run {number}: {run}" for run, number in numbers.items()]
    rows = [
        f"| {line.group} | {line.attack} | {line.tried} | {line.lost} | {line.held} | {numbers[line.run]} |"
        for line in lines
    ]
    return "\n".join([*runs, "", *_HEAD, *rows])


def parsed(text: str) -> list[Line]:
    """The lines of a table that :func:`shown` wrote.

    Raises:
        ValueError: it is no such table.
    """
    runs: dict[str, Run] = {}
    lines: list[Line] = []
    for one in text.strip().splitlines():
        if run := re.fullmatch(r"- run (\d+): seed ([^,]+), ([^,]+), ([^,]+)(?:, (.+))?", one):
            number, seed, month, commit, asked = run.groups()
            runs[number] = Run(seed=seed, month=month, commit=commit, asked=asked or "")
        elif one and one not in _HEAD:
            cells = [part.strip() for part in re.split(r"(?<!\\)\|", one)]
            if len(cells) != len(_HEAD[0].split("|")) or cells[6] not in runs:
                raise ValueError(f"not a row of the table: {one:.80}")
            group, attack, tried, lost, held = cells[1:6]
            lines.append(Line(group=group, attack=attack, tried=tried, lost=lost, held=held, run=runs[cells[6]]))
    return lines


def renewed(page: str, new: Iterable[Line], *, fresh: bool = False) -> str:
    """A page with new rows in its table; ``fresh`` forgets those that it has.

    Raises:
        ValueError: the page has no table between the markers.
    """
    before, begun, rest = page.partition(BEGIN)
    table, ended, after = rest.partition(END)
    if not begun or not ended:
        raise ValueError(f"there is no table between {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{shown(merged([] if fresh else parsed(table), new))}\n{END}{after}"


def main(arguments: list[str] | None = None) -> int:
    """Renews the table; 1 if it shows a loss, 2 if it can't be renewed."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.table", description=__doc__)
    parser.add_argument("rows", nargs="+", type=Path, help="what `python -m tests.torture --rows FILE` wrote")
    parser.add_argument("--page", type=Path, default=ROOT / "SECURITY.md", help="the page with the markers")
    parser.add_argument("--fresh", action="store_true", help="forget the rows that the table has")
    chosen = parser.parse_args(arguments)
    try:
        new = [read(line) for path in chosen.rows for line in path.read_text("utf-8").splitlines() if line.strip()]
        page = renewed(chosen.page.read_text("utf-8"), new, fresh=chosen.fresh)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    beside = chosen.page.with_name(f"{chosen.page.name}.new")
    beside.write_text(page, "utf-8")
    beside.replace(chosen.page)
    lines = parsed(page.partition(BEGIN)[2].partition(END)[0])
    lost = [line for line in lines if line.lost != "0"]
    sys.stdout.write(f"{len(lines)} rows, {len(new)} of them new or again, {len(lost)} with losses\n")
    return int(bool(lost))


if __name__ == "__main__":
    sys.exit(main())
