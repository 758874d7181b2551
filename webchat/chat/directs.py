"""Direct rooms: one room for two users, however often and by whomever it is opened."""

from webchat.chat import names
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.commands import OpenDirect
from webchat.errors import NotFound, SignInNeeded, sentence as _
from webchat.events import Event, RoomJoined
from webchat.model import Actor, Guest, User
from webchat.store import Tx, rooms as stored, users as stored_users


def slug(one: int, other: int) -> str:
    """The slug of the room that two users share. ``~`` and ``.`` are in no slug that somebody chose."""
    low, high = sorted((one, other))
    return f"~{low}.{high}"


def open_(tx: Tx, actor: Actor, command: OpenDirect) -> Done:
    """Find or make the room; the answer is its slug."""
    if isinstance(actor, Guest):
        raise SignInNeeded(_("Sign in to write to somebody."))
    other = person(tx, command.user)
    address = slug(actor.id, other.id)
    room = stored.add(tx, address, "", "", "direct", "none", now())
    if room is None:
        return Done(address)
    events: list[Event] = []
    for user in {actor.id: actor, other.id: other}.values():
        stored.join(tx, room.id, user.id)
    for user in {actor.id: actor, other.id: other}.values():
        link = stored.link(tx, room.id, user.id)
        assert link
        events.append(RoomJoined(user.id, link))
    return Done(address, tuple(events))


def person(tx: Tx, name: str) -> User:
    """The person called ``name``. Raises NotFound."""
    user = stored_users.by_name(tx, names.folded(name))
    if user is None or user.role == "bot":
        raise NotFound(_("There is nobody called %(name)s."), name=name)
    return user
