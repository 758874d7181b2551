"""The directory: the rooms that somebody may see, and how many are in them."""

from webchat.model import Listing, Room
from webchat.store import Row, Tx
from webchat.store.members import MANY, pattern

_SELECT = (
    "SELECT r.id, r.slug, r.title, r.topic, r.kind, r.guests, r.rev, r.seq, r.floor, r.archived, r.posting, r.edits,"
    " m.user_id IS NOT NULL AS mine"
    " FROM rooms r LEFT JOIN memberships m ON m.room_id = r.id AND m.user_id = $1"
    " WHERE r.kind <> 'direct' AND r.site_id IS NULL AND r.archived = $2"
    " AND (r.slug LIKE $3 ESCAPE '!' OR lower(r.title) LIKE $3 ESCAPE '!' OR lower(r.topic) LIKE $3 ESCAPE '!')"
)
_SEEN = (
    " AND (m.user_id IS NOT NULL OR r.kind = 'open' OR r.guests <> 'none')"
    " AND NOT EXISTS (SELECT 1 FROM bans b WHERE b.room_id = r.id AND b.user_id = $1)"
)
_SEEN_BY_GUESTS = " AND (r.guests <> 'none' OR ($6 = 1 AND r.kind = 'open'))"


_COUNTED = (
    "SELECT f.*, (SELECT count(*) FROM"
    " (SELECT 1 FROM memberships c WHERE c.room_id = f.id ORDER BY c.user_id LIMIT %d) counted)"
    " FROM (%s ORDER BY r.title, r.id LIMIT $4 OFFSET $5) f ORDER BY f.title, f.id"
)
"""The rooms of a page, and of these alone how many are in them; what they are put in order by lets an index count."""


def for_user(tx: Tx, user_id: int, archived: bool, called: str, limit: int, offset: int) -> list[Listing]:
    """Rooms that a user may see, whose address, title or topic holds ``called``; by title. Of more than `MANY` members
    it says only that there are more."""
    sql = _COUNTED % (MANY + 1, _SELECT + _SEEN)
    return [_listing(row) for row in tx.all(sql, user_id, int(archived), pattern(called), limit, offset)]


def after(tx: Tx, user_id: int, archived: bool, called: str, room_id: int, limit: int) -> list[tuple[Room, bool]]:
    """The same by id: those after ``room_id``, each with whether the user is in it."""
    sql = f"{_SELECT}{_SEEN} AND r.id > $4 ORDER BY r.id LIMIT $5"
    return [(_room(row), bool(row[12])) for row in tx.all(sql, user_id, int(archived), pattern(called), room_id, limit)]


def for_guest(tx: Tx, welcome: bool, archived: bool, called: str, limit: int, offset: int) -> list[Listing]:
    """The same as `for_user` for guests; ``welcome`` ones see all open rooms."""
    sql = _COUNTED % (MANY + 1, _SELECT + _SEEN_BY_GUESTS)
    found = tx.all(sql, 0, int(archived), pattern(called), limit, offset, int(welcome))
    return [_listing(row) for row in found]


def _listing(row: Row) -> Listing:
    return Listing(_room(row), row[13], bool(row[12]))


def _room(row: Row) -> Room:
    return Room(*(*row[:9], bool(row[9]), *row[10:12]))
