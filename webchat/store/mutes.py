"""Who may not write in a room for a time."""

from webchat.rules import Mute
from webchat.store import Tx


def put(tx: Tx, room_id: int, author: int, guest: str, title: str, until: int, why: str, shadow: bool = False) -> None:
    """Let somebody not write until a time; the last word counts."""
    tx.run(
        "INSERT INTO mutes (room_id, author, guest, title, until, why, shadow) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (room_id, author, guest) DO UPDATE SET title = $4, until = $5, why = $6, shadow = $7",
        room_id,
        author,
        guest,
        title,
        until,
        why,
        int(shadow),
    )


def drop(tx: Tx, room_id: int, author: int, number: int) -> str:
    """Let a user, or whom a number is about, write again; what they are called, empty if nobody is silent."""
    row = tx.one(
        "DELETE FROM mutes WHERE room_id = $1 AND ((author = $2 AND $2 > 0) OR id = $3) RETURNING title",
        room_id,
        author,
        number,
    )
    return str(row[0]) if row else ""


def until(tx: Tx, room_id: int, author: int, guest: str) -> int:
    """Until when somebody may not write in a room; 0 for who always may."""
    return _until(tx, room_id, author, guest, 0)


def shadowed(tx: Tx, room_id: int, author: int, guest: str) -> int:
    """Until when only its moderators see what somebody writes in a room; 0 for whose messages everybody sees."""
    return _until(tx, room_id, author, guest, 1)


def silent(tx: Tx, at: int) -> list[tuple[str, int, str, int]]:
    """Everybody who may not write, or only in the shadow, at a time: the room's slug, the author's id and
    key, and until when."""
    sql = "SELECT r.slug, z.author, z.guest, z.until FROM mutes z JOIN rooms r ON r.id = z.room_id WHERE z.until > $1"
    return [(row[0], row[1], row[2], row[3]) for row in tx.all(sql, at)]


def _until(tx: Tx, room_id: int, author: int, guest: str, shadow: int) -> int:
    sql = "SELECT until FROM mutes WHERE room_id = $1 AND author = $2 AND guest = $3 AND shadow = $4"
    row = tx.one(sql, room_id, author, guest, shadow)
    return int(row[0]) if row else 0


def listed(tx: Tx, room_id: int, at: int, limit: int) -> list[Mute]:
    """Who may not write in a room now."""
    sql = (
        "SELECT id, author, title, until, why, shadow FROM mutes WHERE room_id = $1 AND until > $2"
        " ORDER BY until, id LIMIT $3"
    )
    return [Mute(*(*row[:5], bool(row[5]))) for row in tx.all(sql, room_id, at, limit)]


def sweep(tx: Tx, at: int, most: int) -> int:
    """Forget what is over, at most so much; how much it was."""
    sql = "DELETE FROM mutes WHERE id IN (SELECT id FROM mutes WHERE until <= $1 ORDER BY until LIMIT $2) RETURNING id"
    return len(tx.all(sql, at, most))
