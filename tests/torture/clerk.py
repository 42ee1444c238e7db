"""A clerk who files one thing after another in the bot's database, and what must be there however it ends.

The model is a second clerk who does the same, undisturbed: after a crash the database must be what the model's was
after the last operation that was acknowledged, or after the one that was under way. Never half of it.
"""

from __future__ import annotations

import itertools
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path

from bot.database import NAME, open_database, set_meta_value
from bot.desk import Desk
from bot.office import Office
from bot.preferences import Preferences
from bot.settings import BotSettings
from index import Answer, Choice, Citation, Searched, Where
from tests.bot.newsroom import FakeNewsroom

TOKEN = "MTA" + "0" * 21 + ".abcdef." + "0" * 30
_TIMES = frozenset({"asked_at", "given_at", "began_at", "made_at", "happened_at", "left_at"})
"""Columns that say when something was filed: a model that does the same files it at another moment."""
_GUILDS, _USERS, _THREADS = 3, 5, 4

Rows = dict[str, list[tuple[object, ...]]]


class Clerk:
    """Files in the database at ``home``; ``do`` takes the number of an operation, which decides what it is."""

    def __init__(self, home: Path, seed: int) -> None:
        self._seed = seed
        self.connection = open_database(home / NAME)
        self._desk = Desk(FakeNewsroom(), workers=1, queue=1)
        settings = BotSettings(_env_file=None, token=TOKEN)  # type: ignore[call-arg]  # pydantic-settings' own
        self.office = Office.open(settings, self._desk, self.connection)

    def close(self) -> None:
        self._desk.close()
        self.connection.close()

    def do(self, number: int) -> None:
        """One operation, as a command or button of the bot would have it filed."""
        dice = random.Random(f"{self._seed}:{number}")  # noqa: S311  # no secret
        kinds: list[tuple[int, Callable[[random.Random], object]]] = [
            (6, self._ask), (5, self._conclude), (2, self._delivered), (5, self._rate), (4, self._set),
            (3, self._share), (2, self._thread), (1, self._topic), (2, self._guild), (1, self._look_up),
            (1, self._forget), (1, self._drop), (1, self._expire), (1, self._meta),
        ]  # fmt: skip
        (kind,) = dice.choices([kind for _, kind in kinds], [weight for weight, _ in kinds])
        kind(dice)

    def _ask(self, dice: random.Random) -> None:
        latest = self._latest()
        self.office.ledger.open(
            user_id=dice.randrange(_USERS),
            question=f"What of {dice.random()}?",
            guild_id=dice.choice([None, *range(1, _GUILDS)]),
            channel_id=dice.randrange(1, _THREADS),
            parent_id=latest if latest and dice.random() < 0.5 else None,
            private=dice.random() < 0.5,
        )

    def _conclude(self, dice: random.Random) -> None:
        self.office.ledger.conclude(self._any(dice), Where(outlets=("The Ledger",)), _reply(dice), "said", 0.1)

    def _delivered(self, dice: random.Random) -> None:
        self.office.ledger.delivered(self._any(dice), dice.randrange(10**9))

    def _rate(self, dice: random.Random) -> None:
        self.office.ledger.rate(
            self._any(dice), dice.randrange(_USERS), helpful=dice.random() < 0.5, remark="so " * dice.randrange(200)
        )

    def _set(self, dice: random.Random) -> None:
        guild_id, channel_id = dice.randrange(1, _GUILDS), dice.randrange(3)
        new = Preferences(private=dice.random() < 0.5, roles=tuple(dice.sample(range(99), 3)))
        self.office.book.set(guild_id, channel_id, new)
        self.office.keep_preferences(guild_id, channel_id, actor_id=dice.randrange(_USERS), action="settings")

    def _share(self, dice: random.Random) -> None:
        self.office.ledger.set_private(self._any(dice), private=dice.random() < 0.5)

    def _thread(self, dice: random.Random) -> None:
        thread_id = dice.randrange(1, _THREADS)
        if dice.random() < 0.7:
            self.office.rooms.adopt(thread_id, dice.randrange(1, _GUILDS), self._any(dice))
        else:
            self.office.rooms.leave(thread_id)

    def _topic(self, dice: random.Random) -> None:
        self.office.rooms.new_topic(dice.randrange(1, _THREADS))

    def _guild(self, dice: random.Random) -> None:
        move = dice.choice([self.office.ledger.guild_left, self.office.ledger.guild_joined])
        move(dice.randrange(1, _GUILDS))

    def _look_up(self, dice: random.Random) -> None:
        self.office.ledger.note_lookup(
            dice.randrange(_USERS),
            "search",
            {"query": f"{dice.random()}"},
            guild_id=dice.randrange(1, _GUILDS),
            channel_id=1,
            private=False,
        )

    def _forget(self, dice: random.Random) -> None:
        self.office.ledger.forget(dice.randrange(_USERS))

    def _drop(self, dice: random.Random) -> None:
        self.office.ledger.drop(self._any(dice))

    def _expire(self, _dice: random.Random) -> None:
        self.office.ledger.expire(10_000, 0)

    def _meta(self, dice: random.Random) -> None:
        set_meta_value(self.connection, "commands", f"{dice.random()}")

    def _latest(self) -> int:
        (latest,) = self.connection.execute("SELECT coalesce(max(id), 0) FROM questions").fetchone()
        return int(latest)

    def _any(self, dice: random.Random) -> int:
        """A recent question, or one that is gone."""
        return max(1, self._latest() - dice.randrange(6))


