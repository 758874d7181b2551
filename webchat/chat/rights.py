"""All that is kept of one person: given out to them, or erased.

What they said becomes nobody's: its place in the room stays, without its text and under no name, as that of what was
deleted does. Other people's texts stay as they are, and so do copies that were made before.
"""

import re
import secrets
from typing import Any, NamedTuple

from msgspec.structs import replace

from webchat.chat import (
    access,
    accounts,
    conversations,
    holding,
    identities,
    messages,
    reactions,
    rooms,
    sessions,
    sites,
    waiting,
)
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.chat.holding import Author
from webchat.commands import WRONG_FIELD, ErasePerson, EraseUser
from webchat.errors import Conflict, Forbidden, Malformed, SignInNeeded, sentence as _
from webchat.events import Event, ProfileChanged
from webchat.model import BOT, VOTE, Actor, Guest, User
from webchat.store import (
    Tx,
    held as stored_held,
    jobs,
    messages as stored_messages,
    meta,
    rights as stored,
    rooms as stored_rooms,
    tokens as stored_tokens,
)

NAMELESS = "—"
"""What is written instead of a name."""
BATCH = 100
"""Messages that are emptied in one go, and lines that are read in one."""
JOB = "erase"
_PLACE = re.compile(r"([0-9]{1,2})\.([0-9]{1,15})")


class Facts(NamedTuple):
    """Lines of what is kept of somebody, and where to go on; empty at the end."""

    lines: list[dict[str, Any]]
    next: str


def person(tx: Tx, site: str, sub: str) -> Author:
    """A site's own user as an author, whether one was ever here or not. Raises NotFound if there is no such site."""
    secret = bytes.fromhex(meta.get(tx, "secret"))
    return Author(0, identities.key(secret, sites.found(tx, site), sub))


def facts(tx: Tx, by: Author, after: str = "", limit: int = BATCH) -> Facts:
    """What is kept of an author, from where one was. Raises Malformed for what is nowhere."""
    step, number = _place(after)
    lines: list[dict[str, Any]] = []
    while step < len(stored.SOURCES) and len(lines) < limit:
        most = limit - len(lines)
        found = stored.facts(tx, stored.SOURCES[step], by.id, by.guest, number, most)
        lines += [line for _number, line in found]
        if len({number for number, _line in found}) < most:
            step, number = step + 1, 0
        else:
            number = found[-1][0]
    return Facts(lines, f"{step}.{number}" if step < len(stored.SOURCES) else "")


def erase_user(tx: Tx, actor: Actor | None, command: EraseUser) -> Done:
    """Erase all that is kept of somebody with an account, also for an operator; the name that is left of it."""
    user = accounts.found(tx, command.user)
    if actor is not None and not access.may("erase-user", access.account(actor), subject=user):
        raise Forbidden(accounts.HIGHER_ONLY)
    return erase_account(tx, user)


def erase_account(tx: Tx, user: User) -> Done:
    """Erase all that is kept of somebody with an account, which nobody can sign in to from then on."""
    if user.id == BOT:
        raise Conflict(_("This account speaks for the place itself. It cannot be disabled."))
    if user.role == "bot":
        raise Conflict(_("This is a program. Disable it."))
    accounts.keep_an_owner(tx, user)
    events = accounts.signed_out(tx, user, stored_tokens.end_all(tx, user.id))
    for link in stored_rooms.sidebar(tx, user.id):
        room = stored_rooms.by_slug(tx, link.slug) if link.kind != "direct" else None
        events += rooms.left(tx, room, user) if room else ()
    name = f"erased-{secrets.token_hex(6)}"
    stored.forget_user(tx, user.id, (user.name, user.title), name, NAMELESS, now())
    released = waiting.release(tx, user, now())
    gone = replace(user, name=name, title=NAMELESS, status="", role="member", disabled=True)
    return Done(name, (*events, ProfileChanged(gone), *released, *_begun(tx, Author(user.id, ""))))


def erase_self(tx: Tx, session: str) -> Done:
    """Erase who is signed in. Raises SignInNeeded if they are not any more."""
    user = sessions.signed_in(tx, session)
    if user is None:
        raise SignInNeeded(_("You are signed out. Sign in again to do this."))
    return erase_account(tx, user)


def erase_person(tx: Tx, actor: Actor | None, command: ErasePerson) -> Done:
    """Erase all that is kept of a site's own user, also for an operator. Who is not here any more, or never was, is
    erased already."""
    if actor is not None and not access.may("erase-person", access.account(actor)):
        raise Forbidden(_("Only admins may do this."))
    return Done(command.site, _begun(tx, person(tx, command.site, command.sub)))


def erase_guest(tx: Tx, guest: Guest) -> Done:
    """Erase all that is kept of a guest, or of a site's own user."""
    return Done("", _begun(tx, holding.author(guest)))


def go_on(tx: Tx) -> Done:
    """Empty some of the messages that are still to be emptied; whether there were any to look for."""
    erasure = stored.first(tx)
    return Done(0) if erasure is None else Done(1, _some(tx, erasure))


def is_over(tx: Tx) -> bool:
    """Whether nothing is to be emptied any more."""
    return stored.first(tx) is None


def _begun(tx: Tx, by: Author) -> tuple[Event, ...]:
    events: tuple[Event, ...] = ()
    held = list(stored.rooms_with_held(tx, *by))
    for number, _slug in held:
        stored_held.end(tx, number, "withdrawn")
    unreported = stored.forget_anybody(tx, *by, NAMELESS)
    for number, slug in held:
        room = stored_rooms.by_slug(tx, slug)
        assert room, "something waited there"
        events += holding.told(tx, room, gone=number)
    for number in unreported:
        message = stored_messages.by_id(tx, number)
        room = stored_rooms.by_slug(tx, message.room) if message else None
        events += holding.told(tx, room, settled=number) if room else ()
    events += tuple(conversations.forget(tx, by.guest or f"@{by.id}", NAMELESS))
    erasure = stored.begin(tx, *by)
    events += _some(tx, erasure)
    jobs.hasten(tx, JOB, now())
    return events


def _some(tx: Tx, erasure: stored.Erasure) -> tuple[Event, ...]:
    events: tuple[Event, ...] = ()
    said = stored.said(tx, erasure, BATCH)
    for number in said:
        stored.disown(tx, number, NAMELESS)
        message = stored_messages.by_id(tx, number)
        assert message, "it was found a moment ago"
        room = stored_rooms.by_slug(tx, message.room)
        assert room, "a message is in a room"
        events += messages.emptied(tx, room, message)
    reacted = stored.unreact(tx, erasure, BATCH)
    for number in reacted:
        message = stored_messages.by_id(tx, number)
        events += reactions.changed(tx, message, VOTE) if message else ()
    if max(len(said), len(reacted)) < BATCH:
        stored.end(tx, erasure)
    elif said:
        stored.reached(tx, erasure, said[-1])
    return events


def _place(after: str) -> tuple[int, int]:
    found = _PLACE.fullmatch(after or "0.0")
    if found is None:
        raise Malformed(WRONG_FIELD, field="after")
    return int(found[1]), int(found[2])
