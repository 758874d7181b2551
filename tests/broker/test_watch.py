"""What events did not bring is read from the store."""

import anyio
import msgspec
import pytest

from tests.broker.cast import EPOCH, Clock, FakeOutlet, FakeStore, joined, kinds, posted, rest, running
from webchat.broker import Broker, watch
from webchat.events import MessagePosted, TypingChanged
from webchat.model import RoomLink

LINK = RoomLink(7, "lobby", "Lobby", "closed", 0, 0)


async def test_a_missing_change_is_read_from_the_store_after_a_moment() -> None:
    store, clock = FakeStore(), Clock()
    async with running(store, clock=clock) as broker:
        _reader, outlet = await joined(broker)
        store.post()
        later = store.post()
        broker.publish(later)
        await rest()
        assert outlet.frames == []
        assert store.loads == []
        clock.now = 0.06
        broker.publish(later)
        await rest()
    assert store.loads == [("lobby", 0)]
    assert outlet.at == f"{EPOCH}.2"
    assert kinds(outlet) == ["changes"]


async def test_a_store_that_cannot_be_read_is_asked_again() -> None:
    store, clock = FakeStore(), Clock()
    async with running(store, clock=clock) as broker:
        _reader, outlet = await joined(broker)
        store.post()
        store.broken = True
        broker.publish(store.post())
        await rest()
        for clock.now in (0.1, 0.9):
            broker.publish(posted(2))
            await rest()
            assert outlet.frames == []
            store.broken = False
        clock.now = 1.2
        broker.publish(posted(2))
        await rest()
    assert outlet.at == f"{EPOCH}.2"


async def test_what_the_bus_lost_is_found_by_comparing_with_the_store() -> None:
    store, clock = FakeStore(), Clock()
    async with running(store, clock=clock) as broker:
        _reader, outlet = await joined(broker)
        store.post()
        for slug in (None, "lobby"):
            store.post()
            broker.gap_possible(slug)
            await rest()
            clock.now += 0.06
            broker.publish(TypingChanged("nowhere", ()))
            await rest()
            assert outlet.at == f"{EPOCH}.{store.revs['lobby']}"
        broker.gap_possible("attic")
        await rest()


async def test_a_room_more_than_a_page_behind_is_drawn_anew_for_all() -> None:
    store, clock = FakeStore(), Clock()
    async with running(store, clock=clock) as broker:
        _reader, outlet = await joined(broker)
        for _ in range(400):
            store.post()
        broker.gap_possible()
        await rest()
        clock.now = 0.06
        broker.publish(TypingChanged("nowhere", ()))
        await rest()
    assert kinds(outlet) == ["reset"]
    assert outlet.at == f"{EPOCH}.400"


async def test_everybody_is_sent_away_when_the_store_cannot_be_read_for_long() -> None:
    store, clock = FakeStore(), Clock()
    async with running(store, clock=clock) as broker:
        _reader, outlet = await joined(broker)
        store.broken = True
        for clock.now, code in ((29.0, 0), (31.0, 1012)):
            broker.gap_possible()
            await rest()
            assert outlet.code == code


async def test_doubts_of_some_rooms_keep_no_other_from_being_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "COMPARED", 0.05)
    store, clock = FakeStore(), Clock()
    async with running(store, clock=clock) as broker:
        _reader, outlet = await joined(broker)
        store.post()
        with anyio.fail_after(10):
            while outlet.at != f"{EPOCH}.1":
                broker.gap_possible("attic")
                await passed(broker, clock)


async def test_doubts_of_rooms_without_readers_send_nobody_away() -> None:
    clock = Clock()
    async with running(FakeStore(), clock=clock) as broker:
        _reader, outlet = await joined(broker)
        for clock.now in (29.0, 31.0, 62.0):
            broker.gap_possible("attic")
            await rest()
        assert outlet.code == 0


async def test_a_store_that_lost_what_was_told_is_shown_anew() -> None:
    store, clock = FakeStore(), Clock()
    async with running(store, clock=clock) as broker:
        outlet = await told_three(broker, store)
        store.lose(2)
        await compared(broker, clock)
        assert (kinds(outlet)[-1], outlet.at) == ("reset", f"{EPOCH}.4")
        broker.publish(store.post())
        await rest()
        assert outlet.at == f"{EPOCH}.5"


async def test_what_comes_in_the_place_of_what_was_told_is_shown_too() -> None:
    store, clock = FakeStore(), Clock()
    async with running(store, clock=clock) as broker:
        outlet = await told_three(broker, store)
        store.lose(2)
        for _ in range(3):
            broker.publish(MessagePosted(msgspec.structs.replace(store.post().message, cid="another"), room_id=7))
        await rest()
        assert outlet.at == f"{EPOCH}.4", "and the second and the third are not those that were told"
        await compared(broker, clock)
        assert (kinds(outlet)[-1], outlet.at) == ("reset", f"{EPOCH}.5")


async def told_three(broker: Broker, store: FakeStore) -> FakeOutlet:
    """A reader of three messages."""
    _reader, outlet = await joined(broker)
    for _ in range(3):
        broker.publish(store.post())
    await rest()
    assert outlet.at == f"{EPOCH}.3"
    return outlet


async def compared(broker: Broker, clock: Clock) -> None:
    """Compare all rooms with the store, and read what they miss."""
    broker.gap_possible()
    await rest()
    await passed(broker, clock)


async def passed(broker: Broker, clock: Clock) -> None:
    """Let so much time pass that a change that is missing is read."""
    clock.now += 0.06
    broker.publish(TypingChanged("nowhere", ()))
    await rest()
