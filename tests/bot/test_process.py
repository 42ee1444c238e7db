"""``python -m bot`` as an untouched child process, with the real archive, on the loopback Discord."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from index import reindex
from tests.bot.process import READER, ROOT, child
from tests.discord_server.permissions import Permission
from tests.discord_server.server import LoopbackDiscord
from tests.discord_server.world import Message

QUESTION = "What does the US want from Israel?"
QUOTE = "humanitarian aid into Gaza"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of the sample articles, built once."""
    home = tmp_path_factory.mktemp("built")
    reindex(home, [ROOT / "articles"])
    return home


@pytest.fixture
def home(built: Path, tmp_path: Path) -> Path:
    """A copy that a test may change, with a folder of articles of its own."""
    shutil.copytree(built, tmp_path / "data")
    shutil.copytree(ROOT / "articles", tmp_path / "articles")
    return tmp_path


def words(message: Message) -> str:
    """What a message says, without bold."""
    return message.text.replace("**", "")


async def test_it_answers_reindexes_and_leaves_in_good_order(loopback: LoopbackDiscord, home: Path) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    editors = loopback.world.add_role(guild, "editors", Permission.MANAGE_GUILD)
    admin, alice = loopback.person("admin", guild, roles=(editors,)), loopback.person("alice", guild)
    async with child(loopback, home, DISCORD_HTTP_PORT="0", DISCORD_USER_PER_MINUTE="1000") as bot:
        await loopback.online()
        asked = await alice.slash(channel, "ask", question=QUESTION)
        assert QUOTE in words(await loopback.answer(asked, within=30))
        assert asked.delay < 3

        await loopback.world.until(lambda: "ready: 1 servers" in bot.log, "its word that it is ready")
        port = re.search(r"127\.0\.0\.1:(\d+)", bot.log)
        assert port is not None
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port[1]}") as session:
            for path, text in (("/livez", "alive"), ("/readyz", "ready"), ("/metrics", 'outcome="answered"')):
                async with session.get(path) as response:
                    assert response.status == 200
                    assert text in await response.text()

        (home / "articles" / "elephants.txt").write_text(
            "Elephants Parade Over New Bridge\n\nTolvermouth, Friday, April 3rd, 2026 - "
            "Forty elephants walked over the new bridge on Friday. The mayor called it a test of strength.\n",
            encoding="utf-8",
        )
        await admin.slash(channel, "reindex")
        during = 0
        while not any("Reindexed" in message.text for message in loopback.world.in_channel(channel)):
            asked_now = await alice.say(channel, f"<@{loopback.world.bot.id}> {QUESTION}")
            assert QUOTE in words(await loopback.reply(asked_now, within=30))
            during += 1
            assert during < 200, "reindexing never ended"
        assert during
        asked = await alice.slash(channel, "ask", question="How many elephants walked over the new bridge?")
        answer = await loopback.answer(asked, within=30)
        assert "Forty elephants walked" in words(answer)
        assert "generation 2" in answer.text

        last = await alice.slash(channel, "ask", question=QUESTION)
        await loopback.acknowledged(last)
        bot.process.send_signal(signal.SIGTERM)
        assert QUOTE in words(await loopback.answer(last, within=30))
        assert await bot.ends() == 0
    assert "ended with 0 tasks pending" in bot.log
    assert loopback.token not in bot.log
    assert QUESTION not in bot.log
    assert "elephants" not in bot.log
    assert "Traceback" not in bot.log


async def test_a_restart_between_an_answer_and_its_button(loopback: LoopbackDiscord, home: Path) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    alice = loopback.person("alice", guild)
    async with child(loopback, home) as bot:
        await loopback.online()
        answer = await loopback.answer(await alice.slash(channel, "ask", question=QUESTION), within=30)
        bot.process.kill()
        await bot.ends()
    async with child(loopback, home) as bot:
        await loopback.online()
        shown = await loopback.answer(await alice.click(answer, "Sources"), within=30)
        assert QUOTE in words(shown)
        bot.process.send_signal(signal.SIGTERM)
        assert await bot.ends() == 0
    assert loopback.world.command_syncs == 1


async def test_without_an_archive_it_starts_and_says_how_to_build_one(
    loopback: LoopbackDiscord, tmp_path: Path
) -> None:
    guild = loopback.world.add_guild()
    (channel,) = guild.channels.values()
    alice = loopback.person("alice", guild)
    async with child(loopback, tmp_path) as bot:
        await loopback.online()
        told = await loopback.answer(await alice.slash(channel, "ask", question=QUESTION), within=30)
        assert "/reindex" in told.text
        assert "dateline index" in bot.log


@pytest.mark.parametrize(
    ("variables", "code", "cure"),
    [
        ({"DISCORD_TOKEN": ""}, 2, r"DISCORD_TOKEN is empty: copy it from the developer portal"),
        ({"DISCORD_TOKEN": "a-client-secret"}, 2, r"DISCORD_TOKEN is not a bot token"),
        ({"DISCORD_QUEUE": "many", "DISCORD_OPERATORS": "alice"}, 2, r"DISCORD_OPERATORS.*\n.*DISCORD_QUEUE"),
        ({"DISCORD_API_URL": "https://[::1]:808@"}, 2, r"DISCORD_API_URL.*is no URL"),
        ({"DISCORD_TOKEN": "0" * 24 + ".abcdef." + "0" * 30}, 1, r"refuses the token.*Reset Token"),
        ({"DISCORD_MESSAGE_CONTENT": "true"}, 1, r"message content intent is not granted.*DISCORD_MESSAGE_CONTENT"),
    ],
)
async def test_what_cannot_work_ends_with_the_cure_in_one_line(
    loopback: LoopbackDiscord, tmp_path: Path, variables: dict[str, str], code: int, cure: str
) -> None:
    loopback.gateway.granted_intents = 0
    async with child(loopback, tmp_path, **variables) as bot:
        assert await bot.ends() == code
    assert re.search(cure, bot.log)
    assert "Traceback" not in bot.log
    if variables.get("DISCORD_TOKEN"):
        assert variables["DISCORD_TOKEN"] not in bot.log


async def test_what_a_killed_restore_left_is_removed_at_the_start(loopback: LoopbackDiscord, tmp_path: Path) -> None:
    half = tmp_path / "data" / "bot.sqlite3.tmp-4321"
    half.parent.mkdir()
    half.write_text("half")
    async with child(loopback, tmp_path) as bot:
        await loopback.online()
    assert "removed bot.sqlite3.tmp-4321" in bot.log
    assert not half.exists()
    assert (half.parent / "bot.sqlite3").exists()


async def test_the_console_answers_without_a_token(home: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DISCORD_")}
    environment |= {"PYTHONPATH": str(ROOT), "DATELINE_DATA": str(home / "data"), "LANG": "en_US.UTF-8", **READER}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "--console",
        cwd=home,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    shown, _ = await asyncio.wait_for(process.communicate(f"{QUESTION}\nsources\n".encode()), 60)
    assert process.returncode == 0
    assert shown.decode().count(QUOTE) == 2
    assert "Searched 16 articles" in shown.decode()
