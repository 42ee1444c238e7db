"""The README says what the program does: every command, option and setting, with its default."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from bot.permissions import INVITE
from bot.settings import BotSettings
from index.cli.app import COMMAND_PLUGINS, app
from index.settings import ArchiveSettings

README = Path("README.md").read_text("utf-8")
ENVIRONMENT = Path(".env.example").read_text("utf-8")


def commands() -> Iterator[tuple[str, Any]]:
    """(name, command), the bot's included."""
    for plugin in importlib.metadata.entry_points(group=COMMAND_PLUGINS):
        plugin.load()(app)
    return iter(sorted(typer.main.get_command(app).commands.items()))  # type: ignore[attr-defined]  # of a group


def variables() -> list[str]:
    return [
        f"{settings.model_config['env_prefix']}{field}".upper()
        for settings in (ArchiveSettings, BotSettings)
        for field in settings.model_fields
    ]


@pytest.mark.parametrize(
    ("name", "command"), list(commands()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_command_and_option_is_in_the_readme(name: str, command: Any) -> None:  # noqa: ANN401  # typer hides its classes
    row = next((line for line in README.splitlines() if line.startswith(f"| `dateline {name}")), "")
    assert row, f"no row for dateline {name}"
    for parameter in command.params:
        for option in parameter.opts:
            if option.startswith("--") and option != "--help":
                assert option in README, f"{option} of dateline {name}"
    assert command.help
    assert command.epilog.startswith("Example: dateline")


@pytest.mark.parametrize("variable", variables())
def test_every_setting_is_in_the_readme_and_the_example(variable: str) -> None:
    assert f"`{variable}`" in README
    assert re.search(rf"^#? ?{variable}=", ENVIRONMENT, re.MULTILINE)


def test_the_invite_link_asks_for_what_the_bot_needs() -> None:
    assert f"&permissions={INVITE.value}`" in README


def test_every_picture_in_the_readme_is_there_and_described() -> None:
    pictures = re.findall(r"!\[([^]]*)\]\(([^)]+)\)", README)
    assert pictures
    for description, path in pictures:
        assert Path(path).is_file(), path
        assert len(description) > 20, path


def test_the_readme_names_no_setting_that_does_not_exist() -> None:
    named = set(re.findall(r"\b(?:DATELINE|DISCORD)_[A-Z_]+\b", README + ENVIRONMENT))
    assert named <= set(variables())
