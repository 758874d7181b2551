"""Who is told what: fan-out, order, eviction, unread counts, heartbeats, the sweep."""

import json

import pytest

from tests.broker.cast import (
    EPOCH,
    Clock,
    FakeOutlet,
    FakeRender,
    FakeStore,
    joined,
    kinds,
    message,
    posted,
    rest,
    running,
)
from webchat import topics
from webchat.broker import Broker, pump
from webchat.events import (
    MessagePosted,
    ReadMoved,
    RoomJoined,
    RoomLeft,
    RoomOpened,
    SignedOut,
    TypingChanged,
)
from webchat.model import RoomLink
from webchat.notices import Tally
from webchat.notified import NotificationsRead

LINK = RoomLink(7, "lobby", "Lobby", "closed", 0, 0)


async def test_the_other_rooms_hear_nothing() -> None:
    async with running(FakeStore()) as broker:
        _lobby, here = await joined(broker)
        _attic, there = await joined(broker, slug="attic")
        broker.publish(posted(1))
        await rest()
    assert len(here.frames) == 1
    assert there.frames == []


async def test_changes_are_told_in_order_and_once() -> None:
    store = FakeStore()
    events = [store.post() for _ in range(6)]
    store.revs.clear()
    async with running(store) as broker:
        _reader, outlet = await joined(broker)
        for index in (2, 0, 0, 1, 1, 5, 4, 3, 0):
            broker.publish(events[index])
            await rest()
    rows = [row for text in outlet.texts if text.startswith("<") for row in json.loads(text.partition(" ")[2])]
    assert [number for _kind, number, *_ in rows] == [1, 2, 3, 4, 5, 6]
    assert store.loads == []


async def test_events_that_find_no_room_are_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pump, "ANY", 3)
    store, clock = FakeStore(), Clock()
    async with running(store, clock=clock) as broker:
        monkeypatch.setattr("webchat.broker.broker.ROUTINE", 2)
        monkeypatch.setattr("webchat.broker.broker.ANY", 3)
        reader, outlet = await joined(broker, user=1)
        other, others = await joined(broker, user=2)
        for user, one in ((1, reader), (2, other)):
            broker.subscribe(one, topics.user(user))
        await rest()
        for _ in range(5):
            broker.publish(store.post())
        broker.publish(TypingChanged("lobby", ()))
        broker.publish(ReadMoved(1, 7, 1))
        broker.publish(ReadMoved(2, 7, 1))
        assert others.code == 1013, "what cannot be read from the store is had by coming back"
        await rest()
        clock.now = 0.06
        broker.publish(TypingChanged("nowhere", ()))
        await rest()
        assert not outlet.code
    assert outlet.at == f"{EPOCH}.5"
    assert kinds(outlet) == ["changes", "ReadMoved", "changes"]


async def test_signing_out_cuts_the_sessions_connections_and_no_other() -> None:
    async with running(FakeStore()) as broker:
        _one, gone = await joined(broker, user=1, session="s1")
        _two, other = await joined(broker, user=1, session="s2")
        _three, guest = await joined(broker)
        broker.publish(posted(1))
        broker.publish(SignedOut(1, "s1"))
        assert gone.code == 4401
        await rest()
    assert [len(outlet.frames) for outlet in (gone, other, guest)] == [0, 1, 1]
    assert not other.code


async def test_leaving_a_room() -> None:
    async with running(FakeStore()) as broker:
        _here, left = await joined(broker, user=1)
        elsewhere, tab = await joined(broker, user=1, slug="attic")
        waiting = broker.connect(joining := FakeOutlet(), "room.en", 1, slug="lobby")
        _other, stays = await joined(broker, user=2)
        broker.subscribe(elsewhere, topics.user(1))
        broker.subscribe(elsewhere, topics.count("lobby"))
        broker.publish(RoomLeft(1, "lobby", 7))
        assert (left.code, joining.code, tab.code, stays.code) == (4403, 4403, 0, 0)
        await broker.join(waiting, "lobby", None)
        broker.publish(MessagePosted(message(1), room_id=7, shared=False))
        await rest()
        await broker.second()
        await rest()
    assert kinds(tab) == ["RoomLeft"], "and no more of how far the room is"
    assert kinds(stays) == ["changes"]


async def test_how_far_rooms_are_is_told_once_a_second_to_those_who_may_know() -> None:
    async with running(FakeStore()) as broker:
        reader, outlet = await joined(broker, user=1, slug="attic")
        _guest, nobody = await joined(broker, slug="attic")
        broker.subscribe(reader, topics.PLACE)
        broker.subscribe(reader, topics.user(1))
        for number in (1, 2, 3):
            broker.publish(posted(number))
            broker.publish(MessagePosted(message(number, room="closed"), room_id=9, shared=False))
        broker.publish(RoomJoined(1, LINK))
        broker.publish(MessagePosted(message(1, room="lobby"), room_id=7, shared=False))
        await rest()
        await broker.second()
        await broker.second()
        await rest()
    tops = [json.loads(text.partition(" ")[2])["tops"] for text in outlet.texts if text.startswith("<Tops")]
    assert tops == [{"7": 3}, {"7": 1}]
    assert kinds(nobody) == []


async def test_news_of_a_user_goes_to_all_tabs_and_to_nobody_else() -> None:
    async with running(FakeStore()) as broker:
        outlets = []
        for user in (1, 1, 2):
            reader, outlet = await joined(broker, user=user)
            broker.subscribe(reader, topics.user(user))
            broker.subscribe(reader, topics.user(user))
            outlets.append(outlet)
        broker.publish(NotificationsRead(1, Tally(), 3))
        broker.publish(RoomOpened(LINK))
        await rest()
    assert [kinds(outlet) for outlet in outlets] == [["NotificationsRead"], ["NotificationsRead"], []]


async def test_before_it_runs_and_after_nobody_is_told_anything() -> None:
    store = FakeStore()
    broker = Broker(EPOCH, FakeRender(), store.load, store.heads, store.anew)
    broker.publish(posted(1))
    broker.gap_possible()
    async with running(store) as broker:
        _reader, outlet = await joined(broker)
    broker.publish(posted(1))
    assert outlet.frames == []
