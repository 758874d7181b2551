"""When, how and in which colour messages fly over films."""

from webchat.flying import Flight
from webchat.store import Tx

LOOKED_AT = 3_000
"""The newest of a segment, among which the best are chosen."""
_BEST = (
    "SELECT id, t, mode, color, body, title FROM ("
    "SELECT *, row_number() OVER (PARTITION BY t / 1000 ORDER BY copy, guest, id) AS place FROM ("
    "SELECT *, row_number() OVER (PARTITION BY lower(body) ORDER BY guest, id) AS copy FROM ("
    "SELECT m.id, f.t, f.mode, f.color, substr(m.body, 1, 400) AS body, m.title,"
    " CASE WHEN m.author = 0 THEN 1 ELSE 0 END AS guest"
    " FROM (SELECT message_id FROM flights WHERE room_id = $1 AND t >= $2 AND t < $3"
    " ORDER BY message_id DESC LIMIT $4) n"
    " JOIN flights f ON f.message_id = n.message_id JOIN messages m ON m.id = n.message_id AND m.hidden = 0"
    ") newest) distinct_first) spread ORDER BY place, copy, guest, id LIMIT $5"
)
"""Each second of a film has its turn; in each what nobody else said comes first, then what people with accounts say."""


def add(tx: Tx, room_id: int, flight: Flight) -> None:
    """Note that a message flies."""
    sql = "INSERT INTO flights (message_id, room_id, t, mode, color) VALUES ($1, $2, $3, $4, $5)"
    tx.run(sql, flight.id, room_id, flight.t, flight.mode, flight.color)


def flies(tx: Tx, message_id: int) -> bool:
    """Whether a message flies."""
    return tx.one("SELECT message_id FROM flights WHERE message_id = $1", message_id) is not None


def remove(tx: Tx, message_id: int) -> bool:
    """Let a message fly no more; False if it did not."""
    return tx.one("DELETE FROM flights WHERE message_id = $1 RETURNING message_id", message_id) is not None


def best(tx: Tx, room_id: int, start: int, length: int, most: int) -> list[Flight]:
    """At most so many of those that fly from ``start`` on, in order."""
    rows = tx.all(_BEST, room_id, start, start + length, LOOKED_AT, most)
    return [Flight(*row) for row in sorted(rows, key=lambda row: (row[1], row[0]))]


def run(tx: Tx, room_id: int, after: tuple[int, int], limit: int) -> list[tuple[Flight, int]]:
    """The next of all that fly after a time and an id, in order, each with when it was said."""
    rows = tx.all(
        "SELECT m.id, f.t, f.mode, f.color, m.body, m.title, m.at FROM flights f JOIN messages m ON m.id = f.message_id"
        " WHERE f.room_id = $1 AND m.hidden = 0 AND (f.t, f.message_id) > ($2, $3) ORDER BY f.t, f.message_id LIMIT $4",
        room_id,
        *after,
        limit,
    )
    return [(Flight(*row[:6]), row[6]) for row in rows]


def last(tx: Tx, room_id: int) -> int | None:
    """When the last one flies."""
    row = tx.one("SELECT t FROM flights WHERE room_id = $1 ORDER BY t DESC LIMIT 1", room_id)
    return int(row[0]) if row else None


def counted(tx: Tx, room_id: int, step: int) -> list[tuple[int, int]]:
    """How many there are in each ``step``, where there are any."""
    sql = "SELECT t / $2 AS bar, count(*) FROM flights WHERE room_id = $1 GROUP BY bar ORDER BY bar"
    return [(int(row[0]), int(row[1])) for row in tx.all(sql, room_id, step)]
