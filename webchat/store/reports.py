"""What readers say is wrong with messages, and what their moderators have to look at."""

from webchat.model import Message
from webchat.rules import Reported
from webchat.store import Row, Tx

REASONS = 5
"""Reasons that are shown of one message."""
_SELECT = (
    "SELECT m.id, r.slug, m.seq, m.author, m.title, CASE WHEN m.hidden > 0 THEN p.body ELSE m.body END,"
    " CASE WHEN m.hidden > 0 THEN p.html ELSE m.html END, m.at, m.hidden, (SELECT count(*) FROM reports x"
    " WHERE x.message_id = m.id) FROM reported p JOIN messages m ON m.id = p.message_id"
    " JOIN rooms r ON r.id = p.room_id"
)


def add(tx: Tx, room_id: int, message_id: int, author: int, guest: str, why: str, at: int) -> bool:
    """Note what a reader says; False if that reader did already."""
    tx.run(
        "INSERT INTO reported (message_id, room_id, state) VALUES ($1, $2, 'open') ON CONFLICT (message_id) DO NOTHING",
        message_id,
        room_id,
    )
    row = tx.one(
        "INSERT INTO reports (message_id, author, guest, why, at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (message_id, author, guest) DO NOTHING RETURNING at",
        message_id,
        author,
        guest,
        why,
        at,
    )
    return row is not None


def state(tx: Tx, message_id: int) -> str:
    """Whether moderators have to look at a message, ``open``, or ``kept`` it; empty if nobody reported it."""
    row = tx.one("SELECT state FROM reported WHERE message_id = $1", message_id)
    return str(row[0]) if row else ""


def is_by(tx: Tx, message_id: int, author: int, guest: str) -> bool:
    """Whether a reader reported a message."""
    sql = "SELECT 1 FROM reports WHERE message_id = $1 AND author = $2 AND guest = $3"
    return tx.one(sql, message_id, author, guest) is not None


def find(tx: Tx, message_id: int) -> Reported | None:
    """A message that was reported."""
    row = tx.one(f"{_SELECT} WHERE p.message_id = $1", message_id)
    return _reported(tx, row) if row else None


def waiting(tx: Tx, room_id: int, limit: int) -> list[Reported]:
    """What there is to look at in a room, the oldest first."""
    rows = tx.all(f"{_SELECT} WHERE p.room_id = $1 AND p.state = 'open' ORDER BY p.message_id LIMIT $2", room_id, limit)
    return [_reported(tx, row) for row in rows]


def how_many(tx: Tx, room_id: int) -> int:
    """How many there are to look at in a room."""
    row = tx.one("SELECT count(*) FROM reported WHERE room_id = $1 AND state = 'open'", room_id)
    return int(row[0]) if row else 0


def hide(tx: Tx, message: Message, rev: int, at: int) -> None:
    """Keep a message's text from its room."""
    tx.run("UPDATE reported SET body = $2, html = $3 WHERE message_id = $1", message.id, message.body, message.html)
    tx.run(
        "UPDATE messages SET body = '', html = '', hidden = $2, said = $3, rev = $3 WHERE id = $1", message.id, at, rev
    )


def show(tx: Tx, reported: Reported, rev: int) -> None:
    """Give a message its text back."""
    sql = "UPDATE messages SET body = $2, html = $3, hidden = 0, said = $4, rev = $4 WHERE id = $1"
    tx.run(sql, reported.message, reported.body, reported.html, rev)


def keep(tx: Tx, message_id: int) -> None:
    """Note that moderators looked at a message and kept it."""
    tx.run("UPDATE reported SET state = 'kept', body = '', html = '' WHERE message_id = $1", message_id)


def drop(tx: Tx, message_id: int) -> bool:
    """Forget what was said of a message that is deleted; whether it was to be looked at."""
    tx.run("DELETE FROM reports WHERE message_id = $1", message_id)
    row = tx.one("DELETE FROM reported WHERE message_id = $1 RETURNING state", message_id)
    return row is not None and row[0] == "open"


def _reported(tx: Tx, row: Row) -> Reported:
    sql = "SELECT why FROM reports WHERE message_id = $1 AND why <> '' ORDER BY at LIMIT $2"
    reasons = tuple(one[0] for one in tx.all(sql, row[0], REASONS))
    return Reported(*(*row[:8], bool(row[8]), row[9], reasons))
