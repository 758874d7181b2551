"""Direct rooms: one room for one set of people, however often and by whomever it is opened."""

from collections.abc import Iterable

from webchat.chat import access, accounts, names, rooms
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.commands import OpenDirect
from webchat.errors import Forbidden, Malformed, NotFound, SignInNeeded, sentence as _
from webchat.events import Event
from webchat.model import Actor, Guest, Room, User
from webchat.store import Tx, rooms as stored, users as stored_users

MOST = 8
"""People in a direct room, its opener included: as many as a slug has room for, with ids of seven digits."""

TOO_MANY = _("At most %(count)s people can write to each other directly. Make a closed room for more.")


def slug(people: Iterable[int]) -> str:
    """The slug of the room that these users share. ``~`` and ``.`` are in no slug that somebody chose."""
    ids = sorted(set(people))
    return "~" + ".".join(map(str, ids * 2 if len(ids) == 1 else ids))


def open_(tx: Tx, actor: Actor, command: OpenDirect) -> Done:
    """Find or make the room of the actor and those named; the answer is its slug."""
    if isinstance(actor, Guest):
        raise SignInNeeded(_("Sign in to write to somebody."))
    if not access.may("open-direct", actor):
        raise Forbidden(_("Programs do not write to one person: they send notifications."))
    members = group(tx, actor, command.users)
    address = slug(members)
    room = stored.add(tx, Room(0, address, "", "", "direct", "none", 0, 0), now())
    if room is None:
        return Done(address)
    for user_id in members:
        stored.join(tx, room.id, user_id)
    events: list[Event] = []
    for user in members.values():
        events += rooms.joined(tx, room, user)
    return Done(address, tuple(events))


def group(tx: Tx, actor: User, called: Iterable[str]) -> dict[int, User]:
    """The actor and the people called like that, by id, each once. Raises Malformed or NotFound."""
    wanted = list(dict.fromkeys(map(names.folded, called)))
    if not wanted:
        raise Malformed(_("Choose somebody to write to."))
    if len(wanted) > MOST:
        raise Malformed(TOO_MANY, count=MOST)
    people = {user.id: user for user in (actor, *(person(tx, name) for name in wanted))}
    if len(people) > MOST:
        raise Malformed(TOO_MANY, count=MOST)
    return people


def existing(tx: Tx, actor: User, called: Iterable[str]) -> str:
    """The slug of the room of the actor and the people called like that, also where their accounts are disabled; empty
    if there is none."""
    others = [stored_users.by_name(tx, names.folded(name)) for name in list(called)[:MOST]]
    people = {user.id: user for user in (actor, *others) if user}
    address = slug(people)
    return address if None not in others and stored.by_slug(tx, address) else ""


def found(tx: Tx, name: str) -> User | None:
    """The person called ``name``, if there is one."""
    return stored_users.person(tx, names.folded(name))


def person(tx: Tx, name: str) -> User:
    """The person called ``name``. Raises NotFound."""
    user = found(tx, name)
    if user is None:
        raise NotFound(accounts.NOBODY, name=name)
    return user
