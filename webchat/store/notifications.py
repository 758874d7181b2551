"""What users were told, numbered from 1 for each user."""

from webchat.model import Notification
from webchat.store import Tx


def add(tx: Tx, user_id: int, title: str, body: str, at: int) -> Notification:
    """Tell a user something."""
    counted = tx.one("UPDATE users SET notified = notified + 1 WHERE id = $1 RETURNING notified", user_id)
    assert counted, "a notification needs a user"
    row = tx.one(
        "INSERT INTO notifications (user_id, n, title, body, at) VALUES ($1, $2, $3, $4, $5) RETURNING id",
        user_id,
        counted[0],
        title,
        body,
        at,
    )
    assert row
    return Notification(row[0], counted[0], title, body, at)


def newest(tx: Tx, user_id: int, limit: int) -> list[Notification]:
    """A user's newest notifications, newest first."""
    rows = tx.all(
        "SELECT id, n, title, body, at, read FROM notifications WHERE user_id = $1 ORDER BY n DESC LIMIT $2",
        user_id,
        limit,
    )
    return [Notification(*row) for row in rows]


def unread(tx: Tx, user_id: int) -> int:
    """How many a user has not read."""
    row = tx.one("SELECT count(*) FROM notifications WHERE user_id = $1 AND read = 0", user_id)
    return int(row[0]) if row else 0


def mark_read(tx: Tx, user_id: int, upto: int, at: int) -> bool:
    """Mark those up to number ``upto`` read; whether any was not."""
    rows = tx.all(
        "UPDATE notifications SET read = $3 WHERE user_id = $1 AND n <= $2 AND read = 0 RETURNING id",
        user_id,
        upto,
        at,
    )
    return bool(rows)
