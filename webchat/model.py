"""The nouns everybody shares. Times are whole milliseconds since 1970, UTC."""

from typing import Literal

import msgspec

RoomKind = Literal["open", "closed", "direct"]
GuestAccess = Literal["none", "read", "write"]
Role = Literal["owner", "admin", "moderator", "member", "bot"]
GivenRole = Literal["owner", "admin", "moderator", "member"]
State = Literal["online", "away", ""]
"""How a user is; empty for who is not here."""
Away = Literal["", "bus", "store"]
"""What of the server is away: nothing, the bus between processes, or the store."""
RoomRole = Literal["member", "moderator"]
Posting = Literal["everyone", "moderators"]
SignUp = Literal["link", "open"]
Makers = Literal["member", "moderator", "admin"]

Mode = Literal["scroll", "reverse", "top", "bottom"]
"""How a message flies over a film: to the left, to the right, or not at all, at the top or the bottom."""

BOT = 1
"""The id of the account that speaks for programs; every database has it."""
GUEST_ACCESS: tuple[GuestAccess, ...] = ("none", "read", "write")


class User(msgspec.Struct, frozen=True):
    """A person with an account, or a program that posts (role ``bot``).

    ``title`` is the name that is shown and ``status`` what they say of themselves. Nothing is done for one that is
    ``disabled``.
    """

    id: int
    name: str
    title: str
    role: Role = "member"
    status: str = ""
    disabled: bool = False

    @property
    def is_admin(self) -> bool:
        """Whether this user looks after the place."""
        return self.role in ("owner", "admin")


class Account(msgspec.Struct, frozen=True):
    """A user as admins see it: when it was made, last seen, and disabled; 0 for never."""

    user: User
    created: int
    seen: int
    disabled: int


class Place(msgspec.Struct, frozen=True):
    """What holds for the whole place.

    ``sign_up`` says whether anybody may make an account or only who has a link, ``makers`` from which role on one may
    make rooms, and ``note`` is what people read who are not signed in.
    """

    name: str = "webchat"
    sign_up: SignUp = "link"
    makers: Makers = "member"
    note: str = ""


class Guest(msgspec.Struct, frozen=True):
    """Somebody without an account. ``key`` is a secret that only its cookie or connection holds.

    ``welcome`` guests came to a server that is open to anyone: they write in every open room, and their first post to a
    name makes it. Those of a ``site``, an id, are nobody elsewhere; ``vouched`` is whom it knows, with their ``email``.
    """

    key: str
    title: str
    welcome: bool = False
    id: int = 0
    name: str = ""
    site: int = 0
    vouched: bool = False
    email: str = ""


Actor = User | Guest


class Room(msgspec.Struct, frozen=True):
    """A room as it stands.

    ``rev`` counts what changed in its messages, ``seq`` the messages; positions below ``floor`` cannot be resumed.
    ``posting`` says who of its members may write; ``edits`` counts how often all this was changed. ``site`` is the id
    of the site on whose page it is, or 0. What is said where it is ``ruled`` has to be looked at: `webchat.chat.rules`.
    A conversation with a site's support is a direct room of the site with its ``visitor``: `webchat.support`.
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
    posting: Posting = "everyone"
    edits: int = 0
    site: int = 0
    ruled: bool = False
    visitor: str = ""

    @property
    def gate(self) -> str:
        """What decides, besides who they are, what people may do here: as one text, to compare."""
        return " ".join((self.kind, self.guests, self.posting, "archived" if self.archived else "live"))


class Site(msgspec.Struct, frozen=True):
    """Somebody's site whose pages show rooms of ours: those at ``origins``, and no others.

    ``guests`` is what guests may do in its threads, ``secret`` signs what it says of its users.
    """

    id: int
    name: str
    title: str
    origins: tuple[str, ...]
    guests: GuestAccess
    secret: str
    created: int


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
    empty once ``deleted``, and while it is ``hidden`` until a moderator has looked at it.
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
    hidden: int = 0


class Membership(msgspec.Struct, frozen=True):
    """One user's place in one room; ``read`` is the seq of the last message read."""

    room: str
    user: int
    role: RoomRole = "member"
    read: int = 0


class RoomLink(msgspec.Struct, frozen=True):
    """A row of the sidebar: the room, how far it goes and how far its reader read.

    ``person``, ``other`` and ``status`` are the name, id and status of the other one in a direct room. Of several
    ``others`` ``person`` has all names, with commas between. ``mentions`` is how often what the reader has not read
    names that reader.
    """

    id: int
    slug: str
    title: str
    kind: RoomKind
    seq: int
    read: int
    person: str = ""
    other: int = 0
    status: str = ""
    others: tuple["Person", ...] = ()
    mentions: int = 0

    @property
    def partner(self) -> int:
        """The id of the other one in a direct room of two, else 0."""
        return 0 if self.is_group else self.other

    @property
    def is_group(self) -> bool:
        """Whether it is a direct room of more than two."""
        return len(self.others) > 1


class Listing(msgspec.Struct, frozen=True):
    """A row of the directory: a room, how many are in it, and whether its reader is."""

    room: Room
    members: int
    mine: bool


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


class Member(msgspec.Struct, frozen=True):
    """Somebody in a room, as what, and when last seen anywhere."""

    user: User
    role: RoomRole
    seen: int = 0


class Session(msgspec.Struct, frozen=True):
    """A sign-in that lasts, under the hash of its id: when it began and was used last (noted once an hour), what the
    browser said it was, and from which network."""

    id: str
    created: int
    seen: int
    agent: str
    network: str


class Token(msgspec.Struct, frozen=True):
    """What a program shows instead of a session, to speak for ``user`` within ``scopes``.

    ``prefix`` is how its secret begins, ``expires`` a time or 0 for no end, ``used`` when last, 0 for never.
    """

    id: int
    user: User
    prefix: str
    scopes: tuple[str, ...]
    created: int
    expires: int
    used: int


class Person(msgspec.Struct, frozen=True):
    """Somebody shown in a list of people: here, typing, in a room. ``seen`` is when last, 0 if that is not known."""

    id: int
    name: str
    title: str
    status: str = ""
    seen: int = 0


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
