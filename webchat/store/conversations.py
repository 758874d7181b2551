"""Conversations of the visitors of sites with their agents."""

from collections.abc import Collection
from typing import NamedTuple

from webchat.model import Person
from webchat.store import Row, Tx
from webchat.support import Conversation


class Owed(NamedTuple):
    """A letter to a visitor, by the number of the conversation: how often it was tried, and when it was due."""

    number: int
    tries: int
    due: int


_SELECT = (
    "SELECT c.id, c.site_id, i.name, r.slug, n.slug, c.visitor, c.name, c.email, c.page, c.lang, c.status, c.snoozed,"
    " u.id, u.name, u.title, c.waiting, c.tags, c.rating, c.word, c.created, c.changed, c.seen, c.answered, c.mailed,"
    " r.id, n.id, r.seq, coalesce(m.body, '')"
    " FROM conversations c JOIN sites i ON i.id = c.site_id JOIN rooms r ON r.id = c.room_id"
    " JOIN rooms n ON n.id = c.notes_id LEFT JOIN users u ON u.id = c.assignee"
    " LEFT JOIN messages m ON m.room_id = r.id AND m.seq = r.seq"
)


def add(
    tx: Tx, site_id: int, room_id: int, notes_id: int, visitor: str, about: tuple[str, str, str, str], at: int
) -> None:
    """Keep a new one; ``about`` is the visitor's name, address, page and language."""
    tx.run(
        "INSERT INTO conversations (site_id, room_id, notes_id, visitor, name, email, page, lang, created, changed)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        site_id,
        room_id,
        notes_id,
        visitor,
        *about,
        at,
    )


def by_id(tx: Tx, number: int) -> Conversation | None:
    """The one with that number."""
    row = tx.one(f"{_SELECT} WHERE c.id = $1", number)
    return _conversation(row) if row else None


def by_room(tx: Tx, slug: str) -> Conversation | None:
    """The one in that room, or with its notes there."""
    here = "(SELECT o.id FROM rooms o WHERE o.slug = $1)"
    row = tx.one(f"{_SELECT} WHERE c.room_id = {here} OR c.notes_id = {here}", slug)
    return _conversation(row) if row else None


def of(tx: Tx, site_id: int, visitor: str, limit: int) -> list[Conversation]:
    """Those of a visitor, the newest first."""
    sql = f"{_SELECT} WHERE c.site_id = $1 AND c.visitor = $2 ORDER BY c.id DESC LIMIT $3"
    return [_conversation(row) for row in tx.all(sql, site_id, visitor, limit)]


def of_visitor(tx: Tx, visitor: str) -> list[Conversation]:
    """Those of a visitor, at all sites."""
    sql = f"{_SELECT} WHERE c.site_id IN (SELECT s.id FROM sites s) AND c.visitor = $1 ORDER BY c.id"  # noqa: S608 # a piece of ours
    return [_conversation(row) for row in tx.all(sql, visitor)]


def disown(tx: Tx, one: Conversation, visitor: str, name: str) -> None:
    """Let one be with nobody whom ``visitor`` could stand for, under another name, and owe no letter any more."""
    tx.run(
        "UPDATE conversations SET visitor = $2, name = $3, email = '', page = '', lang = '', rating = 0, word = '',"
        " due = 0, tries = 0 WHERE id = $1",
        one.id,
        visitor,
        name,
    )
    tx.run("UPDATE rooms SET title = $3, visitor = $2 WHERE id = $1", one.room_id, visitor, name)
    tx.run("UPDATE rooms SET title = $2 WHERE id = $1", one.notes_id, name)


def listed(
    tx: Tx, sites: Collection[int], status: str, assignee: int | None, tag: str, limit: int, offset: int = 0
) -> list[Conversation]:  # fmt: skip
    """Those of some sites with a status, or any: who waits longest first, then what changed last. ``assignee`` 0 is
    nobody and None anybody."""
    if not sites:
        return []
    where = [f"c.site_id IN ({', '.join(str(int(site)) for site in sorted(sites))})"]
    args: list[object] = [limit, offset]
    if status:
        args.append(status)
        where.append(f"c.status = ${len(args)}")
    if assignee == 0:
        where.append("c.assignee IS NULL")
    elif assignee is not None:
        args.append(assignee)
        where.append(f"c.assignee = ${len(args)}")
    if tag:
        args.append(f" {tag} ")
        where.append(f"replace(' ' || c.tags || ' ', ${len(args)}, '') <> ' ' || c.tags || ' '")
    order = (
        " ORDER BY CASE WHEN c.waiting > 0 THEN 0 ELSE 1 END, c.waiting, c.changed DESC, c.id DESC LIMIT $1 OFFSET $2"
    )
    return [_conversation(row) for row in tx.all(f"{_SELECT} WHERE {' AND '.join(where)}{order}", *args)]


