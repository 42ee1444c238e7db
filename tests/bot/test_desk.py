"""The line at the desk: first come, first served, bounded, and whoever gives up leaves no gap."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from bot.desk import Desk, DeskFull
from bot.pace import Cooldowns, Seen
from tests.bot.newsroom import FakeNewsroom


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    made = Desk(FakeNewsroom(), workers=1, queue=3)
    yield made
    await made.drain()
    made.close()


async def test_questions_are_worked_on_in_the_order_of_asking(desk: Desk) -> None:
    door, order = threading.Event(), list[int]()

    def work(number: int) -> int:
        assert door.wait(10)
        order.append(number)
        return number

    tickets = []
    for number in range(4):
        tickets.append(desk.enter(lambda _, n=number: work(n)))  # type: ignore[misc]
        await asyncio.sleep(0)
    assert [ticket.place for ticket in tickets] == [0, 1, 2, 3]
    with pytest.raises(DeskFull):
        desk.enter(lambda _: work(9))
    door.set()
    assert [await ticket.result() for ticket in tickets] == order == [0, 1, 2, 3]
    assert (desk.waiting, desk.working) == (0, 0)


async def test_whoever_gives_up_lets_the_others_move_up(desk: Desk) -> None:
    door = threading.Event()
    tickets = []
    for number in range(3):
        tickets.append(desk.enter(lambda _, n=number: door.wait(10) and n))  # type: ignore[misc]
        await asyncio.sleep(0)
    tickets[1].task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await tickets[1].result()
    assert tickets[2].place == 1
    door.set()
    assert await tickets[2].result() == 2
    assert (desk.waiting, desk.working) == (0, 0)


async def test_a_reader_is_taken_until_its_thread_is_done_even_if_the_asker_gave_up(desk: Desk) -> None:
    begun, door, order = threading.Event(), threading.Event(), list[str]()

    def work() -> None:
        begun.set()
        assert door.wait(10)
        order.append("given up")

    first = desk.enter(lambda _: work())
    await asyncio.sleep(0)
    second = desk.enter(lambda _: order.append("second"))
    await asyncio.sleep(0)
    # Until its thread has taken it up, giving up frees the reader at once.
    assert await asyncio.to_thread(begun.wait, 10)
    first.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first.result()
    assert (desk.working, second.place) == (1, 1)
    door.set()
    await second.result()
    assert order == ["given up", "second"]
    assert (desk.waiting, desk.working) == (0, 0)


async def test_a_failing_question_frees_its_reader(desk: Desk) -> None:
    def fail(_: object) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await desk.enter(fail).result()
    assert await desk.enter(lambda _: 7).result() == 7


async def test_looking_up_never_waits_behind_questions(desk: Desk) -> None:
    door = threading.Event()
    ticket = desk.enter(lambda _: door.wait(10))
    assert await asyncio.wait_for(desk.look_up(lambda newsroom: len(newsroom.outlets())), 5) == 2
    door.set()
    assert await ticket.result()


def test_cooldowns_run_out_after_a_minute() -> None:
    now = [0.0]
    pace = Cooldowns(2, clock=lambda: now[0])
    for moment in (0.0, 10.0):
        now[0] = moment
        assert pace.wait(1) == 0
        pace.count(1)
    now[0] = 20.0
    assert pace.wait(1) == 40.0
    assert pace.wait(2) == 0
    now[0] = 60.0
    assert pace.wait(1) == 0


def test_an_event_is_new_once() -> None:
    seen = Seen()
    assert [seen.first(one) for one in (1, 2, 1, 1)] == [True, True, False, False]
