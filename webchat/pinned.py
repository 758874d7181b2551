"""A room's pinned message: what its readers are told of that. Every connection begins with how it stands."""

import msgspec

from webchat import topics
from webchat.model import Message
from webchat.topics import Topic


class PinChanged(msgspec.Struct, frozen=True, tag=True):
    """A room shows another message above the list, or none. One that is edited, hidden or deleted says so itself."""

    slug: str
    message: Message | None = None

    @property
    def topic(self) -> Topic:
        """The room's readers."""
        return topics.room(self.slug)
