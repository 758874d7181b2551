"""What moderators did."""

from webchat.rules import Act
from webchat.store import Tx

_SELECT = (
    "SELECT a.id, a.at, r.slug, r.title, a.actor, a.title, a.what, a.whom, a.why FROM acts a"
    " JOIN rooms r ON r.id = a.room_id"
)


def add(
    tx: Tx, at: int, room_id: int, actor: int, title: str, what: str, whom: str, why: str, about: int
) -> None:  # fmt: skip
    """Note an act, and the text or message that it was ``about`` if it was about one."""
    tx.run(
        "INSERT INTO acts (at, room_id, actor, title, what, whom, why, about) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        at,
        room_id,
        actor,
        title,
        what,
        whom,
        why,
        about,
    )


def newest(tx: Tx, before: int, limit: int) -> list[Act]:
    """The acts before one, the newest first."""
    return [Act(*row) for row in tx.all(f"{_SELECT} WHERE a.id < $1 ORDER BY a.id DESC LIMIT $2", before, limit)]


def last(tx: Tx, about: int, one: str, other: str) -> Act | None:
    """The last act about a text or a message that was one of two."""
    where = " WHERE a.about = $1 AND a.what IN ($2, $3) ORDER BY a.id DESC LIMIT 1"
    row = tx.one(_SELECT + where, about, one, other)
    return Act(*row) if row else None
