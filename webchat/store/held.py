"""What waits for the moderators of a room, what became of it, and who they are."""

from msgspec.structs import replace

from webchat.rules import Held
from webchat.store import Row, Tx

_SELECT = (
    "SELECT h.id, r.slug, h.author, h.guest, h.title, h.body, h.html, h.at, h.cid, h.t, h.mode, h.color,"
    " h.state, h.why, h.message, nullif(h.answers, 0), h.shadow"
    " FROM held h JOIN rooms r ON r.id = h.room_id"
)
_MODERATORS = (
    "SELECT m.user_id FROM memberships m JOIN users u ON u.id = m.user_id"
    " WHERE m.room_id = $1 AND m.role = 'moderator' AND u.role <> 'bot' AND u.disabled = 0"
    " UNION SELECT u.id FROM users u WHERE u.role IN ('owner', 'admin', 'moderator') AND u.disabled = 0"
    " AND NOT EXISTS (SELECT 1 FROM bans b WHERE b.room_id = $1 AND b.user_id = u.id)"
    " AND ($2 = 1 OR EXISTS (SELECT 1 FROM memberships m WHERE m.room_id = $1 AND m.user_id = u.id))"
    " ORDER BY 1 LIMIT $3"
)


def add(tx: Tx, room_id: int, draft: Held, network: str = "") -> Held | None:
    """Let a text wait, from a network with that mark; as it is stored, or None if its author's cid was used for another
    one."""
    row = tx.one(
        "INSERT INTO held (room_id, author, guest, title, body, html, at, cid, t, mode, color, answers, state, shadow,"
        " network, why) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'waiting', $13, $14, $15)"
        " ON CONFLICT (author, cid) DO NOTHING RETURNING id, at",
        room_id,
        draft.author,
        draft.guest,
        draft.title,
        draft.body,
        draft.html,
        draft.at,
        draft.cid,
        draft.t,
        draft.mode,
        draft.color,
        draft.answers or 0,
        int(draft.shadow),
        network,
        draft.why,
    )
    return replace(draft, id=row[0], at=row[1]) if row else None


def sent(tx: Tx, author: int, cid: str) -> Held | None:
    """What an author sent under a cid."""
    row = tx.one(f"{_SELECT} WHERE h.author = $1 AND h.cid = $2", author, cid)
    return _held(row) if row else None


def find(tx: Tx, room_id: int, number: int) -> Held | None:
    """A text that waits in a room, or did."""
    row = tx.one(f"{_SELECT} WHERE h.room_id = $1 AND h.id = $2", room_id, number)
    return _held(row) if row else None


def by_id(tx: Tx, number: int) -> Held | None:
    """A text that waits, or did, in whichever room."""
    row = tx.one(f"{_SELECT} WHERE h.id = $1", number)
    return _held(row) if row else None


def end(tx: Tx, number: int, state: str, why: str = "", message: int = 0) -> None:
    """Note what became of a text; its author may still read one that was rejected."""
    tx.run(
        "UPDATE held SET state = $2, why = $3, message = $4, body = CASE WHEN $2 = 'rejected' THEN body ELSE '' END,"
        " html = '' WHERE id = $1",
        number,
        state,
        why,
        message,
    )


def waiting(tx: Tx, room_id: int, limit: int, after: int = 0) -> list[Held]:
    """What waits in a room, the oldest first."""
    where = " WHERE h.room_id = $1 AND h.state = 'waiting' AND h.shadow = 0 AND h.id > $2 ORDER BY h.id LIMIT $3"
    return [_held(row) for row in tx.all(_SELECT + where, room_id, after, limit)]


def how_many(tx: Tx, room_id: int) -> int:
    """How many wait in a room."""
    row = tx.one("SELECT count(*) FROM held WHERE room_id = $1 AND state = 'waiting' AND shadow = 0", room_id)
    return int(row[0]) if row else 0


def by_network(tx: Tx, room_id: int) -> dict[str, int]:
    """How many wait in a room from each network, by its mark."""
    rows = tx.all(
        "SELECT network, count(*) FROM held WHERE room_id = $1 AND state = 'waiting' AND shadow = 0 AND network <> ''"
        " GROUP BY network",
        room_id,
    )
    return {row[0]: row[1] for row in rows}


def of(tx: Tx, room_id: int, author: int, guest: str) -> list[Held]:
    """What an author has waiting in a room, or was rejected there, the oldest first."""
    where = (
        " WHERE h.room_id = $1 AND h.author = $2 AND h.guest = $3 AND h.state IN ('waiting', 'rejected') ORDER BY h.id"
    )
    return [_held(row) for row in tx.all(_SELECT + where, room_id, author, guest)]


def shadows(tx: Tx, room_id: int, limit: int) -> list[Held]:
    """What only its author and the moderators of a room see, the newest first."""
    where = " WHERE h.room_id = $1 AND h.state = 'waiting' AND h.shadow = 1 ORDER BY h.id DESC LIMIT $2"
    return [_held(row) for row in tx.all(_SELECT + where, room_id, limit)]


def moderators(tx: Tx, room_id: int, is_public: bool, limit: int) -> list[int]:
    """The ids of those who moderate a room; it ``is_public`` if the place's moderators see it without being in it."""
    return [row[0] for row in tx.all(_MODERATORS, room_id, int(is_public), limit)]


def sweep(tx: Tx, before: int, most: int) -> int:
    """Forget what became of what was said before a time, and what was said in the shadow then: at most so much; how
    much it was."""
    sql = (
        "DELETE FROM held WHERE id IN (SELECT id FROM held WHERE at < $1 AND (state <> 'waiting' OR shadow = 1)"
        " ORDER BY at LIMIT $2) RETURNING id"
    )
    return len(tx.all(sql, before, most))


def _held(row: Row) -> Held:
    return Held(*(*row[:-1], bool(row[-1])))
