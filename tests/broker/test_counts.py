"""What the broker counts of its work."""

import pytest

from tests.broker.cast import TOP, Clock, FakeRender, FakeStore, at, come, joined, rest, running
from webchat import topics
from webchat.broker import Since
from webchat.broker.audience import SLICE, Audience
from webchat.broker.channel import Channel
from webchat.broker.roll import STALL
from webchat.events import PresenceChanged
from webchat.metrics import Metrics

pytestmark = pytest.mark.anyio


async def test_frames_and_the_changes_in_them(store: FakeStore) -> None:
    metrics = Metrics()
    async with running(store, metrics=metrics) as broker:
        for _ in range(SLICE + 1):
            await joined(broker)
        for _ in range(3):
            broker.publish(store.post())
        await rest()
        broker.publish(PresenceChanged("lobby", 1, ()))
        await rest()
    assert metrics.frames == 2 * (SLICE + 1)
    assert metrics.told.sum == 3
    assert sum(metrics.told.counts) == 1, "news tells no changes"


async def test_how_long_the_oldest_change_waited(store: FakeStore) -> None:
    metrics, clock = Metrics(), Clock()

    class SlowRender(FakeRender):
        def changes(self, *args: object) -> tuple[str, ...]:
            clock.now += 2
            return super().changes(*args)  # type: ignore[arg-type]

    async with running(store, SlowRender(), metrics=metrics, clock=clock) as broker:
        await joined(broker)
        broker.publish(store.post())
        clock.now += 1
        broker.publish(store.post())
        await rest()
        clock.now += 100
        broker.publish(PresenceChanged("lobby", 1, ()))
        await rest()
    assert metrics.waited.sum == 3
    assert sum(metrics.waited.counts) == 1


def test_a_change_that_is_known_or_held_waits_for_nothing(store: FakeStore) -> None:
    audience = Audience(topics.room("lobby"), Channel("lobby"))
    assert audience.channel
    audience.channel.begin(TOP)
    audience.take(store.rooms["lobby"][-1], 5.0)
    assert audience.since == float("inf")
    audience.take(store.post().message, 6.0)
    audience.take(store.post().message, 7.0)
    assert audience.since == 6.0


@pytest.mark.parametrize(
    ("since", "cold", "warm"),
    [(None, None, None), (at(TOP - 2), "store", "ring"), (at(TOP), "store", "ring"), ("reset", "reset", "reset")],
)
async def test_resumes_by_kind(store: FakeStore, since: Since, cold: str | None, warm: str | None) -> None:
    metrics = Metrics()
    counted = {"ring": 0, "store": 0, "reset": 0}
    async with running(store, metrics=metrics) as broker:
        for kind in (cold, warm):
            await come(broker, since)
            if kind:
                counted[kind] += 1
            assert metrics.resumes == counted


async def test_every_second_live_rooms_what_waits_and_who_was_cut(store: FakeStore) -> None:
    metrics, clock = Metrics(), Clock()
    async with running(store, metrics=metrics, clock=clock) as broker:
        slow, fine, dead = [(await joined(broker))[1] for _ in range(3)]
        slow.unread, dead.unread = 70, 30
        await broker.second()
        assert (metrics.rooms, metrics.unsent, metrics.slow) == (1, 100, 0)
        slow.unread = 60
        clock.now += STALL
        await broker.second()
        assert (metrics.unsent, metrics.slow) == (60, 1)
        assert [outlet.code for outlet in (slow, fine, dead)] == [0, 0, 1013]
        slow.unread = 0
        await broker.second()
        assert metrics.unsent == 0
