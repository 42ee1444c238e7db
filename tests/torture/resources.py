"""A full disk, a read-only folder, a slow disk, little memory, one core, few open files: the old archive answers on."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path

from bot.database import BotFilesDamaged
from index.errors import DatelineError
from tests.durability.indexer import checked_versions, child, kept, processes, run_edition
from tests.torture.bot_crashes import newsroom_of, reader_of_the_child, versions_of, write_edition
from tests.torture.clerk import Clerk, Model, difference, found_rows
from tests.torture.confined import (
    Refused,
    apart,
    dateline_index,
    few_files,
    little_memory,
    private_mounts,
    read_only,
    small_disk,
)
from tests.torture.report import Plan, Row
from tests.torture.tracing import Mark, Untraceable, traced

_KIB, _MIB = 1024, 1024 * 1024
_DISK = 24 * _MIB
_ROOMS, _REAL_ROOMS, _FILING_ROOMS = 60, 6, 30
_MEMORY = (150, 250, 400, 600, 800, 1000, 1300, 4000)
"""MiB of addresses; the last is enough."""
_FILES, _REOPENED = 200, 30
_FILED = 40
_CURES = ("make room", "allow more", "has room", "is room", "run it again")
"""Every message that a place gives rise to has one of these."""

Found = tuple[int, list[str], dict[str, int]]
"""What came of work in a place: (how often it was tried, what was lost, how often it came out how)."""


def attacks(plan: Plan) -> Iterator[Row]:
    """Every place of this group."""
    context = processes("tests.torture.resources")
    dice = random.Random(plan.seed)  # noqa: S311  # no secret
    run_edition(plan.folder / "toy", 0)
    run_edition(plan.folder / "toy", 1)
    real = plan.folder / "real"
    first = write_edition(real, 0)
    with reader_of_the_child():
        newsroom_of(real).reindex(lambda _: None, force=False, asked_by="the torture")
    write_edition(real, 1)
    for number in range(9):
        (plan.folder / f"place{number}").mkdir()

    def place(number: int) -> Path:
        return plan.folder / f"place{number}"

    rooms = [0, *sorted(dice.randrange(1000 * _KIB) for _ in range(plan.times(_ROOMS) - 1))]
    yield _row(context, "full disk, index.build", full_disk_toy, plan.folder / "toy", place(0), rooms)
    rooms = [0, *sorted(dice.randrange(1500 * _KIB) for _ in range(plan.times(_REAL_ROOMS) - 1))]
    for how in ("dateline index", "the bot's reindex"):
        yield _row(context, f"full disk, {how}", full_disk_real, real, place(1), rooms, how, first)
    rooms = [0, *sorted(dice.randrange(60 * _KIB) for _ in range(plan.times(_FILING_ROOMS) - 1))]
    yield _row(context, "full disk, the bot's database", full_disk_filing, place(2), plan.seed, rooms)
    yield _row(context, "read-only folder", read_only_folder, plan.folder / "toy", real, place(3), first)
    yield slow_disk(plan, context, place(4))
    sizes = _MEMORY if plan.scale >= 1 else (_MEMORY[1], _MEMORY[-1])
    for how in ("dateline index", "the bot's reindex"):
        yield _row(context, f"memory limit, {how}", memory_limit, real, place(5), sizes, how, first)
    yield _row(context, "one core", one_core, real, place(6))
    yield _row(context, f"{_FILES} open files", open_files, place(7), plan.times(_REOPENED, least=3), plan.seed)
    yield _row(context, "no more open files", no_more_files, plan.folder / "toy", place(8))


def full_disk_toy(source: Path, folder: Path, rooms: list[int]) -> Found:
    """Indexes with so many bytes left, looks what answers, makes room, and indexes again."""
    lost, seen = list[str](), Counter[str]()
    private_mounts()
    for room in rooms:
        home = _on_small_disk(source, folder, room)
        said = _failure(lambda: run_edition(home, 2))  # noqa: B023  # called at once
        seen["full" if said else "done"] += 1
        lost += _complaints(said, room)
        expected = kept(1 if said else 2)
        try:
            if checked_versions(home)[1:] != (expected, ()):
                lost.append(f"{room} bytes left: what answers is not the archive of before, after {said}")
            (folder / "filler").unlink()
            run_edition(home, 2)
            if checked_versions(home)[1:] != (kept(2), ()):
                lost.append(f"{room} bytes left: with room again it is not what was indexed")
        except (DatelineError, AssertionError) as error:
            lost.append(f"{room} bytes left: {error!r} after {said}")
    return len(rooms), lost, seen


def full_disk_real(source: Path, folder: Path, rooms: list[int], how: str, before: dict[str, int]) -> Found:
    """The same with whole processes: the command, or what the bot starts."""
    lost, seen = list[str](), Counter[str]()
    private_mounts()
    for room in rooms:
        home = _on_small_disk(source, folder, room)
        said = _indexed(home, how)
        seen["full" if said else "done"] += 1
        lost += _complaints(said, room)
        versions = versions_of(newsroom_of(home))
        if versions != (before if said else write_edition_again(source)):
            lost.append(f"{room} bytes left: what answers is not the archive of before, after {said}")
        (folder / "filler").unlink()
        said = _indexed(home, how)
        if said or versions_of(newsroom_of(home)) != write_edition_again(source):
            lost.append(f"{room} bytes left: with room again: {said}")
    return len(rooms), lost, seen


def full_disk_filing(folder: Path, seed: int, rooms: list[int]) -> Found:
    """The bot files until there is no room: what it acknowledged is there, and goes on when there is room again."""
    lost, seen = list[str](), Counter[str]()
    private_mounts()
    for room in rooms:
        small_disk(folder, _DISK)
        home = folder / "bot"
        home.mkdir()
        clerk = Clerk(home, seed)
        model = Model(folder / "model", home, seed)
        _fill(folder, room)
        done = 0
        try:
            while done < _FILED:
                clerk.do(done)
                done += 1
        except sqlite3.OperationalError as error:
            seen[str(error)] += 1
        else:
            seen["done"] += 1
        (folder / "filler").unlink()
        before = model.rows(done)
        if difference(found := found_rows(home, seed), before) != "nothing":
            lost.append(f"{room} bytes left: {done} acknowledged: {difference(found, before)}")
        clerk.do(done)
        clerk.close()
        if difference(found := found_rows(home, seed), after := model.rows(done + 1)) != "nothing":
            lost.append(f"{room} bytes left: with room again: {difference(found, after)}")
        model.close()
    return len(rooms), lost, seen


def read_only_folder(toy: Path, real: Path, folder: Path, before: dict[str, int]) -> Found:
    """Nobody can write there, root neither: what is there is read, and whoever wants to write is told."""
    lost = list[str]()
    private_mounts()
    toy, real = shutil.copytree(toy, folder / "toy"), shutil.copytree(real, folder / "real")
    Clerk(real / "data", 0).close()
    newsroom = newsroom_of(real)
    newsroom.open()
    read_only(folder, on=True)
    said = _failure(lambda: run_edition(toy, 2))
    lost += _complaints(said or "it was written to", "toy")
    if checked_versions(toy)[1:] != (kept(1), ()):
        lost.append("the toy archive does not answer")
    for how in ("dateline index", "the bot's reindex"):
        said = _indexed(real, how)
        lost += _complaints(said or "it was written to", how)
        if versions_of(newsroom) != before or versions_of(newsroom_of(real)) != before:
            lost.append(f"{how}: the archive does not answer")
    if not isinstance(
        _error(lambda: Clerk(real / "data", 0).do(0)), (sqlite3.OperationalError, BotFilesDamaged, OSError)
    ):
        lost.append("the bot's database was written to")
    read_only(folder, on=False)
    run_edition(toy, 2)
    if checked_versions(toy)[1] != kept(2) or _indexed(real, "dateline index"):
        lost.append("it can't be written to again")
    return 4, lost, {"answered from the archive of before": 4}


def slow_disk(plan: Plan, context: ForkServerContext, home: Path, pause: float = 0.004) -> Row:
    """Every write and flush of an indexer takes milliseconds; a reader goes on answering."""
    home = shutil.copytree(plan.folder / "toy", home / "home")
    ours, theirs = context.Pipe()
    attack = f"slow disk ({pause * 1000:g} ms a write) with a reader"

    def run(_: Mark) -> None:
        run_edition(home, 2)

    with child(context, keep_reading, home, theirs):
        theirs.close()
        assert ours.poll(60), "the reader never began"
        ours.recv()
        began = time.monotonic()
        try:
            traced(run, home, pause=pause)
        except Untraceable as error:
            return Row(attack=attack, tried=0, left_out=str(error))
        seconds = time.monotonic() - began
        time.sleep(0.5)
        ours.send("enough")
        assert ours.poll(60), "the reader never ended"
        seen, longest, wrong = ours.recv()
    lost = [*wrong]
    if seen[-1] != 3 or checked_versions(home)[1:] != (kept(2), ()):
        lost.append(f"the reader saw the generations {seen}, and not the new one")
    held = f"{len(seen)} readings in {seconds:.1f} s of indexing, the longest {longest:.2f} s"
    return Row(attack=attack, tried=len(seen), held=held, lost=tuple(lost))


def keep_reading(home: Path, connection: Connection) -> None:
    """Reads a whole archive again and again until it is enough; sends (generations, longest in s, what was wrong)."""
    seen, wrong, longest = list[int](), list[str](), 0.0
    while not connection.poll():
        began = time.monotonic()
        generation, versions, warnings = checked_versions(home)
        longest = max(longest, time.monotonic() - began)
        if versions != kept(generation - 1) or warnings:
            wrong.append(f"generation {generation}: {warnings}")
        if not seen:
            connection.send("begun")
        seen.append(generation)
    connection.send((seen, longest, wrong))


def memory_limit(source: Path, folder: Path, sizes: tuple[int, ...], how: str, before: dict[str, int]) -> Found:
    """Indexes with so many MiB: it is done, or it says that memory ran out, and the archive of before is there."""
    lost, seen = list[str](), Counter[str]()
    for size in sizes:
        home = shutil.copytree(source, folder / f"{size} {how}")
        if how == "dateline index":
            code, said = dateline_index(home, limit=partial(little_memory, size * _MIB))
            # A library in Rust ends the process itself when it gets no memory, with a line of its own.
            aborted = code < 0 or "memory allocation of" in said or "skipping backtrace" in said
        else:
            said = _with_memory(folder, size, lambda: _indexed(home, how))  # noqa: B023  # called at once
            code, aborted = int(bool(said)), "ended by SIG" in said
        kind = "done" if not code else "ended by a library" if aborted else "said that memory ran out"
        seen[kind] += 1
        if code and not aborted and "memory" not in said:
            lost.append(f"{size} MiB: {said}")
        versions = versions_of(newsroom_of(home))
        if versions != (before if code else write_edition_again(source)):
            lost.append(f"{size} MiB: {kind}, and what answers is not what it should be")
    if not seen["done"]:
        lost.append(f"{sizes[-1]} MiB were not enough")
    return len(sizes), lost, seen


def one_core(source: Path, folder: Path) -> Found:
    """Everything on one core: the bot's reindex and the command, with questions in between."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    home = shutil.copytree(source, folder / "home")
    lost = list[str]()
    newsroom = newsroom_of(home)
    for edition, how in enumerate(("dateline index", "the bot's reindex"), start=1):
        wanted = write_edition(home, edition)
        said = _indexed(home, how)
        if said or versions_of(newsroom) != wanted:
            lost.append(f"{how}: {said}")
    return 2, lost, {"answered": 2}


