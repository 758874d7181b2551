"""Who is named in which message."""

from collections.abc import Iterable

from webchat.model import Person, User
from webchat.store import Tx


def called(tx: Tx, room_id: int, name: str) -> tuple[User, bool] | None:
    """The person called ``name``, and whether that is a member of the room. None for programs and closed accounts."""
    row = tx.one(
        "SELECT u.id, u.name, u.title, u.role, m.user_id FROM users u"
        " LEFT JOIN memberships m ON m.room_id = $1 AND m.user_id = u.id"
        " WHERE u.name = $2 AND u.role <> 'bot' AND u.disabled = 0",
        room_id,
        name,
    )
    return (User(*row[:4]), row[4] is not None) if row else None


def like(tx: Tx, room_id: int, start: str, but: int, limit: int) -> list[Person]:
    """The members, but for one, whose name or a word of whose title starts so, by name; at most ``limit``."""
    escaped = start.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = tx.all(
        "SELECT u.id, u.name, u.title FROM memberships m JOIN users u ON u.id = m.user_id"
        " WHERE m.room_id = $1 AND u.id <> $2 AND u.role <> 'bot' AND u.disabled = 0"
        " AND (u.name LIKE $3 ESCAPE '\\' OR ' ' || lower(u.title) LIKE $4 ESCAPE '\\') ORDER BY u.name LIMIT $5",
        room_id,
        but,
        f"{escaped}%",
        f"% {escaped}%",
        limit,
    )
    return [Person(*row) for row in rows]


def everybody(tx: Tx, room_id: int, limit: int) -> list[int]:
    """The ids of the members; at most ``limit``. The order lets an index find them, however few they are."""
    sql = "SELECT user_id FROM memberships WHERE room_id = $1 ORDER BY user_id LIMIT $2"
    return [row[0] for row in tx.all(sql, room_id, limit)]


def of(tx: Tx, room_id: int, seq: int) -> set[int]:
    """The ids of those who are named in the message at a place."""
    return {row[0] for row in tx.all("SELECT user_id FROM mentions WHERE room_id = $1 AND seq = $2", room_id, seq)}


def add(tx: Tx, room_id: int, seq: int, users: Iterable[int]) -> None:
    """Note that these are named there."""
    for user_id in users:
        tx.run("INSERT INTO mentions (user_id, room_id, seq) VALUES ($1, $2, $3)", user_id, room_id, seq)


def remove(tx: Tx, room_id: int, seq: int, users: Iterable[int]) -> None:
    """Note that these are not named there any more."""
    for user_id in users:
        tx.run("DELETE FROM mentions WHERE user_id = $1 AND room_id = $2 AND seq = $3", user_id, room_id, seq)


def unread(tx: Tx, room_id: int, user_id: int) -> int | None:
    """How often a member is named in what that member has not read; None for who is no member."""
    row = tx.one(
        "SELECT (SELECT count(*) FROM mentions x WHERE x.user_id = $2 AND x.room_id = $1 AND x.seq > m.read)"
        " FROM memberships m WHERE m.room_id = $1 AND m.user_id = $2",
        room_id,
        user_id,
    )
    return int(row[0]) if row else None
