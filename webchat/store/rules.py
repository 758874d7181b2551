"""What rooms ask of what is said in them, and what is known of who says it."""

from webchat.rules import Judge, Rules
from webchat.store import Row, Tx

RECENT = 10_000
"""Messages that are looked at for who is known, when a room gets its first rules."""
_FOREVER = 2**52
_FIELDS = "slow, links, known, words, repeats, hold, reports, closes, editing, judge, unjudged, edits"
_ITSELF = "id = $1"
_ITS_THREADS = "site_id = $1 AND visitor = '' AND NOT EXISTS (SELECT 1 FROM rules o WHERE o.room_id = rooms.id)"
"""Which rooms go by some rules: the one that has them, or the threads of a site but for those that have their own."""
_CLOSES = "r.closed = 0 AND r.posting = 'everyone' AND r.visitor = ''"
_IDLE = (
    " AND NOT EXISTS (SELECT 1 FROM held h WHERE h.room_id = rooms.id AND h.state <> 'approved')"
    " AND NOT EXISTS (SELECT 1 FROM mutes z WHERE z.room_id = rooms.id)"
)


def get(tx: Tx, room_id: int) -> Rules:
    """The rules that a room goes by: its own, those of its site, or none."""
    if rules := own(tx, room_id):
        return rules
    return _rules(
        tx.one(
            f"SELECT {_FIELDS} FROM site_rules WHERE site_id = (SELECT r.site_id FROM rooms r WHERE r.id = $1)",  # noqa: S608 # ours
            room_id,
        )
    )


def own(tx: Tx, room_id: int) -> Rules | None:
    """The rules that a room has of its own."""
    row = tx.one(f"SELECT {_FIELDS} FROM rules WHERE room_id = $1", room_id)  # noqa: S608 # columns of ours
    return _rules(row) if row else None


def of_site(tx: Tx, site_id: int) -> Rules:
    """The rules of a site's threads."""
    return _rules(tx.one(f"SELECT {_FIELDS} FROM site_rules WHERE site_id = $1", site_id))  # noqa: S608 # as above


def put(tx: Tx, room_id: int, rules: Rules, judge: Judge) -> None:
    """Give a room other rules of its own."""
    _put(tx, "rules", "room_id", room_id, rules, judge)


def put_for_site(tx: Tx, site_id: int, rules: Rules, judge: Judge) -> None:
    """Give the threads of a site other rules."""
    _put(tx, "site_rules", "site_id", site_id, rules, judge)


def drop(tx: Tx, room_id: int) -> None:
    """Let a room have no rules of its own."""
    tx.run("DELETE FROM rules WHERE room_id = $1", room_id)


def begin(tx: Tx, room_id: int) -> None:
    """Look from now on at what is said in a room. Who has said something lately is known."""
    _begin(tx, _ITSELF, room_id)


def begin_for_site(tx: Tx, site_id: int) -> None:
    """Look from now on at what is said in the threads of a site."""
    _begin(tx, _ITS_THREADS, site_id)


def end(tx: Tx, room_id: int) -> None:
    """Look no more, unless something waits there or was not posted, which is known again by its cid, or somebody is
    silent."""
    tx.run(f"UPDATE rooms SET ruled = 0 WHERE {_ITSELF}{_IDLE}", room_id)  # noqa: S608 # as above


def end_for_site(tx: Tx, site_id: int) -> None:
    """Look no more at the threads of a site, as `end` does of one."""
    tx.run(f"UPDATE rooms SET ruled = 0 WHERE ruled = 1 AND {_ITS_THREADS}{_IDLE}", site_id)  # noqa: S608 # pieces of ours


def overdue(tx: Tx, at: int, limit: int) -> list[str]:
    """The rooms, by slug, that are older than their rules let everybody write, and were not closed for that yet."""
    rows = tx.all(  # the rules first: rooms are many, of which few have any
        "SELECT r.slug FROM rules o CROSS JOIN rooms r"  # noqa: S608 # a piece of ours
        f" WHERE r.id = o.room_id AND o.closes > 0 AND r.created <= $1 - o.closes * 86400000 AND {_CLOSES}"
        " UNION ALL SELECT r.slug FROM site_rules s CROSS JOIN rooms r"
        f" WHERE r.site_id = s.site_id AND s.closes > 0 AND r.created <= $1 - s.closes * 86400000 AND {_CLOSES}"
        " AND NOT EXISTS (SELECT 1 FROM rules o WHERE o.room_id = r.id) LIMIT $2",
        at,
        limit,
    )
    return [str(row[0]) for row in rows]


