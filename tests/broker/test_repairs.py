"""Coming back: all that was missed, or the page. Never a part of it, and nothing falls between."""

import anyio
import anyio.lowlevel
import pytest

from tests.broker.cast import (
    EPOCH,
    TOP,
    FakeOutlet,
    FakeRender,
    FakeStore,
    at,
    come,
    ids,
    rest,
    running,
    shown,
)
from webchat.broker import Since, repairs
from webchat.positions import Position


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize(
    ("since", "answer", "rows"),
    [
        (None, [], 0),
        (at(TOP), [], 0),
        (at(TOP - 2), ["changes"], 2),
        (at(0), ["changes"], TOP),
        (at(TOP + 1), ["reset"], TOP),
        (Position("another", TOP), ["reset"], TOP),
        ("reset", ["reset"], TOP),
    ],
)
async def test_each_position_gets_all_or_the_page(
    store: FakeStore, since: Since, answer: list[str], rows: int, warm: bool
) -> None:
    async with running(store) as broker:
        if warm:
            await come(broker, None)
        _reader, outlet = await come(broker, since)
        broker.publish(store.post())
        await rest()
    assert shown(outlet) == [*answer, "changes"]
    assert len(ids(outlet)) == rows + 1
    assert outlet.frames[0].texts[-1] == f'{{"at":"{EPOCH}.{TOP}"}}'
    assert outlet.at == f"{EPOCH}.{TOP + 1}"


async def test_below_the_floor_is_a_reset(store: FakeStore) -> None:
    store.floor = 10
    async with running(store) as broker:
        _reader, outlet = await come(broker, at(9))
        assert shown(outlet) == ["reset"]


@pytest.mark.parametrize(("missed", "answer"), [(300, "changes"), (301, "reset")])
async def test_more_than_300_messages_are_a_reset(store: FakeStore, missed: int, answer: str) -> None:
    for _ in range(missed):
        store.post()
    async with running(store) as broker:
        _reader, outlet = await come(broker, at(TOP))
        assert shown(outlet) == [answer]
        assert len(ids(outlet)) == (missed if answer == "changes" else 50)


@pytest.mark.parametrize(("limit", "answer"), [(100_000, "changes"), (500, "reset")])
@pytest.mark.parametrize("warm", [False, True])
async def test_more_than_256_kib_are_a_reset(
    store: FakeStore, limit: int, answer: str, warm: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repairs, "MOST_BYTES", limit)
    async with running(store) as broker:
        if warm:
            await come(broker, at(0))
        _reader, outlet = await come(broker, at(0))
        assert shown(outlet) == [answer]


async def test_a_room_that_is_not_there_yet_is_empty() -> None:
    store = FakeStore()
    async with running(store) as broker:
        _reader, now = await come(broker, None)
        _reader, reset = await come(broker, "reset")
        _reader, wrong = await come(broker, at(3))
        broker.publish(store.post())
        await rest()
    assert [shown(outlet) for outlet in (now, reset, wrong)] == [
        ["changes"], ["reset", "changes"], ["reset", "changes"],
    ]  # fmt: skip


async def test_a_live_rooms_ring_answers_without_the_store(store: FakeStore) -> None:
    async with running(store) as broker:
        await come(broker, at(TOP))
        for _ in range(10):
            broker.publish(store.post())
        broker.publish(store.change("edit", 3))
        broker.publish(store.change("react", TOP + 1))
        await rest()
        store.loads.clear()
        _reader, outlet = await come(broker, at(TOP + 2))
    assert store.loads == []
    assert sorted(ids(outlet)) == list(range(TOP + 3, TOP + 11)), "what is not shown is not edited"
    [row] = [row for row in outlet.texts[0].splitlines()[0].split("], [") if f'"reacted", {TOP + 1}' in row]
    assert row


async def test_a_thousand_who_come_back_cost_one_look_and_one_rendering(store: FakeStore) -> None:
    render = FakeRender()
    store.gate = anyio.Semaphore(0)
    async with running(store, render) as broker, anyio.create_task_group() as tasks:
        outlets = []
        for number in range(1000):
            outlets.append(FakeOutlet())
            reader = broker.connect(outlets[-1], "room.en" if number % 2 else "room.zh")
            tasks.start_soon(broker.join, reader, "lobby", at(TOP - 5))
        await rest()
        store.gate.release()
        while not all(outlet.frames for outlet in outlets):
            await anyio.lowlevel.checkpoint()
    assert store.loads == [("lobby", TOP - 5)]
    assert len(render.calls) == 2
    assert len({id(outlet.frames[0]) for outlet in outlets}) == 2


async def test_a_thousand_who_need_the_page_cost_one_look_and_one_rendering(store: FakeStore) -> None:
    render = FakeRender()
    async with running(store, render) as broker, anyio.create_task_group() as tasks:
        outlets = [FakeOutlet() for _ in range(1000)]
        for outlet in outlets:
            tasks.start_soon(broker.join, broker.connect(outlet, "room.en"), "lobby", "reset")
    assert store.loads == [("lobby", None)]
    assert render.calls == [("reset", "room.en", TOP)]
    assert len({id(outlet.frames[0]) for outlet in outlets}) == 1, "what follows it are heartbeats"


async def test_a_thousand_who_were_away_too_long_cost_one_look_and_one_rendering(store: FakeStore) -> None:
    for _ in range(301):
        store.post()
    render = FakeRender()
    async with running(store, render) as broker:
        for number in range(1000):
            _reader, outlet = await come(broker, at(TOP if number < 500 else number % TOP))
            assert shown(outlet) == ["reset"]
    assert store.loads == [("lobby", TOP)]
    assert render.calls == [("reset", "room.en", 50)]


async def test_a_herd_at_many_positions_is_answered_from_the_ring(store: FakeStore) -> None:
    render = FakeRender()
    async with running(store, render) as broker:
        await come(broker, at(0))
        store.loads.clear()
        for number in range(1000):
            await come(broker, at(number % TOP))
    assert store.loads == []
    assert len(render.calls) == TOP
