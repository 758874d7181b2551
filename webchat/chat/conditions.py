"""The facts that a permission is asked about, and what is said of them by who somebody is: `webchat.chat.access` is the
table that is made of this."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from webchat.model import Actor, Guest, Membership, Message, Place, Room, User

NOWHERE = Room(0, "", "", "", "closed", "none", 0, 0)
NOTHING = Message(0, "", 0, 0, 0, 0, -1, "", "", "", 0)
NOBODY = User(-1, "", "")
ANYWHERE = Place()

RANKS: Mapping[str, int] = {"guest": 0, "bot": 1, "member": 1, "moderator": 2, "admin": 3, "owner": 4}
"""Who may act on whom: only the higher on the lower."""


class Case(NamedTuple):
    """What decides: who asks, the room and the asker's place in it, the message, the user it is about, and what holds
    for the whole place."""

    actor: Actor
    room: Room = NOWHERE
    member: Membership | None = None
    message: Message = NOTHING
    subject: User = NOBODY
    place: Place = ANYWHERE


Condition = Callable[[Case], bool]


def no(_case: Case) -> bool:
    """Never."""
    return False


def yes(_case: Case) -> bool:
    """Always."""
    return True


def outranks(case: Case) -> bool:
    """Users of a lower rank."""
    return RANKS[role(case.actor)] > RANKS[case.subject.role]


def is_self(case: Case) -> bool:
    """Oneself."""
    return case.subject.id == case.actor.id


def is_self_or_outranks(case: Case) -> bool:
    """Oneself, and users of a lower rank."""
    return is_self(case) or outranks(case)


def makes_rooms(case: Case) -> bool:
    """From the role on that the place asks for."""
    return RANKS[role(case.actor)] >= RANKS[case.place.makers]


def is_self_or_bot(case: Case) -> bool:
    """Oneself, and programs."""
    return is_self(case) or case.subject.role == "bot"


def is_visitor(case: Case) -> bool:
    """The visitor whose conversation with support it is."""
    return bool(case.room.visitor) and case.room.visitor == identity(case.actor)


def answers(case: Case) -> bool:
    """Agents of the site: its admins, and those who are appointed."""
    return bool(case.member)


def identity(actor: Actor) -> str:
    """Who somebody is as a visitor of a site, in one word: a guest's secret key, or ``@`` and the id of an account."""
    return actor.key if isinstance(actor, Guest) else f"@{actor.id}"


def owns(actor: Actor, message: Message) -> bool:
    """Whether the actor wrote the message."""
    if isinstance(actor, Guest):
        return message.author == 0 and message.guest == actor.key
    return message.author == actor.id


def role(actor: Actor) -> str:
    """The table's column for an actor."""
    return "guest" if isinstance(actor, Guest) else actor.role
