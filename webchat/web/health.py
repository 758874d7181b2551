"""Is it alive, and can it be given work? Two doors for those who watch over servers."""

import asyncio
import logging
import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from webchat.errors import Unavailable
from webchat.store import ASIDE, Store, meta

log = logging.getLogger("webchat.health")

FRESH = 1.0
"""Seconds that the answer of a write stands for; there is at most one in that time, however many ask."""
PATIENCE = 2.0
"""Seconds that a read may take, and a write."""
_NO_STORE = {"Cache-Control": "no-store"}


class Readiness:
    """Whether the server can do its work. ``listening`` tells whether its bus hears other processes."""

    def __init__(
        self, store: Store, listening: Callable[[], bool], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._listening = listening
        self._clock = clock
        self._write: asyncio.Task[str] | None = None
        self._asked = 0.0

    async def why_not(self) -> str:
        """Why it cannot, in one sentence; an empty string if it can."""
        if not self._listening():
            return "The bus does not listen: what the command line does is seen late."
        try:
            await asyncio.wait_for(self._store.read(lambda tx: meta.get(tx, "epoch")), PATIENCE)
        except TimeoutError:
            return f"The database has not answered a read for {PATIENCE:.0f} seconds."
        except Exception as error:  # whatever the database raises is the answer
            log.error("The database cannot be read: %s", error)
            return "The database cannot be read."
        if self._write is None or (self._write.done() and self._clock() - self._asked >= FRESH):
            self._asked = self._clock()
            self._write = asyncio.create_task(self._probe(), name="readiness")
        done, _waiting = await asyncio.wait([self._write], timeout=PATIENCE)
        return self._write.result() if done else f"The database has not taken a write for {PATIENCE:.0f} seconds."

    async def _probe(self) -> str:
        """Write a row and wait until it is on disk."""
        at = str(int(time.time()))
        try:
            await self._store.write(lambda tx: meta.put(tx, "probed", at), reach=ASIDE)
        except Unavailable:
            return "The database cannot be written."
        return ""


async def healthz(request: Request) -> Response:
    """The process answers."""
    return PlainTextResponse("ok", headers=_NO_STORE)


async def readyz(request: Request) -> Response:
    """It can read, write and hear; else 503, and why not."""
    readiness = request.app.state.readiness
    assert isinstance(readiness, Readiness), "the application is started before its doors are"
    why = await readiness.why_not()
    return PlainTextResponse(why or "ok", 503 if why else 200, headers=_NO_STORE)
