"""The place itself: its name, its secrets, and the epoch that names this database."""

import secrets

from webchat.store import Tx


def get(tx: Tx, key: str) -> str:
    """The value of ``key``, or an empty string."""
    row = tx.one("SELECT value FROM meta WHERE key = $1", key)
    return str(row[0]) if row else ""


def put(tx: Tx, key: str, value: str) -> None:
    """Set ``key``."""
    tx.run("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = $2", key, value)


def once(tx: Tx, key: str, value: str) -> str:
    """The value of ``key``, which becomes ``value`` if it had none."""
    tx.run("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING", key, value)
    return get(tx, key)


def revoked(tx: Tx) -> int:
    """How often access was taken away from somebody. Who compares it with what it was knows whether to look again."""
    return int(get(tx, "revoked") or 0)


def revoke(tx: Tx) -> int:
    """Count that access is taken away in this transaction; the new number."""
    row = tx.one(
        "INSERT INTO meta (key, value) VALUES ('revoked', '1')"
        " ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT) RETURNING value"
    )
    assert row
    return int(row[0])


def epoch(tx: Tx) -> str:
    """The database's epoch. A database without one, such as a restored backup, gets a new one."""
    return once(tx, "epoch", secrets.token_hex(5))
