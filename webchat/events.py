"""What happened: one frozen struct an event, one union. Each says who hears of it (`topic`) and carries all it needs.

Those with a ``message`` are changes of a room and take its next ``rev``: they are delivered in that order, each once.
The others are news of the moment and carry no position.
"""

import msgspec

from webchat import topics
from webchat.flying import FlightEvent
from webchat.listed import ListEvent
from webchat.model import Away, Message, Person, Room, RoomLink, State, User
from webchat.notified import NoticeEvent
from webchat.pacing import PaceChanged
from webchat.pinned import PinChanged
from webchat.queued import QueueEvent
from webchat.support import SupportEvent
from webchat.topics import Topic
from webchat.viewing import ViewersChanged


class _Event(msgspec.Struct, frozen=True, tag=True):
    pass


class _RoomChange(_Event, frozen=True):
    message: Message

    @property
    def topic(self) -> Topic:
        """The readers of the message's room."""
        return topics.room(self.message.room)


class MessagePosted(_RoomChange, frozen=True):
    """A message was added at the end of the room with id ``room_id``; ``shared`` if the room is open to all users."""

    room_id: int = 0
    shared: bool = True

    @property
    def counted(self) -> Topic:
        """Who sees the room's count move: everybody for an open room, else its watchers."""
        return topics.PLACE if self.shared else topics.count(self.message.room)


class MessageEdited(_RoomChange, frozen=True):
    """A message has another text."""


class MessageDeleted(_RoomChange, frozen=True):
    """A message was taken back."""


class ReactionsChanged(_RoomChange, frozen=True):
    """The emoji under a message are others."""


class _UserEvent(_Event, frozen=True):
    user: int

    @property
    def topic(self) -> Topic:
        """All connections of that user."""
        return topics.user(self.user)


class RoomJoined(_UserEvent, frozen=True):
    """A user is a member of one more room; ``by`` is the title of who asked them in."""

    room: RoomLink
    by: str = ""


class RoomLeft(_UserEvent, frozen=True):
    """A user left a room, or was removed or banned: their live connections to it end."""

    slug: str
    id: int


class RoomRelisted(_UserEvent, frozen=True):
    """A room of a user has another name or kind, or came back from the archive."""

    room: RoomLink


class RoomRoleSet(_UserEvent, frozen=True):
    """A user has another role in the room ``id``."""

    slug: str
    id: int


class ReadMoved(_UserEvent, frozen=True):
    """A user has read a room so far, or goes ``back`` there; ``mentions`` is the count of those that are left."""

    room: int
    seq: int
    mentions: int = 0
    back: bool = False


class MentionsChanged(_UserEvent, frozen=True):
    """The message at place ``seq`` names a user, or does not any more: ``count`` of those not read in the room do."""

    room: int
    seq: int
    count: int


class DirectPosted(_UserEvent, frozen=True):
    """Somebody with a ``title`` wrote to a user, who is called ``name``, in a direct room."""

    name: str
    title: str
    body: str
    message: int


class SignedOut(_UserEvent, frozen=True):
    """A session ended: its live connections end too. ``session`` is the stored hash of its id."""

    session: str


class ProfileChanged(_Event, frozen=True):
    """Somebody is called otherwise, or says something else of themselves."""

    user: User

    @property
    def topic(self) -> Topic:
        """Everybody signed in."""
        return topics.PLACE


class RoleChanged(_UserEvent, frozen=True):
    """A user has another role, as ``now`` says. What they do is judged by it already."""

    now: User


class RoomOpened(_Event, frozen=True):
    """There is a new open room."""

    room: RoomLink

    @property
    def topic(self) -> Topic:
        """Everybody signed in."""
        return topics.PLACE


class RoomEdited(_Event, frozen=True):
    """A room is now like this. Who may not read it any more hears nothing from now on.

    ``place`` is the name of the place, which stands in the title of the room's page.
    """

    room: Room
    place: str

    @property
    def topic(self) -> Topic:
        """The room's readers."""
        return topics.room(self.room.slug)


class RoomArchived(_Event, frozen=True):
    """A room is out of the way; ``shared`` if it is open to all users."""

    slug: str
    id: int
    shared: bool

    @property
    def topic(self) -> Topic:
        """Whose sidebar had it: everybody's for an open room, else its watchers'."""
        return topics.PLACE if self.shared else topics.count(self.slug)


class PresenceChanged(_Event, frozen=True):
    """Who is in a room now; above 200 people only how many."""

    slug: str
    count: int
    people: tuple[Person, ...]

    @property
    def topic(self) -> Topic:
        """The room's readers."""
        return topics.room(self.slug)


class UserPresenceChanged(_Event, frozen=True):
    """A user is ``state`` now and was ``seen`` last; told to those who watch the user, or to the room ``slug``."""

    user: int
    state: State
    seen: int
    slug: str = ""

    @property
    def topic(self) -> Topic:
        """The room's readers, or those who share a direct room with the user."""
        return topics.room(self.slug) if self.slug else topics.presence(self.user)


class TypingChanged(_Event, frozen=True):
    """Who is writing in a room now."""

    slug: str
    people: tuple[Person, ...]

    @property
    def topic(self) -> Topic:
        """The room's readers."""
        return topics.room(self.slug)


class GuestAddressed(_Event, frozen=True):
    """Something was said to the guests called ``name``, by somebody with a ``title``. It is not kept."""

    name: str
    title: str
    body: str

    @property
    def topic(self) -> Topic:
        """Who came in under that name without an account."""
        return topics.guest(self.name)


class TopsMoved(_Event, frozen=True):
    """The newest seq of rooms, by room id, for unread counts. Made by the broker, at most once a second."""

    kind: str
    id: str
    tops: dict[int, int]

    @property
    def topic(self) -> Topic:
        """The audience it was collected for."""
        return Topic(self.kind, self.id)


class AwayChanged(_Event, frozen=True):
    """What the server cannot reach now: ``what`` is the ``bus``, the ``store``, or nothing."""

    what: Away = ""

    @property
    def topic(self) -> Topic:
        """Everybody, told by each process to its own."""
        return topics.PLACE


RoomChange = MessagePosted | MessageEdited | MessageDeleted | ReactionsChanged
Move = SignedOut | RoomJoined | RoomRelisted | RoomLeft | RoomEdited
"""What changes who hears what."""
Event = (
    RoomChange
    | RoomJoined
    | RoomLeft
    | RoomRelisted
    | RoomRoleSet
    | ReadMoved
    | MentionsChanged
    | NoticeEvent
    | QueueEvent
    | SupportEvent
    | DirectPosted
    | GuestAddressed
    | SignedOut
    | ProfileChanged
    | RoleChanged
    | RoomOpened
    | RoomEdited
    | RoomArchived
    | ListEvent
    | PresenceChanged
    | UserPresenceChanged
    | TypingChanged
    | FlightEvent
    | TopsMoved
    | PaceChanged
    | ViewersChanged
    | PinChanged
    | AwayChanged
)
