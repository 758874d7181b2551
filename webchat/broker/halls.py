"""Where a process's readers are: the audiences of rooms and of all other topics. It says which topics have any."""

from collections.abc import Callable

from webchat import topics
from webchat.broker.audience import Audience
from webchat.broker.channel import RING, Channel
from webchat.broker.roll import Reader
from webchat.topics import Topic

RINGS = 100_000
"""The most messages in all rings together, about."""


class Halls:
    """The audiences by topic. ``heard`` is called with a topic and True when its first reader comes, and with False
    when its last has left."""

    def __init__(self, heard: Callable[[Topic, bool], None]) -> None:
        self.rooms: dict[str, Audience] = {}
        self._topics: dict[Topic, Audience] = {}
        self._heard = heard

    def of(self, topic: Topic) -> Audience | None:
        """The audience of a topic, if it has one."""
        return self.rooms.get(topic.id) if topic.kind == "room" else self._topics.get(topic)

    def everybody(self) -> list[Audience]:
        """Audiences that together are everybody; some readers are in two of them."""
        place = self._topics.get(topics.PLACE)
        return [*self.rooms.values(), *([place] if place else ())]

    def room(self, slug: str) -> Audience:
        """The audience of a room, which is about to be joined."""
        audience = self.rooms.get(slug)
        if audience is None:
            ring = max(10, min(RING, RINGS // (len(self.rooms) + 1)))
            audience = self.rooms[slug] = Audience(topics.room(slug), Channel(slug, ring))
            self._heard(audience.topic, True)
        return audience

    def enter(self, reader: Reader, slug: str) -> Audience:
        """Let a reader hear the news of its room, and none of its changes before it is brought to where they are."""
        if reader.home is None:
            reader.slug, reader.home = slug, self.room(slug)
            reader.home.withhold(reader)
        return reader.home

    def subscribe(self, reader: Reader, topic: Topic) -> None:
        """Let a reader hear a topic."""
        if reader.gone or topic in reader.topics:
            return
        if topic.kind == "room":
            self.enter(reader, topic.id)
            return
        reader.topics.add(topic)
        audience = self._topics.get(topic)
        if audience is None:
            audience = self._topics[topic] = Audience(topic)
            self._heard(topic, True)
        audience.admit(reader)

    def unsubscribe(self, reader: Reader, topic: Topic) -> None:
        """Let a reader hear no more of a topic."""
        if topic in reader.topics:
            reader.topics.discard(topic)
            audience = self._topics[topic]
            audience.dismiss(reader)
            if not audience:
                del self._topics[topic]
                self._heard(topic, False)

    def dismiss(self, reader: Reader) -> None:
        """Let a reader that has left hear nothing."""
        for topic in list(reader.topics):
            self.unsubscribe(reader, topic)
        if reader.home is not None:
            reader.home.dismiss(reader)
            if not reader.home and self.rooms.pop(reader.slug, None) is not None:
                self._heard(reader.home.topic, False)
            reader.home = None
