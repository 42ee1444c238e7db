"""Secrets: the real bot process with a token, texts and people like no other, looked for in all it leaves."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import resource
import shutil
import signal
import sqlite3
import stat
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp

from bot.settings import BotSettings, load_bot_settings
from index import reindex
from index.errors import UsageError
from tests.discord_server.people import Person
from tests.discord_server.permissions import Permission
from tests.discord_server.server import LoopbackDiscord
from tests.discord_server.world import Channel
from tests.torture.report import Plan, Row

ROOT: Final = Path(__file__).parents[2]
_TEXT: Final = "zorblaxquill"
_REMARK: Final = "quibberflax"
_NAME: Final = "canaryperson"
_PLACE: Final = "hiddenplace"
_OWNER_ONLY: Final = 0o077
_BLOCK: Final = 65_536
_OFTEN: Final = 0.05
_LAST_WORDS: Final = 60.0
_SIGNALS: Final = (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGQUIT, signal.SIGKILL)


@dataclass(slots=True, kw_only=True)
class Watch:
    """What is looked for and where it was looked for."""

    canaries: Mapping[str, str]
    searched: int = 0
    lost: list[str] = field(default_factory=list)

    def look(self, where: str, text: str | bytes, *, but: tuple[str, ...] = ()) -> None:
        """Looks for every canary ``but`` those that may be there."""
        content = text if isinstance(text, bytes) else text.encode()
        for name, canary in self.canaries.items():
            self.searched += name not in but
            if name not in but and canary.encode() in content:
                at = content.index(canary.encode())
                self.lost.append(f"{name} in {where}: …{content[max(0, at - 60) : at + 40]!r}")

    def row(self, attack: str, held: str) -> Row:
        """The line of the table; how often: canaries looked for, one by one."""
        return Row(attack=attack, tried=self.searched, held=held, lost=tuple(self.lost))


@dataclass(slots=True, kw_only=True)
class Process:
    """The bot, with all that it wrote on either stream."""

    process: asyncio.subprocess.Process
    home: Path
    said: str = ""

    async def read(self) -> None:
        """Collects until nobody holds the output any more."""
        assert self.process.stdout is not None
        while block := await self.process.stdout.read(_BLOCK):
            self.said += block.decode("utf-8", "replace")

    async def ended(self, within: float = 240.0) -> None:
        """Waits for the process itself; what it started may hold the output longer, and `wait` would wait for that.

        Raises:
            TimeoutError: it lives on.
        """
        async with asyncio.timeout(within):
            while self.process.returncode is None:  # noqa: ASYNC110 - asyncio sets it and tells nobody
                await asyncio.sleep(_OFTEN)


def attacks(plan: Plan) -> Iterator[Row]:
    """Provokes errors, reads every output, and crashes it."""
    home = plan.folder / _PLACE
    shutil.copytree(ROOT / "articles", home / "articles")
    for path in sorted((home / "articles").iterdir())[4:]:
        path.unlink()
    reindex(home / "data", [home / "articles"])
    yield from asyncio.run(running(plan, home))
    yield from asyncio.run(crashing(plan, home))
    yield settings_row(plan)


async def running(plan: Plan, home: Path) -> list[Row]:
    """One process through everything that can go wrong while it lives."""
    async with LoopbackDiscord() as loopback:
        guild = loopback.world.add_guild()
        (room,) = guild.channels.values()
        editors = loopback.world.add_role(guild, "editors", Permission.MANAGE_GUILD)
        admin, alice = loopback.person("admin", guild, roles=(editors,)), loopback.person(_NAME, guild)
        canaries = _canaries(loopback, alice, home)
        log, shown, lines, files = (Watch(canaries=canaries) for _ in range(4))
        async with bot_process(loopback, home, DISCORD_HTTP_PORT="0") as bot:
            await _online(loopback, bot)
            spying = asyncio.create_task(_spy(bot, lines))
            try:
                for _ in range(plan.times(2)):
                    await _provoke(loopback, room, admin, alice, bot)
            finally:
                spying.cancel()
            await _endpoints(bot, shown)
            bot.process.send_signal(signal.SIGTERM)
            await bot.ended()
        await _told_from_outside(home, shown)
        log.canaries = canaries | _tokens(loopback)
        for line in bot.said.splitlines():
            log.look("the log", line, but=("the path",))
        for needed in ("unexpected error", "reindexing ended"):
            if needed not in bot.said:
                log.lost.append(f"{needed!r} was not provoked: {bot.said[-1_500:]}")
        for message in loopback.world.messages.values():
            if message.author is loopback.world.bot:
                # What was asked is repeated to whoever asked; nobody is told of anybody's id.
                shown.look("a message", json.dumps([message.texts, message.components]), but=("a question", "an id"))
        _search_files(home, files)
        if lines.searched < 2 * len(canaries):
            lines.lost.append("the indexer was never seen")
        return [
            log.row("errors of all kinds, in the log", "kinds of errors and places, no words"),
            shown.row("messages, endpoints and `dateline status`", "no token, no path"),
            lines.row("command lines; the indexer's environment", "neither token nor id"),
            files.row("files it leaves", "questions in the bot's own database, for its owner alone"),
        ]


async def crashing(plan: Plan, home: Path) -> list[Row]:
    """Ended by signals in the middle of a question, and refused at the start: what remains."""
    watch = Watch(canaries={})
    for number in _SIGNALS[: plan.times(len(_SIGNALS))]:
        async with LoopbackDiscord() as loopback:
            guild = loopback.world.add_guild()
            (room,) = guild.channels.values()
            alice = loopback.person(_NAME, guild)
            watch.canaries = _canaries(loopback, alice, home) | {"a dump": "Current thread 0x"}
            async with bot_process(loopback, home) as bot:
                await _online(loopback, bot)
                asked = await alice.slash(room, "ask", question=f"What of the {_TEXT}?")
                await loopback.acknowledged(asked)
                if not re.search(rb"Max core file size +0 +0 ", _proc(bot.process.pid, "limits")):
                    watch.lost.append("the process may dump its memory")
                bot.process.send_signal(number)
                await bot.ended()
            watch.look(number.name, bot.said, but=("the path",))
            watch.lost += [f"{name} after {number.name}" for name in _cores(home)]
    for token in ("0" * 24 + ".abcdef." + "0" * 30, f"not-a-token-{_TEXT}"):
        async with LoopbackDiscord() as loopback, bot_process(loopback, home, DISCORD_TOKEN=token) as bot:
            await bot.ended()
            watch.canaries = {"the token": token, "a traceback": "Traceback"}
            watch.look("a refusal to start", bot.said)
    return [watch.row("ended by signals; a wrong token", "no core, no trace, no word")]


def settings_row(plan: Plan) -> Row:
    """The settings as Python shows them, right and wrong."""
    del plan
    token = f"{'s' * 24}.{'t' * 6}.{'u' * 30}"
    watch = Watch(canaries={"the token": token, "its end": "u" * 30})
    settings = BotSettings(_env_file=None, token=token)  # type: ignore[call-arg, arg-type]  # pydantic-settings' own
    shown: tuple[Callable[[], object], ...] = (
        lambda: repr(settings), lambda: str(settings), settings.model_dump, settings.model_dump_json,
        lambda: vars(settings), lambda: f"{settings}", lambda: [settings], lambda: settings.token,
    )  # fmt: skip
    for number, show in enumerate(shown):
        watch.look(f"showing {number}", str(show()))
    for name, value in (("QUEUE", token), ("TOKEN", f"{token} {token}"), ("HOME_GUILDS", token), ("API_URL", token)):
        before = os.environ.copy()
        try:
            os.environ.update({"DISCORD_TOKEN": token, f"DISCORD_{name}": value})
            load_bot_settings()
        except UsageError as error:
            watch.look(f"a wrong {name}", f"{error} {error!r} {error.__cause__!r}")
        finally:
            os.environ.clear()
            os.environ.update(before)
    return watch.row("settings shown and refused", "the token stays hidden")


def _as_in_a_terminal(most: int) -> None:
    """A process that may dump its memory, and that every signal ends: a shell lets what it runs behind ignore some."""
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


@contextlib.asynccontextmanager
async def bot_process(loopback: LoopbackDiscord, home: Path, **variables: str) -> AsyncIterator[Process]:
    """`python -m bot`, allowed to dump its memory, with both streams read; afterwards it is gone."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DISCORD_", "DATELINE_"))}
    environment |= {
        "PYTHONPATH": str(ROOT), "DISCORD_TOKEN": loopback.token, "DISCORD_API_URL": loopback.api_url,
        "DISCORD_GATEWAY_URL": loopback.gateway_url, "DATELINE_DATA": str(home / "data"),
        "DATELINE_ARTICLES": str(home / "articles"), "DATELINE_READER": "evidence", "DATELINE_THRESHOLD": "0",
        "DISCORD_USER_PER_MINUTE": "10000", **variables,
    }  # fmt: skip
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", cwd=home, env=environment, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        preexec_fn=lambda: _as_in_a_terminal(most),
    )  # fmt: skip
    running = Process(process=process, home=home)
    reading = asyncio.create_task(running.read())
    try:
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await running.ended()
        # Its last words may still be in the pipe.
        try:
            await asyncio.wait_for(reading, _LAST_WORDS)
        except TimeoutError as error:
            raise AssertionError(f"processes of {process.pid} outlive it and hold its output") from error


