"""Rates and caps."""

import resource
from contextlib import ExitStack

import pytest

from webchat.between import Spent
from webchat.commands import (
    ArchiveRoom,
    Command,
    CreateRoom,
    EditRoom,
    JoinRoom,
    OpenDirect,
    PostMessage,
    ReportMessage,
    RestoreRoom,
)
from webchat.errors import TooFast, Unavailable
from webchat.model import Guest, User
from webchat.web import limits
from webchat.web.limits import RATES, Limits, network


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def taken(limits_: Limits, kind: str, who: str, tries: int = 1000) -> int:
    for n in range(tries):
        try:
            limits_.take(kind, who)
        except TooFast:
            return n
    return tries


def test_a_burst_then_a_rate() -> None:
    clock = Clock()
    held = Limits(True, clock)
    rate, burst = RATES["post"]
    assert taken(held, "post", "user 1") == burst
    assert taken(held, "post", "user 2") == burst
    clock.now += 2
    assert taken(held, "post", "user 1") == 2 * rate
    clock.now += 3600
    assert taken(held, "post", "user 1") == burst


def test_the_refusal_says_how_long() -> None:
    clock = Clock()
    held = Limits(True, clock)
    taken(held, "sign-in", "network 127.0.0.1")
    with pytest.raises(TooFast, match="in 5 seconds"):
        held.take("sign-in", "network 127.0.0.1")
    clock.now += 4
    with pytest.raises(TooFast, match="in a second"):
        held.take("sign-in", "network 127.0.0.1")


def test_refusals_do_not_lengthen_the_wait() -> None:
    clock = Clock()
    held = Limits(True, clock)
    taken(held, "sign-in", "x")
    for _ in range(100):
        with pytest.raises(TooFast):
            held.take("sign-in", "x")
    clock.now += 5
    held.take("sign-in", "x")


def test_the_table_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TABLE", 10)
    held = Limits(True, Clock())
    for n in range(100):
        held.take("post", f"user {n}")
    assert len(held._buckets) == 10


def test_sockets_are_counted_by_network_and_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SOCKETS_PER_NETWORK", 3)
    monkeypatch.setattr(limits, "SOCKETS_PER_USER", 2)
    held = Limits(True)
    with held.socket("a", 1), held.socket("a", 1):
        with pytest.raises(Unavailable), held.socket("b", 1):
            pass
        with held.socket("a", 0), pytest.raises(Unavailable), held.socket("a", 0):
            pass
    with held.socket("a", 1):
        pass
    assert not held._sockets


def test_off_is_off() -> None:
    assert taken(Limits(False), "post", "user 1") == 1000


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_the_network_of_an_address(address: str, counted: str) -> None:
    assert network(address) == counted


def test_guests_of_one_network_share_what_guests_may() -> None:
    held = Limits(True, Clock())
    for n in range(int(RATES["guests"][1])):
        held.act(True, Guest(f"{n}", "New"), "192.0.2.7")
    with pytest.raises(TooFast):
        held.act(True, Guest("one more", "New"), "192.0.2.7")
    held.act(True, Guest("x", "Other"), "192.0.2.8")
    held.act(True, User(1, "ann", "Ann"), "192.0.2.7")


def test_a_process_keeps_files_for_its_own_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets that took the last file would leave none for the database, and none to refuse with."""
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (limits.RESERVED + 2, limits.RESERVED + 2))
    held = Limits(False)
    with ExitStack() as sockets:
        sockets.enter_context(held.socket("192.0.2.7", 1))
        sockets.enter_context(held.socket("192.0.2.8", 2))
        with pytest.raises(Unavailable, match="at the moment"):
            sockets.enter_context(held.socket("192.0.2.9", 3))
    with held.socket("192.0.2.9", 3):
        pass


def test_rooms_are_made_and_changed_more_slowly_than_anything_else() -> None:
    held = Limits(True, Clock())
    ann, cid = User(1, "ann", "Ann"), "0123456789abcdef"
    asked: list[Command] = [
        CreateRoom("a", cid), EditRoom("a", cid), ArchiveRoom("a", cid), OpenDirect(("bob",), cid),
    ]  # fmt: skip
    for command in asked * 5:
        held.ask(command, ann, "192.0.2.7")
    with pytest.raises(TooFast):
        held.ask(RestoreRoom("a", cid), ann, "192.0.2.7")
    held.ask(JoinRoom("a", cid), ann, "192.0.2.7")
    held.ask(PostMessage("a", "Hello", cid), ann, "192.0.2.7")
    held.ask(CreateRoom("a", cid), User(2, "bob", "Bob"), "192.0.2.7")


def test_what_is_made_is_counted_together_and_what_is_said_is_not() -> None:
    clock = Clock()
    nodes: list[Limits] = []
    nodes += [Limits(True, clock, tell=lambda news: nodes[1].heard(news)), Limits(True, clock)]
    for kind in limits.SHARED:
        assert taken(nodes[0], kind, "10.0.0.1", 4) == 4
        assert taken(nodes[1], kind, "10.0.0.1") == RATES[kind][1] - 4
        assert taken(nodes[1], kind, "10.0.0.2") == RATES[kind][1]
    assert taken(nodes[0], "post", "user 1", 4) == 4
    assert taken(nodes[1], "post", "user 1") == RATES["post"][1]
    nodes[1].heard(Spent("a newer program's", "10.0.0.1"))


def test_guests_of_one_network_do_not_report_as_many() -> None:
    """A guest without a cookie is another one each time, and so many reports hide a message."""
    held, burst = Limits(True, Clock()), int(RATES["reports"][1])
    for number in range(burst):
        held.ask(ReportMessage(1, "cid-of-each-of-them"), Guest(f"key {number}", "Guest"), "192.0.2.1")
    with pytest.raises(TooFast):
        held.ask(ReportMessage(1, "cid-of-one-too-many"), Guest("another", "Guest"), "192.0.2.1")
    held.ask(ReportMessage(1, "cid-of-another-one"), Guest("key", "Guest"), "192.0.2.2")
    for number in range(10):
        held.ask(ReportMessage(1, f"cid-of-bob-{number:08}"), User(7, "bob", "Bob"), "192.0.2.1")
        held.ask(ReportMessage(1, f"cid-of-eve-{number:08}"), Guest("k", "Eve", site=1, vouched=True), "192.0.2.1")
