"""Many server processes: what one stores, all tell their readers, by plain publish and subscribe through Redis.

A process hears the topics that it has readers of, and what concerns every process on a channel of its own. Its own
readers it tells directly. What Redis loses is found in the store: whenever something may have been missed, it is said.
"""

import asyncio
import logging
import random
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any

import anyio
from anyio.abc import TaskStatus
from redis.asyncio import RedisCluster
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import AuthenticationError, RedisError, ResponseError

from webchat.between import Between
from webchat.bus import Gap
from webchat.bus.address import client, told_to, where, why
from webchat.bus.line import AWAY, Line
from webchat.bus.parcels import News, opened, packed, parcels
from webchat.errors import StartRefused
from webchat.events import Event
from webchat.topics import PLACE, Topic

log = logging.getLogger("webchat.bus")

MOST = 20_000
"""The most events that wait to be sent. Beyond it the others are told that they missed some."""
MOST_TOPICS = 1000
"""The most topics that are named as missed; if there are more, any may be."""
START = 30.0
"""Seconds that a starting process waits for Redis."""
PAUSE = (0.1, 1.0)
"""Seconds until the next attempt to send, at random."""
ALIVE = 12
"""Seconds that what a process keeps outlives the last time it was kept."""


OWN = frozenset({"room", "user", "count", "visitor", "support"})
"""The kinds of topic that have a channel each. How users are is told to each reader by its own process, and what is for
guests of a name to all processes."""


