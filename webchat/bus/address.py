"""Where Redis is, how it is spoken to, and on which channel an event goes."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import redis as blocking
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.retry import Retry as BlockingRetry

from webchat.bus.parcels import packed, parcels
from webchat.errors import StartRefused
from webchat.events import Event, GuestAddressed, MessagePosted, Move, TopsMoved
from webchat.topics import PLACE, Topic

DEADLINE = 5.0
"""Seconds that Redis may take to answer."""
_OPTIONS: dict[str, Any] = {
    "protocol": 2,
    "socket_timeout": DEADLINE,
    "socket_connect_timeout": DEADLINE,
}


def ring(url: str, name: str, events: Iterable[Event]) -> bool:
    """Tell all processes what a command-line process has just stored; whether Redis took it."""
    bus = f"webchat:{name}"
    address = url.replace("+cluster", "", 1)
    with closing(blocking.Redis.from_url(address, **_OPTIONS, retry=BlockingRetry(NoBackoff(), 0))) as client:
        try:
            for event in with_tops(events):
                topic = told_to(event)
                for parcel in parcels("", [packed(event)]):
                    client.publish(f"{bus}:{topic.kind}:{topic.id}", parcel)
        except (blocking.RedisError, OSError):
            return False
    return True


def with_tops(events: Iterable[Event]) -> Iterator[Event]:
    """Events, and after each post how far its room is, which the process of the post tells."""
    for event in events:
        yield event
        if isinstance(event, MessagePosted) and event.room_id:
            yield TopsMoved(event.counted.kind, event.counted.id, {event.room_id: event.message.seq})


def require_url(url: str) -> None:
    """Raises StartRefused for an address of Redis that makes no sense."""
    try:
        blocking.ConnectionPool.from_url(url.replace("+cluster", "", 1))
        if not urlsplit(url).scheme.startswith(("redis", "unix")):
            raise ValueError
    except ValueError:
        raise StartRefused(
            "WEBCHAT_BUS makes no sense. Say memory:, redis://host:6379, rediss://… with TLS, redis+cluster://… "
            "for a cluster, or unix:///path/to/redis.sock."
        ) from None


def client(url: str) -> "Redis | RedisCluster":
    """What speaks with it."""
    scheme, _colon, rest = url.partition("://")
    retry = Retry(NoBackoff(), 1)  # once, for a connection that was idle too long
    if scheme.endswith("+cluster"):
        return RedisCluster.from_url(f"{scheme.removesuffix('+cluster')}://{rest}", **_OPTIONS, retry=retry)
    return Redis.from_url(url, **_OPTIONS, retry=retry)


def told_to(event: Event) -> Topic:
    """Where an event is published: what changes who may hear what must reach every process, and so must what is kept
    nowhere, since a process hears a topic only a moment after its first reader is there."""
    return PLACE if isinstance(event, Move | GuestAddressed) else event.topic


def where(url: str) -> str:
    """The address without its password."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 6379}" if parts.hostname else parts.path


def why(error: BaseException) -> str:
    """What went wrong, in words."""
    return str(error) or type(error).__name__
