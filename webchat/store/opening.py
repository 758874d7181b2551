"""The database that the settings name."""

import logging
from pathlib import Path

import anyio

from webchat.errors import Unreachable
from webchat.metrics import Metrics
from webchat.store import Store
from webchat.store.sqlite import open_sqlite
from webchat.threads import aside

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
            return await aside(open_store, url, data, metrics, unwanted=lambda store: store.close())
        except Unreachable as away:
            left = until - anyio.current_time()
            if left <= 0:
                raise
            log.warning("%s. It is waited for, %d seconds more.", away, left)
        await anyio.sleep(1)
