"""The bot's own files: damage is found before they are used, with the cure, and the doctor sees it too."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from bot.checkup import examine_files
from bot.database import NAME, BotFilesDamaged, open_database
from bot.ledger import Ledger
from index.care import State


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    with closing(open_database(home / NAME)) as connection:
        ledger = Ledger(connection)
        for number in range(300):
            ledger.open(user_id=7, question=f"What is {number}?", guild_id=1, channel_id=2)
    return home


def start(home: Path) -> str:
    with closing(open_database(home / NAME)) as connection:
        return Ledger(connection).alias(7)


def states(home: Path) -> dict[str, State]:
    return {one.what: one.state for one in examine_files(home)}


def test_well_files_are_well(home: Path, tmp_path: Path) -> None:
    assert states(home) == {NAME: State.WELL, "bot.key": State.WELL}
    assert states(tmp_path) == {NAME: State.WELL}
    assert start(home) == start(home)


@pytest.mark.parametrize("size", [100, 4096 * 3, 4096 * 4 + 17])
def test_a_damaged_database_is_named_with_the_cure(home: Path, size: int) -> None:
    path = home / NAME
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(BotFilesDamaged, match=r"can't be used .*dateline restore.*move it away"):
        start(home)
    assert states(home) == {NAME: State.BAD}


@pytest.mark.parametrize("content", [None, "", "ab", "no key at all", "cd" * 32])
def test_a_lost_or_other_key_is_an_error_for_nobody_could_be_forgotten_any_more(
    home: Path, content: str | None
) -> None:
    (home / "bot.key").unlink()
    if content is not None:
        (home / "bot.key").write_text(content)
        (home / "bot.key").chmod(0o600)
    with pytest.raises(BotFilesDamaged, match=r"bot\.key .*put it back from a backup"):
        start(home)
    assert states(home)["bot.key"] is State.BAD


@pytest.mark.parametrize("name", [NAME, f"{NAME}-wal", "bot.key"])
def test_links_are_not_followed(home: Path, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.write_text("kept")
    outside.chmod(0o644)
    (home / name).unlink(missing_ok=True)
    (home / name).symlink_to(outside)
    with pytest.raises(BotFilesDamaged, match=r"is no plain file: move it away"):
        start(home)
    assert (outside.read_text(), outside.stat().st_mode & 0o777) == ("kept", 0o644)
    assert states(home) == {NAME: State.BAD}


def test_files_that_others_may_read_are_told(home: Path) -> None:
    (home / "bot.key").chmod(0o644)
    found = next(iter(examine_files(home)))
    assert (found.state, found.cure) == (State.BAD, f"chmod 600 {home}/bot.*")