def open_files(folder: Path, times: int, seed: int) -> Found:
    """Many generations one after another, each opened anew, with the bot's database: no file stays open."""
    from index import reindex

    few_files(_FILES)
    lost, counts = list[str](), list[int]()
    write_edition(folder, 0)
    reindex(folder / "data", [folder / "articles"])
    newsroom = newsroom_of(folder)
    clerk = Clerk(folder / "data", seed)
    for number in range(1, times + 1):
        wanted = write_edition(folder, number)
        reindex(folder / "data", [folder / "articles"])
        clerk.do(number)
        if versions_of(newsroom) != wanted:
            lost.append(f"generation {number} does not answer")
        counts.append(_open_now())
    clerk.close()
    if max(counts) > counts[0] + 8:
        lost.append(f"files stay open: {counts}")
    return times, lost, {"files open at most": max(counts)}


def no_more_files(source: Path, folder: Path) -> Found:
    """No file can be opened any more: that is told as what it is, and harms nothing."""
    lost, seen, tried = list[str](), Counter[str](), 0
    home = shutil.copytree(source, folder / "home")
    run_edition(home, 1)
    checked_versions(home)
    usual = _open_now()
    for spare in range(14):
        works = {"reading": partial(checked_versions, home), "indexing": partial(run_edition, home, 2 + spare)}
        for what, work in works.items():
            tried += 1
            few_files(usual + spare)
            said = _failure(work)
            few_files(4096)
            seen[f"{what} done" if not said else f"{what} refused"] += 1
            if said and "files" not in said and "killed" not in said:
                lost.append(f"{what} with {spare} files to spare: {said}")
            lost += _complaints(said, spare) if what == "indexing" else []
        _, versions, warnings = checked_versions(home)
        there = sorted(path.name for path in (home / "generations").iterdir())
        if warnings or len(there) < 2:
            lost.append(f"{spare} files to spare: {warnings}, {there}")
        if not versions:
            lost.append("nothing is left")
    return tried, lost, seen


