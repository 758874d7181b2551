"""The one connection to Redis that a process hears by: it dials again whenever it breaks or falls silent, and says what
may have been missed."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import anyio
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError

log = logging.getLogger("webchat.bus")

AWAY = (RedisError, OSError, asyncio.TimeoutError, RuntimeError)
"""What is raised when Redis cannot be reached. RuntimeError is uvloop's, for a connection that it closed."""
QUIET = 5.0
"""Seconds without a word after which it is asked for one; after as many more, the connection counts as broken."""
PAUSE = (0.1, 1.0)
"""Seconds until the next attempt, at random, so that the processes of a site do not all come at once."""
PATIENCE = 1.0
"""Seconds that a reader waits at most until its topics are heard."""


class Line:
    """Hears channels. ``dial`` makes a connection; ``took`` is called with each message, ``joined`` with a channel that
    is heard from now on, or with None when all are after the line was down. ``where`` is for the log."""

    def __init__(
        self,
        dial: Callable[[], Awaitable[AbstractConnection]],
        took: Callable[[bytes], None],
        joined: Callable[[str | None], None],
        where: str,
    ) -> None:
        self.up = False
        self._dial = dial
        self._took = took
        self._joined = joined
        self._where = where
        self._wanted: set[str] = set()
        self._asked: set[str] = set()
        self._heard: set[str] = set()
        self._owed: set[str] = set()
        self._changed: set[str] = set()
        self._bell = asyncio.Event()
        self._waiting: dict[str, asyncio.Event] = {}
        self._connection: AbstractConnection | None = None

    def hear(self, channel: str, on: bool) -> None:
        """Hear a channel, or do not any more."""
        (self._wanted.add if on else self._wanted.discard)(channel)
        self._changed.add(channel)
        self._bell.set()

    async def heard(self, channel: str) -> None:
        """Return once a channel is heard, or the line is down: when it is up again, all that was missed is."""
        if self.up and channel not in self._heard:
            heard = self._waiting.setdefault(channel, asyncio.Event())
            with anyio.move_on_after(PATIENCE):
                await heard.wait()

    async def run(self) -> None:
        """Hear until cancelled."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._ask_forever)
            told = False
            while True:
                try:
                    await self._live()
                except AWAY as error:
                    if self.up or not told:
                        log.warning("Redis at %s is not heard: %s", self._where, error or type(error).__name__)
                        told = True
                finally:
                    await self._hang_up()
                await anyio.sleep(random.uniform(*PAUSE))  # noqa: S311 - to spread, not to hide

    async def _live(self) -> None:
        """Dial, ask for all channels, and hear until something fails."""
        connection = await self._dial()
        self._changed.clear()
        self._asked = set(self._wanted)
        self._owed = set(self._wanted)
        self._connection = connection
        await connection.send_command("SUBSCRIBE", *self._asked)
        asked = False
        while True:
            reply: Any = await connection.read_response(timeout=QUIET, disconnect_on_error=False)
            if reply is None:
                if asked:
                    raise TimeoutError(f"nothing came for {2 * QUIET:.0f} seconds")
                await connection.send_command("PING")
                asked = True
                continue
            asked = False
            if reply[0] == b"message":
                self._took(reply[2])
            elif reply[0] == b"subscribe":
                self._join(reply[1].decode())

    def _join(self, channel: str) -> None:
        self._heard.add(channel)
        if heard := self._waiting.pop(channel, None):
            heard.set()
        if self.up:
            self._joined(channel)
            return
        self._owed.discard(channel)
        if not self._owed:
            self.up = True
            log.info("Redis at %s is heard.", self._where)
            self._joined(None)

    async def _hang_up(self) -> None:
        self.up = False
        connection, self._connection = self._connection, None
        self._heard.clear()
        for heard in self._waiting.values():
            heard.set()
        self._waiting.clear()
        if connection is not None:
            with suppress(*AWAY):
                await connection.disconnect(nowait=True)

    async def _ask_forever(self) -> None:
        """Tell Redis which channels are wanted, together when many change in one moment."""
        while True:
            await self._bell.wait()
            self._bell.clear()
            if self._connection is None:
                continue
            changed, self._changed = self._changed, set()
            more = [channel for channel in changed if channel in self._wanted and channel not in self._asked]
            less = [channel for channel in changed if channel not in self._wanted and channel in self._asked]
            self._asked.update(more)
            self._asked.difference_update(less)
            self._heard.difference_update(less)
            with suppress(*AWAY):  # whoever reads notices
                if more:
                    await self._connection.send_command("SUBSCRIBE", *more)
                if less and self._connection is not None:
                    await self._connection.send_command("UNSUBSCRIBE", *less)
