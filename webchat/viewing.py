"""How many read a thread: what those are told who see it beside a video. News of the moment."""

import msgspec

from webchat import topics
from webchat.topics import Topic


class ViewersChanged(msgspec.Struct, frozen=True, tag=True):
    """So many people read a thread now, in round numbers if they are many; 0 if it is not worth saying."""

    slug: str
    count: int

    @property
    def topic(self) -> Topic:
        """The thread's readers."""
        return topics.room(self.slug)
