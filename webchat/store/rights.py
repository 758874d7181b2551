"""All that is kept of one person, whatever table it is in: to give it out, and to forget it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from webchat.store import Tx


class Source(NamedTuple):
    """Where something of somebody is kept: rows of a ``kind`` with these ``fields``, after a number that each begins
    with. ``$1`` is an account's id, or 0; ``$2`` a guest's key, ``$3`` the number, ``$4`` how many numbers."""

    kind: str
    fields: str
    sql: str


SOURCES = (
    Source(
        "profile",
        "name title role status created seen disabled",
        "SELECT id, name, title, role, status, created, seen, disabled FROM users WHERE id = $1 AND id > $3 LIMIT $4",
    ),
    Source(
        "mail",
        "address minutes lang asked confirmed",
        "SELECT user_id, address, minutes, lang, asked, confirmed FROM mail_addresses WHERE user_id = $1"
        " AND user_id > $3 LIMIT $4",
    ),
    Source(
        "session",
        "created seen expires agent",
        "SELECT created, created, seen, expires, agent FROM sessions WHERE user_id = $1 AND created > $3"
        " AND created IN (SELECT DISTINCT s.created FROM sessions s WHERE s.user_id = $1 AND s.created > $3"
        " ORDER BY s.created LIMIT $4) ORDER BY created",
    ),
    Source(
        "token",
        "prefix scopes created expires used",
        "SELECT id, prefix, scopes, created, expires, used FROM tokens WHERE user_id = $1 AND id > $3"
        " ORDER BY id LIMIT $4",
    ),
    Source(
        "browser",
        "endpoint at",
        "SELECT id, endpoint, at FROM subscriptions WHERE user_id = $1 AND id > $3 ORDER BY id LIMIT $4",
    ),
    Source(
        "membership",
        "room role read",
        "SELECT r.id, r.slug, m.role, m.read FROM memberships m JOIN rooms r ON r.id = m.room_id"
        " WHERE m.user_id = $1 AND m.room_id > $3 ORDER BY m.room_id LIMIT $4",
    ),
    Source(
        "message",
        "id room seq title body at edited deleted",
        "SELECT m.id, m.id, r.slug, m.seq, m.title, coalesce(CASE WHEN m.hidden > 0 THEN p.body END, m.body), m.at,"
        " m.edited, m.deleted FROM messages m JOIN rooms r ON r.id = m.room_id"
        " LEFT JOIN reported p ON p.message_id = m.id WHERE m.author = $1 AND m.guest = $2 AND m.id > $3"
        " ORDER BY m.id LIMIT $4",
    ),
    Source(
        "message",  # to its author it was posted
        "room title body at",
        "SELECT h.id, r.slug, h.title, h.body, h.at FROM held h JOIN rooms r ON r.id = h.room_id"
        " WHERE h.author = $1 AND h.guest = $2 AND h.id > $3 AND h.shadow = 1 AND h.state = 'waiting'"
        " ORDER BY h.id LIMIT $4",
    ),
    Source(
        "held",
        "room title body at state why",
        "SELECT h.id, r.slug, h.title, h.body, h.at, h.state, CASE WHEN h.state = 'rejected' THEN h.why ELSE '' END"
        " FROM held h JOIN rooms r ON r.id = h.room_id WHERE h.author = $1 AND h.guest = $2 AND h.id > $3"
        " AND h.shadow = 0 ORDER BY h.id LIMIT $4",
    ),
    Source(
        "file",
        "id room name type size at",
        "SELECT f.at, f.id, r.slug, f.name, f.type, f.size, f.at FROM files f JOIN rooms r ON r.id = f.room_id"
        " WHERE f.author = $1 AND f.guest = $2 AND f.at IN (SELECT DISTINCT g.at FROM files g"
        " WHERE g.author = $1 AND g.guest = $2 AND g.at > $3 ORDER BY g.at LIMIT $4) ORDER BY f.at, f.id",
    ),
    Source(
        "reaction",
        "message emoji at",
        "SELECT x.message_id, x.message_id, x.emoji, x.at FROM reactions x WHERE x.user_id = $1 AND x.voter = $2"
        " AND x.message_id IN (SELECT DISTINCT y.message_id FROM reactions y WHERE y.user_id = $1 AND y.voter = $2"
        " AND y.message_id > $3 ORDER BY y.message_id LIMIT $4) ORDER BY x.message_id, x.emoji",
    ),
    Source(
        "report",
        "message why at",
        "SELECT message_id, message_id, why, at FROM reports WHERE author = $1 AND guest = $2 AND message_id > $3"
        " ORDER BY message_id LIMIT $4",
    ),
    Source(
        "mute",
        "room until why",
        "SELECT z.id, r.slug, z.until, z.why FROM mutes z JOIN rooms r ON r.id = z.room_id"
        " WHERE z.author = $1 AND z.guest = $2 AND z.id > $3 AND z.shadow = 0 ORDER BY z.id LIMIT $4",
    ),
    Source(
        "conversation",
        "room site name email page lang status rating word created",
        "SELECT c.id, r.slug, i.name, c.name, c.email, c.page, c.lang, c.status, c.rating, c.word, c.created"
        " FROM conversations c JOIN rooms r ON r.id = c.room_id JOIN sites i ON i.id = c.site_id WHERE c.visitor ="
        " CASE WHEN $2 <> '' THEN $2 ELSE '@' || CAST(CAST($1 AS BIGINT) AS TEXT) END AND c.id > $3"
        " ORDER BY c.id LIMIT $4",
    ),
    Source(
        "notification",
        "title body at seen read archived",
        "SELECT c.id, c.title, c.body, c.at, p.seen, p.read, p.archived FROM notifications p"
        " JOIN notices c ON c.id = p.notice_id WHERE p.user_id = $1 AND c.id > $3 AND p.gone = 0"
        " ORDER BY c.id LIMIT $4",
    ),
)
"""In the order in which it is given out."""


def facts(tx: Tx, source: Source, author: int, guest: str, after: int, limit: int) -> list[tuple[int, dict[str, Any]]]:
    """What a source has of somebody after a number, with the number of each; all of one number are together."""
    names = source.fields.split()
    rows = tx.all(source.sql, author, guest, after, limit)
    return [(row[0], {"kind": source.kind} | dict(zip(names, row[1:], strict=True))) for row in rows]


_OF_USER = (
    "DELETE FROM subscriptions WHERE user_id = $1",
    "DELETE FROM mails WHERE user_id = $1",
    "DELETE FROM mail_addresses WHERE user_id = $1",
    "DELETE FROM tag_levels WHERE user_id = $1",
    "DELETE FROM quiet_hours WHERE user_id = $1",
    "DELETE FROM mentions WHERE user_id = $1",
    "DELETE FROM receipts WHERE author = $1",
    "DELETE FROM deliveries WHERE asker = $1",
    "DELETE FROM site_agents WHERE user_id = $1",
    "DELETE FROM memberships WHERE user_id = $1 AND room_id IN (SELECT id FROM rooms WHERE kind <> 'direct')",
)


def forget_user(tx: Tx, user_id: int, old: tuple[str, str], name: str, title: str, at: int) -> None:
    """Let an account be called otherwise, be of use to nobody, and have nothing of its own. What moderators did, or
    what was done to it, is not said of its ``old`` name and title any more."""
    tx.run(
        "UPDATE users SET name = $2, skeleton = $2, title = $3, role = 'member', password = '', status = '', seen = 0,"
        " disabled = $4 WHERE id = $1",
        user_id,
        name,
        title,
        at,
    )
    told = [row[0] for row in tx.all("DELETE FROM notifications WHERE user_id = $1 RETURNING notice_id", user_id)]
    for number in told:
        tx.run("UPDATE notices SET presser = $3, device = '' WHERE id = $1 AND presser = $2", number, old[1], title)
        tx.run(
            "DELETE FROM notices WHERE id = $1 AND everyone = 0"
            " AND NOT EXISTS (SELECT 1 FROM notifications p WHERE p.notice_id = $1)",
            number,
        )
    tx.run("UPDATE acts SET title = $2 WHERE actor = $1", user_id, title)
    tx.run("UPDATE acts SET whom = $2, why = '' WHERE whom = $1", old[1], title)
    for statement in _OF_USER:
        tx.run(statement, user_id)


def forget_anybody(tx: Tx, author: int, guest: str, title: str) -> list[int]:
    """Forget what is kept of an author beside messages and reactions; which messages nobody reports any more. Who is
    silenced stays so, under another title."""
    tx.run(
        "UPDATE acts SET whom = $3, why = '' WHERE (room_id, whom) IN (SELECT DISTINCT m.room_id, m.title"
        " FROM messages m WHERE m.author = $1 AND m.guest = $2 UNION SELECT h.room_id, h.title FROM held h"
        " WHERE h.author = $1 AND h.guest = $2)",
        author,
        guest,
        title,
    )
    if guest:  # whose receipts begin with the key
        tx.run("DELETE FROM receipts WHERE author = 0 AND cid >= $1 AND cid < $2", f"{guest}:", f"{guest};")
    tx.run("DELETE FROM held WHERE author = $1 AND guest = $2", author, guest)
    tx.run("DELETE FROM files WHERE author = $1 AND guest = $2 AND message_id IS NULL", author, guest)
    tx.run("DELETE FROM posters WHERE author = $1 AND guest = $2", author, guest)
    tx.run("UPDATE mutes SET title = $3, why = '' WHERE author = $1 AND guest = $2", author, guest, title)
    tx.run("DELETE FROM reports WHERE author = $1 AND guest = $2", author, guest)
    rows = tx.all(
        "DELETE FROM reported WHERE state = 'open' AND NOT EXISTS"
        " (SELECT 1 FROM reports x WHERE x.message_id = reported.message_id)"
        " AND EXISTS (SELECT 1 FROM messages m WHERE m.id = reported.message_id AND m.hidden = 0) RETURNING message_id"
    )
    return [row[0] for row in rows]


def rooms_with_held(tx: Tx, author: int, guest: str) -> Iterator[tuple[int, str]]:
    """What somebody has waiting: its number, and the slug of the room."""
    sql = (
        "SELECT h.id, r.slug FROM held h JOIN rooms r ON r.id = h.room_id"
        " WHERE h.author = $1 AND h.guest = $2 AND h.state = 'waiting' AND h.shadow = 0 ORDER BY h.id"
    )
    return ((row[0], row[1]) for row in tx.all(sql, author, guest))


class Erasure(NamedTuple):
    """Somebody whose messages are still to be emptied, those after ``upto``."""

    id: int
    author: int
    guest: str
    upto: int


def begin(tx: Tx, author: int, guest: str) -> Erasure:
    """Note whose messages are to be emptied."""
    row = tx.one("INSERT INTO erasures (author, guest) VALUES ($1, $2) RETURNING id", author, guest)
    assert row, "an insert returns its row"
    return Erasure(row[0], author, guest, 0)


def first(tx: Tx) -> Erasure | None:
    """Whose are to be emptied next."""
    row = tx.one("SELECT id, author, guest, upto FROM erasures ORDER BY id LIMIT 1")
    return Erasure(*row) if row else None


def reached(tx: Tx, erasure: Erasure, upto: int) -> None:
    """Note how far it is."""
    tx.run("UPDATE erasures SET upto = $2 WHERE id = $1", erasure.id, upto)


def end(tx: Tx, erasure: Erasure) -> None:
    """Note that nothing is left."""
    tx.run("DELETE FROM erasures WHERE id = $1", erasure.id)


def said(tx: Tx, erasure: Erasure, limit: int) -> list[int]:
    """The next messages."""
    sql = "SELECT id FROM messages WHERE author = $1 AND guest = $2 AND id > $3 ORDER BY id LIMIT $4"
    return [row[0] for row in tx.all(sql, erasure.author, erasure.guest, erasure.upto, limit)]


def disown(tx: Tx, message_id: int, title: str) -> None:
    """Let a message be nobody's in particular, and be told to no program any more."""
    tx.run("UPDATE messages SET title = $2, guest = '' WHERE id = $1", message_id, title)
    tx.run("DELETE FROM deliveries WHERE message_id = $1", message_id)


def unreact(tx: Tx, erasure: Erasure, limit: int) -> list[int]:
    """Take somebody's reactions from some messages; which those are."""
    rows = tx.all(
        "DELETE FROM reactions WHERE user_id = $1 AND voter = $2 AND message_id IN (SELECT DISTINCT y.message_id"
        " FROM reactions y WHERE y.user_id = $1 AND y.voter = $2 ORDER BY y.message_id LIMIT $3) RETURNING message_id",
        erasure.author,
        erasure.guest,
        limit,
    )
    return sorted({row[0] for row in rows})