def write_edition_again(source: Path) -> dict[str, int]:
    """What the articles' folder of ``source`` has: edition 1."""
    return write_edition(source, 1)


def _row(context: ForkServerContext, attack: str, work: Callable[..., Found], *args: object) -> Row:
    try:
        tried, lost, seen = apart(context, work, *args)
    except Refused as error:
        return Row(attack=attack, tried=0, left_out=str(error))
    except AssertionError as error:
        return Row(attack=attack, tried=1, lost=(str(error),))
    return Row(
        attack=attack,
        tried=tried,
        held=", ".join(f"{kind} {count}" for kind, count in seen.items()),
        lost=tuple(lost),
    )


def _on_small_disk(source: Path, folder: Path, room: int) -> Path:
    """A copy of an archive on a disk of its own, with so many bytes left."""
    small_disk(folder, _DISK)
    home = shutil.copytree(source, folder / "home")
    _fill(folder, room)
    return home


def _fill(folder: Path, room: int) -> None:
    with (folder / "filler").open("wb", buffering=0) as file:
        left = os.statvfs(folder)
        file.write(bytes(max(0, left.f_bavail * left.f_frsize - room)))


def _indexed(home: Path, how: str) -> str:
    """Indexes ``home/articles``; what it said if it failed."""
    if how == "dateline index":
        code, said = dateline_index(home)
        return said if code else ""
    return _failure(lambda: newsroom_of(home).reindex(lambda _: None, force=False, asked_by="the torture"))


def _with_memory(folder: Path, size: int, work: Callable[[], str]) -> str:
    """Does work whose own processes, and not this one, have so many MiB of addresses."""
    ours, limited = sys.executable, folder / "python"
    limited.write_text(f'#!/bin/sh\nulimit -v {size * 1024}\nexec "{ours}" "$@"\n', encoding="utf-8")
    limited.chmod(0o755)
    sys.executable = os.fspath(limited)
    try:
        return work()
    finally:
        sys.executable = ours


def _open_now() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def _failure(work: Callable[[], object]) -> str:
    error = _error(work)
    if error is None or isinstance(error, DatelineError):
        return str(error or "")
    return f"not an error of the archive's: {error!r}"


def _error(work: Callable[[], object]) -> Exception | None:
    try:
        work()
    except Exception as error:  # noqa: BLE001 - what kind it is, is the question
        return error
    return None


def _complaints(said: str, where: object) -> list[str]:
    """What is wrong with a message: it names no cure, or is no message."""
    if not said or (any(cure in said for cure in _CURES) and "not an error" not in said and "Traceback" not in said):
        return []
    return [f"{where}: no cure: {said}"]
