"""What goes on in the background of a running server."""

from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any

from webchat.broker import Broker
from webchat.bus.memory import MemoryBus
from webchat.chat import chores, deliveries, indexing, nodes
from webchat.hearing import AnyBus
from webchat.outside import webhooks
from webchat.store import Store
from webchat.web import handoffs, mail, push, revocation, usage
from webchat.web.doors import Doors
from webchat.web.house import House


def all_of(
    at: House, broker: Broker, doors: Doors, bus: AnyBus, node: tuple[Store, str, str] | None
) -> Iterator[Callable[[], Coroutine[Any, Any, None]]]:
    """Each of them; it goes on until it is cancelled."""
    yield partial(at.presence.run, at.store, None if isinstance(bus, MemoryBus) else bus)
    for door in doors.values():
        yield door.run
    yield partial(at.weather.run, broker)
    yield partial(chores.run, at.store, bus.publish)
    yield partial(indexing.run, at.store)
    yield partial(revocation.run, at, broker)
    yield partial(usage.run, at, broker)
    yield partial(push.run, at)
    call = partial(webhooks.deliver, trusted=at.settings.hook_hosts)
    yield partial(deliveries.run, deliveries.Caller(at.store, at.chat, call))
    yield partial(mail.run, at)
    yield partial(handoffs.run, at)
    if node:
        yield partial(nodes.keep, *node)
