"""The rooms whose moderators are to be told that something waits there."""

from webchat.store import Tx


def owe(tx: Tx, room_id: int, due: int) -> None:
    """Tell those of a room at a time, unless they are to be told already."""
    tx.run("INSERT INTO alerts (room_id, due) VALUES ($1, $2) ON CONFLICT (room_id) DO NOTHING", room_id, due)


def drop(tx: Tx, room_id: int) -> None:
    """Do not tell those of a room."""
    tx.run("DELETE FROM alerts WHERE room_id = $1", room_id)


def take_due(tx: Tx, at: int) -> list[str]:
    """The slugs of the rooms whose time has come, each once."""
    rows = tx.all("SELECT r.id, r.slug FROM alerts a JOIN rooms r ON r.id = a.room_id WHERE a.due <= $1", at)
    for row in rows:
        drop(tx, row[0])
    return [str(row[1]) for row in rows]


def next_due(tx: Tx) -> int | None:
    """When the next are to be told."""
    row = tx.one("SELECT min(due) FROM alerts")
    return row[0] if row else None


def room(tx: Tx, room_id: int) -> str:
    """The slug of a room by its number; empty if there is none."""
    row = tx.one("SELECT slug FROM rooms WHERE id = $1", room_id)
    return str(row[0]) if row else ""
