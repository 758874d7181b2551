"""What is owed later: leased by one process, done, and set to its next time. A lease that runs out is taken over."""

from webchat.store import Tx


def lease(tx: Tx, at: int, until: int) -> str | None:
    """Take the job that is longest due and not leased at ``at``, until ``until``; its kind, or None."""
    row = tx.one(
        "UPDATE jobs SET leased = $2 WHERE id ="
        " (SELECT id FROM jobs WHERE due <= $1 AND leased <= $1 ORDER BY due LIMIT 1) RETURNING kind",
        at,
        until,
    )
    return str(row[0]) if row else None


def done(tx: Tx, kind: str, due: int) -> None:
    """Give the job back, to be done again at ``due``."""
    tx.run("UPDATE jobs SET due = $2, leased = 0 WHERE kind = $1", kind, due)
