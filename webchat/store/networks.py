"""The salts of the days, and where marks of networks are kept."""

from webchat.store import Tx


def salt(tx: Tx, day: int, fresh: str) -> str:
    """The salt of a day, which is ``fresh`` if it had none."""
    tx.run("INSERT INTO salts (day, salt) VALUES ($1, $2) ON CONFLICT (day) DO NOTHING", day, fresh)
    row = tx.one("SELECT salt FROM salts WHERE day = $1", day)
    assert row, "it was just made"
    return str(row[0])


def salts(tx: Tx) -> list[str]:
    """Those that are kept."""
    return [row[0] for row in tx.all("SELECT salt FROM salts ORDER BY day")]


def sweep(tx: Tx, day: int, before: int, most: int) -> int:
    """Forget the salts of the days before one, and the marks that were made before a time: of those in sessions, and
    in texts that wait, at most so many; how many there were."""
    tx.run("DELETE FROM salts WHERE day < $1", day)
    sessions = tx.all(
        "UPDATE sessions SET network = '' WHERE id IN"
        " (SELECT id FROM sessions WHERE network <> '' AND created < $1 ORDER BY created LIMIT $2) RETURNING created",
        before,
        most,
    )
    held = tx.all(
        "UPDATE held SET network = '' WHERE id IN"
        " (SELECT id FROM held WHERE network <> '' AND at < $1 ORDER BY at LIMIT $2) RETURNING id",
        before,
        most,
    )
    return max(len(sessions), len(held))