class Model:
    """The same operations on a database that nothing happens to."""

    def __init__(self, home: Path, original: Path, seed: int) -> None:
        """Takes the key of the database that is to be compared: aliases are hashed with it."""
        home.mkdir(parents=True)
        shutil.copyfile((original / NAME).with_suffix(".key"), (home / NAME).with_suffix(".key"))
        self._clerk = Clerk(home, seed)
        self._clerk.connection.execute("PRAGMA synchronous = OFF")
        self._done = 0
        self._key = (home / NAME).with_suffix(".key").read_text("ascii")
        self._rows: dict[int, Rows] = {0: self._found()}

    def close(self) -> None:
        self._clerk.close()

    def rows(self, number: int) -> Rows:
        """What is there after ``number`` operations. It goes forward; what it was asked for it remembers."""
        while self._done < number:
            self._clerk.do(self._done)
            self._done += 1
        if number not in self._rows:
            assert number == self._done, "the model does not go back"
            self._rows[number] = self._found()
        return self._rows[number]

    def _found(self) -> Rows:
        return {**rows_of(self._clerk.connection), "key": [(self._key,)]}

    def forget(self, before: int) -> None:
        """Lets go of what won't be asked for again."""
        self._rows = {number: rows for number, rows in self._rows.items() if number >= before}


def file_away(
    home: Path, seed: int, acknowledge: Callable[[int], object], *, first: int = 0, last: int | None = None
) -> None:
    """Does operations from ``first`` on, to ``last`` or for ever; acknowledges how many were done after each."""
    clerk = Clerk(home, seed)
    acknowledge(first)
    for number in itertools.count(first):
        if number == last:
            break
        clerk.do(number)
        acknowledge(number + 1)
    clerk.close()


def file_for_ever(home: Path, seed: int, first: int, acknowledged: Connection) -> None:
    """As :func:`file_away`, in a process of its own, until it is killed."""
    file_away(home, seed, lambda number: acknowledged.send_bytes(str(number).encode()), first=first)


def found_rows(home: Path, seed: int) -> Rows:
    """What a database holds when a bot opens it again, as it does at every start.

    Raises:
        AssertionError: SQLite finds it damaged, or a feedback without its question.
    """
    clerk = Clerk(home, seed)
    try:
        assert clerk.connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok", "the database is damaged"
        assert not clerk.connection.execute("PRAGMA foreign_key_check").fetchall(), "feedback without its question"
        key = (home / NAME).with_suffix(".key").read_text("ascii")
        return {**rows_of(clerk.connection), "key": [(key,)]}
    finally:
        clerk.close()


def rows_of(connection: sqlite3.Connection) -> Rows:
    """Every row of every table, but for the times."""
    with closing(connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")) as tables:
        names = sorted(row["name"] for row in tables if not row["name"].startswith("sqlite_"))
    found = {}
    for name in names:
        rows = connection.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608  # names of the schema
        kept = (tuple(row[key] for key in row.keys() if key not in _TIMES) for row in rows)  # noqa: SIM118  # a row iterates over values
        found[name] = sorted(kept, key=repr)
    return found


def difference(found: Rows, expected: Rows) -> str:
    """Where two databases differ, in a line."""
    for name in sorted({*found, *expected}):
        have, want = set(found.get(name, [])), set(expected.get(name, []))
        if have != want:
            return f"{name}: {len(want - have)} rows missing, {len(have - want)} too many"
    return "nothing"


def _reply(dice: random.Random) -> Answer:
    quote = f"Sentence {dice.randrange(99)}."
    citation = Citation(
        marker=1,
        article_id="a1",
        title="T",
        outlet=None,
        published=None,
        url=None,
        start=0,
        end=len(quote),
        quote=quote,
    )
    return Answer(
        question="What?",
        standalone=f"What of {dice.randrange(99)}?",
        text=quote,
        confidence=0.5,
        citations=(citation,),
        passages=(),
        searched=Searched(generation=1, articles=1, earliest=None, latest=None, newest_match=None, where=Where()),
        timing_ms={},
        choices=(Choice(label="one", hint="", question="Who is one?"),) if dice.random() < 0.5 else (),
    )
