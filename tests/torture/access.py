"""Access: everything an admin may do, and every button and form, tried by everyone who should not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator

from tests.torture import access_commands, access_controls, access_flood, access_reading
from tests.torture.report import Plan, Row


def attacks(plan: Plan) -> Iterator[Row]:
    """Runs the matrix, the reading of what is others', and the floods."""
    parts: tuple[Callable[[Plan], Coroutine[object, object, list[Row]]], ...] = (
        access_commands.admin_rows,
        access_controls.control_rows,
        access_reading.rows,
        access_flood.rows,
    )
    for part in parts:
        yield from asyncio.run(part(plan))
