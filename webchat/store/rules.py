"""What rooms ask of what is said in them, and what is known of who says it."""

from webchat.rules import Rules
from webchat.store import Tx

RECENT = 10_000
"""Messages that are looked at for who is known, when a room gets its first rules."""
_FOREVER = 2**52
_END = (
    "UPDATE rooms SET ruled = 0 WHERE id = $1"
    " AND NOT EXISTS (SELECT 1 FROM held h WHERE h.room_id = $1 AND h.state <> 'approved')"
    " AND NOT EXISTS (SELECT 1 FROM mutes z WHERE z.room_id = $1)"
)


def get(tx: Tx, room_id: int) -> Rules:
    """A room's rules."""
    row = tx.one(
        "SELECT slow, links, known, words, repeats, hold, reports, edits FROM rules WHERE room_id = $1", room_id
    )
    if row is None:
        return Rules()
    return Rules(row[0], row[1], row[2], tuple(row[3].split("\n")) if row[3] else (), *row[4:])


def put(tx: Tx, room_id: int, rules: Rules) -> None:
    """Give a room other rules."""
    tx.run("DELETE FROM rules WHERE room_id = $1", room_id)
    tx.run(
        "INSERT INTO rules (room_id, slow, links, known, words, repeats, hold, reports, edits)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        room_id,
        rules.slow,
        rules.links,
        rules.known,
        "\n".join(rules.words),
        rules.repeats,
        rules.hold,
        rules.reports,
        rules.edits,
    )


def begin(tx: Tx, room_id: int) -> None:
    """Look from now on at what is said in a room. Who has said something lately is known."""
    tx.run("DELETE FROM posters WHERE room_id = $1", room_id)
    tx.run(
        "INSERT INTO posters (room_id, author, guest, posts, at, said)"
        " SELECT m.room_id, m.author, m.guest, count(*), 0, '' FROM messages m JOIN rooms r ON r.id = m.room_id"
        " WHERE m.room_id = $1 AND m.seq > r.seq - $2 AND m.deleted = 0 GROUP BY m.room_id, m.author, m.guest",
        room_id,
        RECENT,
    )
    tx.run("UPDATE rooms SET ruled = 1 WHERE id = $1", room_id)


def end(tx: Tx, room_id: int) -> None:
    """Look no more, unless something waits there or was not posted, which is known again by its cid, or somebody is
    silent."""
    tx.run(_END, room_id)


def posts(tx: Tx, room_id: int, author: int, guest: str) -> int:
    """How much an author has said in a room that still stands there."""
    sql = "SELECT posts FROM posters WHERE room_id = $1 AND author = $2 AND guest = $3"
    row = tx.one(sql, room_id, author, guest)
    return int(row[0]) if row else 0


def count(tx: Tx, room_id: int, author: int, guest: str) -> None:
    """Count that one thing more of an author stands in a room."""
    tx.run(
        "INSERT INTO posters (room_id, author, guest, posts, at, said) VALUES ($1, $2, $3, 1, 0, '')"
        " ON CONFLICT (room_id, author, guest) DO UPDATE SET posts = posters.posts + 1",
        room_id,
        author,
        guest,
    )


def uncount(tx: Tx, room_id: int, author: int, guest: str) -> None:
    """Count that one thing less of an author stands in a room."""
    sql = "UPDATE posters SET posts = posts - 1 WHERE room_id = $1 AND author = $2 AND guest = $3 AND posts > 0"
    tx.run(sql, room_id, author, guest)


def last(tx: Tx, room_id: int, author: int, guest: str) -> int:
    """When an author said something in a room last."""
    sql = "SELECT at FROM posters WHERE room_id = $1 AND author = $2 AND guest = $3"
    row = tx.one(sql, room_id, author, guest)
    return int(row[0]) if row else 0


def say(tx: Tx, room_id: int, author: int, guest: str, at: int, said: str, *, slow: int = 0, again: int = 0) -> bool:
    """Note that an author says something, in one statement, so that of two at once one is first. False, and nothing is
    noted, less than ``slow`` milliseconds after the last time, or ``again`` after the same; 0 is no such rule."""
    row = tx.one(
        "INSERT INTO posters (room_id, author, guest, posts, at, said) VALUES ($1, $2, $3, 0, $4, $5)"
        " ON CONFLICT (room_id, author, guest) DO UPDATE SET at = $4, said = $5"
        " WHERE posters.at <= $4 - $6 AND (posters.said <> $5 OR posters.at <= $4 - $7) RETURNING posts",
        room_id,
        author,
        guest,
        at,
        said,
        slow or -_FOREVER,
        again or -_FOREVER,
    )
    return row is not None
