"""What becomes of the lists of rooms at the side of pages where that is told to everybody at once."""

import msgspec

from webchat import topics
from webchat.model import Room
from webchat.topics import Topic


class DirectoryChanged(msgspec.Struct, frozen=True, tag=True):
    """The list of rooms is another one. Which rooms they are is each reader's own to ask."""

    @property
    def topic(self) -> Topic:
        """Everybody signed in."""
        return topics.PLACE


class RoomRenewed(msgspec.Struct, frozen=True, tag=True):
    """A room with very many members is now like this, and stands so in their lists. It says nothing of them: each
    process asks the store about those who are connected to it. ``place`` is as in `webchat.events.RoomEdited`."""

    room: Room
    place: str

    @property
    def topic(self) -> Topic:
        """Every process."""
        return topics.PLACE


ListEvent = DirectoryChanged | RoomRenewed
