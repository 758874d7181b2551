"""The database that the settings name."""

import asyncio
import logging
import threading
from contextlib import suppress
from pathlib import Path

import anyio

from webchat.errors import Unreachable
from webchat.metrics import Metrics
from webchat.store import Store
from webchat.store.sqlite import open_sqlite

log = logging.getLogger("webchat.store")

DATABASE = "webchat.db"
"""SQLite's file in the data folder."""
PATIENCE = 30.0
"""Seconds that a database which is away is waited for at start."""


def open_store(url: str, data: Path, metrics: Metrics | None = None) -> Store:
    """Open PostgreSQL at ``url``, or SQLite in the data folder if that is empty, and bring its schema up to date.

    Raises:
        Unreachable: PostgreSQL is away.
        StartRefused: it cannot be used.
    """
    if not url:
        return open_sqlite(data / DATABASE, metrics)
    from webchat.store.postgres import open_postgres  # its driver is installed by those who use it

    return open_postgres(url, metrics)


async def wait_for_store(url: str, data: Path, metrics: Metrics) -> Store:
    """Open a store as `open_store` does; one that is away is waited for."""
    until = anyio.current_time() + PATIENCE
    while True:
        try:
            return await _opened(url, data, metrics)
        except Unreachable as away:
            left = until - anyio.current_time()
            if left <= 0:
                raise
            log.warning("%s. It is waited for, %d seconds more.", away, left)
        await anyio.sleep(1)


async def _opened(url: str, data: Path, metrics: Metrics) -> Store:
    """Open a store in a thread that nobody waits for who has given up, nor the end of the process: a database that says
    nothing is tried for seconds."""
    future: asyncio.Future[Store] = asyncio.get_running_loop().create_future()

    def settle(store: Store | None, error: BaseException | None) -> None:
        if future.done():
            if store:
                store.close()
        elif store:
            future.set_result(store)
        elif error:
            future.set_exception(error)

    def work() -> None:
        outcome: tuple[Store | None, BaseException | None]
        try:
            outcome = open_store(url, data, metrics), None
        except BaseException as error:
            outcome = None, error
        with suppress(RuntimeError):  # the loop has ended
            future.get_loop().call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=work, name="webchat-opening", daemon=True).start()
    return await future
