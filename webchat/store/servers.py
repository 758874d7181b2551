"""Which servers work on a database that several can share, and by what bus each hears of the others."""

import msgspec

from webchat.store import Tx, meta

KEY = "server:"
FRESH = 30_000
"""Milliseconds after which a server that says nothing is no more."""


class Server(msgspec.Struct, frozen=True):
    """One of them. ``at`` is when it said last that it is there."""

    id: str
    bus: str
    host: str
    at: int


def at_work(tx: Tx, at: int, but: str = "") -> list[Server]:
    """The servers that are there at the time ``at``, but for one; those that ended without a word are forgotten."""
    return [server for server in _noted(tx) if server.id != but and abs(at - server.at) < FRESH]


def note(tx: Tx, server: Server) -> None:
    """Say that a server is there."""
    for known in _noted(tx):
        if abs(server.at - known.at) >= FRESH:
            leave(tx, known.id)
    meta.put(tx, f"{KEY}{server.id}", msgspec.json.encode(server).decode())


def leave(tx: Tx, server_id: str) -> None:
    """Say that a server is there no more."""
    tx.run("DELETE FROM meta WHERE key = $1", f"{KEY}{server_id}")


def _noted(tx: Tx) -> list[Server]:
    rows = tx.all("SELECT value FROM meta WHERE key LIKE 'server:%' ORDER BY key")
    return [msgspec.json.decode(row[0], type=Server) for row in rows]
