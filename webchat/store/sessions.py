"""Sign-ins that are alive. The id a browser holds is not here, only its hash."""

from webchat.model import User
from webchat.store import Tx


def add(tx: Tx, session: str, user_id: int, at: int, expires: int) -> None:
    """Keep a new session under the hash of its id."""
    tx.run(
        "INSERT INTO sessions (id, user_id, created, expires) VALUES ($1, $2, $3, $4)", session, user_id, at, expires
    )


def user(tx: Tx, session: str, at: int) -> User | None:
    """Whose session it is, while it lasts."""
    row = tx.one(
        "SELECT u.id, u.name, u.title, u.role FROM sessions s JOIN users u ON u.id = s.user_id"
        " WHERE s.id = $1 AND s.expires > $2",
        session,
        at,
    )
    return User(*row) if row else None


def end(tx: Tx, session: str) -> bool:
    """Forget one session; False if there was none."""
    return tx.one("DELETE FROM sessions WHERE id = $1 RETURNING user_id", session) is not None


def end_all(tx: Tx, user_id: int) -> list[str]:
    """Forget all sessions of a user; returns them."""
    return [row[0] for row in tx.all("DELETE FROM sessions WHERE user_id = $1 RETURNING id", user_id)]


def sweep(tx: Tx, at: int) -> int:
    """Forget the sessions that are over; how many there were."""
    return len(tx.all("DELETE FROM sessions WHERE expires <= $1 RETURNING user_id", at))
