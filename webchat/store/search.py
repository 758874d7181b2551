"""The words of messages: putting them there, and finding messages by them. Here alone the two databases differ, in how
words are written down and asked for.

What is found is looked at as it is now: the words say only where to look.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from webchat.store import Tx

JOB = "search"
"""The job that whoever puts words there holds."""


class _Kind(NamedTuple):
    """How one kind of database is told of words, and how those are found that have them, the newest first."""

    put: str
    matching: str


_FROM = "SELECT rowid AS id FROM search"
_NEWEST = "AND rowid >= $2 AND rowid < $3 ORDER BY rowid DESC LIMIT $4"
_KINDS: Mapping[str, _Kind] = {
    "sqlite": _Kind(
        "INSERT OR REPLACE INTO search (rowid, words) VALUES ($1, $2)",
        f"{_FROM} WHERE search MATCH $1 {_NEWEST}",
    ),
    "postgres": _Kind(
        "INSERT INTO search (rowid, words) VALUES ($1, CAST($2 AS tsvector))"
        " ON CONFLICT (rowid) DO UPDATE SET words = excluded.words",
        f"{_FROM} WHERE words @@ CAST($1 AS tsquery) {_NEWEST}",
    ),
}


class Behind(NamedTuple):
    """A room of which words are to be put: those of what changed after ``mark``; it is at ``rev``."""

    room_id: int
    mark: int
    rev: int


class Text(NamedTuple):
    """A message as it stands. ``said`` is the rev of its text, and it is ``gone`` if nobody may read that."""

    id: int
    room_id: int
    author: int
    rev: int
    said: int
    body: str
    html: str
    files: bool
    gone: bool


class Wanted(NamedTuple):
    """What is looked for: all of these phrases, of whose last word perhaps only the beginning counts; in messages whose
    id is at least ``low`` and below ``high``, said from ``since`` on and before ``until``."""

    phrases: tuple[tuple[tuple[str, ...], bool], ...]
    low: int
    high: int
    since: int
    until: int


class Reader(NamedTuple):
    """Whose messages are found: those that a user may read, or a ``guest``, perhaps a ``welcome`` one; ``everywhere``
    is for the account that speaks for the place."""

    id: int
    guest: bool
    welcome: bool
    everywhere: bool


_BEHIND = (
    "FROM rooms r LEFT JOIN searched s ON s.room_id = r.id"
    " WHERE r.rev > coalesce(s.rev, 0) AND r.site_id IS NULL AND r.visitor = ''"
)
_FIND = (
    "SELECT m.id FROM (%s) f JOIN messages m ON m.id = f.id JOIN rooms r ON r.id = m.room_id"
    " LEFT JOIN memberships k ON k.room_id = r.id AND k.user_id = $5"
    " WHERE m.deleted = 0 AND m.hidden = 0 AND m.at >= $9 AND m.at < $10 AND r.site_id IS NULL AND r.visitor = ''"
    " AND (CASE WHEN $6 = 1 THEN r.kind <> 'direct' AND (r.guests <> 'none' OR ($7 = 1 AND r.kind = 'open'))"
    " ELSE k.user_id IS NOT NULL OR (r.kind <> 'direct' AND ($8 = 1 OR r.kind = 'open' OR r.guests <> 'none')) END)"
    " AND NOT EXISTS (SELECT 1 FROM bans b WHERE b.room_id = r.id AND b.user_id = $5)"
    " ORDER BY f.id DESC LIMIT $11"
)
"""In the rooms of `webchat.chat.access.is_public`, and of its like for programs and guests."""


_LOOKED_AT = "SELECT count(*), min(f.id) FROM (%s) f"
_PLANNED = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)"
"""A plan for any words would read all messages where words are rare, or sort all where they are not."""
_NEXT = "SELECT rowid FROM search WHERE rowid >= $1 ORDER BY rowid LIMIT 1"


def behind(tx: Tx, limit: int) -> list[Behind]:
    """Rooms of which words are to be put, first those with least of it, so that what is said now does not wait."""
    sql = f"SELECT r.id, coalesce(s.rev, 0), r.rev {_BEHIND} ORDER BY r.rev - coalesce(s.rev, 0), r.id LIMIT $1"
    return [Behind(*row) for row in tx.all(sql, limit)]


def left(tx: Tx) -> int:
    """How many changes there are of which words are to be put."""
    row = tx.one(f"SELECT CAST(coalesce(sum(r.rev - coalesce(s.rev, 0)), 0) AS BIGINT) {_BEHIND}")
    return int(row[0]) if row else 0


def texts(tx: Tx, room: Behind, limit: int) -> list[Text]:
    """What changed in a room, in order of rev."""
    rows = tx.all(
        "SELECT m.id, m.room_id, m.author, m.rev, m.said, m.body, m.html,"
        " EXISTS (SELECT 1 FROM files f WHERE f.message_id = m.id), m.deleted + m.hidden"
        " FROM messages m WHERE m.room_id = $1 AND m.rev > $2 ORDER BY m.rev LIMIT $3",
        room.room_id,
        room.mark,
        limit,
    )
    return [Text(*(*row[:7], bool(row[7]), row[8] > 0)) for row in rows]


def put(tx: Tx, message_id: int, words: Sequence[str]) -> None:
    """Let a message be found by these words and no others."""
    if not words:
        tx.run("DELETE FROM search WHERE rowid = $1", message_id)
    elif tx.kind == "sqlite":
        tx.run(_KINDS[tx.kind].put, message_id, " ".join(words))
    else:
        tx.run(_KINDS[tx.kind].put, message_id, " ".join(f"'{word}':{n}" for n, word in enumerate(words, 1)))


def mark(tx: Tx, room_id: int, rev: int) -> None:
    """Note how far the words of a room are there."""
    sql = "INSERT INTO searched (room_id, rev) VALUES ($1, $2) ON CONFLICT (room_id) DO UPDATE SET rev = excluded.rev"
    tx.run(sql, room_id, rev)


def find(tx: Tx, wanted: Wanted, reader: Reader, limit: int, most: int) -> tuple[list[int], int]:
    """The ids of the newest messages that a reader may read now, at most ``limit``; and the id below which to look on,
    0 if there is nothing. No more than ``most`` are looked at, whoever may read them."""
    matching = _KINDS[tx.kind].matching
    asked = _asked(tx.kind, wanted.phrases), wanted.low, wanted.high, most
    if tx.kind == "postgres":
        tx.one(_PLANNED)
    rows = tx.all(_FIND % matching, *asked, *reader, wanted.since, wanted.until, limit)
    found = [row[0] for row in rows]
    if len(found) == limit:
        return found, found[-1]
    seen = tx.one(_LOOKED_AT % matching, *asked)
    return found, seen[1] if seen and seen[0] == most else 0


def first_at(tx: Tx, at: int) -> int:
    """Where those begin that were said from a time on: they have this id or higher ones, since ids rise with time. Only
    what can be found counts: comments that were imported are older than their ids."""
    row = tx.one("SELECT coalesce(max(id), 0) + 1 FROM messages")
    low, high = 0, int(row[0]) if row else 1
    while low < high:
        middle = (low + high) // 2
        row = tx.one(f"SELECT id, at FROM messages WHERE id = ({_NEXT})", middle)  # noqa: S608 # a piece of ours
        if row and row[1] < at:
            low = row[0] + 1
        else:
            high = middle
    return low


def _asked(kind: str, phrases: Iterable[tuple[tuple[str, ...], bool]]) -> str:
    """Phrases in the words of the database."""
    if kind == "sqlite":
        return " AND ".join(f'"{" ".join(words)}"{" *" if begins else ""}' for words, begins in phrases)
    return " & ".join(
        " <-> ".join(f"'{word}'" for word in words) + (":*" if begins else "") for words, begins in phrases
    )
