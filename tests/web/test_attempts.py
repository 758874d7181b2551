"""Guessing is slow, and keeps no owner out."""

import pytest

from webchat.errors import TooFast
from webchat.web import attempts
from webchat.web.attempts import Attempts


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def held(clock: Clock) -> Attempts:
    return Attempts(True, clock)


def tried(held: Attempts, name: str, network: str, familiar: bool = False) -> int:
    """0 where the password was looked at, else the seconds to wait."""
    try:
        held.take(name, network, familiar)
    except TooFast as refused:
        return refused.after
    return 0


def test_the_wait_doubles_up_to_five_minutes(held: Attempts, clock: Clock) -> None:
    assert [tried(held, "ann", "a") for _ in range(6)] == [0, 0, 0, 0, 0, 1]
    waits = []
    for _ in range(12):
        waits.append(tried(held, "ann", "a"))
        clock.now += waits[-1]
        assert tried(held, "ann", "a") == 0
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_a_refused_attempt_makes_no_wait_longer(held: Attempts, clock: Clock) -> None:
    for _ in range(1_000):
        wait = tried(held, "ann", "a")
    assert wait == 1


def test_after_an_hour_it_is_forgotten(held: Attempts, clock: Clock) -> None:
    assert [tried(held, "ann", "a") for _ in range(6)] == [0, 0, 0, 0, 0, 1]
    clock.now += attempts.FORGOTTEN
    assert [tried(held, "ann", "a") for _ in range(6)] == [0, 0, 0, 0, 0, 1]


def test_a_right_password_forgives(held: Attempts) -> None:
    for _ in range(100):
        assert tried(held, "ann", "a") == 0
        held.succeeded("ann", "a")


def test_a_right_password_of_one_s_own_is_no_way_around(held: Attempts) -> None:
    looked_at = 0
    for number in range(100):
        if not tried(held, "eve", "a"):
            held.succeeded("eve", "a")
        looked_at += not tried(held, f"name{number}", "a")
    assert looked_at == attempts.FREE["network"]


def test_one_network_cannot_try_many_names(held: Attempts) -> None:
    assert sum(not tried(held, f"name{number}", "a") for number in range(1_000)) == attempts.FREE["network"]
    assert tried(held, "ann", "b") == 0


def test_many_networks_cannot_try_one_name_and_keep_nobody_out(held: Attempts) -> None:
    looked_at = sum(not tried(held, "ann", f"network {number}") for number in range(1_000))
    assert looked_at == attempts.FREE["account"]
    assert tried(held, "ann", "her own")
    assert tried(held, "ann", "her own", familiar=True) == 0
    assert tried(held, "bob", "his own") == 0


def test_the_table_is_bounded(held: Attempts, monkeypatch: pytest.MonkeyPatch) -> None:
    assert attempts.TABLE <= 100_000
    monkeypatch.setattr(attempts, "TABLE", 300)
    for number in range(1_000):
        tried(held, f"name{number}", f"network {number}")
        assert len(held) <= 300


def test_without_limits_nobody_waits() -> None:
    free = Attempts(False)
    assert not any(tried(free, "ann", "a") for _ in range(100))
    assert len(free) == 0
