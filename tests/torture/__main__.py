"""`python -m tests.torture [GROUP…]`: try every fault and attack, print the table, exit 1 if anything was lost."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.torture.report import Attack, Plan, Row
from tests.torture.table import GROUPS, run_of, written


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line; the defaults are those of `make torture`."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("groups", nargs="*", default=[], help=f"of {', '.join(GROUPS)}; all when none is named")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full counts")
    parser.add_argument("--seed", type=int, default=None, help="of everything random; the clock's when not given")
    parser.add_argument("--sets", type=Path, default=Path("../shared/data"), help="folder of public test sets")
    parser.add_argument("--json", action="store_true", help="one object a row instead of the table")
    parser.add_argument("--rows", type=Path, help="a file to add the rows to, for `python -m tests.torture.table`")
    parser.add_argument("--thorough", action="store_true", help="no parser of fuzzing gets fewer than 100,000")
    parser.add_argument("--only", action="append", default=[], metavar="NAME",
                        help="of fuzzing, the rows with this in their name; may be given more than once")  # fmt: skip
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.groups) - set(GROUPS):
        parser.error(f"no such group: {', '.join(sorted(unknown))}")
    if chosen.only and chosen.groups != ["fuzzing"]:
        parser.error("--only chooses among the rows of fuzzing: name that group, and no other")
    return chosen


def attacks_of(group: str) -> Attack:
    """The attacks of a group's module."""
    attack: Attack = importlib.import_module(f"tests.torture.{group}").attacks
    return attack


def main(arguments: list[str] | None = None) -> int:
    """Run the groups asked for; 1 if a promise was broken."""
    chosen = parse(arguments)
    seed = chosen.seed if chosen.seed is not None else int(time.time())
    console = Console(stderr=chosen.json)
    table = Table("group", "fault or attack", "tried", "lost", "how it held", title=f"torture, seed {seed}")
    rows: list[Row] = []
    for group in chosen.groups or GROUPS:
        with tempfile.TemporaryDirectory(prefix=f"torture-{group}-") as folder:
            sets = chosen.sets if chosen.sets.is_dir() else None
            plan = Plan(scale=chosen.scale, seed=seed, folder=Path(folder), sets=sets, thorough=chosen.thorough,
                        only=tuple(chosen.only))  # fmt: skip
            run = run_of(plan)
            for row in attacks_of(group)(plan):
                rows.append(row)
                outcome = row.left_out or row.held
                table.add_row(group, row.attack, f"{row.tried:,}", str(len(row.lost)), outcome)
                if chosen.rows:
                    with chosen.rows.open("a", encoding="utf-8") as file:
                        file.write(f"{written(group, row, run)}\n")
                if chosen.json:
                    sys.stdout.write(json.dumps({"group": group, **asdict(row)}, ensure_ascii=False) + "\n")
                else:
                    console.log(f"{group}: {row.attack}: {row.tried:,} tried, {len(row.lost)} lost. {outcome}")
                for lost in row.lost[:10]:
                    console.log(f"  lost: {lost}", markup=False)
    if not rows:
        console.log(f"no row has {' or '.join(map(repr, chosen.only))} in its name", markup=False)
        return 2
    if not chosen.json:
        console.print(table)
    return int(any(row.lost for row in rows))


if __name__ == "__main__":
    sys.exit(main())
