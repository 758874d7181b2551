"""Links that let people in, and the rooms that each leads to."""

from collections.abc import Iterable

from webchat.keys import Invitation
from webchat.model import Role, User
from webchat.store import Row, Tx

_SELECT = (
    "SELECT i.id, i.code, i.role, i.created, i.expires, i.uses, i.used, i.revoked, u.id, u.name, u.title, u.role"
    " FROM invitations i JOIN users u ON u.id = i.maker"
)
_LIVE = "i.revoked = 0 AND (i.expires = 0 OR i.expires > $1) AND (i.uses = 0 OR i.used < i.uses)"


def add(tx: Tx, code: str, role: Role, maker: int, room_ids: Iterable[int], at: int, expires: int, uses: int) -> int:
    """Keep a new link; its id. ``expires`` and ``uses`` are 0 for no end."""
    row = tx.one(
        "INSERT INTO invitations (code, role, maker, created, expires, uses) VALUES ($1, $2, $3, $4, $5, $6)"
        " RETURNING id",
        code,
        role,
        maker,
        at,
        expires,
        uses,
    )
    assert row, "an insert returns its row"
    for room_id in room_ids:
        tx.run("INSERT INTO invitation_rooms (invitation_id, room_id) VALUES ($1, $2)", row[0], room_id)
    return int(row[0])


def live(tx: Tx, code: str, at: int) -> Invitation | None:
    """The link with that code, unless it is over at the time ``at``, or its maker's account is disabled."""
    row = tx.one(f"{_SELECT} WHERE i.code = $2 AND u.disabled = 0 AND {_LIVE}", at, code)
    return _invitation(row) if row else None


def how_many_live(tx: Tx, at: int) -> int:
    """The number of links that are not over."""
    row = tx.one(f"SELECT count(*) FROM invitations i WHERE {_LIVE}", at)  # noqa: S608 # a condition of ours
    return int(row[0]) if row else 0


def newest(tx: Tx, at: int, limit: int) -> list[Invitation]:
    """The links, those that are not over first, then by age."""
    rows = tx.all(f"{_SELECT} ORDER BY ({_LIVE}) DESC, i.id DESC LIMIT $2", at, limit)
    return [_invitation(row) for row in rows]


def slugs(tx: Tx, invitation_id: int) -> list[str | None]:
    """The rooms that a link was made for; None for each that is gone."""
    rows = tx.all(
        "SELECT r.slug FROM invitation_rooms i LEFT JOIN rooms r ON r.id = i.room_id"
        " WHERE i.invitation_id = $1 ORDER BY i.room_id",
        invitation_id,
    )
    return [row[0] for row in rows]


def take(tx: Tx, invitation_id: int) -> None:
    """Count one use."""
    tx.run("UPDATE invitations SET used = used + 1 WHERE id = $1", invitation_id)


def revoke(tx: Tx, invitation_id: int, at: int) -> bool:
    """End a link now; False if there is none."""
    row = tx.one(
        "UPDATE invitations SET revoked = CASE revoked WHEN 0 THEN $2 ELSE revoked END WHERE id = $1 RETURNING id",
        invitation_id,
        at,
    )
    return row is not None


def _invitation(row: Row) -> Invitation:
    return Invitation(*(*row[:8], User(*row[8:])))
