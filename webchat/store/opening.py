"""The database that the settings name."""

import contextlib
import logging
from pathlib import Path

import anyio

from webchat.errors import StartRefused, Unreachable
from webchat.metrics import Metrics
from webchat.store import Store, copies, folder, schema, steps
from webchat.store.sqlite import SqliteStore, open_sqlite
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


def open_beside(url: str, data: Path) -> Store:
    """Open a store as `open_store` does, for who works beside the servers: under one of them the schema stays as it is.

    Raises:
        Unreachable: PostgreSQL is away.
        StartRefused: it cannot be used; or a server works on it, and has an older schema.
    """
    if not url:
        return open_file_beside(data)
    from webchat.store.postgres import open_postgres  # as above

    return open_postgres(url, serves=False)


def open_file_beside(data: Path) -> SqliteStore:
    """`open_beside` with the SQLite of a data folder."""
    found = 0  # also of what cannot be read: who opens it says why
    if (data / DATABASE).exists():
        with contextlib.suppress(StartRefused), copies.snapshot(data / DATABASE) as connection:
            found = steps.version(connection)
    with contextlib.ExitStack() as held:
        if 0 < found < schema.known():  # nor does a server begin meanwhile
            held.enter_context(folder.only_server(data, lambda pid: schema.served(f"A server (process {pid})", found)))
        return open_sqlite(data / DATABASE)


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
