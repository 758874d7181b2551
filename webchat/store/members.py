"""The people of a room: who is in it and as what, who may be asked in, who is kept out."""

from webchat.model import Member, RoomRole, User
from webchat.store import Row, Tx

MANY = 1000
"""Members up to which they are counted whenever that is asked."""
_USER = "u.id, u.name, u.title, u.role, u.status"
_CALLED = " AND ($2 = '%%' OR u.name LIKE $2 ESCAPE '!' OR lower(u.title) LIKE $2 ESCAPE '!')"
_NOT_HERE = (
    " AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.room_id = $1 AND m.user_id = u.id)"
    " AND NOT EXISTS (SELECT 1 FROM bans b WHERE b.room_id = $1 AND b.user_id = u.id)"
)
_ANY = " ORDER BY u.title, u.id LIMIT $3"
_FEW = " ORDER BY u.title || '', u.id LIMIT $3"
"""The same order, without the index of titles: to read a table as it lies takes a tenth of following that."""


def page(tx: Tx, room_id: int, called: str, limit: int, offset: int = 0) -> list[Member]:
    """Members, but for disabled accounts, whose name or title holds ``called``: moderators first, then by title."""
    sql = (
        f"SELECT {_USER}, m.role, u.seen FROM memberships m JOIN users u ON u.id = m.user_id"  # noqa: S608 # columns of ours
        f" WHERE m.room_id = $1 AND u.disabled = 0{_CALLED} ORDER BY m.role DESC, u.title, u.id"
        " LIMIT $3 OFFSET $4"
    )
    return [_member(row) for row in tx.all(sql, room_id, pattern(called), limit, offset)]


def first(tx: Tx, room_id: int, limit: int) -> list[Member]:
    """The same of any name, at most ``limit``, where most people are members: each is looked at, until there are
    enough, instead of all members being put in order."""
    moderators = tx.all(
        f"SELECT {_USER}, m.role, u.seen FROM memberships m JOIN users u ON u.id = m.user_id"  # noqa: S608 # columns of ours
        " WHERE m.room_id = $1 AND m.role = 'moderator' AND u.disabled = 0 ORDER BY u.title, u.id LIMIT $2",
        room_id,
        limit,
    )
    others = tx.all(
        f"SELECT {_USER}, m.role, u.seen FROM users u CROSS JOIN memberships m"  # noqa: S608 # columns of ours
        " WHERE m.room_id = $1 AND m.user_id = u.id AND m.role = 'member' AND u.disabled = 0"
        " ORDER BY u.title, u.id LIMIT $2",
        room_id,
        limit - len(moderators),
    )
    return [_member(row) for row in (*moderators, *others)]


def after(tx: Tx, room_id: int, user_id: int, limit: int) -> list[Member]:
    """Members by id, but for disabled accounts: those after ``user_id``."""
    rows = tx.all(
        f"SELECT {_USER}, m.role, u.seen FROM memberships m JOIN users u ON u.id = m.user_id"  # noqa: S608 # columns of ours
        " WHERE m.room_id = $1 AND u.id > $2 AND u.disabled = 0 ORDER BY u.id LIMIT $3",
        room_id,
        user_id,
        limit,
    )
    return [_member(row) for row in rows]


def how_many(tx: Tx, room_id: int) -> int:
    """The number of members, but for disabled accounts."""
    row = tx.one(
        "SELECT count(*) FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.room_id = $1 AND u.disabled = 0",
        room_id,
    )
    return int(row[0]) if row else 0


def others(tx: Tx, room_id: int, called: str, limit: int) -> list[User]:
    """People who are neither in the room nor kept out, by title. With room 0, all people."""
    everybody = f"SELECT {_USER} FROM users u WHERE u.role <> 'bot' AND u.disabled = 0{_CALLED}{_NOT_HERE}"  # noqa: S608 # ours
    rows = tx.all(everybody + (_FEW if called else _ANY), room_id, pattern(called), limit)
    return [User(*row) for row in rows]


def everybody(tx: Tx, room_id: int) -> list[User]:
    """All members that are people, but for disabled accounts."""
    sql = (
        f"SELECT {_USER} FROM memberships m JOIN users u ON u.id = m.user_id"  # noqa: S608 # columns of ours
        " WHERE m.room_id = $1 AND u.role <> 'bot' AND u.disabled = 0 ORDER BY u.id"
    )
    return [User(*row) for row in tx.all(sql, room_id)]


def role(tx: Tx, room_id: int, user_id: int) -> RoomRole | None:
    """A member's role; None for who is not in the room."""
    row = tx.one("SELECT role FROM memberships WHERE room_id = $1 AND user_id = $2", room_id, user_id)
    return row[0] if row else None


def set_role(tx: Tx, room_id: int, user_id: int, role: RoomRole) -> None:
    """Give a member another role."""
    tx.run("UPDATE memberships SET role = $3 WHERE room_id = $1 AND user_id = $2", room_id, user_id, role)


def ban(tx: Tx, room_id: int, user_id: int, at: int) -> bool:
    """Keep a user out; False if that is so already."""
    row = tx.one(
        "INSERT INTO bans (room_id, user_id, at) VALUES ($1, $2, $3)"
        " ON CONFLICT (room_id, user_id) DO NOTHING RETURNING user_id",
        room_id,
        user_id,
        at,
    )
    return row is not None


def unban(tx: Tx, room_id: int, user_id: int) -> None:
    """Keep a user out no longer."""
    tx.run("DELETE FROM bans WHERE room_id = $1 AND user_id = $2", room_id, user_id)


def is_banned(tx: Tx, room_id: int, user_id: int) -> bool:
    """Whether a user is kept out."""
    return tx.one("SELECT 1 FROM bans WHERE room_id = $1 AND user_id = $2", room_id, user_id) is not None


def banned(tx: Tx, room_id: int, limit: int) -> list[User]:
    """Who is kept out, the last one first."""
    rows = tx.all(
        f"SELECT {_USER} FROM bans b JOIN users u ON u.id = b.user_id"  # noqa: S608 # columns of ours
        " WHERE b.room_id = $1 ORDER BY b.at DESC, u.id LIMIT $2",
        room_id,
        limit,
    )
    return [User(*row) for row in rows]


def pattern(text: str) -> str:
    """What LIKE takes for texts in lower case that hold this one; its escape is an exclamation mark."""
    text = text.lower()
    for letter in "!%_":
        text = text.replace(letter, f"!{letter}")
    return f"%{text}%"


def _member(row: Row) -> Member:
    return Member(User(*row[:5]), row[5], row[6])
