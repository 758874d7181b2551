"""Rooms and who is in them."""

import msgspec

from webchat.model import Membership, Person, Room, RoomLink
from webchat.store import Row, Tx, agents
from webchat.store.together import together

_COLUMNS = (
    "r.id, r.slug, r.title, r.topic, r.kind, r.guests, r.rev, r.seq, r.floor, r.archived, r.posting, r.edits,"
    " r.site_id, r.ruled, r.visitor, r.pin"
)


def by_slug(tx: Tx, slug: str) -> Room | None:
    """The room with that slug."""
    row = tx.one(f"SELECT {_COLUMNS} FROM rooms r WHERE r.slug = $1", slug)  # noqa: S608 # columns of ours
    return _room(row) if row else None


def with_membership(tx: Tx, slug: str, user_id: int) -> tuple[Room, Membership | None] | None:
    """The room and one user's place in it, in one read: every permission starts here. None for who is banned. In a
    conversation with a site's support the site's agents have the place of members, without being any."""
    row = tx.one(
        f"SELECT {_COLUMNS}, m.role, m.read FROM rooms r"  # noqa: S608 # columns of ours
        " LEFT JOIN memberships m ON m.room_id = r.id AND m.user_id = $2 WHERE r.slug = $1"
        " AND NOT EXISTS (SELECT 1 FROM bans b WHERE b.room_id = r.id AND b.user_id = $2)",
        slug,
        user_id,
    )
    if row is None:
        return None
    room = _room(row[:16])
    if room.visitor:
        return room, Membership(slug, user_id) if agents.is_one(tx, room.site, user_id) else None
    return room, Membership(slug, user_id, row[16], row[17]) if row[16] else None


def add(tx: Tx, draft: Room, at: int, skeleton: str | None = None) -> Room | None:
    """Make a room, which gets its id; None if the slug, or one that looks like it, is taken. Direct rooms look like
    nothing."""
    row = tx.one(
        "INSERT INTO rooms (slug, title, topic, kind, guests, posting, created, skeleton, site_id,"
        " visitor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING id",
        draft.slug,
        draft.title,
        draft.topic,
        draft.kind,
        draft.guests,
        draft.posting,
        at,
        skeleton,
        draft.site or None,
        draft.visitor,
    )
    return msgspec.structs.replace(draft, id=row[0]) if row else None


def change(tx: Tx, room: Room) -> None:
    """Store what can be changed of a room."""
    tx.run(
        "UPDATE rooms SET title = $2, topic = $3, kind = $4, guests = $5, posting = $6, archived = $7, edits = $8"
        " WHERE id = $1",
        room.id,
        room.title,
        room.topic,
        room.kind,
        room.guests,
        room.posting,
        int(room.archived),
        room.edits,
    )


def pin(tx: Tx, room_id: int, message_id: int) -> None:
    """Show a message above the others."""
    tx.run("UPDATE rooms SET pin = $2 WHERE id = $1", room_id, message_id)


def unpin(tx: Tx, room_id: int, message_id: int) -> None:
    """Show a message there no longer, if it is that one."""
    tx.run("UPDATE rooms SET pin = 0 WHERE id = $1 AND pin = $2", room_id, message_id)


def all_but_direct(tx: Tx) -> list[Room]:
    """All rooms that are not between two users, by id."""
    sql = f"SELECT {_COLUMNS} FROM rooms r WHERE r.kind <> 'direct' ORDER BY r.id"  # noqa: S608 # columns of ours
    return [_room(row) for row in tx.all(sql)]


def how_many(tx: Tx) -> int:
    """The number of rooms that are not direct, nor threads of a site."""
    row = tx.one("SELECT count(*) FROM rooms WHERE kind <> 'direct' AND site_id IS NULL")
    return int(row[0]) if row else 0


def join(tx: Tx, room_id: int, user_id: int, role: str = "member") -> bool:
    """Make a user a member who has read everything so far; False if already one, or banned."""
    row = tx.one(
        "INSERT INTO memberships (room_id, user_id, role, read) SELECT r.id, $2, $3, r.seq FROM rooms r WHERE r.id = $1"
        " AND NOT EXISTS (SELECT 1 FROM bans b WHERE b.room_id = $1 AND b.user_id = $2)"
        " ON CONFLICT (room_id, user_id) DO NOTHING RETURNING user_id",
        room_id,
        user_id,
        role,
    )
    return row is not None


