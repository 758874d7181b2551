"""What happened: one frozen struct an event, one union. Each says who hears of it (`topic`) and carries all it needs.

Those with a ``message`` are changes of a room and take its next ``rev``: they are delivered in that order, each once.
The others are news of the moment and carry no position.
"""

import msgspec

from webchat import topics
from webchat.model import Message, Notification, Person, RoomLink
from webchat.topics import Topic


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
    """A user is a member of one more room."""

    room: RoomLink


class RoomLeft(_UserEvent, frozen=True):
    """A user is no longer a member; if the room is closed to others, its live connections end."""

    slug: str
    id: int
    closed: bool


class ReadMoved(_UserEvent, frozen=True):
    """A user has read further in a room."""

    room: int
    seq: int


class NotificationSent(_UserEvent, frozen=True):
    """A user was told something; ``unread`` is the count after it."""

    notification: Notification
    unread: int


class NotificationsRead(_UserEvent, frozen=True):
    """A user read notifications up to number ``upto``; ``unread`` is the count after it."""

    upto: int
    unread: int


class SignedOut(_UserEvent, frozen=True):
    """A session ended: its live connections end too. ``session`` is the stored hash of its id."""

    session: str


class RoomOpened(_Event, frozen=True):
    """There is a new open room."""

    room: RoomLink

    @property
    def topic(self) -> Topic:
        """Everybody signed in."""
        return topics.PLACE


class PresenceChanged(_Event, frozen=True):
    """Who is in a room now; above 200 people only how many."""

    slug: str
    count: int
    people: tuple[Person, ...]

    @property
    def topic(self) -> Topic:
        """The room's readers."""
        return topics.room(self.slug)


class TypingChanged(_Event, frozen=True):
    """Who is writing in a room now."""

    slug: str
    people: tuple[Person, ...]

    @property
    def topic(self) -> Topic:
        """The room's readers."""
        return topics.room(self.slug)


class TopsMoved(_Event, frozen=True):
    """The newest seq of rooms, by room id, for unread counts. Made by the broker, at most once a second."""

    kind: str
    id: str
    tops: dict[int, int]

    @property
    def topic(self) -> Topic:
        """The audience it was collected for."""
        return Topic(self.kind, self.id)


RoomChange = MessagePosted | MessageEdited | MessageDeleted | ReactionsChanged
Event = (
    RoomChange
    | RoomJoined
    | RoomLeft
    | ReadMoved
    | NotificationSent
    | NotificationsRead
    | SignedOut
    | RoomOpened
    | PresenceChanged
    | TypingChanged
    | TopsMoved
)
