"""Addresses at which programs post. The secrets are not here, only their hashes."""

from webchat.hooks import Hook
from webchat.model import User
from webchat.store import Row, Tx

_SELECT = (
    "SELECT h.id, r.slug, h.prefix, h.created, h.used, u.id, u.name, u.title, u.role, u.status, u.disabled"
    " FROM hooks h JOIN users u ON u.id = h.user_id JOIN rooms r ON r.id = h.room_id"
)


def add(tx: Tx, user_id: int, room_id: int, hashed: str, prefix: str, at: int) -> int:
    """Keep a new one under the hash of its secret; its id."""
    row = tx.one(
        "INSERT INTO hooks (user_id, room_id, hash, prefix, created) VALUES ($1, $2, $3, $4, $5) RETURNING id",
        user_id,
        room_id,
        hashed,
        prefix,
        at,
    )
    assert row, "an insert returns its row"
    return int(row[0])


def find(tx: Tx, hashed: str) -> Hook | None:
    """The one whose secret has that hash, unless its bot's account is disabled."""
    row = tx.one(f"{_SELECT} WHERE h.hash = $1 AND u.disabled = 0", hashed)
    return _hook(row) if row else None


def by_id(tx: Tx, number: int) -> Hook | None:
    """The one with that id."""
    row = tx.one(f"{_SELECT} WHERE h.id = $1", number)
    return _hook(row) if row else None


def everything(tx: Tx) -> list[Hook]:
    """All of them, in the order they were made."""
    return [_hook(row) for row in tx.all(f"{_SELECT} ORDER BY h.id")]


def how_many(tx: Tx) -> int:
    """The number of them."""
    row = tx.one("SELECT count(*) FROM hooks")
    return int(row[0]) if row else 0


def use(tx: Tx, number: int, at: int, before: int) -> None:
    """Note a use, if the last one was noted ``before`` or earlier."""
    tx.run("UPDATE hooks SET used = $2 WHERE id = $1 AND used <= $3", number, at, before)


def drop(tx: Tx, number: int) -> bool:
    """Forget one; False if there was none."""
    return tx.one("DELETE FROM hooks WHERE id = $1 RETURNING id", number) is not None


def _hook(row: Row) -> Hook:
    bot = [*row[5:10], bool(row[10])]
    return Hook(row[0], User(*bot), *row[1:5])
