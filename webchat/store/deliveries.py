"""Calls that are owed to programs, each program's in order. A lease that runs out is taken over."""

from typing import NamedTuple

from webchat.model import User
from webchat.store import Tx

_WAITS = "EXISTS (SELECT 1 FROM deliveries d WHERE d.callback_id = c.id)"


class Owed(NamedTuple):
    """One call: for which callback, and all that it takes. ``is_void`` where it is not to be made any more: the message
    was deleted, or the bot is not in the room. ``tries`` is how often it was tried before."""

    id: int
    callback: int
    uid: str
    payload: str
    at: int
    tries: int
    url: str
    secret: str
    command: str
    failures: int
    room: str
    asker: int
    bot: User
    is_void: bool


def add(
    tx: Tx, callback: int, room_id: int, message_id: int | None, asker: int, uid: str, payload: str, at: int
) -> None:
    """Owe a call."""
    tx.run(
        "INSERT INTO deliveries (callback_id, room_id, message_id, asker, uid, payload, at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        callback,
        room_id,
        message_id,
        asker,
        uid,
        payload,
        at,
    )


def waiting(tx: Tx, callback: int, limit: int) -> int:
    """How many calls are owed; counted up to ``limit``."""
    sql = "SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE callback_id = $1 LIMIT $2) AS found"
    row = tx.one(sql, callback, limit)
    return int(row[0]) if row else 0


def is_due(tx: Tx, at: int) -> bool:
    """Whether anybody is to be called."""
    sql = f"SELECT 1 FROM callbacks c WHERE c.disabled = 0 AND c.due <= $1 AND {_WAITS} LIMIT 1"  # noqa: S608 # a piece of ours
    return tx.one(sql, at) is not None


def lease(tx: Tx, at: int, until: int, limit: int) -> list[int]:
    """Take those who are to be called: nobody else calls them until then."""
    found = tx.all(
        f"SELECT c.id FROM callbacks c WHERE c.disabled = 0 AND c.due <= $1 AND {_WAITS}"  # noqa: S608 # a piece of ours
        " ORDER BY c.due, c.id LIMIT $2",
        at,
        limit,
    )
    take = "UPDATE callbacks SET due = $3 WHERE id = $1 AND due <= $2 RETURNING id"
    return [number for (number,) in found if tx.one(take, number, at, until)]


def first(tx: Tx, callback: int) -> Owed | None:
    """The call that is longest owed, unless they are disabled."""
    row = tx.one(
        "SELECT d.id, c.id, d.uid, d.payload, d.at, d.tries, c.url, c.secret, c.command, c.failures, r.slug, d.asker,"
        " u.id, u.name, u.title, u.role, u.status, u.disabled, m.user_id, x.deleted FROM deliveries d"
        " JOIN callbacks c ON c.id = d.callback_id JOIN users u ON u.id = c.user_id JOIN rooms r ON r.id = d.room_id"
        " LEFT JOIN memberships m ON m.room_id = d.room_id AND m.user_id = u.id"
        " LEFT JOIN messages x ON x.id = d.message_id"
        " WHERE d.callback_id = $1 AND c.disabled = 0 ORDER BY d.id LIMIT 1",
        callback,
    )
    if row is None:
        return None
    is_void = bool(row[17]) or row[18] is None or bool(row[19])
    fields = [*row[:12], User(*row[12:17]), is_void]
    return Owed(*fields)


def speaker(tx: Tx, number: int, uid: str) -> User | None:
    """The bot for which a call that is owed may be answered: as long as it is in the room and not disabled."""
    row = tx.one(
        "SELECT u.id, u.name, u.title, u.role, u.status, u.disabled FROM deliveries d"
        " JOIN callbacks c ON c.id = d.callback_id JOIN users u ON u.id = c.user_id AND u.disabled = 0"
        " JOIN memberships m ON m.room_id = d.room_id AND m.user_id = u.id WHERE d.id = $1 AND d.uid = $2",
        number,
        uid,
    )
    fields = [*row[:5], bool(row[5])] if row else []
    return User(*fields) if row else None


def done(tx: Tx, owed: Owed) -> None:
    """Owe it no more."""
    tx.run("DELETE FROM deliveries WHERE id = $1", owed.id)


def tried(tx: Tx, owed: Owed, at: int, status: int, error: str, *, taken: bool) -> None:
    """Note what came of a call."""
    if taken:
        sql = "UPDATE callbacks SET tried = $2, done = $2, status = $3, error = $4, failures = 0 WHERE id = $1"
    else:
        sql = "UPDATE callbacks SET tried = $2, status = $3, error = $4, failures = failures + 1 WHERE id = $1"
        tx.run("UPDATE deliveries SET tries = tries + 1 WHERE id = $1", owed.id)
    tx.run(sql, owed.callback, at, status, error)


def put_off(tx: Tx, callback: int, due: int) -> None:
    """Call again then: at once with 0, or the longer lease of who calls."""
    tx.run("UPDATE callbacks SET due = $2 WHERE id = $1", callback, due)