def _canaries(loopback: LoopbackDiscord, alice: Person, home: Path) -> dict[str, str]:
    parts = loopback.token.split(".")
    return {
        "the token": loopback.token, "the token's first part": parts[0], "the token's last part": parts[2],
        "a question": _TEXT, "a remark": _REMARK, "a name": _NAME, "an id": str(alice.user.id), "the path": str(home),
    }  # fmt: skip


def _tokens(loopback: LoopbackDiscord) -> dict[str, str]:
    """The tokens of interactions, with which anybody could write as the bot for fifteen minutes."""
    return {f"an interaction's token {number}": token for number, token in enumerate(loopback.world.interactions)}


async def _provoke(loopback: LoopbackDiscord, room: Channel, admin: Person, alice: Person, bot: Process) -> None:
    """Questions in every way, and every kind of failure around them."""
    question, faults = f"What did {_TEXT} say about the bridge?", loopback.rest.faults
    answer = await loopback.answer(await alice.slash(room, "ask", question=question), within=240)
    form = await loopback.acknowledged(await alice.click(answer, "Not helpful"))
    await loopback.answer(await alice.submit(form, reason=["wrong"], remark=_REMARK))
    mention = f"<@{loopback.world.bot.id}> {question}"
    await loopback.reply(await alice.say(room, mention), within=240)
    await loopback.reply(await alice.direct(question), within=240)
    await loopback.answer(await alice.slash(room, "ask", question=question, since=f"{_TEXT}-01-01"))
    for method, path, status, code in (
        ("PATCH", "/webhooks/", 404, 10008), ("PATCH", "/webhooks/", 500, 0), ("PATCH", "/webhooks/", 400, 50035),
        ("POST", "/callback", 404, 10062), ("POST", "/callback", 500, 0), ("PATCH", "/webhooks/", 429, 0),
        ("POST", "/webhooks/", 429, 0), ("POST", "/callback", 400, 50035), ("PATCH", "/webhooks/", None, 0),
    ):  # fmt: skip
        faults.order(method, path, status, code=code, times=2)
        await alice.slash(room, "ask", question=question)
        await _calm(loopback)
        faults.ordered.clear()
    for status, code in ((403, 50013), (404, 10003), (500, 0), (400, 50035), (429, 0)):
        faults.order("POST", f"/channels/{room.id}/messages", status, code=code, times=2)
        await alice.say(room, mention)
        await _calm(loopback)
        faults.ordered.clear()
    await _break_database(loopback, room, alice, bot, mention)
    await admin.slash(room, "reindex")
    await loopback.world.until(
        lambda: any("Reindexed" in one.text for one in loopback.world.in_channel(room)), "an end", 60
    )
    away = bot.home / "articles away"
    (bot.home / "articles").rename(away)
    try:
        await admin.slash(room, "reindex")
        await _until_said(loopback, room, "Reindexing failed")
    finally:
        away.rename(bot.home / "articles")
    await loopback.answer(await admin.slash(room, "status"), within=240)
    await loopback.answer(await admin.slash(room, "stats"), within=240)


