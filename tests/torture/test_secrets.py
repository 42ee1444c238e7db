"""A part of the search for secrets at every `make test`, and that it finds one where there is one."""

from __future__ import annotations

from pathlib import Path

from tests.torture import secrets
from tests.torture.report import Plan


def test_settings_hide_the_token(tmp_path: Path) -> None:
    assert secrets.settings_row(Plan(scale=0.01, seed=6, folder=tmp_path)).lost == ()


async def test_a_crash_leaves_nothing_behind(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "articles").mkdir(parents=True)
    (row,) = await secrets.crashing(Plan(scale=0.01, seed=6, folder=tmp_path), home)
    assert row.lost == ()


def test_what_is_looked_for_is_found_where_it_may_not_be() -> None:
    watch = secrets.Watch(canaries={"the token": "abc.def", "a question": "zorblax"})
    watch.look("a log", "… abc.def …", but=("a question",))
    watch.look("a file", b"zorblax", but=("a question",))
    watch.look("a message", "nothing")
    assert watch.searched == 4
    assert len(watch.lost) == 1
    assert "the token in a log" in watch.lost[0]


def test_a_database_that_others_can_read_is_seen(tmp_path: Path) -> None:
    (tmp_path / "bot.sqlite3").write_bytes(b"zorblax")
    (tmp_path / "bot.sqlite3").chmod(0o644)
    watch = secrets.Watch(canaries={"a question": "zorblax"})
    secrets._search_files(tmp_path, watch)
    assert watch.lost == ["bot.sqlite3 is 100644"]
