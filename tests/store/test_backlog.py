"""Whoever puts something wakes whoever takes; nothing is lost, taken twice or out of order."""

import os
import threading
from collections import deque

import pytest

from webchat.store.backlog import Backlog

PUT = 5_000


def test_it_is_taken_in_the_order_in_which_it_was_put() -> None:
    backlog: Backlog[int] = Backlog()
    for n in range(3):
        backlog.put(n)
    assert len(backlog) == 3
    assert [backlog.take() for _ in range(3)] == [0, 1, 2]
    assert len(backlog) == 0
    backlog.close()


@pytest.mark.parametrize("threads", [1, 4])
def test_nothing_is_lost_between_looking_and_falling_asleep(threads: int) -> None:
    backlog: Backlog[tuple[int, int]] = Backlog()
    taken: list[tuple[int, int]] = []

    def take() -> None:
        while len(taken) < threads * PUT:
            taken.append(backlog.take())

    def put(by: int) -> None:
        for n in range(PUT):
            backlog.put((by, n))
            if n % 7 == 0:
                os.sched_yield()  # lets the taker come to its end, and fall asleep, as often as it can

    taker = threading.Thread(target=take, daemon=True)
    putters = [threading.Thread(target=put, args=(by,)) for by in range(threads)]
    for thread in (taker, *putters):
        thread.start()
    for thread in (*putters, taker):
        thread.join(60)
    assert not taker.is_alive(), "something waits and nobody was woken"
    assert len(set(taken)) == threads * PUT
    for by in range(threads):
        assert [n for who, n in taken if who == by] == list(range(PUT))
    backlog.close()


def test_what_is_put_while_the_taker_falls_asleep_is_taken() -> None:
    """It is put between the taker's look and its sleep, which the interpreter's lock allows nobody to do by chance."""
    backlog: Backlog[str] = Backlog()

    class Late(deque[str]):
        def __len__(self) -> int:
            if backlog._items is self:
                backlog._items = deque()
                backlog.put("x")
            return 0

    backlog._items = Late()
    got: list[str] = []
    taker = threading.Thread(target=lambda: got.append(backlog.take()), daemon=True)
    taker.start()
    taker.join(5)
    assert got == ["x"]
    backlog.close()


def test_a_ring_too_many_is_no_matter() -> None:
    backlog: Backlog[str] = Backlog()
    os.write(backlog._rope, b"\0\0\0")
    got: list[str] = []
    taker = threading.Thread(target=lambda: got.append(backlog.take()), daemon=True)
    taker.start()
    backlog.put("x")
    taker.join(60)
    assert got == ["x"]
    backlog.close()


def test_closed_it_gives_its_pipe_back() -> None:
    backlog: Backlog[int] = Backlog()
    ends = (backlog._bell, backlog._rope)
    backlog.close()
    for end in ends:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(end)
