"""Telling the many members of a room that it is another one: those who are connected here, and nobody else.

An event a member would be 100,000 of them where a hundred are there to hear it.
"""

import asyncio
import logging
from functools import partial

from webchat.broker import Broker, Reader
from webchat.events import RoomEdited, RoomRelisted
from webchat.listed import DirectoryChanged, RoomRenewed
from webchat.model import Room
from webchat.store import Store, rooms

log = logging.getLogger("webchat.relisting")


class Relisting:
    """Tells the readers of one process. `run` it."""

    def __init__(self, store: Store, broker: Broker) -> None:
        self._store = store
        self._broker = broker
        self._waiting: asyncio.Queue[RoomRenewed] = asyncio.Queue()

    def renew(self, event: RoomRenewed) -> None:
        """Tell everybody here, soon."""
        self._waiting.put_nowait(event)

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            await self.tell(await self._waiting.get())

    async def tell(self, event: RoomRenewed) -> None:
        """Tell the members first, so that they go on hearing; then the readers of the room, of whom some may not be."""
        await self._broker.review(partial(self._relist, event.room))
        self._broker.publish(RoomEdited(event.room, event.place))
        self._broker.publish(DirectoryChanged())

    async def _relist(self, room: Room, readers: list[Reader]) -> list[int]:
        users = list({reader.user for reader in readers if reader.user})
        try:
            links = await self._store.read(lambda tx: rooms.links_of(tx, room.id, users))
        except Exception:
            log.warning("Who is in the room %s is sent away to ask again: the store cannot be read.", room.slug)
            return [1013 if reader.user else 0 for reader in readers]
        for user, link in links:
            self._broker.publish(RoomRelisted(user, link))
        return [0] * len(readers)
