"""What the server cannot reach for the moment. Readers stay, and are told so once it lasts."""

from collections.abc import Callable

import anyio

from webchat.broker import Broker
from webchat.events import AwayChanged
from webchat.model import Away
from webchat.store import Store, meta

LOOK = 1.0
"""Seconds between two looks; what is away in two of them is told."""
PATIENCE = 5.0
"""Seconds that a look at the store may take."""


class Weather:
    """``away`` is what readers were told last. ``listening`` tells whether the bus is there."""

    def __init__(self, store: Store, listening: Callable[[], bool]) -> None:
        self.away: Away = ""
        self._store = store
        self._listening = listening
        self._seen: Away = ""

    async def run(self, broker: Broker) -> None:
        """Look, and tell what changed, until cancelled."""
        while True:
            await anyio.sleep(LOOK)
            await self.look(broker)

    async def look(self, broker: Broker) -> None:
        """One look."""
        before, self._seen = self._seen, await self._look()
        if before == self._seen != self.away:
            self.away = self._seen
            broker.publish(AwayChanged(self.away))

    async def _look(self) -> Away:
        try:
            with anyio.fail_after(PATIENCE):
                await self._store.read(lambda tx: meta.get(tx, "epoch"))
        except Exception:  # whatever the database raises is the answer
            return "store"
        return "" if self._listening() else "bus"
