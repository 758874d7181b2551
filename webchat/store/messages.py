"""Messages. A change takes the room's next rev in its own transaction, so that ``rev > since`` misses nothing."""

from collections.abc import Collection
from typing import NamedTuple

import msgspec

from webchat.model import Message, Reaction
from webchat.store import Row, Tx

_SELECT = (
    "SELECT m.id, r.slug, m.seq, m.born, m.said, m.rev, m.author, m.title, m.body, m.html, m.at, m.cid, m.guest,"
    " m.continues, m.edited, m.deleted, m.hidden, m.answers, m.root, coalesce(a.title, '')"
    " FROM messages m JOIN rooms r ON r.id = m.room_id"
    " LEFT JOIN messages a ON a.room_id = m.room_id AND a.seq = m.answers AND m.answers > 0"
)
_REACTIONS = (
    "SELECT x.message_id, x.emoji, x.user_id, x.title, x.guest FROM reactions x"
    " WHERE x.message_id IN (SELECT m.id FROM messages m%s)"
    " ORDER BY x.message_id, x.at, x.emoji, x.user_id, x.guest"
)


class Added(NamedTuple):
    """A message that was put into a room, and whether programs hear the room."""

    message: Message
    heard: bool


_CONTINUES = (
    "SELECT CASE WHEN b.author = $2 AND b.title = $3 AND b.guest = $8 AND b.deleted = 0 AND b.at BETWEEN $6 - $9 AND $6"
    " THEN 1 ELSE 0 END FROM messages b WHERE b.room_id = r.id AND b.seq < r.seq ORDER BY b.seq DESC LIMIT 1"
)
"""The last message, by the order that only one index has: while PostgreSQL knows nothing of a new table, it takes any
other for as good, and reads all of the room."""
_ADD = (
    "INSERT INTO messages (room_id, seq, born, said, rev, author, title, body, html, at, cid, guest, answers, root,"  # noqa: S608 # a piece of ours
    " continues) SELECT r.id, r.seq, r.rev, r.rev, r.rev, $2, $3, $4, $5, $6, $7, $8, $10, $11,"
    f" CASE WHEN $10 > 0 THEN 0 ELSE coalesce(({_CONTINUES}), 0) END"
    " FROM rooms r WHERE r.id = $1 ON CONFLICT (author, cid) DO NOTHING RETURNING id, seq, rev, at, continues,"
    " EXISTS (SELECT 1 FROM callbacks c WHERE c.room_id = messages.room_id AND c.disabled = 0)"
)


def add(tx: Tx, room_id: int, draft: Message, within: int = 0) -> Added | None:
    """Put ``draft`` at the end of a room: it gets an id, and the next seq and rev. It continues what the same author
    said just before, at most ``within`` milliseconds ago. None if its cid was used: then undo the write."""
    tx.run("UPDATE rooms SET seq = seq + 1, rev = rev + 1 WHERE id = $1", room_id)
    row = tx.one(
        _ADD, room_id, draft.author, draft.title, draft.body, draft.html, draft.at, draft.cid, draft.guest, within,
        draft.answers, draft.root,
    )  # fmt: skip
    if row is None:
        return None
    number, seq, rev, at, continues, heard = row
    message = msgspec.structs.replace(
        draft, id=number, seq=seq, born=rev, said=rev, rev=rev, at=at, continues=bool(continues)
    )
    return Added(message, bool(heard))


def posted(tx: Tx, author: int, cid: str) -> tuple[int, str, str] | None:
    """The id, guest key and room of the message that this author sent as ``cid``."""
    row = tx.one(
        "SELECT m.id, m.guest, r.slug FROM messages m JOIN rooms r ON r.id = m.room_id"
        " WHERE m.author = $1 AND m.cid = $2",
        author,
        cid,
    )
    return (row[0], row[1], row[2]) if row else None


def by_id(tx: Tx, message_id: int) -> Message | None:
    """The message with that id."""
    found = _messages(tx, " WHERE m.id = $1", "", message_id)
    return found[0] if found else None


def by_seq(tx: Tx, room_id: int, seq: int) -> Message | None:
    """The message at that place of a room."""
    found = _messages(tx, " WHERE m.room_id = $1 AND m.seq = $2", "", room_id, seq)
    return found[0] if found else None


def between(tx: Tx, room_id: int, low: int, high: int) -> list[Message]:
    """The messages with ``low <= seq <= high``, in order."""
    return _messages(tx, " WHERE m.room_id = $1 AND m.seq BETWEEN $2 AND $3", " ORDER BY m.seq", room_id, low, high)


def at_seqs(tx: Tx, room_id: int, seqs: Collection[int]) -> list[Message]:
    """The messages at these places of a room, of which there are few, in order."""
    places = ", ".join(f"{seq:d}" for seq in seqs)
    return _messages(tx, f" WHERE m.room_id = $1 AND m.seq IN ({places})", " ORDER BY m.seq", room_id) if seqs else []