async def _break_database(loopback: LoopbackDiscord, room: Channel, alice: Person, bot: Process, mention: str) -> None:
    """The bot's tables are away for a while: errors that nobody expects, in commands, buttons and listeners."""
    connection = sqlite3.connect(bot.home / "data" / "bot.sqlite3", isolation_level=None, timeout=20)
    answer = await loopback.answer(await alice.slash(room, "ask", question=f"What is {_TEXT}?"))
    await loopback.world.until(lambda: answer.buttons, "the answer, not a place in line", within=240)
    await _calm(loopback)
    tables = ("lookups", "questions")
    for table in tables:
        connection.execute(f"ALTER TABLE {table} RENAME TO away_{table}")
    try:
        for path, given in (("search", {"query": _TEXT}), ("ask", {"question": f"Why {_TEXT}?"}), ("privacy", {})):
            await loopback.answer(await alice.slash(room, path, **given), within=240)
        message = await alice.say(room, mention)
        await alice.edit(message, f"{mention} Really?")
        await alice.reply(answer, mention)
        await alice.click(answer, "Helpful")
        await alice.delete(message)
        await _calm(loopback)
    finally:
        for table in tables:
            connection.execute(f"ALTER TABLE away_{table} RENAME TO {table}")
        connection.close()


async def _online(loopback: LoopbackDiscord, bot: Process) -> None:
    """Waits until it is connected, however busy the machine is; tells its own words where it isn't."""
    await loopback.world.until(
        lambda: bool(loopback.gateway.live) or bot.process.returncode is not None, "the bot", within=180
    )
    assert loopback.gateway.live, bot.said


