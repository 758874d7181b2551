"""Coming back while things go on: nothing falls between, nothing comes twice."""

import anyio
import anyio.lowlevel
import pytest

from tests.broker.cast import (
    EPOCH,
    TOP,
    FakeOutlet,
    FakeStore,
    at,
    come,
    ids,
    message,
    posted,
    rest,
    running,
    shown,
)
from webchat.broker import Since
from webchat.events import PresenceChanged
from webchat.positions import Position


async def test_what_happens_while_the_store_is_read_comes_after_it(store: FakeStore) -> None:
    store.gate = anyio.Semaphore(0)
    async with running(store) as broker, anyio.create_task_group() as tasks:
        outlet = FakeOutlet()
        tasks.start_soon(broker.join, broker.connect(outlet, "room.en"), "lobby", at(TOP - 1))
        await rest()
        broker.publish(store.post())
        broker.publish(store.change("edit", TOP))
        broker.publish(PresenceChanged("lobby", 3, ()))
        await rest()
        assert shown(outlet) == ["PresenceChanged"], "news is not withheld"
        store.gate.release()
        await rest()
        assert shown(outlet) == ["PresenceChanged", "changes", "changes"]
        assert sorted(ids(outlet)) == [TOP, TOP + 1]
        assert outlet.at == f"{EPOCH}.{TOP + 2}"


async def test_live_changes_are_withheld_from_who_is_being_repaired(store: FakeStore) -> None:
    async with running(store) as broker, anyio.create_task_group() as tasks:
        reader, outlet = await come(broker, at(TOP))
        _other, other = await come(broker, at(TOP))
        outlet.frames.clear()
        store.gate = anyio.Semaphore(0)
        tasks.start_soon(broker.repair, reader, at(5))
        await rest()
        broker.publish(store.post())
        await rest()
        assert outlet.frames == []
        assert sorted(ids(other)) == [TOP + 1]
        store.gate.release()
        await rest()
        assert sorted(ids(outlet)) == list(range(6, TOP + 2))
        broker.publish(store.post())
        await rest()
    assert [text for text in outlet.texts if "at" in text[:5]] == [
        f'{{"at":"{EPOCH}.{TOP + 1}"}}', f'{{"at":"{EPOCH}.{TOP + 2}"}}',
    ]  # fmt: skip


async def test_a_repair_from_a_later_position_skips_nothing_that_was_not_told(store: FakeStore) -> None:
    async with running(store) as broker:
        reader, outlet = await come(broker, at(TOP))
        for _ in range(3):
            store.post()
        await broker.repair(reader, at(TOP + 3))
        broker.gap_possible()
        await rest()
        broker.publish(store.post())
        await rest()
    assert sorted(ids(outlet)) == list(range(TOP + 1, TOP + 5)) or outlet.at == f"{EPOCH}.{TOP}"


@pytest.mark.parametrize("since", [Position("another", 3), "reset"])
async def test_a_repair_from_nowhere_is_a_reset(store: FakeStore, since: Since) -> None:
    async with running(store) as broker:
        reader, outlet = await come(broker, at(TOP))
        await broker.repair(reader, since)
        assert shown(outlet) == ["reset"]


async def test_a_repair_without_a_room_is_nothing(store: FakeStore) -> None:
    async with running(store) as broker:
        reader = broker.connect(outlet := FakeOutlet(), "room.en")
        await broker.repair(reader, at(3))
        assert outlet.frames == []


async def test_a_page_read_for_others_is_brought_up_to_date(store: FakeStore) -> None:
    async with running(store) as broker:
        await come(broker, "reset")
        broker.publish(store.post())
        broker.publish(store.change("edit", TOP))
        await rest()
        _reader, outlet = await come(broker, "reset")
        assert store.loads == [("lobby", None)]
        assert shown(outlet) == ["reset", "changes"]
        assert len(outlet.frames) == 1
        assert sorted(ids(outlet)) == list(range(1, TOP + 2))
        for _ in range(60):
            broker.publish(store.post())
        await rest()
        await come(broker, "reset")
    assert store.loads == [("lobby", None), ("lobby", None)], "it is read again once it is old"


async def test_who_leaves_while_the_store_is_read_is_sent_nothing(store: FakeStore) -> None:
    store.gate = anyio.Semaphore(0)
    async with running(store) as broker, anyio.create_task_group() as tasks:
        reader = broker.connect(outlet := FakeOutlet(), "room.en")
        tasks.start_soon(broker.join, reader, "lobby", at(3))
        await rest()
        broker.disconnect(reader)
        store.gate.release()
        await rest()
    assert outlet.frames == []


async def test_a_store_that_cannot_be_read_is_the_callers_to_handle(store: FakeStore) -> None:
    store.broken = True
    async with running(store) as broker:
        reader = broker.connect(outlet := FakeOutlet(), "room.en")
        with pytest.raises(OSError, match="disk"):
            await broker.join(reader, "lobby", at(3))
        broker.disconnect(reader)
        store.broken = False
        _reader, other = await come(broker, at(TOP - 1))
        assert shown(other) == ["changes"]
    assert outlet.frames == []


async def test_more_changes_than_the_ring_holds_while_the_store_is_read(store: FakeStore) -> None:
    store.gate = anyio.Semaphore(0)
    async with running(store) as broker, anyio.create_task_group() as tasks:
        reader = broker.connect(outlet := FakeOutlet(), "room.en")
        store.gate.release()
        await broker.join(reader, "lobby", None)
        tasks.start_soon(broker.repair, reader, at(3))
        await rest()
        for _ in range(400):
            broker.publish(store.post())
        await rest()
        for _ in range(3):
            store.gate.release()
        await rest()
        assert outlet.code == 1013 or outlet.at == f"{EPOCH}.{TOP + 400}"


async def test_the_same_message_is_not_told_twice_to_who_just_came(store: FakeStore) -> None:
    async with running(store) as broker:
        await come(broker, at(TOP))
        broker.publish(store.post())
        _reader, outlet = await come(broker, at(TOP))
        await rest()
    assert sum(text.count(f'"posted", {TOP + 1}') for text in outlet.texts) == 1
    assert posted(1).message == message(1)