def with_ids(tx: Tx, ids: Collection[int]) -> list[Message]:
    """The messages with these ids, of which there are few, the newest first."""
    numbers = ", ".join(f"{number:d}" for number in ids)
    return _messages(tx, f" WHERE m.id IN ({numbers})", " ORDER BY m.id DESC") if ids else []


def answers(tx: Tx, room_id: int, roots: Collection[int], limit: int) -> list[Message]:
    """The last answers to messages of a room, and to what answers those; at most ``limit``."""
    if not roots:
        return []
    places = ", ".join(f"{seq:d}" for seq in roots)
    where = f" WHERE m.room_id = $1 AND m.root > 0 AND m.root IN ({places})"
    return _messages(tx, where, f" ORDER BY m.seq DESC LIMIT {limit:d}", room_id)


def best(tx: Tx, room_id: int, limit: int) -> list[Message]:
    """What answers nothing and has most votes; nothing without any."""
    return _messages(
        tx,
        " WHERE m.room_id = $1 AND m.votes > 0 AND m.root = 0",
        f" ORDER BY m.votes DESC, m.seq LIMIT {limit:d}",
        room_id,
    )


def changed(tx: Tx, room_id: int, since: int, limit: int) -> list[Message]:
    """The current state of what changed after rev ``since``, in order of rev; at most ``limit``."""
    return _messages(tx, " WHERE m.room_id = $1 AND m.rev > $2", f" ORDER BY m.rev LIMIT {limit:d}", room_id, since)


def touch(tx: Tx, room: str) -> int:
    """Take the room's next rev."""
    row = tx.one("UPDATE rooms SET rev = rev + 1 WHERE slug = $1 RETURNING rev", room)
    assert row, "a change needs a room"
    return int(row[0])


def edit(tx: Tx, message: Message, rev: int, body: str, html: str, at: int) -> None:
    """Give a message another text."""
    tx.run(
        "UPDATE messages SET body = $2, html = $3, edited = $4, said = $5, rev = $5 WHERE id = $1",
        message.id,
        body,
        html,
        at,
        rev,
    )


def delete(tx: Tx, message: Message, rev: int, at: int) -> None:
    """Empty a message and leave its place; its reactions and files go."""
    tx.run("DELETE FROM reactions WHERE message_id = $1", message.id)
    tx.run("DELETE FROM files WHERE message_id = $1", message.id)
    tx.run(
        "UPDATE messages SET body = '', html = '', hidden = 0, votes = 0, deleted = $2, said = $3, rev = $3"
        " WHERE id = $1",
        message.id,
        at,
        rev,
    )


def move(tx: Tx, message: Message, rev: int) -> None:
    """Note that something other than the text changed."""
    tx.run("UPDATE messages SET rev = $2 WHERE id = $1", message.id, rev)


def add_reaction(
    tx: Tx, message_id: int, user_id: int, guest: str, title: str, voter: str, emoji: str, at: int
) -> bool:
    """Put an emoji under a message, of a user with a title, or of a guest: for others, and by the key; False if it was
    there."""
    row = tx.one(
        "INSERT INTO reactions (message_id, user_id, guest, title, voter, emoji, at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (message_id, user_id, guest, emoji) DO NOTHING RETURNING user_id",
        message_id,
        user_id,
        guest,
        title,
        voter,
        emoji,
        at,
    )
    return row is not None


def remove_reaction(tx: Tx, message_id: int, user_id: int, guest: str, emoji: str) -> bool:
    """Take an emoji away; False if it was not there."""
    row = tx.one(
        "DELETE FROM reactions WHERE message_id = $1 AND user_id = $2 AND guest = $3 AND emoji = $4 RETURNING user_id",
        message_id,
        user_id,
        guest,
        emoji,
    )
    return row is not None


def note_votes(tx: Tx, message: Message) -> None:
    """Keep how many votes a message has, so that the best are found."""
    tx.run("UPDATE messages SET votes = $2 WHERE id = $1", message.id, message.votes)


def _messages(tx: Tx, where: str, order: str, *args: object) -> list[Message]:
    rows = tx.all(_SELECT + where + order, *args)
    if not rows:
        return []
    reactions = _reactions(tx, where + order, *args)
    return [Message(*(*row[:13], bool(row[13]), *row[14:16], reactions.get(row[0], ()), *row[16:])) for row in rows]


def _reactions(tx: Tx, chosen: str, *args: object) -> dict[int, tuple[Reaction, ...]]:
    given: dict[int, dict[str, list[Row]]] = {}
    for row in tx.all(_REACTIONS % chosen, *args):
        given.setdefault(row[0], {}).setdefault(row[1], []).append(row)
    return {
        message_id: tuple(_reaction(emoji, people) for emoji, people in by_emoji.items())
        for message_id, by_emoji in given.items()
    }


def _reaction(emoji: str, people: list[Row]) -> Reaction:
    users = [row for row in people if row[2]]
    guests = tuple(row[4] for row in people if not row[2])
    return Reaction(emoji, tuple(row[2] for row in users), tuple(row[3] for row in users), guests)
