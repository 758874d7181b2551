"""Processes that a Redis joins, as tests look at them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio

from webchat.between import Between
from webchat.bus.redis import RedisBus
from webchat.events import Event
from webchat.topics import Topic


class Heard:
    """What one process heard, and of what it was told that something may have been missed."""

    def __init__(self) -> None:
        self.news: list[Event | Between] = []
        self.gaps: list[Topic | None] = []


@asynccontextmanager
async def node(url: str, *hears: Topic, name: str = "e1") -> AsyncIterator[tuple[RedisBus, Heard]]:
    heard = Heard()
    bus = RedisBus(url, name, heard.news.append, heard.gaps.append)
    for topic in hears:
        bus.hear(topic, True)
    await bus.reach()
    async with anyio.create_task_group() as tasks:
        await tasks.start(bus.run)
        await until(lambda: bus.listening)
        assert heard.gaps.pop() is None
        yield bus, heard
        tasks.cancel_scope.cancel()


async def until(true: Callable[[], object], seconds: float = 20) -> None:
    with anyio.fail_after(seconds):
        while not true():
            with anyio.move_on_after(0.01):
                await anyio.sleep_forever()
