"""Who somebody is in the threads of one site: what such a site said, and sessions that count there only."""

from webchat.model import User
from webchat.store import Tx


def use(tx: Tx, site_id: int, token: str, expires: int) -> bool:
    """Note that the token with that hash is used; False if it was already."""
    row = tx.one(
        "INSERT INTO site_tokens (site_id, hash, expires) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING expires",
        site_id,
        token,
        expires,
    )
    return row is not None


def add_code(tx: Tx, code: str, site_id: int, session: str, expires: int) -> None:
    """Keep what stands for a session at a site, until then."""
    tx.run(
        "INSERT INTO site_codes (hash, site_id, session_id, expires) VALUES ($1, $2, $3, $4)",
        code,
        site_id,
        session,
        expires,
    )


def take_code(tx: Tx, code: str, site_id: int, at: int) -> str | None:
    """The session that a code stands for at a site, once; None if it stands for none there, or not any more."""
    row = tx.one(
        "DELETE FROM site_codes WHERE hash = $1 AND site_id = $2 AND expires > $3 RETURNING session_id",
        code,
        site_id,
        at,
    )
    return str(row[0]) if row else None


def add_session(tx: Tx, visit: str, site_id: int, session: str, at: int) -> None:
    """Keep a session that counts at a site only, made from another one, with which it ends."""
    tx.run(
        "INSERT INTO site_sessions (id, site_id, session_id, created) VALUES ($1, $2, $3, $4)",
        visit,
        site_id,
        session,
        at,
    )


def find_session(tx: Tx, visit: str, at: int) -> tuple[User, str, str] | None:
    """Whose session of a site it is, the site's name, and the session it was made from; None once it is over."""
    row = tx.one(
        "SELECT u.id, u.name, u.title, u.role, u.status, i.name, s.id FROM site_sessions v"
        " JOIN sites i ON i.id = v.site_id JOIN sessions s ON s.id = v.session_id JOIN users u ON u.id = s.user_id"
        " WHERE v.id = $1 AND s.expires > $2 AND u.disabled = 0",
        visit,
        at,
    )
    return (User(*row[:5]), row[5], row[6]) if row else None


def end_session(tx: Tx, visit: str) -> bool:
    """Forget one session of a site; False if there was none."""
    return tx.one("DELETE FROM site_sessions WHERE id = $1 RETURNING id", visit) is not None


def sweep(tx: Tx, at: int, most: int) -> int:
    """Forget the tokens and the codes that are over, of each at most so many; how many there were."""
    used = tx.all(
        "DELETE FROM site_tokens WHERE (site_id, hash) IN"
        " (SELECT site_id, hash FROM site_tokens WHERE expires <= $1 ORDER BY expires LIMIT $2) RETURNING site_id",
        at,
        most,
    )
    codes = tx.all(
        "DELETE FROM site_codes WHERE hash IN"
        " (SELECT hash FROM site_codes WHERE expires <= $1 ORDER BY expires LIMIT $2) RETURNING site_id",
        at,
        most,
    )
    return max(len(used), len(codes))
