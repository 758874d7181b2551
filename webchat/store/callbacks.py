"""Where programs are called, what came of it, and the commands by which people ask for it."""

from typing import NamedTuple

from webchat.hooks import Callback
from webchat.model import User
from webchat.store import Row, Tx

_SELECT = (
    "SELECT c.id, coalesce(r.slug, ''), c.command, c.hint, c.mentions, c.url, c.created, c.disabled, c.failures,"
    " c.status, c.error, c.tried, c.done, (SELECT count(*) FROM deliveries d WHERE d.callback_id = c.id),"
    " u.id, u.name, u.title, u.role, u.status, u.disabled"
    " FROM callbacks c JOIN users u ON u.id = c.user_id LEFT JOIN rooms r ON r.id = c.room_id"
)
_OF_MEMBERS = " JOIN users u ON u.id = c.user_id AND u.disabled = 0 JOIN memberships m ON m.user_id = u.id"


class Ear(NamedTuple):
    """One that hears what is said in a room, perhaps only what ``mentions`` the bot called ``name``."""

    id: int
    name: str
    mentions: bool


class Offer(NamedTuple):
    """A command that can be used in a room, what is read of it, and the title of its bot."""

    id: int
    command: str
    hint: str
    bot: str
    disabled: bool


def add(
    tx: Tx, user_id: int, room_id: int | None, command: str, hint: str, mentions: bool, url: str, secret: str, at: int
) -> int | None:
    """Keep a new one; its id, or None if there is such a command already."""
    row = tx.one(
        "INSERT INTO callbacks (user_id, room_id, command, hint, mentions, url, secret, created)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING id",
        user_id,
        room_id,
        command,
        hint,
        int(mentions),
        url,
        secret,
        at,
    )
    return int(row[0]) if row else None


def by_id(tx: Tx, number: int) -> Callback | None:
    """The one with that id."""
    row = tx.one(f"{_SELECT} WHERE c.id = $1", number)
    return _callback(row) if row else None


def everything(tx: Tx) -> list[Callback]:
    """All of them, in the order they were made."""
    return [_callback(row) for row in tx.all(f"{_SELECT} ORDER BY c.id")]


def how_many(tx: Tx) -> int:
    """The number of them."""
    row = tx.one("SELECT count(*) FROM callbacks")
    return int(row[0]) if row else 0


def hearing(tx: Tx, room_id: int) -> list[Ear]:
    """Those that hear a room, of which their bots are members."""
    rows = tx.all(
        f"SELECT c.id, u.name, c.mentions FROM callbacks c{_OF_MEMBERS}"  # noqa: S608 # a piece of ours
        " AND m.room_id = c.room_id WHERE c.room_id = $1 AND c.disabled = 0 ORDER BY c.id",
        room_id,
    )
    return [Ear(row[0], row[1], bool(row[2])) for row in rows]


def offered(tx: Tx, room_id: int, start: str, limit: int) -> list[Offer]:
    """The commands of a room that start so, by name: those of its members that are bots."""
    escaped = start.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = tx.all(
        f"SELECT c.id, c.command, c.hint, u.title, c.disabled FROM callbacks c{_OF_MEMBERS}"  # noqa: S608 # a piece of ours
        " WHERE m.room_id = $1 AND c.command <> '' AND c.command LIKE $2 ESCAPE '\\' ORDER BY c.command LIMIT $3",
        room_id,
        f"{escaped}%",
        limit,
    )
    return [_offer(row) for row in rows]


def called(tx: Tx, room_id: int, command: str) -> Offer | None:
    """The command of that name in a room."""
    row = tx.one(
        f"SELECT c.id, c.command, c.hint, u.title, c.disabled FROM callbacks c{_OF_MEMBERS}"  # noqa: S608 # a piece of ours
        " WHERE m.room_id = $1 AND c.command <> '' AND c.command = $2",
        room_id,
        command,
    )
    return _offer(row) if row else None


def disable(tx: Tx, number: int, at: int, error: str) -> None:
    """Call it no more, and note why."""
    tx.run("UPDATE callbacks SET disabled = $2, error = $3 WHERE id = $1 AND disabled = 0", number, at, error)


def enable(tx: Tx, number: int) -> None:
    """Call it again, from now on and with what still waits."""
    tx.run("UPDATE callbacks SET disabled = 0, due = 0, failures = 0 WHERE id = $1 AND disabled > 0", number)
    tx.run("UPDATE deliveries SET tries = 0 WHERE callback_id = $1", number)


def drop(tx: Tx, number: int) -> bool:
    """Forget one and what waits for it; False if there was none."""
    return tx.one("DELETE FROM callbacks WHERE id = $1 RETURNING id", number) is not None


def _callback(row: Row) -> Callback:
    bot = [*row[14:19], bool(row[19])]
    fields = [row[0], User(*bot), *row[1:4], bool(row[4]), *row[5:14]]
    return Callback(*fields)


def _offer(row: Row) -> Offer:
    fields = [*row[:4], bool(row[4])]
    return Offer(*fields)
