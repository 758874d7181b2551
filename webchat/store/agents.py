"""Who answers in the support window of a site: the admins, and those who are appointed."""

from webchat.model import Site, User
from webchat.store import Tx

_USER = "u.id, u.name, u.title, u.role, u.status"
_IS_ONE = (
    "u.disabled = 0 AND (u.role IN ('owner', 'admin')"
    " OR EXISTS (SELECT 1 FROM site_agents a WHERE a.site_id = i.id AND a.user_id = u.id))"
)


def is_one(tx: Tx, site_id: int, user_id: int) -> bool:
    """Whether a user answers there."""
    sql = f"SELECT 1 FROM sites i, users u WHERE i.id = $1 AND u.id = $2 AND {_IS_ONE}"  # noqa: S608 # a piece of ours
    return bool(user_id) and tx.one(sql, site_id, user_id) is not None


def everybody(tx: Tx, site_id: int) -> list[User]:
    """All who answer there, by id."""
    sql = (
        f"SELECT {_USER} FROM users u WHERE u.role IN ('owner', 'admin') AND u.disabled = 0"  # noqa: S608 # columns of ours
        f" UNION SELECT {_USER} FROM site_agents a JOIN users u ON u.id = a.user_id"
        " WHERE a.site_id = $1 AND u.disabled = 0 ORDER BY id"
    )
    return [User(*row) for row in tx.all(sql, site_id)]


def appointed(tx: Tx, site_id: int) -> list[User]:
    """Those who were appointed, by name."""
    sql = (
        f"SELECT {_USER} FROM site_agents a JOIN users u ON u.id = a.user_id"  # noqa: S608 # columns of ours
        " WHERE a.site_id = $1 ORDER BY u.name"
    )
    return [User(*row) for row in tx.all(sql, site_id)]


def sites(tx: Tx, user_id: int) -> list[Site]:
    """The sites with a window, open or closed by now, where a user answers, by name."""
    sql = (
        "SELECT i.id, i.name, i.title, i.origins, i.guests, i.secret, i.created"  # noqa: S608 # a piece of ours
        " FROM sites i JOIN support s ON s.site_id = i.id JOIN users u ON u.id = $1"
        f" WHERE {_IS_ONE} ORDER BY i.name"
    )
    return [Site(row[0], row[1], row[2], tuple(row[3].split()), *row[4:]) for row in tx.all(sql, user_id)]


def add(tx: Tx, site_id: int, user_id: int) -> bool:
    """Appoint somebody; False if that was done before."""
    row = tx.one(
        "INSERT INTO site_agents (site_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING user_id",
        site_id,
        user_id,
    )
    return row is not None


def drop(tx: Tx, site_id: int, user_id: int) -> bool:
    """Appoint somebody no more; False if nobody had."""
    row = tx.one("DELETE FROM site_agents WHERE site_id = $1 AND user_id = $2 RETURNING user_id", site_id, user_id)
    return row is not None
