"""The servers that share one database: each says that it is there, and whether it can hear the others."""

import logging
import socket
from contextlib import suppress

import anyio

from webchat.chat.clock import now
from webchat.errors import StartRefused, Unavailable
from webchat.store import ASIDE, Store, Tx, servers
from webchat.store.servers import Server

log = logging.getLogger("webchat.nodes")

OFTEN = 10.0
"""Seconds between two signs of life."""
FAREWELL = 0.5
"""Seconds that the end waits for the last one: a server that did not say it is forgotten all the same."""
MEMORY = "memory:"


async def enter(store: Store, server_id: str, bus: str) -> None:
    """Say that this server is there.

    Raises:
        StartRefused: another one works on the same database, and this one or that one hears nobody else.
    """

    def entered(tx: Tx) -> None:
        others = servers.at_work(tx, now(), server_id)
        if deaf := [other for other in others if MEMORY in (bus, other.bus)]:
            raise StartRefused(
                f"Another server, on {deaf[0].host}, works on this database, and the bus memory: joins no two servers."
                " Set WEBCHAT_BUS on all of them to one redis:// address, or stop the other. One that was killed is"
                f" forgotten after {servers.FRESH // 1000} seconds."
            )
        servers.note(tx, _server(server_id, bus))

    await store.write(entered)


async def keep(store: Store, server_id: str, bus: str) -> None:
    """Go on saying so until cancelled, then say that it is gone."""
    try:
        while True:
            await anyio.sleep(OFTEN)
            with suppress(Unavailable):
                await store.write(lambda tx: servers.note(tx, _server(server_id, bus)), reach=ASIDE)
    finally:
        with anyio.move_on_after(FAREWELL, shield=True), suppress(Unavailable):
            await store.write(lambda tx: servers.leave(tx, server_id), reach=ASIDE)


def _server(server_id: str, bus: str) -> Server:
    return Server(server_id, MEMORY if bus == MEMORY else bus.partition(":")[0], socket.gethostname(), now())
