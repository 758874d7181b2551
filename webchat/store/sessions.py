"""Sign-ins that are alive. The id a browser holds is not here, only its hash."""

from webchat.keys import Session
from webchat.model import User
from webchat.store import Tx


def add(tx: Tx, session: str, user_id: int, at: int, expires: int, agent: str, network: str) -> None:
    """Keep a new session under the hash of its id."""
    tx.run(
        "INSERT INTO sessions (id, user_id, created, seen, expires, agent, network)"
        " VALUES ($1, $2, $3, $3, $4, $5, $6)",
        session,
        user_id,
        at,
        expires,
        agent,
        network,
    )


def find(tx: Tx, session: str, at: int) -> tuple[User, int] | None:
    """Whose session it is, while it lasts and the account is not disabled, and when its use was noted last."""
    row = tx.one(
        "SELECT u.id, u.name, u.title, u.role, u.status, s.seen FROM sessions s JOIN users u ON u.id = s.user_id"
        " WHERE s.id = $1 AND s.expires > $2 AND u.disabled = 0",
        session,
        at,
    )
    return (User(*row[:-1]), row[-1]) if row else None


def owner(tx: Tx, session: str) -> User | None:
    """Whose session it is, also of an account that is disabled."""
    row = tx.one(
        "SELECT u.id, u.name, u.title, u.role, u.status FROM sessions s JOIN users u ON u.id = s.user_id"
        " WHERE s.id = $1",
        session,
    )
    return User(*row) if row else None


def of_user(tx: Tx, user_id: int, at: int) -> list[Session]:
    """A user's sessions that last, the one used last first."""
    rows = tx.all(
        "SELECT id, created, seen, agent FROM sessions WHERE user_id = $1 AND expires > $2"
        " ORDER BY seen DESC, created DESC, id",
        user_id,
        at,
    )
    return [Session(*row) for row in rows]


def networks(tx: Tx, name: str, at: int) -> list[str]:
    """The marks of the networks from which the user called ``name`` is signed in."""
    rows = tx.all(
        "SELECT s.network FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.name = $1 AND s.expires > $2",
        name,
        at,
    )
    return [row[0] for row in rows]


def use(tx: Tx, session: str, at: int, before: int, expires: int, longest: int) -> None:
    """Note a use, if the last one was noted ``before`` or earlier: it lasts until ``expires``, and never longer than
    ``longest`` milliseconds in all."""
    tx.run(
        "UPDATE sessions SET seen = $2, expires = CASE WHEN created + $5 < $4 THEN created + $5 ELSE $4 END"
        " WHERE id = $1 AND seen <= $3 AND expires > $2",
        session,
        at,
        before,
        expires,
        longest,
    )


def agent(tx: Tx, session: str) -> str:
    """What the browser of a session says it is; empty if that is not known."""
    row = tx.one("SELECT agent FROM sessions WHERE id = $1", session)
    return str(row[0]) if row else ""


def end(tx: Tx, session: str) -> list[str]:
    """Forget one session, and those at sites that were made from it; returns them all, or nothing if there was none."""
    made = tx.all("DELETE FROM site_sessions WHERE session_id = $1 RETURNING id", session)
    return [row[0] for row in (*made, *tx.all("DELETE FROM sessions WHERE id = $1 RETURNING id", session))]


def end_all(tx: Tx, user_id: int, but: str = "") -> list[str]:
    """Forget all sessions of a user, or all ``but`` one and what was made from it; returns them."""
    made = tx.all(
        "DELETE FROM site_sessions WHERE session_id IN (SELECT id FROM sessions WHERE user_id = $1 AND id <> $2)"
        " RETURNING id",
        user_id,
        but,
    )
    ended = tx.all("DELETE FROM sessions WHERE user_id = $1 AND id <> $2 RETURNING id", user_id, but)
    return [row[0] for row in (*made, *ended)]


def over(tx: Tx, at: int, most: int) -> list[tuple[str, int, int]]:
    """The sessions that are over, at most so many: which, whose, and when their use was noted last."""
    sql = "SELECT id, user_id, seen FROM sessions WHERE expires <= $1 ORDER BY expires LIMIT $2"
    return [(row[0], row[1], row[2]) for row in tx.all(sql, at, most)]


def next_end(tx: Tx) -> int | None:
    """When the next session is over, if nothing happens; None if there is none."""
    row = tx.one("SELECT min(expires) FROM sessions")
    return row[0] if row else None
