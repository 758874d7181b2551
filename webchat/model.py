"""The nouns everybody shares. Times are whole milliseconds since 1970, UTC."""

from typing import Literal

import msgspec

RoomKind = Literal["open", "closed", "direct"]
GuestAccess = Literal["none", "read", "write"]
Role = Literal["admin", "member", "bot"]

BOT = 1
"""The id of the account that speaks for programs; every database has it."""
GUEST_ACCESS: tuple[GuestAccess, ...] = ("none", "read", "write")


class User(msgspec.Struct, frozen=True):
    """A person with an account, or a program that posts (role ``bot``)."""

    id: int
    name: str
    title: str
    role: Role = "member"

    @property
    def is_admin(self) -> bool:
        """Whether this user may do everything."""
        return self.role == "admin"


class Guest(msgspec.Struct, frozen=True):
    """Somebody without an account.

    ``key`` is a secret that only the guest's own cookie or connection holds. ``welcome`` guests came to a server that
    is open to anyone: they may write in every open room, and their first post to a new name makes the room.
    """

    key: str
    title: str
    welcome: bool = False
    id: int = 0
    name: str = ""


Actor = User | Guest


class Room(msgspec.Struct, frozen=True):
    """A room as it stands.

    ``rev`` counts its changes, ``seq`` its messages; positions below ``floor`` cannot be resumed.
    """

    id: int
    slug: str
    title: str
    topic: str
    kind: RoomKind
    guests: GuestAccess
    rev: int
    seq: int
    floor: int = 0
    archived: bool = False


class Reaction(msgspec.Struct, frozen=True):
    """One emoji under a message and who gave it, in the order given."""

    emoji: str
    users: tuple[int, ...]
    names: tuple[str, ...]


class Message(msgspec.Struct, frozen=True):
    """A message as it stands now.

    ``seq`` is its place in the room (contiguous, never changes); ``born`` the room's rev when it was posted, ``said``
    when its text last changed (posted, edited, deleted), ``rev`` when anything of it last changed (also reactions).
    ``author`` is a user's id, 0 for guests, whose ``guest`` key says which one. ``html`` is sanitised; both texts are
    empty once ``deleted``.
    """

    id: int
    room: str
    seq: int
    born: int
    said: int
    rev: int
    author: int
    title: str
    body: str
    html: str
    at: int
    cid: str = ""
    guest: str = ""
    continues: bool = False
    edited: int = 0
    deleted: int = 0
    reactions: tuple[Reaction, ...] = ()


class Membership(msgspec.Struct, frozen=True):
    """One user's place in one room; ``read`` is the seq of the last message read."""

    room: str
    user: int
    role: Literal["member", "moderator"] = "member"
    read: int = 0


class RoomLink(msgspec.Struct, frozen=True):
    """A row of the sidebar: the room, how far it goes and how far its reader read.

    ``person`` and ``other`` are the name and id of the other one in a direct room.
    """

    id: int
    slug: str
    title: str
    kind: RoomKind
    seq: int
    read: int
    person: str = ""
    other: int = 0


class Invitation(msgspec.Struct, frozen=True):
    """A link that lets people in under a role.

    ``expires`` is a time and ``uses`` a number; both are 0 for no end. ``revoked`` is when, 0 while it is not.
    """

    id: int
    code: str
    role: Role
    created: int
    expires: int
    uses: int
    used: int
    revoked: int
    maker: User


class Person(msgspec.Struct, frozen=True):
    """Somebody shown in a list of people: here, typing, in a room."""

    id: int
    name: str
    title: str


class Notification(msgspec.Struct, frozen=True):
    """Something one user should know. ``n`` counts them from 1 for each user; ``read`` is when, 0 while unread."""

    id: int
    n: int
    title: str
    body: str
    at: int
    read: int = 0


class Page(msgspec.Struct, frozen=True):
    """A run of messages in order of seq, read at the room's ``rev``; whether older and newer ones exist outside it."""

    messages: tuple[Message, ...]
    rev: int
    earlier: bool
    later: bool


class Repair(msgspec.Struct, frozen=True):
    """What brings a reader up to the room's rev ``head``.

    Either all ``changes`` (the current state of each message touched since, in order of rev), or, where those would be
    too many or cannot be known, the ``page`` that replaces the reader's list.
    """

    head: int
    changes: tuple[Message, ...] | None
    page: Page | None
