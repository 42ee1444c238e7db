"""The options that several commands share, and what they mean."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="DIR", help="The archive's home [default: $DATELINE_DATA or ./data]", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Batch = Annotated[
    str | None,
    typer.Option(
        "--batch", metavar="FILE|-", help="Read JSON lines from a file, or - for standard input; print JSON lines."
    ),
]
Anytime = Annotated[
    bool, typer.Option("--anytime", help="Search all dates, whatever *yesterday* or *in October* in a question say.")
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="Hide whatever was published after this ISO date.")
]
Since = Annotated[str | None, typer.Option("--since", metavar="DATE", help="Only articles published on or after it.")]
Until = Annotated[str | None, typer.Option("--until", metavar="DATE", help="Only articles published on or before it.")]
Outlet = Annotated[
    list[str] | None, typer.Option("--outlet", metavar="NAME", help="Only this outlet; repeat it for several.")
]
