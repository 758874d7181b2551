"""Heartbeats, the sweep, and what is left of those who left."""

from itertools import pairwise

import anyio
import anyio.lowlevel
import pytest

from tests.broker.cast import EPOCH, Clock, FakeOutlet, FakeStore, joined, posted, rest, running
from webchat import topics
from webchat.broker import audience as audience_module, pump
from webchat.model import RoomLink

LINK = RoomLink(7, "lobby", "Lobby", "closed", 0, 0)


async def test_each_connection_is_greeted_once_in_25_seconds() -> None:
    async with running(FakeStore()) as broker:
        outlets = [(await joined(broker))[1] for _ in range(60)]
        broker.connect(nowhere := FakeOutlet(), "room.en")
        beats = []
        for _ in range(25):
            await broker.second()
            beats.append(sum(len(outlet.frames) for outlet in outlets))
    assert all(outlet.texts == [f'{{"at":"{EPOCH}.0"}}'] for outlet in outlets)
    assert nowhere.texts == ['{"at":""}']
    assert max(later - earlier for earlier, later in pairwise(beats)) <= 3


async def test_nobody_is_greeted_with_a_position_it_does_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audience_module, "SLICE", 1)
    monkeypatch.setattr(pump, "ROUND", 1)
    store = FakeStore()
    async with running(store) as broker:
        _first, heard = await joined(broker)
        _second, waits = await joined(broker)
        store.gate = anyio.Semaphore(0)
        repaired = broker.connect(apart := FakeOutlet(), "room.en")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(broker.join, repaired, "lobby", "reset")
            broker.publish(posted(1))
            while not heard.frames:
                await anyio.lowlevel.checkpoint()
            for _ in range(25):
                await broker._roll.beat(broker._greeting)
                assert not [text for text in waits.texts[:1] if text.startswith('{"at"')]
            assert apart.frames == []
            tasks.cancel_scope.cancel()


async def test_who_takes_nothing_is_cut_and_who_is_slow_is_not() -> None:
    clock = Clock()
    async with running(FakeStore(), clock=clock) as broker:
        readers = {name: await joined(broker) for name in ("stalled", "slow", "back", "full", "quick")}
        for second in range(1, 13):
            clock.now = float(second)
            for name, (reader, outlet) in readers.items():
                before = sum(len(frame.wire) for frame in outlet.frames)
                if not reader.gone:
                    broker.publish(posted(second))
                await rest()
                written = sum(len(frame.wire) for frame in outlet.frames) - before
                if name == "stalled":
                    outlet.unread += written
                elif name == "slow":
                    outlet.unread += max(0, written - 1)
                elif name == "back":
                    outlet.unread = 0 if second % 9 == 0 else 500
            readers["full"][1].unread = 0 if second < 3 else 4 * 2**20 + 1
            await broker.second()
        codes = {name: outlet.code for name, (_reader, outlet) in readers.items()}
    assert codes == {"stalled": 1013, "slow": 0, "back": 0, "full": 1013, "quick": 0}


async def test_nothing_is_kept_of_those_who_left() -> None:
    async with running(FakeStore()) as broker:
        for number in range(50):
            reader, _outlet = await joined(broker, user=number, session=f"s{number}", slug=f"room-{number % 5}")
            broker.subscribe(reader, topics.user(number))
            broker.subscribe(reader, topics.PLACE)
            broker.disconnect(reader)
            broker.disconnect(reader)
            await broker.join(reader, "lobby", None)
            broker.subscribe(reader, topics.PLACE)
        assert len(broker) == 0
        assert (broker._halls.rooms, broker._halls._topics, broker._roll._users, broker._roll._sessions) == (
            {},
            {},
            {},
            {},
        )


async def test_all_are_told_that_the_server_goes() -> None:
    async with running(FakeStore()) as broker:
        outlets = [(await joined(broker))[1] for _ in range(450)]
        await broker.close_all(1012)
        assert len(broker) == 0
    assert {outlet.code for outlet in outlets} == {1012}
