"""What flies over films on other people's pages: the noun, and what happens to it. News of the moment, for a thread's
readers; what flies when is in the store for all who come later."""

import msgspec

from webchat import topics
from webchat.model import Mode
from webchat.topics import Topic


class Flight(msgspec.Struct, frozen=True):
    """The message ``id`` as it flies, ``t`` milliseconds into a film: ``text`` is one line of it, ``by`` a name."""

    id: int
    t: int
    mode: Mode
    color: str
    text: str
    by: str


class FlightBegun(msgspec.Struct, frozen=True, tag=True):
    """What was said in a thread flies over its film."""

    slug: str
    flight: Flight

    @property
    def topic(self) -> Topic:
        """The thread's readers."""
        return topics.room(self.slug)


class FlightEnded(msgspec.Struct, frozen=True, tag=True):
    """What flew was taken back: the message with that id."""

    slug: str
    message: int

    @property
    def topic(self) -> Topic:
        """The thread's readers."""
        return topics.room(self.slug)


FlightEvent = FlightBegun | FlightEnded