def note_closed(tx: Tx, room_id: int, at: int) -> None:
    """Note that a room was closed because of its age: who opens it again does so for good."""
    tx.run("UPDATE rooms SET closed = $2 WHERE id = $1", room_id, at)


def posts(tx: Tx, room_id: int, author: int, guest: str) -> int:
    """How much an author has said in a room that still stands there; for a thread, in all threads of its site."""
    row = tx.one(
        "SELECT coalesce(sum(p.posts), 0) FROM posters p WHERE p.author = $2 AND p.guest = $3 AND (p.room_id = $1"
        " OR EXISTS (SELECT 1 FROM rooms r JOIN rooms t ON t.site_id = r.site_id WHERE r.id = p.room_id"
        " AND t.id = $1))",
        room_id,
        author,
        guest,
    )
    return int(row[0]) if row else 0


def count(tx: Tx, room_id: int, author: int, guest: str) -> None:
    """Count that one thing more of an author stands in a room."""
    tx.run(
        "INSERT INTO posters (room_id, author, guest, posts, at, said) VALUES ($1, $2, $3, 1, 0, '')"
        " ON CONFLICT (room_id, author, guest) DO UPDATE SET posts = posters.posts + 1",
        room_id,
        author,
        guest,
    )


def uncount(tx: Tx, room_id: int, author: int, guest: str) -> None:
    """Count that one thing less of an author stands in a room."""
    sql = "UPDATE posters SET posts = posts - 1 WHERE room_id = $1 AND author = $2 AND guest = $3 AND posts > 0"
    tx.run(sql, room_id, author, guest)


def last(tx: Tx, room_id: int, author: int, guest: str) -> int:
    """When an author said something in a room last."""
    sql = "SELECT at FROM posters WHERE room_id = $1 AND author = $2 AND guest = $3"
    row = tx.one(sql, room_id, author, guest)
    return int(row[0]) if row else 0


def say(tx: Tx, room_id: int, author: int, guest: str, at: int, said: str, *, slow: int = 0, again: int = 0) -> bool:
    """Note that an author says something, in one statement, so that of two at once one is first. False, and nothing is
    noted, less than ``slow`` milliseconds after the last time, or ``again`` after the same; 0 is no such rule."""
    row = tx.one(
        "INSERT INTO posters (room_id, author, guest, posts, at, said) VALUES ($1, $2, $3, 0, $4, $5)"
        " ON CONFLICT (room_id, author, guest) DO UPDATE SET at = $4, said = $5"
        " WHERE posters.at <= $4 - $6 AND (posters.said <> $5 OR posters.at <= $4 - $7) RETURNING posts",
        room_id,
        author,
        guest,
        at,
        said,
        slow or -_FOREVER,
        again or -_FOREVER,
    )
    return row is not None


def _rules(row: Row | None) -> Rules:
    if row is None:
        return Rules()
    return Rules(row[0], row[1], row[2], tuple(row[3].split("\n")) if row[3] else (), *row[4:])


def _put(tx: Tx, table: str, key: str, number: int, rules: Rules, judge: Judge) -> None:
    tx.run(f"DELETE FROM {table} WHERE {key} = $1", number)  # noqa: S608 # names of ours
    tx.run(
        f"INSERT INTO {table} ({key}, {_FIELDS}, secret, failed, error, resting)"  # noqa: S608 # as above
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        number,
        rules.slow,
        rules.links,
        rules.known,
        "\n".join(rules.words),
        rules.repeats,
        rules.hold,
        rules.reports,
        rules.closes,
        rules.editing,
        judge.url,
        rules.unjudged,
        rules.edits,
        judge.secret,
        judge.failed,
        judge.error,
        judge.resting,
    )


def _begin(tx: Tx, which: str, number: int) -> None:
    unruled = f"(SELECT rooms.id FROM rooms WHERE {which} AND ruled = 0)"  # noqa: S608 # a piece of ours
    tx.run(f"DELETE FROM posters WHERE room_id IN {unruled}", number)  # noqa: S608 # as above
    tx.run(
        "INSERT INTO posters (room_id, author, guest, posts, at, said)"  # noqa: S608 # as above
        " SELECT m.room_id, m.author, m.guest, count(*), 0, '' FROM messages m JOIN rooms r ON r.id = m.room_id"
        f" WHERE m.room_id IN {unruled} AND m.seq > r.seq - $2 AND m.deleted = 0"
        " GROUP BY m.room_id, m.author, m.guest",
        number,
        RECENT,
    )
    tx.run(f"UPDATE rooms SET ruled = 1 WHERE ruled = 0 AND {which}", number)  # noqa: S608 # as above
