"""What happened to what waits for moderators: told to them, one by one, and to its author."""

import msgspec

from webchat import topics
from webchat.model import Message
from webchat.rules import Held, Reported
from webchat.topics import Topic


class QueueChanged(msgspec.Struct, frozen=True, tag=True):
    """In the room ``id``, which ``user`` moderates, ``count`` things wait: ``held`` or ``reported`` is
    new, and the text ``gone`` or the message ``settled`` waits no more."""

    user: int
    slug: str
    id: int
    title: str
    count: int
    held: Held | None = None
    gone: int = 0
    reported: Reported | None = None
    settled: int = 0

    @property
    def topic(self) -> Topic:
        """All connections of that user."""
        return topics.user(self.user)


class HeldChanged(msgspec.Struct, frozen=True, tag=True):
    """What its author wrote in the room ``id`` waits, was rejected, or is neither any more."""

    id: int
    held: Held

    @property
    def topic(self) -> Topic:
        """All connections of the author."""
        return topics.user(self.held.author) if self.held.author else topics.visitor(self.held.guest)


class ReactionsSeen(msgspec.Struct, frozen=True, tag=True):
    """How the emoji under a message look to whoever reacts in the shadow, a user or with 0 a guest."""

    author: int
    guest: str
    message: Message

    @property
    def topic(self) -> Topic:
        """All connections of whoever reacts."""
        return topics.user(self.author) if self.author else topics.visitor(self.guest)


QueueEvent = QueueChanged | HeldChanged | ReactionsSeen
