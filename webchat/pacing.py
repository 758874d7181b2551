"""A thread that is faster than anybody reads: what its readers are told of that. News of the moment, in one process."""

import msgspec

from webchat import topics
from webchat.topics import Topic


class PaceChanged(msgspec.Struct, frozen=True, tag=True):
    """Who is shown a thread on a page of somebody else is told a part of what is said ``after`` a seq; without one, all
    of it again."""

    slug: str
    after: int | None = None

    @property
    def topic(self) -> Topic:
        """The thread's readers."""
        return topics.room(self.slug)
