"""Whom a notification is for: a user, several, those of a role, the members of a room, or everyone."""

from webchat.chat import directs, names, rooms as rooms_
from webchat.commands import RetractNotification, SendNotification
from webchat.errors import Malformed, NotFound, sentence as _
from webchat.model import User
from webchat.store import Tx, members, rooms, users


class Audience:
    """The people; ``name`` is the same for the same words, and everyone has no list."""

    def __init__(self, name: str, people: list[User] | None) -> None:
        self.name = name
        self.people = people


def find(tx: Tx, command: RetractNotification | SendNotification) -> Audience:
    """Whom a command is for. Raises Malformed unless that is said once, NotFound for who or what is not there."""
    ways = (command.user, command.users, command.role, command.room, command.everyone)
    if sum(map(bool, ways)) != 1:
        raise Malformed(_("Say whom it is for: one of user, users, role, room or everyone."))
    if command.everyone:
        return Audience("everyone", None)
    if command.role:
        return Audience(f"role {command.role}", users.of_role(tx, command.role))
    if command.room:
        room = rooms.by_slug(tx, names.folded(command.room))
        if room is None or room.kind == "direct":
            raise NotFound(rooms_.NOT_THERE)
        return Audience(f"room {room.id}", members.everybody(tx, room.id))
    called = (command.user,) if command.user else command.users
    people = {user.id: user for user in (directs.person(tx, name) for name in called)}
    return Audience(f"users {' '.join(map(str, sorted(people)))}", list(people.values()))
