"""What is owed later: leased by one process, done, and set to its next time. A lease that runs out is taken over.

A process sees only the kinds that it can do, so that those of a newer program are left to that.
"""

from collections.abc import Collection

from webchat.store import Tx


def lease(tx: Tx, kinds: Collection[str], at: int, until: int) -> str | None:
    """Take the job that is longest due and not leased at ``at``, until ``until``; its kind, or None."""
    row = tx.one(
        "UPDATE jobs SET leased = $2 WHERE leased <= $1 AND id ="  # noqa: S608 # numbers of places
        f" (SELECT id FROM jobs WHERE due <= $1 AND leased <= $1 AND kind IN ({_places(3, kinds)})"
        " ORDER BY due LIMIT 1) RETURNING kind",
        at,
        until,
        *kinds,
    )
    return str(row[0]) if row else None


def others(tx: Tx, kinds: Collection[str]) -> list[str]:
    """The kinds of the jobs that are none of ``kinds``."""
    sql = f"SELECT kind FROM jobs WHERE kind NOT IN ({_places(1, kinds)}) ORDER BY kind"  # noqa: S608 # as above
    return [str(row[0]) for row in tx.all(sql, *kinds)]


def waiting(tx: Tx, kinds: Collection[str], at: int) -> bool:
    """Whether one of these jobs is due, and nobody has it."""
    sql = f"SELECT 1 FROM jobs WHERE due <= $1 AND leased <= $1 AND kind IN ({_places(2, kinds)}) LIMIT 1"  # noqa: S608 # as above
    return tx.one(sql, at, *kinds) is not None


def hasten(tx: Tx, kind: str, due: int) -> None:
    """Let a job be done at ``due`` if it would be done later."""
    tx.run("UPDATE jobs SET due = $2 WHERE kind = $1 AND due > $2", kind, due)


def keep(tx: Tx, kind: str, until: int, later: int) -> bool:
    """Have a job longer, until ``later``; False if the lease until ``until`` is over, and somebody else has it."""
    row = tx.one("UPDATE jobs SET leased = $3 WHERE kind = $1 AND leased = $2 RETURNING kind", kind, until, later)
    return row is not None


def done(tx: Tx, kind: str, due: int) -> None:
    """Give the job back, to be done again at ``due``."""
    tx.run("UPDATE jobs SET due = $2, leased = 0 WHERE kind = $1", kind, due)


def _places(first: int, values: Collection[str]) -> str:
    return ", ".join(f"${number}" for number in range(first, first + len(values)))