async def _until_said(loopback: LoopbackDiscord, room: Channel, text: str) -> None:
    await loopback.world.until(lambda: any(text in one.text for one in loopback.world.in_channel(room)), text, 240)


async def _calm(loopback: LoopbackDiscord) -> None:
    """Waits until the bot asks nothing of Discord any more."""
    calls = -1
    while calls != len(loopback.rest.calls):
        calls = len(loopback.rest.calls)
        await asyncio.sleep(0.4)


async def _spy(bot: Process, lines: Watch) -> None:
    """Reads every command line below the bot, and its children's environments, while it runs."""
    seen: set[tuple[int, bytes]] = set()
    while True:
        for pid in _family(bot.process.pid):
            line, environment = _proc(pid, "cmdline"), _proc(pid, "environ")
            if not line or (pid, line) in seen:
                continue
            seen.add((pid, line))
            lines.look(f"the command line {line!r}", line)
            # A child begins as a copy of the bot, and has its own environment from when it has its own command line.
            if b"bot.indexer" in line:
                lines.look("the indexer's environment", environment, but=("the path",))
        await asyncio.sleep(0.01)


def _proc(pid: int, what: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{what}").read_bytes()
    except OSError:
        return b""


def _cores(home: Path) -> list[str]:
    return [path.name for path in home.rglob("*core*") if path.is_file()]


def _family(pid: int) -> Iterator[int]:
    yield pid
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text(encoding="ascii").split():
                yield from _family(int(child))


async def _endpoints(bot: Process, shown: Watch) -> None:
    port = re.search(r"127\.0\.0\.1:(\d+)", bot.said)
    assert port is not None, bot.said
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port[1]}") as session:
        for path in ("/livez", "/readyz", "/metrics", "/", "/etc/passwd", "/../bot.sqlite3"):
            async with session.get(path) as response:
                shown.look(path, f"{response.headers} {await response.text()}")


async def _told_from_outside(home: Path, shown: Watch) -> None:
    """What `dateline status` tells whoever may run it."""
    for more in ((), ("--json",)):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "from index.cli import main; main()", "status", "--data", str(home / "data"), *more,
            cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
        assert process.returncode == 0, said
        # It is run with the archive's path.
        shown.look("dateline status", said, but=("the path",))


def _search_files(home: Path, files: Watch) -> None:
    """Every file below the bot's folder; the bot's own have their place for questions, and are its owner's alone."""
    for path in sorted(home.rglob("*")):
        if not path.is_file():
            continue
        own = path.name.startswith("bot.")
        files.look(path.name, path.read_bytes(), but=("a question", "a remark", "the path") if own else ("the path",))
        if own and stat.S_IMODE(path.stat().st_mode) & _OWNER_ONLY:
            files.lost.append(f"{path.name} is {path.stat().st_mode:o}")
