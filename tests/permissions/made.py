"""What is in the place of a case: rows as they are after somebody made them."""

from typing import Any

from webchat.chat import access
from webchat.model import Guest, Room, Site, User
from webchat.store import Tx, conversations, rooms, sites


def held(tx: Tx, room: Room, author: User | Guest, number: int) -> int:
    """A text that waits in a room."""
    sql = (
        "INSERT INTO held (room_id, author, guest, title, body, html, at, cid, state)"
        " VALUES ($1, $2, $3, 'x', 'x', '<p>x</p>', 0, $4, 'waiting') RETURNING id"
    )
    return id_(tx, sql, room.id, author.id, author.key if isinstance(author, Guest) else "", f"cid-of-held-{number}")


def invitation(tx: Tx, maker: User, number: int) -> dict[str, Any]:
    """An invitation, and its code."""
    code = f"code-{number}"
    sql = (
        "INSERT INTO invitations (code, role, maker, created, expires, uses)"
        " VALUES ($1, 'member', $2, 0, 0, 0) RETURNING id"
    )
    return {"code": code, "link": id_(tx, sql, code, maker.id)}


def site(tx: Tx, number: int) -> str:
    """A site that is let in."""
    draft = Site(0, f"site-{number}", "Site", ("https://blog.example",), "write", "secret", 0)
    assert sites.add(tx, draft, draft.name)
    return draft.name


def desk(tx: Tx, site: str, agent: User, asker: User | Guest) -> dict[str, Any]:
    """A site with an open support window, where ``agent`` answers, and ``asker`` too if there is an account; one
    conversation there that somebody else began, and one of the asker's own."""
    number = id_(tx, "SELECT id FROM sites WHERE name = $1", site)
    tx.run("INSERT INTO support (site_id, enabled, prechat) VALUES ($1, 1, 'never')", number)
    tx.run("INSERT INTO answers (site_id, key, text) VALUES ($1, 'known', 'Hello')", number)
    for user_id in {agent.id, asker.id} - {0}:
        tx.run("INSERT INTO site_agents (site_id, user_id) VALUES ($1, $2)", number, user_id)
    talk, mine = _talk(tx, number, f"{site}.~1", "somebody"), _talk(tx, number, f"{site}.~2", access.identity(asker))
    return {"desk": site, "agent": agent.name, "talk": talk.slug, "mine": mine.slug}


def _talk(tx: Tx, site_id: int, slug: str, visitor: str) -> Room:
    made = []
    for name, who in ((slug, visitor), (f"{slug}~", "@")):
        room = rooms.add(tx, Room(0, name, "Vera", "", "direct", "none", 0, 0, site=site_id, visitor=who), 0)
        assert room
        made.append(room)
    conversations.add(tx, site_id, made[0].id, made[1].id, visitor, ("Vera", "", "", "en"), 0)
    return made[0]


def id_(tx: Tx, sql: str, *values: object) -> int:
    """The id of a row that a statement makes."""
    row = tx.one(sql, *values)
    assert row
    return int(row[0])
