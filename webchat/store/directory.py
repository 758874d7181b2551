"""The directory: the rooms that somebody may see, and how many are in them."""

from webchat.model import Listing, Room
from webchat.store import Row, Tx
from webchat.store.members import pattern

_SELECT = (
    "SELECT r.id, r.slug, r.title, r.topic, r.kind, r.guests, r.rev, r.seq, r.floor, r.archived, r.posting, r.edits,"
    " (SELECT count(*) FROM memberships c WHERE c.room_id = r.id), m.user_id IS NOT NULL"
    " FROM rooms r LEFT JOIN memberships m ON m.room_id = r.id AND m.user_id = $1"
    " WHERE r.kind <> 'direct' AND r.site_id IS NULL AND r.archived = $2"
    " AND (r.slug LIKE $3 ESCAPE '!' OR lower(r.title) LIKE $3 ESCAPE '!' OR lower(r.topic) LIKE $3 ESCAPE '!')"
)
_SEEN = (
    " AND (m.user_id IS NOT NULL OR r.kind = 'open' OR r.guests <> 'none')"
    " AND NOT EXISTS (SELECT 1 FROM bans b WHERE b.room_id = r.id AND b.user_id = $1)"
)
_SEEN_BY_GUESTS = " AND (r.guests <> 'none' OR ($6 = 1 AND r.kind = 'open'))"


def for_user(tx: Tx, user_id: int, archived: bool, called: str, limit: int, offset: int) -> list[Listing]:
    """Rooms that a user may see, whose address, title or topic holds ``called``; by title."""
    sql = f"{_SELECT}{_SEEN} ORDER BY r.title, r.id LIMIT $4 OFFSET $5"
    return [_listing(row) for row in tx.all(sql, user_id, int(archived), pattern(called), limit, offset)]


def after(tx: Tx, user_id: int, archived: bool, called: str, room_id: int, limit: int) -> list[Listing]:
    """The same by id: those after ``room_id``."""
    sql = f"{_SELECT}{_SEEN} AND r.id > $4 ORDER BY r.id LIMIT $5"
    return [_listing(row) for row in tx.all(sql, user_id, int(archived), pattern(called), room_id, limit)]


def for_guest(tx: Tx, welcome: bool, archived: bool, called: str, limit: int, offset: int) -> list[Listing]:
    """The same for guests; ``welcome`` ones see all open rooms."""
    sql = f"{_SELECT}{_SEEN_BY_GUESTS} ORDER BY r.title, r.id LIMIT $4 OFFSET $5"
    found = tx.all(sql, 0, int(archived), pattern(called), limit, offset, int(welcome))
    return [_listing(row) for row in found]


def _listing(row: Row) -> Listing:
    return Listing(Room(*(*row[:9], bool(row[9]), *row[10:12])), row[12], bool(row[13]))
