"""What is in the place of a case: rows as they are after somebody made them."""

from typing import Any

from webchat.model import Guest, Room, User
from webchat.store import Tx


def held(tx: Tx, room: Room, author: User | Guest, number: int) -> int:
    """A text that waits in a room."""
    sql = (
        "INSERT INTO held (room_id, author, guest, title, body, html, at, cid, state)"
        " VALUES ($1, $2, $3, 'x', 'x', '<p>x</p>', 0, $4, 'waiting') RETURNING id"
    )
    return id_(tx, sql, room.id, author.id, author.key if isinstance(author, Guest) else "", f"cid-of-held-{number}")


def invitation(tx: Tx, maker: User, number: int) -> dict[str, Any]:
    """An invitation, and its code."""
    code = f"code-{number}"
    sql = (
        "INSERT INTO invitations (code, role, maker, created, expires, uses)"
        " VALUES ($1, 'member', $2, 0, 0, 0) RETURNING id"
    )
    return {"code": code, "link": id_(tx, sql, code, maker.id)}


def id_(tx: Tx, sql: str, *values: object) -> int:
    """The id of a row that a statement makes."""
    row = tx.one(sql, *values)
    assert row
    return int(row[0])
