"""Links that let people in: who makes them, what they lead to, and how they end.

A link does what its maker may do at the time it is used. It ends when it is revoked, expired or used up, when its maker
may not make it any more, and when nothing is left of the rooms that it was made for. From outside they look alike.
"""

import secrets
from typing import NamedTuple

import msgspec

from webchat.chat import access, people
from webchat.chat.clock import DAY, now
from webchat.chat.done import Done
from webchat.chat.rooms import is_visible, joined, visible
from webchat.commands import AcceptInvitation, CreateInvitation, RevokeInvitation
from webchat.errors import Conflict, Forbidden, NotFound, sentence as _
from webchat.events import Event
from webchat.keys import Invitation
from webchat.model import Actor, Role, Room, User
from webchat.store import Tx, invitations as stored, rooms as stored_rooms

MOST = 100
"""Links that there may be at once, so that the list shows all of them."""
GONE = _("This link does not work. Ask the person who sent it for a new one.")
ADMINS_ONLY = _("Only admins may let people in.")


class Listed(NamedTuple):
    """A link as an admin sees it: the rooms it leads to now, and whether it can still be used.

    ``shown`` is False where it was made for a closed room that this admin is not in: then only its end is theirs, and
    neither its code nor the rooms stand here.
    """

    invitation: Invitation
    rooms: tuple[Room, ...]
    live: bool
    shown: bool


def create(tx: Tx, actor: Actor, command: CreateInvitation) -> Done:
    """Make a link; its id."""
    user = _admin(actor, "create-invitation", command.role)
    rooms = [visible(tx, user, slug) for slug in dict.fromkeys(command.rooms)]
    if not all(access.may("invite-user", user, room, member) for room, member in rooms):
        raise Forbidden(_("Only members may invite others to this room."))
    at = now()
    if stored.how_many_live(tx, at) >= MOST:
        raise Conflict(_("There are %(count)s links already. Revoke one first."), count=MOST)
    expires = at + command.days * DAY if command.days else 0
    ids = {room.id for room, _member in rooms}
    return Done(stored.add(tx, secrets.token_urlsafe(16), command.role, user.id, ids, at, expires, command.uses))


def revoke(tx: Tx, actor: Actor, command: RevokeInvitation) -> Done:
    """End a link now. Ending it twice changes nothing."""
    _admin(actor, "revoke-invitation")
    if not stored.revoke(tx, command.invitation, now()):
        raise NotFound(_("There is no such link."))
    return Done(command.invitation)


def accept(tx: Tx, actor: Actor, command: AcceptInvitation) -> Done:
    """Enter the link's rooms; the slug of the first. Who is in all of them already uses nothing up."""
    user = access.account(actor)
    if not access.may("accept-invitation", user):
        raise Forbidden(_("Links are for people, not for programs."))
    invitation, rooms = good(tx, command.code)
    events: list[Event] = []
    for room in rooms:
        if stored_rooms.join(tx, room.id, user.id):
            events += joined(tx, room, user)
    if events:
        stored.take(tx, invitation.id)
    return Done(rooms[0].slug if rooms else "", tuple(events))


def sign_up(tx: Tx, code: str, name: str, password: str) -> User:
    """Make an account by a link, in its rooms. ``password`` is a hash. Raises NotFound, Malformed or Conflict."""
    invitation, rooms = good(tx, code)
    user = people.add(tx, name, invitation.role, password)
    stored.take(tx, invitation.id)
    for room in rooms:
        stored_rooms.join(tx, room.id, user.id)
    return user


def good(tx: Tx, code: str) -> tuple[Invitation, tuple[Room, ...]]:
    """The link with that code, and where it leads. Raises NotFound, whyever it does not work."""
    invitation = stored.live(tx, code, now())
    if invitation is None or (found := _leads(tx, invitation, stored.slugs(tx, invitation.id))) is None:
        raise NotFound(GONE)
    return invitation, found


def listed(tx: Tx, admin: User) -> list[Listed]:
    """The links as an admin may know them, those that work first."""
    at = now()
    rows = []
    for invitation in stored.newest(tx, at, MOST):
        slugs = stored.slugs(tx, invitation.id)
        rooms = _leads(tx, invitation, slugs)
        live = rooms is not None and stored.live(tx, invitation.code, at) is not None
        if all(is_visible(tx, admin, slug) for slug in slugs if slug is not None):
            rows.append(Listed(invitation, rooms or (), live, shown=True))
        else:
            rows.append(Listed(msgspec.structs.replace(invitation, code=""), (), live, shown=False))
    return rows


def offered(tx: Tx, admin: User) -> list[Room]:
    """The rooms that a link of this admin may lead to; everybody is in the open ones anyway."""
    closed = [link.slug for link in stored_rooms.sidebar(tx, admin.id) if link.kind == "closed"]
    return _inviting(tx, admin, closed)


def _leads(tx: Tx, invitation: Invitation, slugs: list[str | None]) -> tuple[Room, ...] | None:
    """Where a link leads now: what its maker may invite to, of the rooms it was made for. None for a dead end."""
    if not _may_make(invitation.maker, invitation.role):
        return None
    rooms = tuple(_inviting(tx, invitation.maker, [slug for slug in slugs if slug is not None]))
    return rooms if rooms or not slugs else None


def _inviting(tx: Tx, user: User, slugs: list[str]) -> list[Room]:
    """Those of these rooms to which a user may invite others; whoever is banned from one may not."""
    places = [stored_rooms.with_membership(tx, slug, user.id) for slug in slugs]
    return [found[0] for found in places if found and access.may("invite-user", user, *found)]


def _admin(actor: Actor, what: str, role: Role = "member") -> User:
    user = access.account(actor)
    if not access.may(what, user):
        raise Forbidden(ADMINS_ONLY)
    if not _may_make(user, role):
        raise Forbidden(_("A link may only give a lower role than yours."))
    return user


def _may_make(maker: User, role: Role) -> bool:
    """Whether somebody may make a link to that role, which is that of who does not exist yet."""
    return access.may("create-invitation", maker, subject=User(-1, "", "", role))
