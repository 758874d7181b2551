"""What moderators did."""

from webchat.rules import Act
from webchat.store import Tx


def add(tx: Tx, at: int, room_id: int, actor: int, title: str, what: str, whom: str, why: str) -> None:
    """Note an act."""
    tx.run(
        "INSERT INTO acts (at, room_id, actor, title, what, whom, why) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        at,
        room_id,
        actor,
        title,
        what,
        whom,
        why,
    )


def newest(tx: Tx, before: int, limit: int) -> list[Act]:
    """The acts before one, the newest first."""
    rows = tx.all(
        "SELECT a.id, a.at, r.slug, r.title, a.actor, a.title, a.what, a.whom, a.why FROM acts a"
        " JOIN rooms r ON r.id = a.room_id WHERE a.id < $1 ORDER BY a.id DESC LIMIT $2",
        before,
        limit,
    )
    return [Act(*row) for row in rows]
