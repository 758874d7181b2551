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

VOTE = "👍"
"""The reaction that says a message is good."""
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
    ``network`` is from where they come now, and is kept nowhere.
    """

    key: str
    title: str
    welcome: bool = False
    id: int = 0
    name: str = ""
    site: int = 0
    vouched: bool = False
    network: str = ""
    email: str = ""


Actor = User | Guest


class Room(msgspec.Struct, frozen=True):
    """A room as it stands.

    ``rev`` counts what changed in its messages, ``seq`` the messages; positions below ``floor`` cannot be resumed.
    ``posting`` says who of its members may write; ``edits`` counts how often all this was changed. ``site`` is the id
    of the site on whose page it is, or 0, and ``pin`` that of the message above its list. What is said where it is
    ``ruled`` has to be looked at: `webchat.chat.rules`. A conversation with a site's support is a direct room of the
    site with its ``visitor``: `webchat.support`.
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
    pin: int = 0

    @property
    def gate(self) -> str:
        """What decides, besides who they are, what people may do here: as one text, to compare."""
        return " ".join((self.kind, self.guests, self.posting, "archived" if self.archived else "live"))


class Site(msgspec.Struct, frozen=True):
    """Somebody's site whose pages show rooms of ours: those at ``origins``, and no others.

    ``guests`` is what guests may do in its threads, ``secret`` signs what it says of its users, and until a time
    ``former_until`` the ``former`` one does, too.
    """

    id: int
    name: str
    title: str
    origins: tuple[str, ...]
    guests: GuestAccess
    secret: str
    created: int
    former: str = ""
    former_until: int = 0

    def secrets(self, at: int) -> tuple[str, ...]:
        """The secrets that sign at a time."""
        return (self.secret, self.former) if at < self.former_until else (self.secret,)


class Reaction(msgspec.Struct, frozen=True):
    """One emoji under a message and who gave it, in the order given: users by id and name, ``guests`` by a text that
    tells those of one room apart."""

    emoji: str
    users: tuple[int, ...]
    names: tuple[str, ...]
    guests: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many gave it."""
        return len(self.users) + len(self.guests)


class Message(msgspec.Struct, frozen=True):
    """A message as it stands now.

    ``seq`` is its place in the room (contiguous, never changes); ``born`` the room's rev when it was posted, ``said``
    when its text last changed (posted, edited, deleted), ``rev`` when anything of it last changed (also reactions).
    ``answers`` is the seq of the message that it answers, whose author is called ``answered``, and ``root`` that of the
    first of those; 0 for what answers nothing. ``author`` is a user's id, 0 for guests, whose ``guest`` key says which
    one. ``html`` is sanitised; both texts are empty once ``deleted``, and while it is ``hidden`` until a moderator has
    looked at it.
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
    answers: int = 0
    root: int = 0
    answered: str = ""

    @property
    def votes(self) -> int:
        """How many gave a thumb up."""
        return next((given.count for given in self.reactions if given.emoji == VOTE), 0)


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


class Member(msgspec.Struct, frozen=True):
    """Somebody in a room, as what, and when last seen anywhere."""

    user: User
    role: RoomRole
    seen: int = 0


class Person(msgspec.Struct, frozen=True):
    """Somebody shown in a list of people: here, typing, in a room. ``seen`` is when last, 0 if that is not known."""

    id: int
    name: str
    title: str
    status: str = ""
    seen: int = 0


class Page(msgspec.Struct, frozen=True):
    """A run of messages in order of seq, read at the room's ``rev``; whether older and newer ones exist outside it.

    A thread shows them as ``arranged``, with what they answer and perhaps the best of those outside, in an order
    that was asked for, ``sort``.
    """

    messages: tuple[Message, ...]
    rev: int
    earlier: bool
    later: bool
    arranged: tuple[Message, ...] = ()
    sort: str = ""

    @property
    def rows(self) -> tuple[Message, ...]:
        """The messages as they are shown."""
        return self.arranged or self.messages


class Repair(msgspec.Struct, frozen=True):
    """What brings a reader up to the room's rev ``head``.

    Either all ``changes`` (the current state of each message touched since, in order of rev), or, where those would be
    too many or cannot be known, the ``page`` that replaces the reader's list.
    """

    head: int
    changes: tuple[Message, ...] | None
    page: Page | None
