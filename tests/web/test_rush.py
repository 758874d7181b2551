"""Slow mode that comes by itself, by a clock that the test sets."""

import itertools
from pathlib import Path

import pytest

from tests.web.conftest import Visitor
from tests.web.frames import let_in
from webchat.app import create_app
from webchat.commands import PostMessage
from webchat.errors import TooFast
from webchat.model import Actor, Guest, User
from webchat.settings import Settings
from webchat.web import rush
from webchat.web.limits import Limits
from webchat.web.rush import FIRST, LONGEST, WINDOW, Rush

LIMIT = 10
MOST = int(LIMIT * WINDOW)
"""Posts of one window that are not too many."""
ANN = User(1, "ann", "Ann")
GUEST = Guest("one", "Guest")
NUMBERS = itertools.count()


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def post(actor: Actor, held: Rush, number: int = 0, room: str = "blog.post") -> int:
    """Seconds to wait; 0 for who may post."""
    try:
        held.take(PostMessage(room, "x", f"cid-of-a-message-{number}"), actor)
    except TooFast as refused:
        return refused.after
    return 0


def crowd(held: Rush, count: int, room: str = "blog.post") -> None:
    """So many others post once."""
    for number in range(count):
        assert post(Guest(f"one of many {next(NUMBERS)}", "Guest"), held, number, room) == 0


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_guests_wait_when_very_much_is_said_and_accounts_do_not(clock: Clock) -> None:
    held = Rush(LIMIT, clock)
    crowd(held, MOST - 1)
    assert post(GUEST, held, 1) == 0
    assert post(GUEST, held, 2) == FIRST, "from now on"
    clock.now += 1.5
    assert post(GUEST, held, 2) == 4
    assert post(GUEST, held, 1) == 0, "what was said is sent again under its cid"
    for number in range(3):
        assert post(ANN, held, number) == 0
    assert post(Guest("another", "Guest"), held) == 0
    clock.now += FIRST - 1.5
    assert post(GUEST, held, 2) == 0


def test_they_wait_longer_the_longer_it_lasts(clock: Clock) -> None:
    held, waits = Rush(LIMIT, clock), []

    def wait() -> int:
        post(GUEST, held, 1)
        return post(GUEST, held, 2)

    for _window in range(5):
        crowd(held, MOST)
        waits.append(wait())
        clock.now += 1
    assert waits == [FIRST, 10 - 1, 20 - 2, LONGEST - 3, LONGEST - 4]


def test_they_wait_less_when_less_is_said(clock: Clock) -> None:
    held = Rush(LIMIT, clock)
    for _window in range(3):
        crowd(held, MOST)
    assert post(GUEST, held, 1) == 0
    waits = []
    for number in range(2, 6):
        clock.now += WINDOW
        waits.append(post(GUEST, held, number))
    assert waits == [5, 0, 0, 0], "20, 10 and 5 seconds, of which five each are over"


def test_each_thread_is_counted_by_itself_and_ordinary_rooms_are_not(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rush, "TABLE", 3)
    held = Rush(LIMIT, clock)
    crowd(held, MOST)
    assert [post(GUEST, held, number, "BLOG.Post") for number in (1, 2)] == [0, FIRST]
    assert [post(GUEST, held, number, "blog.other") for number in (1, 2)] == [0, 0]
    for _turn in range(3):
        crowd(held, MOST, "lobby")
    assert [post(GUEST, held, number, "lobby") for number in (1, 2)] == [0, 0]
    for number in range(3):
        crowd(held, 1, f"blog.post-{number}")
    assert len(held._threads) == 3


@pytest.mark.parametrize("held", [Limits(True), Limits(False, rush=Rush(0.1))])
def test_it_can_be_off(held: Limits) -> None:
    for number in range(10):
        held.ask(PostMessage("blog.post", "x", f"cid-of-a-message-{number}"), GUEST, "192.0.2.7")


@pytest.mark.anyio
async def test_it_is_said_as_slow_mode_is(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, slow_chat=1))
    async with app.running(), Visitor(app) as ann, Visitor(app) as guest:
        await ann.form("/setup", place="The Place", name="Ann", password="a long enough one")
        await let_in(app, "blog")
        for number in range(5):
            assert (await guest.do("post-message", room="blog.post", body=f"{number}")).status_code == 303
        answer = await guest.post(
            "/do",
            data={"do": "post-message", "room": "blog.post", "body": "6", "cid": "cid-of-this-message"},
            headers={"Origin": "http://127.0.0.1:8000", "Accept": "application/json"},
        )
        assert answer.status_code == 429
        assert "slow mode: you can write again in 5 seconds" in answer.json()["why"]
        assert answer.json()["after"] == 5
        for number in range(5):
            assert (await ann.do("post-message", room="blog.post", body=f"{number}")).status_code == 303
