"""Rooms and who is in them."""

from webchat.model import GuestAccess, Membership, Room, RoomKind, RoomLink, User
from webchat.store import Row, Tx

_COLUMNS = "r.id, r.slug, r.title, r.topic, r.kind, r.guests, r.rev, r.seq, r.floor, r.archived"


def by_slug(tx: Tx, slug: str) -> Room | None:
    """The room with that slug."""
    row = tx.one(f"SELECT {_COLUMNS} FROM rooms r WHERE r.slug = $1", slug)  # noqa: S608 # columns of ours
    return _room(row) if row else None


def with_membership(tx: Tx, slug: str, user_id: int) -> tuple[Room, Membership | None] | None:
    """The room and one user's place in it, in one read: every permission starts here."""
    row = tx.one(
        f"SELECT {_COLUMNS}, m.role, m.read FROM rooms r"  # noqa: S608 # columns of ours
        " LEFT JOIN memberships m ON m.room_id = r.id AND m.user_id = $2 WHERE r.slug = $1",
        slug,
        user_id,
    )
    if row is None:
        return None
    return _room(row[:10]), Membership(slug, user_id, row[10], row[11]) if row[10] else None


def add(tx: Tx, slug: str, title: str, topic: str, kind: RoomKind, guests: GuestAccess, at: int) -> Room | None:
    """Make a room; None if the slug is taken."""
    row = tx.one(
        "INSERT INTO rooms (slug, title, topic, kind, guests, created) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (slug) DO NOTHING RETURNING id",
        slug,
        title,
        topic,
        kind,
        guests,
        at,
    )
    return Room(row[0], slug, title, topic, kind, guests, 0, 0) if row else None


def all_but_direct(tx: Tx) -> list[Room]:
    """All rooms that are not between two users, by id."""
    sql = f"SELECT {_COLUMNS} FROM rooms r WHERE r.kind <> 'direct' ORDER BY r.id"  # noqa: S608 # columns of ours
    return [_room(row) for row in tx.all(sql)]


def how_many(tx: Tx) -> int:
    """The number of rooms."""
    row = tx.one("SELECT count(*) FROM rooms")
    return int(row[0]) if row else 0


def join(tx: Tx, room_id: int, user_id: int, role: str = "member") -> bool:
    """Make a user a member who has read everything so far; False if already one."""
    row = tx.one(
        "INSERT INTO memberships (room_id, user_id, role, read) SELECT r.id, $2, $3, r.seq FROM rooms r WHERE r.id = $1"
        " ON CONFLICT (room_id, user_id) DO NOTHING RETURNING user_id",
        room_id,
        user_id,
        role,
    )
    return row is not None


def join_everybody(tx: Tx, room_id: int) -> None:
    """Make every person a member."""
    tx.run(
        "INSERT INTO memberships (room_id, user_id) SELECT $1, u.id FROM users u WHERE u.role <> 'bot'"
        " ON CONFLICT (room_id, user_id) DO NOTHING",
        room_id,
    )


def join_open(tx: Tx, user_id: int) -> None:
    """Make a new user a member of all open rooms, with nothing unread."""
    tx.run(
        "INSERT INTO memberships (room_id, user_id, read) SELECT r.id, $1, r.seq FROM rooms r WHERE r.kind = 'open'"
        " ON CONFLICT (room_id, user_id) DO NOTHING",
        user_id,
    )


def leave(tx: Tx, room_id: int, user_id: int) -> bool:
    """End a membership; False if there was none."""
    row = tx.one("DELETE FROM memberships WHERE room_id = $1 AND user_id = $2 RETURNING user_id", room_id, user_id)
    return row is not None


def members(tx: Tx, room_id: int, limit: int = 500) -> list[User]:
    """The members, by title; at most ``limit``."""
    rows = tx.all(
        "SELECT u.id, u.name, u.title, u.role FROM memberships m JOIN users u ON u.id = m.user_id"
        " WHERE m.room_id = $1 ORDER BY u.title, u.id LIMIT $2",
        room_id,
        limit,
    )
    return [User(*row) for row in rows]


_REACHED = "(SELECT CASE WHEN r.seq < $3 THEN r.seq ELSE $3 END FROM rooms r WHERE r.id = $1)"


def mark_read(tx: Tx, room_id: int, user_id: int, seq: int) -> int | None:
    """Move a read cursor forward, not beyond the newest message; where it is now, or None if it did not move."""
    row = tx.one(
        f"UPDATE memberships SET read = {_REACHED}"  # noqa: S608 # a piece of ours
        f" WHERE room_id = $1 AND user_id = $2 AND read < {_REACHED}"
        " RETURNING read",
        room_id,
        user_id,
        seq,
    )
    return int(row[0]) if row else None


def heads(tx: Tx, slugs: list[str]) -> dict[str, int]:
    """The rev of each room that exists, by slug."""
    found: dict[str, int] = {}
    for slug in slugs:
        row = tx.one("SELECT rev FROM rooms WHERE slug = $1", slug)
        if row:
            found[slug] = row[0]
    return found


_LINK = (
    "SELECT r.id, r.slug, CASE r.kind WHEN 'direct' THEN o.title ELSE r.title END, r.kind, r.seq, m.read,"
    " CASE r.kind WHEN 'direct' THEN o.name ELSE '' END, coalesce(o.id, 0)"
    " FROM memberships m JOIN rooms r ON r.id = m.room_id"
    " LEFT JOIN users o ON r.kind = 'direct' AND o.id ="
    " coalesce((SELECT min(x.user_id) FROM memberships x"
    " WHERE r.kind = 'direct' AND x.room_id = r.id AND x.user_id <> m.user_id), m.user_id)"
)


def sidebar(tx: Tx, user_id: int) -> list[RoomLink]:
    """What one user's sidebar shows: rooms by id, direct rooms by the other's name."""
    rows = tx.all(f"{_LINK} WHERE m.user_id = $1 AND r.archived = 0 ORDER BY r.id", user_id)
    return [RoomLink(*row) for row in rows]


def link(tx: Tx, room_id: int, user_id: int) -> RoomLink | None:
    """One row of one user's sidebar."""
    row = tx.one(f"{_LINK} WHERE m.user_id = $1 AND r.id = $2", user_id, room_id)
    return RoomLink(*row) if row else None


def directory(tx: Tx) -> list[RoomLink]:
    """All open rooms."""
    rows = tx.all("SELECT id, slug, title, kind, seq, seq FROM rooms WHERE kind = 'open' AND archived = 0 ORDER BY id")
    return [RoomLink(*row) for row in rows]


def for_guests(tx: Tx) -> list[RoomLink]:
    """The open rooms that let guests in."""
    rows = tx.all(
        "SELECT id, slug, title, kind, seq, seq FROM rooms"
        " WHERE kind = 'open' AND archived = 0 AND guests <> 'none' ORDER BY id"
    )
    return [RoomLink(*row) for row in rows]


def _room(row: Row) -> Room:
    return Room(*(*row[:9], bool(row[9])))
