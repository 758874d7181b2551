"""Networks: known again while that is of use, and told by nothing that is kept."""

from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import chores, holding, networks, rooms, sessions
from webchat.chat.clock import DAY, now
from webchat.errors import TooFast
from webchat.model import Guest
from webchat.store import Tx

pytestmark = pytest.mark.anyio
HOME, AWAY = "192.0.2.7", "2001:db8:1:2::/64"


def later(monkeypatch: Any, by: int) -> None:
    """Let time have passed for marks and for what is swept."""
    for module in (networks, sessions, chores, holding):
        if hasattr(module, "now"):
            monkeypatch.setattr(module, "now", lambda: now() + by)


async def familiar(place: Place, network: str) -> bool:
    return await place.store.read(lambda tx: sessions.is_familiar(tx, "bob", network))


async def test_a_mark_is_another_one_every_day_and_known_for_thirty(place: Place, monkeypatch: Any) -> None:
    first = await place.store.write(lambda tx: networks.mark(tx, HOME))
    assert HOME not in first
    assert await place.store.write(lambda tx: networks.mark(tx, HOME)) == first
    assert await place.store.write(lambda tx: networks.mark(tx, AWAY)) != first
    later(monkeypatch, DAY)
    second = await place.store.write(lambda tx: networks.mark(tx, HOME))
    assert await place.store.read(lambda tx: networks.marks(tx, HOME)) == {first, second}
    later(monkeypatch, 31 * DAY)
    await place.store.write(chores.sweep)
    assert await place.store.read(lambda tx: networks.marks(tx, HOME)) == {second}
    assert await place.store.write(lambda tx: networks.mark(tx, "")) == ""
    assert await place.store.read(lambda tx: networks.marks(tx, "")) == frozenset()


async def test_where_one_is_signed_in_is_known_again_until_its_mark_is_old(place: Place, monkeypatch: Any) -> None:
    await place.store.write(lambda tx: sessions.start(tx, place.bob, sessions.Device("", HOME)))
    assert (await familiar(place, HOME), await familiar(place, AWAY)) == (True, False)
    monkeypatch.setattr(networks, "now", lambda: now() + DAY)
    assert await familiar(place, HOME)
    await place.store.write(lambda tx: networks.sweep(tx, now() + 31 * DAY, 9))
    assert not await familiar(place, HOME)
    assert await place.store.read(lambda tx: tx.all("SELECT network FROM sessions")) == [("",)]


@pytest.fixture
async def hall(place: Place) -> Place:
    """`place`, with a room for guests, in which all that is said waits."""
    await place.chat.commit(lambda tx: rooms.made(tx, "hall", "", "closed", "write"))
    await place.do(place.ann, c.SetRules("hall", new_cid(), hold="all"))
    return place


def guest(number: int, network: str, *, vouched: bool = False) -> Guest:
    return Guest(f"key-{number}", "Gus", network=network, vouched=vouched)


async def test_guests_of_one_network_fill_no_queue(hall: Place) -> None:
    for number in range(holding.MOST_OF_ONE):
        await hall.do(guest(number, HOME), c.PostMessage("hall", "Hello", new_cid()))
    with pytest.raises(TooFast):
        await hall.do(guest(99, HOME), c.PostMessage("hall", "Hello", new_cid()))
    await hall.do(guest(99, AWAY), c.PostMessage("hall", "Hello", new_cid()))
    await hall.do(guest(99, ""), c.PostMessage("hall", "Hello", new_cid()))

    def kept(tx: Tx) -> list[Any]:
        return tx.all("SELECT id, network FROM held WHERE state = 'waiting' ORDER BY id")

    waiting = await hall.store.read(kept)
    assert len({mark for _id, mark in waiting}) == 3
    assert HOME not in str(waiting)
    await hall.do(hall.ann, c.RejectMessage(waiting[0][0], "hall", new_cid()))
    await hall.do(guest(99, HOME), c.PostMessage("hall", "Hello", new_cid()))


async def test_whom_a_site_vouches_for_is_counted_alone(hall: Place) -> None:
    for number in range(holding.MOST_OF_ONE):
        await hall.do(guest(number, HOME), c.PostMessage("hall", "Hello", new_cid()))
    hanna, room = guest(99, HOME, vouched=True), await hall.room("hall")
    command = c.PostMessage("hall", "Hello", new_cid())
    done = await hall.chat.commit(lambda tx: holding.hold(tx, hanna, room, command, "<p>Hello</p>", now()))
    assert done.note == holding.WAITS