class RedisBus:
    """The bus of one of many processes. ``name`` is the site's among those that share a Redis; ``deliver`` is called
    with what is to be told here, ``gap`` with a topic of which something may have been missed, or None for any."""

    def __init__(
        self, url: str, name: str, deliver: Callable[[Event | Between], None], gap: Callable[[Topic | None], None]
    ) -> None:
        self.node = secrets.token_hex(6)
        self._url = url
        self._name = name
        self._deliver = deliver
        self._gap = gap
        self._client = client(url)
        self._line = Line(self._dial, self._take, self._joined, where(url))
        self._line.hear(self._channel(PLACE), True)
        self._waiting: dict[Topic, list[bytes]] = {}
        self._count = 0
        self._missed: dict[Topic, None] = {}
        self._away = False
        self._bell = asyncio.Event()

    @property
    def listening(self) -> bool:
        """Whether it hears the others, and they it."""
        return self._line.up and not self._away

    async def reach(self, patience: float = START) -> None:
        """Return once Redis answers. Raises StartRefused if it does not for long, or does not want us."""
        until = time.monotonic() + patience
        told = False
        while True:
            try:
                await self._client.ping()
                return
            except (AuthenticationError, ResponseError) as error:
                raise StartRefused(f"Redis at {where(self._url)} refuses: {error}. Look at WEBCHAT_BUS.") from None
            except AWAY as error:
                if time.monotonic() >= until:
                    raise StartRefused(
                        f"Redis at {where(self._url)} did not answer for {patience:.0f} seconds: "
                        f"{why(error)}. Start it, or correct WEBCHAT_BUS."
                    ) from None
                if not told:
                    log.warning("Waiting for Redis at %s: %s", where(self._url), why(error))
                    told = True
            await anyio.sleep(0.25)

    def publish(self, event: Event) -> None:
        """Tell the readers of this process at once, and those of all others soon."""
        self._deliver(event)
        self._put(told_to(event), event)

    def tell(self, news: Between) -> None:
        """Tell the other processes."""
        self._put(news.topic, news)

    def hear(self, topic: Topic, on: bool) -> None:
        """Listen to what other processes tell a topic, or do not any more. The whole place is always heard."""
        if topic.kind in OWN:
            self._line.hear(self._channel(topic), on)

    async def settled(self, topic: Topic) -> None:
        """Return once the topic is heard, or cannot be: what is missed then is said later."""
        if topic.kind in OWN:
            await self._line.heard(self._channel(topic))

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Hear and send until cancelled."""
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._line.run)
                group.start_soon(self._send_forever)
                task_status.started()
        finally:
            with anyio.CancelScope(shield=True), anyio.move_on_after(1):
                await self._client.aclose()

    async def keep(self, serial: int, people: bytes) -> None:
        """Keep what the others may want to know of this process."""
        key = self._key(self.node)
        async with self._client.pipeline(transaction=False) as pipe:
            pipe.hset(key, mapping={"serial": serial, "people": people})
            pipe.expire(key, ALIVE)
            pipe.sadd(self._key(""), self.node)
            await _answer(pipe.execute())

    async def serials(self) -> dict[str, int]:
        """The other processes that live. Those that do not are struck off."""
        nodes = [node.decode() for node in await _answer(self._client.smembers(self._key("")))]
        found: dict[str, int] = {}
        for node in nodes:
            serial = await _answer(self._client.hget(self._key(node), "serial"))
            if serial is None and node != self.node:
                await _answer(self._client.srem(self._key(""), node))
            elif serial is not None and node != self.node:
                found[node] = int(serial)
        return found

    async def people(self, node: str) -> tuple[int, bytes] | None:
        """What another process keeps."""
        serial, people = await _answer(self._client.hmget(self._key(node), ["serial", "people"]))
        return None if serial is None else (int(serial), people)

    def _key(self, node: str) -> str:
        # In a cluster the braces bring all keys of a site to one place.
        return f"{{webchat:{self._name}}}:node:{node}"

    def _channel(self, topic: Topic) -> str:
        return f"webchat:{self._name}:{topic.kind}:{topic.id}"

    def _put(self, topic: Topic, news: News) -> None:
        if self._away or self._count >= MOST:
            self._missed[topic] = None
        else:
            self._waiting.setdefault(topic, []).append(packed(news))
            self._count += 1
        self._bell.set()

    async def _send_forever(self) -> None:
        while True:
            await self._bell.wait()
            self._bell.clear()
            while self._waiting or self._missed or self._away:
                try:
                    await self._send()
                except AWAY as error:
                    if not self._away:
                        self._away = True
                        log.warning("Redis at %s takes nothing: %s", where(self._url), why(error))
                    await anyio.sleep(random.uniform(*PAUSE))  # noqa: S311 - to spread, not to hide

    async def _send(self) -> None:
        """Send what waits, and of what some was not sent."""
        waiting, self._waiting, self._count = self._waiting, {}, 0
        missed, self._missed = self._missed, {}
        try:
            if missed or self._away:
                named = tuple(missed) if len(missed) <= MOST_TOPICS else ()
                if missed:
                    waiting.setdefault(PLACE, []).append(packed(Gap(named)))
                await _answer(self._client.ping())
            await self._post(
                (self._channel(topic), parcel) for topic, news in waiting.items() for parcel in parcels(self.node, news)
            )
        except BaseException:
            self._missed = missed | dict.fromkeys(waiting) | self._missed
            raise
        if self._away:
            self._away = False
            log.info("Redis at %s takes what it is sent again.", where(self._url))

    async def _post(self, letters: Iterable[tuple[str, bytes]]) -> None:
        if isinstance(self._client, RedisCluster):  # any of its nodes tells all others
            for channel, parcel in letters:
                await _answer(self._client.publish(channel, parcel))
            return
        async with self._client.pipeline(transaction=False) as pipe:
            for channel, parcel in letters:
                pipe.publish(channel, parcel)
            await pipe.execute()

    def _take(self, parcel: bytes) -> None:
        for news in opened(self.node, parcel):
            if not isinstance(news, Gap):
                self._deliver(news)
            elif news.topics:
                for topic in news.topics:
                    self._gap(topic)
            else:
                self._gap(None)

    def _joined(self, channel: str | None) -> None:
        """Between the first reader of a topic and the moment that it is heard, something may have been told. Doors wait
        for that moment themselves before they greet a user."""
        if channel is None:
            self._gap(None)
            return
        topic = Topic(*channel.removeprefix(f"webchat:{self._name}:").split(":", 1))
        if topic.kind in ("room", "visitor", "support"):
            self._gap(topic)

    async def _dial(self) -> AbstractConnection:
        """A connection to hear by; in a cluster to any of its nodes, which hears all others."""
        if isinstance(self._client, RedisCluster):
            await self._client.initialize()
            node = self._client.get_random_node()
            made: AbstractConnection = node.connection_class(**node.connection_kwargs)
        else:
            made = self._client.connection_pool.make_connection()  # type: ignore[no-untyped-call]
        await made.connect()  # type: ignore[no-untyped-call]
        return made


async def _answer(asked: Any) -> Any:
    """What Redis answers; redis-py's types say that it may or may not have to be awaited. Raises OSError."""
    try:
        return await asked
    except (RedisError, RuntimeError) as error:
        raise OSError(why(error)) from error