def change(tx: Tx, one: Conversation) -> None:
    """Store what can be changed of it."""
    tx.run(
        "UPDATE conversations SET name = $2, email = $3, status = $4, snoozed = $5, assignee = $6, waiting = $7,"
        " tags = $8, rating = $9, word = $10, changed = $11, seen = $12, answered = $13, mailed = $14 WHERE id = $1",
        one.id,
        one.name,
        one.email,
        one.status,
        one.snoozed,
        one.assignee.id if one.assignee else None,
        one.waiting,
        " ".join(one.tags),
        one.rating,
        one.word,
        one.changed,
        one.seen,
        one.answered,
        one.mailed,
    )


def how_many(tx: Tx, site_id: int) -> int:
    """How many a site has."""
    row = tx.one("SELECT count(*) FROM conversations WHERE site_id = $1", site_id)
    return int(row[0]) if row else 0


def owe(tx: Tx, number: int, due: int) -> None:
    """Owe its visitor a letter, unless one is owed already."""
    tx.run("UPDATE conversations SET due = $2, tries = 0 WHERE id = $1 AND due = 0", number, due)


def is_letter_due(tx: Tx, at: int) -> bool:
    """Whether a letter is to be sent."""
    return tx.one("SELECT 1 FROM conversations WHERE due > 0 AND due <= $1 LIMIT 1", at) is not None


def lease_letter(tx: Tx, at: int, until: int) -> Owed | None:
    """Take the letter that is longest due: nobody else does until then."""
    row = tx.one("SELECT id, tries, due FROM conversations WHERE due > 0 AND due <= $1 ORDER BY due LIMIT 1", at)
    take = "UPDATE conversations SET due = $3, tries = tries + 1 WHERE id = $1 AND due > 0 AND due <= $2 RETURNING id"
    return Owed(*row) if row and tx.one(take, row[0], at, until) else None


def put_letter_off(tx: Tx, number: int, due: int, tries: int) -> None:
    """Try again then."""
    tx.run("UPDATE conversations SET due = $2, tries = $3 WHERE id = $1", number, due, tries)


def end_letter(tx: Tx, number: int, upto: int) -> None:
    """Owe it no more; the visitor was written to up to that place."""
    tx.run(
        "UPDATE conversations SET due = 0, tries = 0, mailed = CASE WHEN mailed < $2 THEN $2 ELSE mailed END"
        " WHERE id = $1",
        number,
        upto,
    )


def wrote_after(tx: Tx, one: Conversation, seq: int) -> bool:
    """Whether its visitor said something behind a place that is still there."""
    sql = (
        "SELECT 1 FROM messages WHERE room_id = $1 AND seq > $2 AND deleted = 0"
        " AND (guest = $3 OR '@' || CAST(author AS TEXT) = $3) LIMIT 1"
    )
    return tx.one(sql, one.room_id, seq, one.visitor) is not None


def awake(tx: Tx, at: int) -> list[Conversation]:
    """Those that were put off until now."""
    return [_conversation(row) for row in tx.all(f"{_SELECT} WHERE c.snoozed > 0 AND c.snoozed <= $1", at)]


def next_waking(tx: Tx) -> int:
    """When the next one comes back that was put off; 0 if none was."""
    row = tx.one("SELECT min(snoozed) FROM conversations WHERE snoozed > 0")
    return int(row[0] or 0) if row else 0


def of_assignee(tx: Tx, user_id: int) -> list[Conversation]:
    """Those that somebody has, at all sites."""
    return [_conversation(row) for row in tx.all(f"{_SELECT} WHERE c.assignee = $1 ORDER BY c.id", user_id)]


def _conversation(row: Row) -> Conversation:
    assignee = Person(*row[12:15]) if row[12] else None
    return Conversation(*(*row[:12], assignee, row[15], tuple(row[16].split()), *row[17:]))