def join_everybody(tx: Tx, room_id: int) -> None:
    """Make every person a member who has read everything so far, but for who is banned."""
    tx.run(
        "INSERT INTO memberships (room_id, user_id, read) SELECT r.id, u.id, r.seq FROM users u, rooms r"
        " WHERE r.id = $1 AND u.role <> 'bot'"
        " AND NOT EXISTS (SELECT 1 FROM bans b WHERE b.room_id = r.id AND b.user_id = u.id)"
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


def note_read(tx: Tx, room_id: int, user_id: int, seq: int) -> None:
    """Move a read cursor forward to a message that is there."""
    tx.run("UPDATE memberships SET read = $3 WHERE room_id = $1 AND user_id = $2 AND read < $3", room_id, user_id, seq)


def mark_unread(tx: Tx, room_id: int, user_id: int, seq: int) -> None:
    """Move a read cursor back."""
    tx.run("UPDATE memberships SET read = $3 WHERE room_id = $1 AND user_id = $2 AND read > $3", room_id, user_id, seq)


def heads(tx: Tx, slugs: list[str]) -> dict[str, int]:
    """The rev of each room that exists, by slug."""
    found: dict[str, int] = {}
    for places, some in together(slugs):
        found.update(tx.all(f"SELECT slug, rev FROM rooms WHERE slug IN ({places})", *some))  # noqa: S608 # numbers
    return found


def begin_anew(tx: Tx, slug: str, rev: int) -> None:
    """Let no position up to ``rev``, or to where the room is, be resumed."""
    tx.run(
        "UPDATE rooms SET rev = 1 + CASE WHEN rev > $2 THEN rev ELSE $2 END,"
        " floor = 1 + CASE WHEN rev > $2 THEN rev ELSE $2 END WHERE slug = $1",
        slug,
        rev,
    )


def public_count(tx: Tx, slug: str) -> int:
    """How many messages a room has, if guests may read it."""
    row = tx.one("SELECT seq FROM rooms WHERE slug = $1 AND guests <> 'none'", slug)
    return int(row[0]) if row else 0


_NAMED = "(SELECT count(*) FROM mentions z WHERE z.user_id = m.user_id AND z.room_id = r.id AND z.seq > m.read)"
_MINE = " FROM memberships m JOIN rooms r ON r.id = m.room_id"


def sidebar(tx: Tx, user_id: int) -> list[RoomLink]:
    """What one user's sidebar shows: rooms by id, direct rooms by the others' names."""
    return [link for _user, link in _links(tx, " WHERE m.user_id = $1 AND r.archived = 0", user_id)]


def link(tx: Tx, room_id: int, user_id: int) -> RoomLink | None:
    """One row of one user's sidebar."""
    found = _links(tx, " WHERE m.user_id = $1 AND r.id = $2", user_id, room_id)
    return found[0][1] if found else None


def links(tx: Tx, room_id: int) -> list[tuple[int, RoomLink]]:
    """What each member's sidebar shows of a room, with the member's id."""
    return _links(tx, " WHERE r.id = $1", room_id)


def links_of(tx: Tx, room_id: int, users: list[int]) -> list[tuple[int, RoomLink]]:
    """The same of some users, of whom only members have it."""
    found: list[tuple[int, RoomLink]] = []
    for places, some in together(users, after=1):
        found += _links(tx, f" WHERE r.id = $1 AND m.user_id IN ({places})", room_id, *some)
    return found


def _links(tx: Tx, where: str, *args: object) -> list[tuple[int, RoomLink]]:
    rows = tx.all(
        f"SELECT m.user_id, r.id, r.slug, r.title, r.kind, r.seq, m.read, {_NAMED}{_MINE}{where}"
        " ORDER BY r.id, m.user_id",
        *args,
    )
    people: dict[int, list[Person]] = {}
    if any(row[4] == "direct" for row in rows):
        everybody = " JOIN memberships y ON y.room_id = r.id JOIN users u ON u.id = y.user_id"
        sql = f"SELECT DISTINCT r.id, u.id, u.name, u.title, u.status{_MINE}{everybody}{where}"  # pieces of ours
        for person in tx.all(f"{sql} AND r.kind = 'direct' ORDER BY u.id", *args):
            people.setdefault(person[0], []).append(Person(*person[1:]))
    return [(row[0], _link(row, people.get(row[1], []))) for row in rows]


def _link(row: Row, people: list[Person]) -> RoomLink:
    """A row of the sidebar of the user whose id is first in ``row``; a direct room is called like the others in it."""
    others = [person for person in people if person.id != row[0]] or people
    link = RoomLink(row[1], row[2], row[3], row[4], row[5], row[6], mentions=row[7])
    if not others:
        return link
    first, title, names = others[0], ", ".join(one.title for one in others), ",".join(one.name for one in others)
    status = first.status if len(others) == 1 else ""
    return msgspec.structs.replace(link, title=title, person=names, other=first.id, status=status, others=tuple(others))


def for_guests(tx: Tx) -> list[RoomLink]:
    """The open rooms that let guests in."""
    rows = tx.all(
        "SELECT id, slug, title, kind, seq, seq FROM rooms"
        " WHERE kind = 'open' AND archived = 0 AND guests <> 'none' ORDER BY id"
    )
    return [RoomLink(*row) for row in rows]


def _room(row: Row) -> Room:
    return Room(*(*row[:9], bool(row[9]), *row[10:12], row[12] or 0, bool(row[13]), *row[14:]))
