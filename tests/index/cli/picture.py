"""The README's picture of the terminal, from what the program prints: ``python -m tests.index.cli.picture``.

Asks the sample archive in a child process with colours, and writes docs/ask.svg.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[3]
QUESTIONS = (
    "what does the US want from Israel?",
    "how many people marched?",
    "why was the Lanyard Bridge closed in 2019?",
)
WIDTH = 110


def dateline(*arguments: str) -> str:
    """What the command prints to a terminal of this width."""
    variables = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(WIDTH), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", "from index.cli import main; main()", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=variables)  # noqa: S603 - our own
    return done.stdout


def main() -> None:
    """Asks, records and writes."""
    with tempfile.TemporaryDirectory() as home, Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        dateline("index", "--articles", str(ROOT / "articles"), "--data", home)
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True)
        for question in QUESTIONS:
            console.print(Text.assemble(("$", "bold green"), f" dateline ask '{question}'"))
            console.print(Text.from_ansi(dateline("ask", question, "--data", home)))
        console.save_svg(str(ROOT / "docs" / "ask.svg"), title="dateline")


if __name__ == "__main__":
    main()
